using System.Numerics;

namespace Engram.Cells.Reference;

/// <summary>
/// All that a forward pass computed. Steps are counted in the order of reading, so with <see cref="ReferenceCall{T}.GoBackwards"/>
/// step 0 is the end of the sequence.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class ReferenceTrace<T> where T : IBinaryFloatingPointIeee754<T>
{
    internal ReferenceTrace(ReferenceCall<T> call, int gates)
    {
        int steps = call.Rows * call.TimeSteps;
        Call = call;
        Z = new T[steps * gates * call.Units];
        Gates = new T[steps * gates * call.Units];
        Recurrent = new T[steps * call.Units];
        C = new T[steps * call.Units];
        H = new T[steps * call.Units];
        Y = new T[steps * call.Units];
    }

    /// <summary>What was run.</summary>
    public ReferenceCall<T> Call { get; }

    /// <summary>What the gates' functions were applied to: (rows, steps, gates × units); undefined at padded steps.</summary>
    public T[] Z { get; }

    /// <summary>The gates in Keras' order, LSTM i, f, g, o; GRU z, r, g: (rows, steps, gates × units); undefined at padded steps.</summary>
    public T[] Gates { get; }

    /// <summary>What a GRU's reset gate multiplies: h U_g + b, or h itself where the reset comes before: (rows, steps, units).</summary>
    public T[] Recurrent { get; }

    /// <summary>The cell state c of an LSTM after each step: (rows, steps, units).</summary>
    public T[] C { get; }

    /// <summary>The state h after each step: (rows, steps, units).</summary>
    public T[] H { get; }

    /// <summary>
    /// The output at each step: (rows, steps, units). It is h, but at padded steps the output before (zeros before the first data), or
    /// zeros where <see cref="ReferenceCall{T}.ZeroOutputForMask"/> says so.
    /// </summary>
    public T[] Y { get; }

    /// <summary>The output at the last step: (rows, units).</summary>
    public T[] LastY => Last(Y);

    /// <summary>h after the last step: (rows, units).</summary>
    public T[] LastH => Last(H);

    /// <summary>c after the last step: (rows, units).</summary>
    public T[] LastC => Last(C);

    internal Span<T> ZAt(int row, int step, int gates) => Call.At(Z, row, step, gates * Call.Units);

    internal Span<T> GatesAt(int row, int step, int gates) => Call.At(Gates, row, step, gates * Call.Units);

    /// <summary>The output of a step that is data.</summary>
    internal void Emit(int row, int step) => Call.At(H, row, step, Call.Units).CopyTo(Call.At(Y, row, step, Call.Units));

    /// <summary>The output and the state of a step that is padding.</summary>
    internal void Skip(int row, int step)
    {
        Call.Before(H, Call.InitialH, row, step).CopyTo(Call.At(H, row, step, Call.Units));
        Call.Before(C, Call.InitialC, row, step).CopyTo(Call.At(C, row, step, Call.Units));
        if (step > 0 && !Call.ZeroOutputForMask) { Call.At(Y, row, step - 1, Call.Units).CopyTo(Call.At(Y, row, step, Call.Units)); }
    }

    private T[] Last(T[] array)
    {
        var last = new T[Call.Rows * Call.Units];
        for (int row = 0; row < Call.Rows && Call.TimeSteps > 0; row++)
        {
            Call.At(array, row, Call.TimeSteps - 1, Call.Units).CopyTo(Call.State(last, row));
        }

        return last;
    }
}
