using Engram.Cells;

namespace Engram.Inspection;

/// <summary>
/// What a memory holds at a step, by the step at which it was written. A cell state is a sum over the past, of which each part was written once and then
/// multiplied by every later forget gate:
/// <code>
/// c_t = f_t c_(t-1) + i_t g_t   =   sum over s ≤ t of  (f_(s+1) ... f_t) i_s g_s        (Hochreiter and Schmidhuber 1997; Gers et al. 2000)
/// </code>
/// A GRU's hidden state likewise, with z for f and (1 - z) g for what is written. So it can be told, exactly, how much of the state at one word comes from which
/// earlier word, and how much of what a word wrote is left.
/// </summary>
public sealed class CellContents
{
    // What rounding may leave between the sum and the state, as a share of the largest state.
    private const double Tolerance = 1e-3;

    private readonly double[,] parts; // (steps, units): of the state at Step, what was written at s
    private readonly double[] written, left;

    private CellContents(LayerTrace layer, int step, double[,] parts, double[] written)
    {
        (Layer, Step, this.parts, this.written) = (layer, step, parts, written);
        left = new double[step + 1];
        for (int s = 0; s <= step; s++)
        {
            for (int unit = 0; unit < layer.Units; unit++) { left[s] += Math.Abs(parts[s, unit]); }
        }
    }

    /// <summary>The layer.</summary>
    public LayerTrace Layer { get; }

    /// <summary>The step whose state is taken apart.</summary>
    public int Step { get; }

    /// <summary>Of the state of a unit at <see cref="Step"/>, what was written at an earlier step; over all steps up to this one they sum to the state.</summary>
    /// <param name="writtenAt">When it was written, 0 to <see cref="Step"/>.</param>
    /// <param name="unit">The unit.</param>
    public double this[int writtenAt, int unit] => parts[writtenAt, unit];

    /// <summary>How much was written at a step: the sum of magnitudes over units.</summary>
    /// <param name="step">The step, 0 to <see cref="Step"/>.</param>
    public double Written(int step) => written[step];

    /// <summary>How much of what was written at a step is left at <see cref="Step"/>: a share, 0 to 1; 0 where nothing was written.</summary>
    /// <param name="step">The step, 0 to <see cref="Step"/>.</param>
    public double Left(int step) => written[step] > 0 ? left[step] / written[step] : 0;

    /// <summary>Which share of all that stands in the state at <see cref="Step"/> was written at a step; over all steps they sum to 1.</summary>
    /// <param name="step">The step, 0 to <see cref="Step"/>.</param>
    public double Share(int step) => left.Sum() is > 0 and var all ? left[step] / all : 0;

    /// <summary>Which share of what stands in some units at <see cref="Step"/> was written at some steps, 0 to 1; signs do not count.</summary>
    /// <param name="units">The units.</param>
    /// <param name="steps">The steps.</param>
    public double Share(IReadOnlyCollection<int> units, IReadOnlyCollection<int> steps)
    {
        ArgumentNullException.ThrowIfNull(units);
        ArgumentNullException.ThrowIfNull(steps);
        double all = units.Sum(unit => Enumerable.Range(0, Step + 1).Sum(step => Math.Abs(parts[step, unit])));
        return all > 0 ? units.Sum(unit => steps.Sum(step => Math.Abs(parts[step, unit]))) / all : 0;
    }

    /// <summary>The units that hold what was written at some steps, and little else: by the amount of it times its share in the unit, the largest first.</summary>
    /// <param name="steps">The steps.</param>
    /// <param name="count">How many units at most.</param>
    public IReadOnlyList<int> Holders(IReadOnlyCollection<int> steps, int count)
    {
        ArgumentNullException.ThrowIfNull(steps);
        return [.. Enumerable.Range(0, Layer.Units).OrderByDescending(unit => steps.Sum(step => Math.Abs(parts[step, unit])) * Share([unit], steps)).ThenBy(unit => unit).Take(count)];
    }

    /// <summary>Takes a state apart.</summary>
    /// <param name="layer">A layer that reads forward: an LSTM or a GRU.</param>
    /// <param name="row">Which sequence.</param>
    /// <param name="step">The step at which the state is looked at.</param>
    /// <returns>Null where the layer is none whose state is such a sum, or began in a state that was not zero.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row or step.</exception>
    public static CellContents? Of(LayerTrace layer, int row, int step)
    {
        ArgumentNullException.ThrowIfNull(layer);
        bool cell = layer.Series.Contains(TracedNames.CellState) && layer.Series.Contains(TracedNames.InputGate);
        bool gru = layer.Series.Contains(TracedNames.UpdateGate);
        if (!(cell || gru) || layer.Direction != ReadingDirection.Forward) { return null; }
        GateSeries state = cell ? layer.CellState : layer.HiddenState, candidate = layer.Candidate, keep = cell ? layer.ForgetGate : layer.UpdateGate;
        var parts = new double[step + 1, layer.Units];
        var written = new double[step + 1];
        double worst = 0, largest = 0;
        for (int unit = 0; unit < layer.Units; unit++)
        {
            double kept = 1, sum = 0;
            for (int s = step; s >= 0; s--)
            {
                if (!layer.IsData(row, s)) { continue; }
                double open = cell ? layer.InputGate[row, s, unit] : 1 - layer.UpdateGate[row, s, unit];
                double wrote = open * candidate[row, s, unit];
                written[s] += Math.Abs(wrote);
                sum += parts[s, unit] = kept * wrote;
                kept *= keep[row, s, unit];
            }

            largest = Math.Max(largest, Math.Abs(state[row, step, unit]));
            worst = Math.Max(worst, Math.Abs(sum - state[row, step, unit]));
        }

        return worst <= Tolerance * Math.Max(largest, 1e-6) ? new CellContents(layer, step, parts, written) : null;
    }
}
