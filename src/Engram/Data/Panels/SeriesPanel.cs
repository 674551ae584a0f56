namespace Engram.Data;

/// <summary>
/// Many series of one kind, for a model that learns from all of them: the sales of all shops, the load of all meters, or several columns of one file.
/// Their lengths may differ and values may be missing; what stands beside them is the same for all.
/// </summary>
public sealed class SeriesPanel
{
    /// <summary>Puts series together.</summary>
    /// <param name="series">At least one; each with the same covariates, statics and categories, by name and order.</param>
    /// <param name="staticNames">What the numbers of <see cref="PanelSeries.Statics"/> are; null for none.</param>
    /// <param name="categoryNames">What the words of <see cref="PanelSeries.Categories"/> are; null for none.</param>
    /// <param name="notes">What was found and done while reading; null for nothing.</param>
    /// <exception cref="EngramException">There is none, two have one name, or one lacks what the first has; the message names it.</exception>
    public SeriesPanel(
        IReadOnlyList<PanelSeries> series, IReadOnlyList<string>? staticNames = null, IReadOnlyList<string>? categoryNames = null, IReadOnlyList<string>? notes = null)
    {
        ArgumentNullException.ThrowIfNull(series);
        if (series.Count == 0) { throw new EngramException("There is no series; at least one is needed."); }
        Series = [.. series];
        StaticNames = [.. staticNames ?? []];
        CategoryNames = [.. categoryNames ?? []];
        PastNames = [.. series[0].Past.Select(column => column.Name)];
        FutureNames = [.. series[0].Future.Select(column => column.Name)];
        Notes = [.. notes ?? []];
        if (series.GroupBy(one => (one.Id, one.Target)).FirstOrDefault(group => group.Count() > 1) is { } twice) { throw new EngramException($"Two series are called '{twice.First().Name}'; give them different ids."); }
        foreach (PanelSeries one in Series) { Check(one); }
        PanelSeries longest = Series.MaxBy(one => one.Count)!;
        Frequency = longest.Times is { } times ? Frequency.Infer(times) : Frequency.Irregular;
    }

    /// <summary>The series.</summary>
    public IReadOnlyList<PanelSeries> Series { get; }

    /// <summary>The columns whose past is known.</summary>
    public IReadOnlyList<string> PastNames { get; }

    /// <summary>The columns that are known ahead.</summary>
    public IReadOnlyList<string> FutureNames { get; }

    /// <summary>The numbers that hold for a whole series.</summary>
    public IReadOnlyList<string> StaticNames { get; }

    /// <summary>The words that hold for a whole series.</summary>
    public IReadOnlyList<string> CategoryNames { get; }

    /// <summary>How the times advance: those of the longest series.</summary>
    public Frequency Frequency { get; }

    /// <summary>What was found and done while reading, one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Reads series from a CSV file in long form: one row for each series and time.</summary>
    /// <param name="path">The file's name.</param>
    /// <param name="options">Which columns are what; null for one series in the file.</param>
    /// <exception cref="EngramException">The file or what it holds cannot be read without guessing; the message names line and column.</exception>
    public static SeriesPanel ReadCsv(string path, PanelOptions? options = null) => FromTable(CsvTable.Read(path), options);

    /// <summary>Reads series from a table in long form: one row for each series and time.</summary>
    /// <param name="table">The table.</param>
    /// <param name="options">Which columns are what; null for one series in the table.</param>
    /// <exception cref="EngramException">The table cannot be read without guessing; the message names line and column.</exception>
    public static SeriesPanel FromTable(CsvTable table, PanelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        return new PanelReader(table, options ?? new PanelOptions()).Read();
    }

    /// <summary>The panel of series at hand, for example those of <see cref="TimeSeries.FromRows"/>; their covariates are past ones.</summary>
    /// <param name="series">At least one, each with a name of its own.</param>
    /// <exception cref="EngramException">There is none, or two have one name.</exception>
    public static SeriesPanel FromSeries(IEnumerable<TimeSeries> series) =>
        new([.. series.Select(one => new PanelSeries(one.Name, one.Values, one.Times) { Past = one.Covariates })]);

    private void Check(PanelSeries one)
    {
        if (!one.Past.Select(column => column.Name).SequenceEqual(PastNames) || !one.Future.Select(column => column.Name).SequenceEqual(FutureNames))
        {
            throw new EngramException($"Series '{one.Name}' has other covariates than '{Series[0].Name}': all need the same, in the same order.");
        }

        if (one.Statics.Count != StaticNames.Count) { throw new EngramException($"Series '{one.Name}' has {one.Statics.Count} static numbers; there are {StaticNames.Count} names for them."); }
        if (one.Categories.Count != CategoryNames.Count) { throw new EngramException($"Series '{one.Name}' has {one.Categories.Count} categories; there are {CategoryNames.Count} names for them."); }
        if (one.Statics.Any(value => !double.IsFinite(value))) { throw new EngramException($"Series '{one.Name}': a static number is not finite."); }
        if (one.Past.FirstOrDefault(column => column.Values.Length < one.Count) is { } past) { throw new EngramException($"Series '{one.Name}': '{past.Name}' has {past.Values.Length} values for {one.Count} rows."); }
        if (one.Future.FirstOrDefault(column => column.Values.Length < one.Count) is { } future) { throw new EngramException($"Series '{one.Name}': '{future.Name}' has {future.Values.Length} values for {one.Count} rows."); }
    }
}
