using System.Buffers.Binary;
using Engram.Layers;

namespace Engram.Inference;

/// <summary>
/// A model that runs one time step at a time and keeps its states: for live data, text generation and control loops. The outputs equal
/// those of predicting the whole sequence, to the last bit, and a step allocates nothing. Open one with
/// <see cref="Models.Sequential.OpenSession"/>.
/// <code>
/// using LstmSession session = model.OpenSession();
/// session.Step(input, output);
/// </code>
/// A session is for one thread at a time; any number of sessions may run at once, and those made by <see cref="Fork"/> share one set of
/// weights. A session keeps the weights that the model had when it was opened.
/// </summary>
public sealed class LstmSession : IDisposable
{
    private const uint Magic = 0x53474E45; // ENGS

    private readonly SessionStage[] stages;
    private readonly SessionBuffers[] buffers;
    private readonly TensorBuffer input;
    private readonly int layers;
    private bool disposed;

    internal LstmSession(IReadOnlyList<Layer> layers, int features, int rows)
        : this(SessionStage.CreateAll(layers, features, _ => WeightType.Float32), features, rows)
    {
    }

    internal LstmSession(SessionStage[] stages, int features, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        this.stages = stages;
        Rows = rows;
        InputWidth = features;
        OutputWidth = stages.Length == 0 ? features : stages[^1].Outputs;
        input = new TensorBuffer(rows, features);
        buffers = [.. stages.Select(stage => new SessionBuffers(stage, rows))];
        layers = stages.Count(stage => stage.StateWidths.Length > 0);
    }

    /// <summary>How many sequences run side by side.</summary>
    public int Rows { get; }

    /// <summary>The number of features of a step.</summary>
    public int InputWidth { get; }

    /// <summary>The number of outputs of a step.</summary>
    public int OutputWidth { get; }

    /// <summary>The number of recurrent layers, each with its states.</summary>
    public int RecurrentLayers => layers;

    /// <summary>Runs one step of every row.</summary>
    /// <param name="input">(rows, <see cref="InputWidth"/>), row after row.</param>
    /// <param name="output">Overwritten: (rows, <see cref="OutputWidth"/>).</param>
    /// <exception cref="ArgumentException">A length is not that of the session.</exception>
    /// <exception cref="ObjectDisposedException">The session is disposed.</exception>
    public unsafe void Step(ReadOnlySpan<float> input, Span<float> output)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        Require(input.Length, Rows * InputWidth, nameof(input));
        Require(output.Length, Rows * OutputWidth, nameof(output));
        input.CopyTo(this.input.Span);
        TensorBuffer current = this.input;
        for (int i = 0; i < stages.Length; i++)
        {
            stages[i].Step(Rows, current.Pointer, buffers[i]);
            current = buffers[i].States.Length > 0 && stages[i].OutputIsFirstState ? buffers[i].States[0] : buffers[i].Output;
        }

        current.Span.CopyTo(output);
    }

    /// <summary>A state, (rows, units), row after row; it may be written to.</summary>
    /// <param name="layer">Which recurrent layer, from 0.</param>
    /// <param name="state">0 for h, 1 for the c of an LSTM.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer or state.</exception>
    public Span<float> State(int layer, int state = 0)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(layer);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(layer, layers);
        foreach (SessionBuffers stage in buffers)
        {
            if (stage.States.Length == 0 || layer-- > 0) { continue; }
            ArgumentOutOfRangeException.ThrowIfNegative(state);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(state, stage.States.Length);
            return stage.States[state].Span;
        }

        throw new ArgumentOutOfRangeException(nameof(layer));
    }

    /// <summary>Sets all states to zero: a new sequence begins in every row.</summary>
    public void Reset()
    {
        foreach (SessionBuffers stage in buffers)
        {
            foreach (TensorBuffer state in stage.States) { state.Clear(); }
        }
    }

    /// <summary>Sets the states of one row to zero: a new sequence begins there.</summary>
    /// <param name="row">The row, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public void Reset(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        foreach (SessionBuffers stage in buffers)
        {
            foreach (TensorBuffer state in stage.States) { state.Span.Slice(row * state[1], state[1]).Clear(); }
        }
    }

    /// <summary>All states as bytes, for <see cref="RestoreState"/> in this process or another.</summary>
    public byte[] SaveState()
    {
        int length = 8 + buffers.Sum(stage => stage.States.Sum(state => state.Length * sizeof(float)));
        var bytes = new byte[length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), Rows);
        int at = 8;
        foreach (SessionBuffers stage in buffers)
        {
            foreach (TensorBuffer state in stage.States)
            {
                foreach (float value in state.Span)
                {
                    BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(at), value);
                    at += sizeof(float);
                }
            }
        }

        return bytes;
    }

    /// <summary>Sets all states to those that <see cref="SaveState"/> gave.</summary>
    /// <param name="bytes">The saved states of a session of as many rows on the same architecture.</param>
    /// <exception cref="EngramException">The bytes are not such states; nothing is changed.</exception>
    public void RestoreState(ReadOnlySpan<byte> bytes)
    {
        int length = 8 + buffers.Sum(stage => stage.States.Sum(state => state.Length * sizeof(float)));
        if (bytes.Length != length || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic || BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]) != Rows)
        {
            throw new EngramException($"These {bytes.Length} bytes are not the states of a session of {Rows} rows on this model, which are {length} bytes.");
        }

        ReadOnlySpan<byte> values = bytes[8..];
        foreach (SessionBuffers stage in buffers)
        {
            foreach (TensorBuffer state in stage.States)
            {
                foreach (ref float value in state.Span)
                {
                    value = BinaryPrimitives.ReadSingleLittleEndian(values);
                    values = values[sizeof(float)..];
                }
            }
        }
    }

    /// <summary>Another session on the same weights, which are not copied; its states are zero.</summary>
    /// <param name="rows">How many sequences run side by side. Default 1.</param>
    public LstmSession Fork(int rows = 1)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return new LstmSession(stages, InputWidth, rows);
    }

    /// <summary>Ends the session.</summary>
    public void Dispose() => disposed = true;

    private static void Require(int length, int expected, string name)
    {
        if (length != expected) { throw new ArgumentException($"{name} has {length} numbers; a step of this session has {expected}.", name); }
    }
}
