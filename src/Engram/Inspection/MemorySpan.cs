using Engram.Cells;

namespace Engram.Inspection;

/// <summary>
/// For how many steps a unit remembers. With κ_t the share of its memory that a step keeps, what was there after step s has halved after
/// <code>
/// n(s) = the smallest n with κ_{s+1} κ_{s+2} ... κ_{s+n} &lt; 1/2
/// </code>
/// steps. κ is the forget gate of an LSTM; the update gate z of a GRU, whose h = z ∘ h' + (1 - z) ∘ g; one minus the forget gate of a minimal
/// gated unit; and f n' / n of an <see cref="Layers.SLstm"/>, whose memory is c / n. Steps are counted in the order of reading, masked ones
/// are left out.
/// </summary>
public sealed class MemorySpan
{
    private const int Longer = -1;

    private readonly int[] spans; // (rows, steps, units)
    private readonly LayerTrace layer;

    private MemorySpan(LayerTrace layer, int[] spans, double[] units) => (this.layer, this.spans, Units) = (layer, spans, units);

    /// <summary>
    /// For each unit the median of n(s) over all steps s, by the product-limit estimator (Kaplan and Meier 1958),
    /// because of many a start it is known only that the memory outlasts the sequence. Infinite where more than half does.
    /// </summary>
    public IReadOnlyList<double> Units { get; }

    /// <summary>n(s), or null where less than half is forgotten by the end of the sequence (or the step is masked).</summary>
    /// <param name="row">Which sequence.</param>
    /// <param name="step">s, in the order of time.</param>
    /// <param name="unit">Which unit.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row, step or unit.</exception>
    public int? this[int row, int step, int unit]
    {
        get
        {
            _ = layer.HiddenState[row, step, unit];
            int span = spans[(((row * layer.TimeSteps) + step) * layer.Units) + unit];
            return span == Longer ? null : span;
        }
    }

    /// <summary>Measures a layer over all sequences of a trace.</summary>
    /// <param name="layer">The trace of a layer with a gate that decides what is kept.</param>
    /// <exception cref="EngramException">The layer has no such gate for each unit.</exception>
    public static MemorySpan Measure(LayerTrace layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        Func<int, int, int, int, double> kept = Kept(layer);
        var spans = new int[checked(layer.Rows * layer.TimeSteps * layer.Units)];
        Array.Fill(spans, Longer);
        var medians = new double[layer.Units];
        int[] ended = new int[layer.TimeSteps + 1], outlasted = new int[layer.TimeSteps + 1];
        for (int unit = 0; unit < layer.Units; unit++)
        {
            Array.Clear(ended);
            Array.Clear(outlasted);
            for (int row = 0; row < layer.Rows; row++)
            {
                int[] steps = InOrder(layer, row);
                double[] shares = [.. steps.Select((step, i) => i == 0 ? 1 : kept(row, step, steps[i - 1], unit))];
                for (int s = 0; s < steps.Length; s++)
                {
                    int span = Span(shares, s);
                    if (span == Longer) { outlasted[steps.Length - 1 - s]++; }
                    else
                    {
                        ended[span]++;
                        spans[(((row * layer.TimeSteps) + steps[s]) * layer.Units) + unit] = span;
                    }
                }
            }

            medians[unit] = Median(ended, outlasted);
        }

        return new MemorySpan(layer, spans, medians);
    }

    private static int Span(double[] shares, int s)
    {
        double left = 1;
        for (int n = 1; s + n < shares.Length; n++)
        {
            left *= shares[s + n];
            if (left < 0.5) { return n; }
        }

        return Longer;
    }

    // S(n) = Π (1 - ended at m / those that were seen for m steps or more), up to n; the median is where it first reaches 1/2.
    private static double Median(int[] ended, int[] outlasted)
    {
        int seen = ended.Sum() + outlasted.Sum();
        double survival = 1;
        for (int n = 0; n < ended.Length && seen > 0; n++)
        {
            survival *= 1 - ((double)ended[n] / seen);
            if (survival <= 0.5) { return n; }
            seen -= ended[n] + outlasted[n];
        }

        return double.PositiveInfinity;
    }

    private static int[] InOrder(LayerTrace layer, int row)
    {
        int[] steps = [.. Enumerable.Range(0, layer.TimeSteps).Where(t => layer.IsData(row, t))];
        if (layer.Direction == ReadingDirection.Backward) { Array.Reverse(steps); }
        return steps;
    }

    // κ of a row, a step, the step read before it and a unit.
    private static Func<int, int, int, int, double> Kept(LayerTrace layer)
    {
        bool Has(string name) => layer.Series.Contains(name);
        if (Has(TracedNames.UpdateGate))
        {
            GateSeries z = layer.UpdateGate;
            return (row, step, _, unit) => z[row, step, unit];
        }

        if (!Has(TracedNames.ForgetGate) || layer.ForgetGate.Units != layer.Units)
        {
            throw new EngramException($"{layer.Name}: a layer of kind {layer.Kind} has no gate for each unit that says how much of its memory stays.");
        }

        GateSeries f = layer.ForgetGate;
        if (!Has(TracedNames.CellState)) { return (row, step, _, unit) => 1 - f[row, step, unit]; }
        if (!Has(TracedNames.NormalizerState)) { return (row, step, _, unit) => f[row, step, unit]; }
        GateSeries n = layer[TracedNames.NormalizerState];
        return (row, step, before, unit) => f[row, step, unit] * n[row, before, unit] / n[row, step, unit];
    }
}
