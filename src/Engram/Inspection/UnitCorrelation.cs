namespace Engram.Inspection;

/// <summary>How a unit goes with a property of the steps: whether it counts positions, for example, or knows that a quotation is open.</summary>
/// <param name="Unit">Which unit.</param>
/// <param name="Correlation">Pearson's correlation over the steps, from -1 to 1; 0 for a unit that never changes.</param>
public readonly record struct UnitCorrelation(int Unit, double Correlation)
{
    /// <summary>
    /// All units in the order of the magnitude of their correlation with a property, the strongest first (equals: the lower number first):
    /// <code>
    /// r = Σ (v_t - mean v)(p_t - mean p) / sqrt(Σ (v_t - mean v)² Σ (p_t - mean p)²)
    /// </code>
    /// over all steps t of all sequences that are data and at which the property is known.
    /// </summary>
    /// <param name="series">A gate or state, the cell or hidden state above all.</param>
    /// <param name="property">p, for each row and step: (rows, timeSteps); NaN where it is unknown. See <see cref="StepProperties"/>.</param>
    /// <exception cref="EngramException">The shapes do not agree, or the property is the same at every step.</exception>
    public static IReadOnlyList<UnitCorrelation> Rank(GateSeries series, double[,] property)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(property);
        if (property.GetLength(0) != series.Rows || property.GetLength(1) != series.TimeSteps)
        {
            throw new EngramException($"{series.Name}: expected a property of shape ({series.Rows}, {series.TimeSteps}), one number for each row and step, got ({property.GetLength(0)}, {property.GetLength(1)}).");
        }

        (int Row, int Step)[] places = [.. from row in Enumerable.Range(0, series.Rows)
                                           from step in Enumerable.Range(0, series.TimeSteps)
                                           where series.IsData(row, step) && !double.IsNaN(property[row, step])
                                           select (row, step)];
        double[] p = Centred([.. places.Select(place => property[place.Row, place.Step])]);
        if (!p.Any(value => value != 0)) { throw new EngramException("The property is the same at every step; there is nothing that a unit could go with."); }
        var ranked = new UnitCorrelation[series.Units];
        for (int unit = 0; unit < ranked.Length; unit++)
        {
            double[] v = Centred([.. places.Select(place => (double)series.Step(place.Row, place.Step)[unit])]);
            double vv = v.Sum(value => value * value), pp = p.Sum(value => value * value), vp = v.Zip(p, (a, b) => a * b).Sum();
            ranked[unit] = new UnitCorrelation(unit, vv > 0 ? Math.Clamp(vp / Math.Sqrt(vv * pp), -1, 1) : 0);
        }

        return [.. ranked.OrderByDescending(one => Math.Abs(one.Correlation)).ThenBy(one => one.Unit)];
    }

    /// <summary>As <see cref="Rank(GateSeries, double[,])"/> for a trace of one sequence.</summary>
    /// <param name="series">A gate or state of one sequence.</param>
    /// <param name="property">p for each step.</param>
    /// <exception cref="EngramException">The shapes do not agree, or the property is the same at every step.</exception>
    public static IReadOnlyList<UnitCorrelation> Rank(GateSeries series, IReadOnlyList<double> property)
    {
        ArgumentNullException.ThrowIfNull(property);
        var rows = new double[1, property.Count];
        for (int t = 0; t < property.Count; t++) { rows[0, t] = property[t]; }
        return Rank(series, rows);
    }

    // Values that differ by rounding alone are the same: a constant must not correlate with anything.
    private static double[] Centred(double[] values)
    {
        if (values.Length == 0) { return values; }
        if (values.All(value => value == values[0])) { return new double[values.Length]; }
        double mean = values.Average();
        return [.. values.Select(value => value - mean)];
    }
}
