using System.Globalization;

namespace Engram.Data;

/// <summary>
/// Turns a table in long form into series: chooses columns, gathers the rows of each id, orders them by time and completes the times. A missing
/// value stays missing.
/// </summary>
internal sealed class PanelReader(CsvTable table, PanelOptions options)
{
    private readonly List<string> notes = [];
    private readonly Dictionary<int, double[]> numbers = [];

    public SeriesPanel Read()
    {
        if (table.RowCount == 0) { throw new EngramException($"{table.Name}: there are no rows below the header."); }
        int id = options.Id is { } named ? table.Find(named) : -1;
        int[] past = Find(options.Past), future = Find(options.Future), statics = Find(options.Statics), categories = Find(options.Categories);
        (int time, DateTime[]? times) = ChooseTime(id, [.. past, .. future, .. statics, .. categories]);
        int[] targets = ChooseTargets([id, time, .. past, .. future, .. statics, .. categories]);
        if (targets.FirstOrDefault(column => future.Contains(column) || statics.Contains(column) || column == id || column == time, -1) is >= 0 and var clash)
        {
            throw new EngramException($"{table.Name}: the target '{table.Columns[clash]}' cannot be the id, the time or known ahead as well.");
        }

        Frequency? frequency = null;
        var series = new List<PanelSeries>();
        int shortened = 0, filled = 0;
        List<(string Id, int[] Rows)> groups = id < 0 ? [("", [.. Enumerable.Range(0, table.RowCount)])] : table.RowsBy(id);
        foreach ((string _, int[] rows) in groups.OrderByDescending(group => group.Rows.Length).Take(1))
        {
            if (times is not null) { frequency = Frequency.Infer([.. Ordered(rows, times).Select(row => times[row])]); }
        }

        foreach ((string name, int[] unordered) in groups)
        {
            int[] rows = times is null ? unordered : Ordered(unordered, times);
            DateTime[]? own = times is null ? null : [.. rows.Select(row => times[row])];
            if (own is not null) { rows = Complete(rows, ref own, frequency!, name, ref filled); }
            double[] OfRows(int column) => [.. rows.Select(row => row < 0 ? double.NaN : Numbers(column)[row])];
            foreach (int target in targets)
            {
                double[] values = OfRows(target);
                int end = Array.FindLastIndex(values, value => !double.IsNaN(value)) + 1;
                int start = Array.FindIndex(values, value => !double.IsNaN(value));
                if (end == 0) { throw new EngramException($"{table.Name}: the series '{name}' has no value in '{table.Columns[target]}'."); }
                if (end < values.Length && future.Length == 0) { shortened++; }
                int first = unordered[0];
                series.Add(new PanelSeries(name, values[start..end], own?[start..end])
                {
                    Target = table.Columns[target],
                    Name = name.Length == 0 ? table.Columns[target] : targets.Length == 1 ? name : $"{name} {table.Columns[target]}",
                    Past = [.. past.Select(column => new Covariate(table.Columns[column], OfRows(column)[start..end]))],
                    Future = [.. future.Select(column => new Covariate(table.Columns[column], OfRows(column)[start..]))],
                    Statics = [.. statics.Select(column => (double)Constant(column, unordered, name, Numbers(column)))],
                    Categories =
                    [
                        .. categories.Select(column => (string)Constant(column, unordered, name, table.Column(column))),
                        .. targets.Length > 1 ? [table.Columns[target]] : Array.Empty<string>(),
                    ],
                });
            }
        }

        if (shortened > 0) { notes.Add($"{shortened} series have rows without a value at their end, which were left out."); }
        if (filled > 0) { notes.Add($"{filled} times between the first and the last have no row; their values are missing."); }
        int missing = series.Sum(one => one.Values.Count(double.IsNaN));
        if (missing > 0) { notes.Add($"{missing} values are missing; the networks are told which."); }
        string[] words = [.. categories.Select(column => table.Columns[column])];
        return new SeriesPanel(series, [.. statics.Select(column => table.Columns[column])], targets.Length > 1 ? [.. words, PanelOptions.TargetCategory] : words, notes);
    }

    private int[] Find(IReadOnlyList<string> names) => [.. names.Select(table.Find)];

    private double[] Numbers(int column)
    {
        if (numbers.TryGetValue(column, out double[]? known)) { return known; }
        var read = NumberColumn.Read(table, column, options.DecimalMark);
        return numbers[column] = read.Kind == ColumnKind.Read ? read.Values : throw new EngramException(read.Problem);
    }

