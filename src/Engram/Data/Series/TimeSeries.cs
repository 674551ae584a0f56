namespace Engram.Data;

/// <summary>A column read beside the target of a series.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Values">One value for each value of the series.</param>
public sealed record Covariate(string Name, double[] Values);

/// <summary>
/// One series of numbers in order of time, complete: missing values have been filled in or refused, and <see cref="Notes"/> says what was
/// found and done.
/// </summary>
public sealed class TimeSeries
{
    /// <summary>Creates a series from numbers at hand.</summary>
    /// <param name="name">What the series is called.</param>
    /// <param name="values">The values, all finite. Kept, not copied.</param>
    /// <param name="times">Their times, ascending; null for none. Kept, not copied.</param>
    /// <exception cref="EngramException">A value is not finite, or the times are not as many or not ascending; the message names the row.</exception>
    public TimeSeries(string name, double[] values, DateTime[]? times = null)
        : this(name, values, times, times is null ? Frequency.Irregular : Frequency.Infer(times), [], []) { }

    internal TimeSeries(
        string name, double[] values, DateTime[]? times, Frequency frequency, IReadOnlyList<Covariate> covariates, IReadOnlyList<string> notes)
    {
        int bad = Array.FindIndex(values, value => !double.IsFinite(value));
        if (bad >= 0) { throw new EngramException($"Series '{name}': row {bad} (counted from 0) is {values[bad]}; all values must be finite."); }
        if (times is not null)
        {
            if (times.Length != values.Length) { throw new EngramException($"Series '{name}' has {values.Length} values, but {times.Length} times."); }
            for (int i = 1; i < times.Length; i++)
            {
                if (times[i] <= times[i - 1]) { throw new EngramException($"Series '{name}': the time of row {i} (counted from 0), {times[i]:s}, is not after the one before, {times[i - 1]:s}."); }
            }
        }

        Name = name;
        Values = values;
        Times = times;
        Frequency = frequency;
        Covariates = covariates;
        Notes = notes;
    }

    /// <summary>What the series is called: the target column's name.</summary>
    public string Name { get; }

    /// <summary>The values, all finite.</summary>
    public double[] Values { get; }

    /// <summary>The times of the values, ascending; null where there are none. Times written with an offset from UTC are UTC here.</summary>
    public DateTime[]? Times { get; }

    /// <summary>How the times advance.</summary>
    public Frequency Frequency { get; }

    /// <summary>The columns read beside the target.</summary>
    public IReadOnlyList<Covariate> Covariates { get; }

    /// <summary>What was found and done while reading, one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>How many of the values were missing where they were read, and were filled in.</summary>
    public int FilledValues { get; internal init; }

    /// <summary>The number of values.</summary>
    public int Count => Values.Length;

    /// <summary>Reads a series from a CSV file with one row for each time.</summary>
    /// <param name="path">The file's name.</param>
    /// <param name="options">How to read it; null for what the file itself tells.</param>
    /// <exception cref="EngramException">The file or what it holds cannot be read without guessing; the message names line and column.</exception>
    public static TimeSeries ReadCsv(string path, SeriesOptions? options = null) =>
        FromTable(CsvTable.Read(path, options?.Delimiter, options?.Header), options);

    /// <summary>Reads a series from a table with one row for each time.</summary>
    /// <param name="table">The table.</param>
    /// <param name="options">How to read it; null for what the table itself tells.</param>
    /// <exception cref="EngramException">The table cannot be read without guessing; the message names line and column.</exception>
    public static TimeSeries FromTable(CsvTable table, SeriesOptions? options = null) => new SeriesReader(table, options ?? new SeriesOptions()).Read();

    /// <summary>Reads many series from a table with one series in each row: its name in the first column, its values in the others, as the M4 competition has them.</summary>
    /// <param name="table">The table. Missing values at the end of a row are left out, since series differ in length.</param>
    /// <exception cref="EngramException">A value is missing within a row, or is not a number; the message names line and column.</exception>
    public static IReadOnlyList<TimeSeries> FromRows(CsvTable table)
    {
        var series = new List<TimeSeries>(table.RowCount);
        for (int row = 0; row < table.RowCount; row++)
        {
            int end = table.Columns.Count;
            while (end > 1 && CsvDialect.IsMissing(table[row, end - 1])) { end--; }
            var values = new double[end - 1];
            for (int column = 1; column < end; column++)
            {
                if (!NumberColumn.TryRead(table[row, column], '.', out values[column - 1]))
                {
                    throw new EngramException($"{table.Name}, line {table.Line(row)}, column '{table.Columns[column]}': '{table[row, column]}' is not a number.");
                }
            }

            if (values.Length == 0) { throw new EngramException($"{table.Name}, line {table.Line(row)}: the series '{table[row, 0]}' has no value."); }
            series.Add(new TimeSeries(table[row, 0], values));
        }

        return series;
    }

    /// <summary>Name, length and frequency, for the debugger.</summary>
    public override string ToString() => $"{Name}: {Count} values, {Frequency.Name}";
}
