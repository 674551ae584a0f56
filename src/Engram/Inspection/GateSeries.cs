using System.Numerics.Tensors;

namespace Engram.Inspection;

/// <summary>
/// One gate or state of a recurrent layer over a batch of sequences: a number for each row, step and unit, as <see cref="LayerTrace"/> says.
/// </summary>
public sealed class GateSeries
{
    private readonly float[] values;
    private readonly Mask? mask;

    internal GateSeries(string name, int rows, int timeSteps, int units, float[] values, Mask? mask)
    {
        (Name, Rows, TimeSteps, Units) = (name, rows, timeSteps, units);
        this.values = values;
        this.mask = mask;
    }

    /// <summary>What it is, for example <c>forget_gate</c>.</summary>
    public string Name { get; }

    /// <summary>The number of sequences.</summary>
    public int Rows { get; }

    /// <summary>The number of time steps.</summary>
    public int TimeSteps { get; }

    /// <summary>
    /// The number of columns. It is the layer's number of units, but for the hidden state of a projected LSTM and the gates of an
    /// <see cref="Layers.MLstm"/>, of which each head has one.
    /// </summary>
    public int Units { get; }

    /// <summary>Whether it is a gate, a share from 0 to 1, and not a candidate or a state.</summary>
    public bool IsGate => Name.EndsWith("_gate", StringComparison.Ordinal);

    /// <summary>All numbers, (rows, timeSteps, units) in row-major order; NaN for a gate or a candidate at a masked step.</summary>
    public ReadOnlySpan<float> Values => values;

    /// <summary>The number of one unit at one step.</summary>
    /// <param name="row">Which sequence.</param>
    /// <param name="step">Which step of the sequence, in the order of time.</param>
    /// <param name="unit">Which unit.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row, step or unit.</exception>
    public float this[int row, int step, int unit]
    {
        get
        {
            if ((uint)unit >= (uint)Units) { throw OutOfRange(nameof(unit), unit, Units); }
            return Step(row, step)[unit];
        }
    }

    /// <summary>All units at one step: (units).</summary>
    /// <param name="row">Which sequence.</param>
    /// <param name="step">Which step of the sequence, in the order of time.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row or step.</exception>
    public ReadOnlySpan<float> Step(int row, int step)
    {
        Check(row, step);
        return values.AsSpan(((row * TimeSteps) + step) * Units, Units);
    }

    /// <summary>One unit over time: (timeSteps).</summary>
    /// <param name="row">Which sequence.</param>
    /// <param name="unit">Which unit.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row or unit.</exception>
    public float[] Unit(int row, int unit)
    {
        if ((uint)row >= (uint)Rows) { throw OutOfRange(nameof(row), row, Rows); }
        if ((uint)unit >= (uint)Units) { throw OutOfRange(nameof(unit), unit, Units); }
        var over = new float[TimeSteps];
        for (int step = 0; step < TimeSteps; step++) { over[step] = values[(((row * TimeSteps) + step) * Units) + unit]; }
        return over;
    }

    /// <summary>Whether a step is data and not padding.</summary>
    /// <param name="row">Which sequence.</param>
    /// <param name="step">Which step of the sequence, in the order of time.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row or step.</exception>
    public bool IsData(int row, int step)
    {
        Check(row, step);
        return mask is null || mask[row, step];
    }

    /// <summary>The numbers as a tensor of their own: (rows, timeSteps, units).</summary>
    public Tensor<float> ToTensor() => Tensor.Create((float[])values.Clone(), [Rows, TimeSteps, Units]);

    private void Check(int row, int step)
    {
        if ((uint)row >= (uint)Rows) { throw OutOfRange(nameof(row), row, Rows); }
        if ((uint)step >= (uint)TimeSteps) { throw OutOfRange(nameof(step), step, TimeSteps); }
    }

    private ArgumentOutOfRangeException OutOfRange(string axis, int value, int length) =>
        new(axis, value, $"{Name} has {length} {axis}s, 0 to {length - 1}.");
}
