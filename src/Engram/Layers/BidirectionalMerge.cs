using System.Numerics.Tensors;
using Engram.Kernels;

namespace Engram.Layers;

/// <summary>
/// Merging the outputs of two directions and its derivative, rows side by side on the engine's threads. With sequences, step t of the
/// merged output takes step t of the forward and step T - 1 - t of the backward output. Places of pictures are merged each by itself.
/// </summary>
internal sealed class BidirectionalMerge : IShardWork
{
    private const int MaxBlocks = 64; // of rows; every row is computed by itself

    // About what an element costs that is only copied or added, in multiply-adds.
    private const long OperationsPerElement = 8;

    private Phase phase;
    private MergeMode mode;
    private TensorBuffer forward = null!, backward = null!, dForward = null!, dBackward = null!;
    private IReadOnlyList<TensorBuffer> outputs = [];
    private int rows, steps, blocks;

    private enum Phase
    {
        Forward,
        Backward,
        Add,
    }

    /// <summary>
    /// concat: y = [f, b]; sum: f + b; mul: f b; ave: (f + b) / 2; none: f and b. f: (batch, [time,] unitsF), b: (batch, [time,] unitsB).
    /// </summary>
    public void Forward(MergeMode mode, bool sequences, TensorBuffer forward, TensorBuffer backward, IReadOnlyList<TensorBuffer> outputs)
    {
        (phase, this.mode, this.forward, this.backward, this.outputs) = (Phase.Forward, mode, forward, backward, outputs);
        Run(forward[0], sequences ? forward[1] : 1, forward.Length + backward.Length);
    }

    /// <summary>concat: df, db = dy; sum: df = db = dy; mul: df = dy b, db = dy f; ave: df = db = dy / 2; none: each its own.</summary>
    public void Backward(
        MergeMode mode, bool sequences, TensorBuffer forward, TensorBuffer backward, IReadOnlyList<TensorBuffer> outputGradients,
        TensorBuffer dForward, TensorBuffer dBackward)
    {
        (phase, this.mode, this.forward, this.backward, outputs) = (Phase.Backward, mode, forward, backward, outputGradients);
        (this.dForward, this.dBackward) = (dForward, dBackward);
        Run(forward[0], sequences ? forward[1] : 1, forward.Length + backward.Length);
    }

    /// <summary>dx += the other direction's share; both: (batch, time, features).</summary>
    public void AddTo(TensorBuffer dx, TensorBuffer share)
    {
        (phase, dForward, dBackward) = (Phase.Add, dx, share);
        Run(dx[0], 1, dx.Length);
    }

    void IShardWork.Run(int shard)
    {
        int end = (int)((long)rows * (shard + 1) / blocks);
        for (int row = (int)((long)rows * shard / blocks); row < end; row++)
        {
            for (int t = 0; t < steps; t++)
            {
                switch (phase)
                {
                    case Phase.Forward: MergeStep(row, t); break;
                    case Phase.Backward: DivideStep(row, t); break;
                    default: AddRow(row); break;
                }
            }
        }
    }

    private void Run(int rows, int steps, long elements)
    {
        (this.rows, this.steps, blocks) = (rows, steps, Math.Min(rows, MaxBlocks));
        Workers.Run(this, blocks, OperationsPerElement * elements);
    }

    private void MergeStep(int row, int t)
    {
        ReadOnlySpan<float> f = At(forward, row, t), b = At(backward, row, steps - 1 - t);
        Span<float> y = At(outputs[0], row, t);
        switch (mode)
        {
            case MergeMode.Concat:
                for (; f.Length > 0; f = f[forward[^1]..], b = b[backward[^1]..], y = y[outputs[0][^1]..])
                {
                    f[..forward[^1]].CopyTo(y);
                    b[..backward[^1]].CopyTo(y[forward[^1]..]);
                }

                break;
            case MergeMode.Sum:
                TensorPrimitives.Add(f, b, y);
                break;
            case MergeMode.Multiply:
                TensorPrimitives.Multiply(f, b, y);
                break;
            case MergeMode.Average:
                TensorPrimitives.Add(f, b, y);
                TensorPrimitives.Multiply(y, 0.5f, y);
                break;
            default:
                f.CopyTo(y);
                b.CopyTo(At(outputs[1], row, t));
                break;
        }
    }

    private void DivideStep(int row, int t)
    {
        ReadOnlySpan<float> dy = At(outputs[0], row, t);
        Span<float> df = At(dForward, row, t), db = At(dBackward, row, steps - 1 - t);
        switch (mode)
        {
            case MergeMode.Concat:
                for (; df.Length > 0; df = df[forward[^1]..], db = db[backward[^1]..], dy = dy[outputs[0][^1]..])
                {
                    dy[..forward[^1]].CopyTo(df);
                    dy.Slice(forward[^1], backward[^1]).CopyTo(db);
                }

                break;
            case MergeMode.Sum:
                dy.CopyTo(df);
                dy.CopyTo(db);
                break;
            case MergeMode.Multiply:
                TensorPrimitives.Multiply(dy, At(backward, row, steps - 1 - t), df);
                TensorPrimitives.Multiply(dy, At(forward, row, t), db);
                break;
            case MergeMode.Average:
                TensorPrimitives.Multiply(dy, 0.5f, df);
                df.CopyTo(db);
                break;
            default:
                dy.CopyTo(df);
                At(outputs[1], row, t).CopyTo(db);
                break;
        }
    }

    private void AddRow(int row)
    {
        int length = dForward.Length / rows;
        Span<float> dx = dForward.Span.Slice(row * length, length);
        TensorPrimitives.Add(dx, dBackward.Span.Slice(row * length, length), dx);
    }

    // A step of a row: one place, or all places of a picture one after the other.
    private Span<float> At(TensorBuffer buffer, int row, int step)
    {
        int length = buffer.Length / (rows * steps);
        return buffer.Span.Slice(((row * steps) + step) * length, length);
    }
}
