namespace Engram.Inspection;

/// <summary>
/// How much of the time a gate is shut or open (Karpathy, Johnson and Fei-Fei 2015, "Visualizing and understanding recurrent networks"): for
/// each unit the share of all steps at which the gate is below 0.1, left-saturated, and the share at which it is above 0.9,
/// right-saturated. A forget gate that is open nearly always remembers; one that is shut nearly always makes its unit purely feed-forward.
/// </summary>
public sealed class GateSaturation
{
    private GateSaturation(string gate, double[] left, double[] right) => (Gate, Left, Right) = (gate, left, right);

    /// <summary>The gate's name, for example <c>forget_gate</c>.</summary>
    public string Gate { get; }

    /// <summary>For each unit the share of steps at which the gate is below the lower limit, from 0 to 1.</summary>
    public IReadOnlyList<double> Left { get; }

    /// <summary>For each unit the share of steps at which the gate is above the upper limit, from 0 to 1.</summary>
    public IReadOnlyList<double> Right { get; }

    /// <summary>The share of all units' steps at which the gate is below the lower limit.</summary>
    public double MeanLeft => Left.Average();

    /// <summary>The share of all units' steps at which the gate is above the upper limit.</summary>
    public double MeanRight => Right.Average();

    /// <summary>Measures a gate over all sequences of a trace; masked steps do not count.</summary>
    /// <param name="gate">A gate: <see cref="GateSeries.IsGate"/>.</param>
    /// <param name="below">The lower limit. Default 0.1.</param>
    /// <param name="above">The upper limit, not below the lower one. Default 0.9.</param>
    /// <exception cref="EngramException">It is a candidate or a state, or every step is masked.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The upper limit is below the lower one.</exception>
    public static GateSaturation Measure(GateSeries gate, double below = 0.1, double above = 0.9)
    {
        ArgumentNullException.ThrowIfNull(gate);
        if (!(below <= above)) { throw new ArgumentOutOfRangeException(nameof(above), above, $"The upper limit is at least the lower one, {below}."); }
        if (!gate.IsGate) { throw new EngramException($"{gate.Name} is no gate; saturation is that of a gate between 0 and 1, such as forget_gate."); }
        int steps = 0;
        double[] left = new double[gate.Units], right = new double[gate.Units];
        for (int row = 0; row < gate.Rows; row++)
        {
            for (int t = 0; t < gate.TimeSteps; t++)
            {
                if (!gate.IsData(row, t)) { continue; }
                steps++;
                ReadOnlySpan<float> values = gate.Step(row, t);
                for (int u = 0; u < values.Length; u++)
                {
                    if (values[u] < below) { left[u]++; }
                    if (values[u] > above) { right[u]++; }
                }
            }
        }

        if (steps == 0) { throw new EngramException($"Every step of {gate.Name} is masked; at least one must be data."); }
        for (int u = 0; u < left.Length; u++) { (left[u], right[u]) = (left[u] / steps, right[u] / steps); }
        return new GateSaturation(gate.Name, left, right);
    }
}
