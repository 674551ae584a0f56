namespace Engram.Data;

/// <summary>
/// One series of a <see cref="SeriesPanel"/>: its values, of which some may be missing, the columns beside it and what is known of it as a whole.
/// </summary>
public sealed class PanelSeries
{
    /// <summary>Creates a series from numbers at hand.</summary>
    /// <param name="id">What tells it from the others.</param>
    /// <param name="values">The values in order of time, NaN where one is missing; the last one is known. Kept, not copied.</param>
    /// <param name="times">Their times, ascending; null for none. Kept, not copied.</param>
    /// <exception cref="EngramException">There is no value, the last one is missing, one is infinite, or the times are not as many or not ascending.</exception>
    public PanelSeries(string id, double[] values, DateTime[]? times = null)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length == 0 || double.IsNaN(values[^1])) { throw new EngramException($"Series '{id}': the last value must be known."); }
        int bad = Array.FindIndex(values, double.IsInfinity);
        if (bad >= 0) { throw new EngramException($"Series '{id}': row {bad} (counted from 0) is {values[bad]}; values must be finite, or NaN where one is missing."); }
        if (times is not null && times.Length != values.Length) { throw new EngramException($"Series '{id}' has {values.Length} values, but {times.Length} times."); }
        for (int i = 1; i < (times?.Length ?? 0); i++)
        {
            if (times![i] <= times[i - 1]) { throw new EngramException($"Series '{id}': the time of row {i} (counted from 0), {times[i]:s}, is not after the one before, {times[i - 1]:s}."); }
        }

        (Id, Values, Times) = (id, values, times);
    }

    /// <summary>What tells the series from the others: the cell of the id column; empty where a file has one series.</summary>
    public string Id { get; }

    /// <summary>The column of the values; empty where it has no name.</summary>
    public string Target { get; init; } = "";

    /// <summary>The values in order of time; NaN where one is missing.</summary>
    public double[] Values { get; }

    /// <summary>The times of the values, or null.</summary>
    public DateTime[]? Times { get; }

    /// <summary>Columns whose past is known: one number for each value, NaN where one is missing. Default none.</summary>
    public IReadOnlyList<Covariate> Past { get; init; } = [];

    /// <summary>Columns that are known ahead of time too: one number for each value and for as many further rows as are known. Default none.</summary>
    public IReadOnlyList<Covariate> Future { get; init; } = [];

    /// <summary>Numbers that hold for the whole series, in the order of <see cref="SeriesPanel.StaticNames"/>. Default none.</summary>
    public IReadOnlyList<double> Statics { get; init; } = [];

    /// <summary>Words that hold for the whole series, in the order of <see cref="SeriesPanel.CategoryNames"/>. Default none.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>The number of values.</summary>
    public int Count => Values.Length;

    /// <summary>What messages and reports call it. Default the id, the target, or both where there are both.</summary>
    public string Name
    {
        get => field ?? (Id.Length == 0 ? Target : Target.Length == 0 ? Id : $"{Id} {Target}");
        init => field = value ?? throw new ArgumentNullException(nameof(Name));
    }

    /// <summary>Name and length, for the debugger.</summary>
    public override string ToString() => $"{Name}: {Count} values";
}
