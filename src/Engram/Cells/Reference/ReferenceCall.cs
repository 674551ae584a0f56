using System.Numerics;

namespace Engram.Cells.Reference;

/// <summary>
/// What a recurrent cell is run on: a batch of sequences, the weights in Keras' layout, and the options. All arrays are row-major.
/// </summary>
/// <typeparam name="T">The number type; double for an oracle.</typeparam>
public sealed class ReferenceCall<T> where T : IBinaryFloatingPointIeee754<T>
{
    /// <summary>The number of sequences.</summary>
    public required int Rows { get; init; }

    /// <summary>The number of time steps of each sequence.</summary>
    public required int TimeSteps { get; init; }

    /// <summary>The number of features of each step.</summary>
    public required int Features { get; init; }

    /// <summary>The number of units, which is the length of the state.</summary>
    public required int Units { get; init; }

    /// <summary>The sequences: (rows, timeSteps, features).</summary>
    public required T[] X { get; init; }

    /// <summary>W: (features, gates × units), the gates side by side in Keras' order.</summary>
    public required T[] Kernel { get; init; }

    /// <summary>U: (units, gates × units).</summary>
    public required T[] RecurrentKernel { get; init; }

    /// <summary>b: (gates × units), for a GRU with the reset after (2, gates × units); null for none.</summary>
    public T[]? Bias { get; init; }

    /// <summary>1 for each step that is data, 0 for padding: (rows, timeSteps); null when all are data.</summary>
    public byte[]? Mask { get; init; }

    /// <summary>The state h before the first step: (rows, units); null for zeros.</summary>
    public T[]? InitialH { get; init; }

    /// <summary>The state c before the first step, of an LSTM: (rows, units); null for zeros.</summary>
    public T[]? InitialC { get; init; }

    /// <summary>Whether the sequence is read from its end; the outputs then stand in the order of reading.</summary>
    public bool GoBackwards { get; init; }

    /// <summary>Whether the output at padded steps is 0; otherwise it is the output before.</summary>
    public bool ZeroOutputForMask { get; init; }

    /// <summary>Whether a GRU applies its reset gate after the recurrent product (Keras' default) or before it.</summary>
    public bool ResetAfter { get; init; } = true;

    /// <summary>φ, the function of the candidate and of the output.</summary>
    public ReferenceActivation<T> Activation { get; init; } = ReferenceActivation<T>.Tanh;

    /// <summary>σ, the function of the gates.</summary>
    public ReferenceActivation<T> RecurrentActivation { get; init; } = ReferenceActivation<T>.Sigmoid;

    /// <summary>Which step of the sequence is read at a step of the recurrence.</summary>
    internal int Time(int step) => GoBackwards ? TimeSteps - 1 - step : step;

    /// <summary>Whether the step of the sequence that is read at a step of the recurrence is data.</summary>
    internal bool IsData(int row, int step) => Mask is null || Mask[(row * TimeSteps) + Time(step)] != 0;

    /// <summary>x_t of a row at a step of the recurrence: (features).</summary>
    internal Span<T> Input(T[] array, int row, int step) => array.AsSpan(((row * TimeSteps) + Time(step)) * Features, Features);

    /// <summary>What belongs to a row and a step of the recurrence in an array (rows, timeSteps, width).</summary>
    internal Span<T> At(T[] array, int row, int step, int width) => array.AsSpan(((row * TimeSteps) + step) * width, width);

    /// <summary>What belongs to a row in an array (rows, units).</summary>
    internal Span<T> State(T[] array, int row) => array.AsSpan(row * Units, Units);

    /// <summary>The state after the step before a step: the initial one before the first. (units)</summary>
    internal ReadOnlySpan<T> Before(T[] states, T[]? initial, int row, int step) =>
        step > 0 ? At(states, row, step - 1, Units) : initial is null ? new T[Units] : State(initial, row);
}