    private (int Column, DateTime[]? Times) ChooseTime(int id, int[] others)
    {
        if (options.Time is { } named)
        {
            int column = table.Find(named);
            var time = TimeColumn.Read(table, column, options.DateFormat);
            return time.Kind == ColumnKind.Read ? (column, time.Times) : throw new EngramException($"{time.Problem} Expected dates such as 2024-01-31, 2024-01, 31.01.2024 or 2024Q1, all written alike.");
        }

        for (int column = 0; column < table.Columns.Count; column++)
        {
            if (column == id || others.Contains(column)) { continue; }
            var time = TimeColumn.Read(table, column, options.DateFormat);
            if (time.Kind == ColumnKind.Read) { return (column, time.Times); }
            if (time.Kind == ColumnKind.Broken && NumberColumn.Read(table, column, options.DecimalMark).Kind != ColumnKind.Read) { throw new EngramException(time.Problem); }
        }

        notes.Add("There is no time column; the rows of each series are taken in the order of the file.");
        return (-1, null);
    }

    private int[] ChooseTargets(int[] taken)
    {
        if (options.Targets is not [] and not [PanelOptions.All])
        {
            int[] named = Find(options.Targets);
            return named.Distinct().Count() == named.Length ? named : throw new EngramException($"{table.Name}: a target is named twice.");
        }

        // A column among the past covariates may be a target as well, but only where it is named or all are.
        int[] past = Find(options.Past);
        bool all = options.Targets is [PanelOptions.All];
        int[] numeric = [.. Enumerable.Range(0, table.Columns.Count)
            .Where(column => (!taken.Contains(column) || (all && past.Contains(column))) && NumberColumn.Read(table, column, options.DecimalMark).Kind == ColumnKind.Read)];
        if (numeric.Length == 0) { throw new EngramException($"{table.Name}: no column has numbers to forecast. The columns are {string.Join(", ", table.Columns)}."); }
        if (numeric.Length == 1 || all) { return numeric; }
        throw new EngramException($"{table.Name}: several columns have numbers: {string.Join(", ", numeric.Select(column => table.Columns[column]))}. Name those to forecast, or take '{PanelOptions.All}'.");
    }

    private int[] Ordered(int[] rows, DateTime[] times)
    {
        int[] order = [.. rows.OrderBy(row => times[row])];
        for (int i = 1; i < order.Length; i++)
        {
            if (times[order[i]] == times[order[i - 1]])
            {
                throw new EngramException($"{table.Name}: {Text(times[order[i]])} stands twice in one series, on lines {table.Line(order[i - 1])} and {table.Line(order[i])}. "
                    + (options.Id is null ? "Name the column that tells the series apart, if there are several." : "A series has one value for each time."));
            }
        }

        return order;
    }

    /// <summary>Inserts rows of missing values (-1) for times that the grid has and the table has not.</summary>
    private int[] Complete(int[] rows, ref DateTime[] times, Frequency frequency, string name, ref int filled)
    {
        if (frequency.Unit is FrequencyUnit.Irregular or FrequencyUnit.BusinessDay || rows.Length < 2) { return rows; }
        List<DateTime> grid = frequency.Grid(times[0], times[^1], checked(50 * rows.Length) + 1000)
            ?? throw new EngramException($"{table.Name}: the series '{name}' has {rows.Length} rows from {Text(times[0])} to {Text(times[^1])}, too few for a {frequency.Name} one.");
        var rowOf = new Dictionary<DateTime, int>(rows.Length);
        for (int i = 0; i < rows.Length; i++) { rowOf[times[i]] = rows[i]; }
        DateTime[] off = [.. times.Except(grid)];
        if (off.Length > 0) { throw new EngramException($"{table.Name}: the series '{name}' has the time {Text(off[0])}, which does not fit the {frequency.Name} steps of the others."); }
        filled += grid.Count - rows.Length;
        times = [.. grid];
        return [.. grid.Select(time => rowOf.GetValueOrDefault(time, -1))];
    }

    private T Constant<T>(int column, int[] rows, string name, T[] cells) where T : notnull
    {
        int other = Array.FindIndex(rows, row => !cells[row].Equals(cells[rows[0]]));
        return other < 0 ? cells[rows[0]] : throw new EngramException(string.Create(CultureInfo.InvariantCulture,
            $"{table.Name}, line {table.Line(rows[other])}: '{table.Columns[column]}' of the series '{name}' changes from {cells[rows[0]]} to {cells[rows[other]]}, but a static or categorical column holds for a whole series. Name a changing column as past or future instead."));
    }

    private static string Text(DateTime time) => time.ToString(time.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
