using System.Globalization;

namespace Engram.Data;

/// <summary>Turns a table into a series: chooses columns, orders the rows, completes the times, fills in what is missing.</summary>
internal sealed class SeriesReader(CsvTable table, SeriesOptions options)
{
    /// <summary>What targets are called, the surest first.</summary>
    private static readonly string[] UsualNames = ["VALUE", "VALUES", "Y", "TARGET", "CLOSE", "SALES", "PASSENGERS", "DEMAND", "LOAD", "OT"];

    private readonly List<string> notes = [];
    private readonly NumberColumn?[] columns = new NumberColumn?[table.Columns.Count];

    public TimeSeries Read()
    {
        if (table.RowCount == 0) { throw new EngramException($"{table.Name}: there are no rows below the header."); }
        (int timeColumn, TimeColumn? time) = ChooseTime();
        int target = ChooseTarget(timeColumn);
        int[] chosen = [target, .. options.Covariates.Select(table.Find)];
        if (chosen.Distinct().Count() < chosen.Length) { throw new EngramException($"{table.Name}: the covariates must differ from one another and from the target '{table.Columns[target]}'."); }
        if (chosen.Contains(timeColumn)) { throw new EngramException($"{table.Name}: '{table.Columns[timeColumn]}' is the time column; it cannot be a target or covariate."); }

        double[][] values = [.. chosen.Select(Numbers)];
        int?[] lines = [.. Enumerable.Range(0, table.RowCount).Select(row => (int?)table.Line(row))];
        DateTime[]? times = time?.Times;
        Frequency frequency = Frequency.Irregular;
        if (times is not null)
        {
            Sort(times, lines, values);
            frequency = Frequency.Infer(times);
            notes.Add($"Times: '{table.Columns[timeColumn]}' ({time!.FormName}), {frequency.Name}, {Text(times[0])} to {Text(times[^1])}.");
            Complete(ref times, ref lines, values, frequency);
        }
        else { notes.Add("There is no time column; the rows are taken in the order of the file."); }

        (int start, int end) = Trim(values[0], lines, times);
        for (int i = 0; i < chosen.Length; i++) { values[i] = values[i][start..end]; }
        times = times?[start..end];
        lines = lines[start..end];
        int missing = values[0].Count(double.IsNaN);
        for (int i = 0; i < chosen.Length; i++)
        {
            bool even = times is null || frequency.Unit != FrequencyUnit.Irregular;
            double[] positions = even ? [.. Enumerable.Range(0, lines.Length).Select(row => (double)row)] : [.. times!.Select(at => (double)(at - times![0]).Ticks)];
            new MissingFiller(table, options.Missing, notes).Fill(table.Columns[chosen[i]], values[i], positions, row => Place(row, lines, times));
        }

        Covariate[] covariates = [.. chosen.Skip(1).Select((column, i) => new Covariate(table.Columns[column], values[i + 1]))];
        return new TimeSeries(table.Columns[target], values[0], times, frequency, covariates, notes) { FilledValues = missing };
    }

    private NumberColumn Column(int column) => columns[column] ??= NumberColumn.Read(table, column, options.DecimalMark);

    private (int Column, TimeColumn? Time) ChooseTime()
    {
        if (options.Time is string named)
        {
            int column = table.Find(named);
            var time = TimeColumn.Read(table, column, options.DateFormat);
            return time.Kind == ColumnKind.Read ? (column, time) : throw new EngramException($"{time.Problem} Expected dates such as 2024-01-31, 2024-01, 31.01.2024 or 2024Q1, all written alike.");
        }

        for (int column = 0; column < table.Columns.Count; column++)
        {
            var time = TimeColumn.Read(table, column, options.DateFormat);
            if (time.Kind == ColumnKind.Read) { return (column, time); }
            bool number = Column(column).Kind == ColumnKind.Read;
            if (time.Kind == ColumnKind.Broken && !number) { throw new EngramException(time.Problem); }
        }

        return (-1, null);
    }

    private int ChooseTarget(int timeColumn)
    {
        if (options.Target is string named) { return table.Find(named); }
        string[] others = [.. options.Covariates.Select(name => table.Columns[table.Find(name)])];
        int[] numeric = [.. Enumerable.Range(0, table.Columns.Count).Where(column => column != timeColumn && !others.Contains(table.Columns[column])
            && Column(column).Kind != ColumnKind.Other)];
        int[] counters = [.. numeric.Where(IsCounter)];
        if (numeric.Length > counters.Length)
        {
            numeric = [.. numeric.Except(counters)];
            foreach (int counter in counters) { notes.Add($"Column '{table.Columns[counter]}' numbers the rows and was left out."); }
        }

        if (numeric.Length == 0) { throw new EngramException($"{table.Name}: no column has numbers to forecast. {string.Join(" ", Enumerable.Range(0, table.Columns.Count).Where(column => column != timeColumn).Take(3).Select(column => Column(column).Problem))}"); }
        int[] byName = [.. numeric.Where(IsUsual)];
        int chosen = byName.Length > 0 ? byName.MinBy(column => Array.IndexOf(UsualNames, table.Columns[column].ToUpperInvariant())) : numeric[^1];
        string why = numeric.Length == 1 ? "the only column of numbers" : byName.Length > 0 ? "by its name" : "the last column of numbers";
        string rest = numeric.Length == 1 ? "" : $"; others are {string.Join(", ", numeric.Where(column => column != chosen).Take(10).Select(column => table.Columns[column]))}{(numeric.Length > 11 ? ", ..." : "")}";
        notes.Add($"Target: '{table.Columns[chosen]}', {why}{rest}.");
        return chosen;
    }

    /// <summary>Whether a column counts the rows: 0, 1, 2 and so on, from any start, and is not called like a target.</summary>
    private bool IsCounter(int column)
    {
        double[] values = Column(column).Values;
        return values.Length > 2 && !IsUsual(column) && values[0] == Math.Floor(values[0]) && values.Zip(values.Skip(1)).All(pair => pair.Second == pair.First + 1);
    }

    private bool IsUsual(int column) => UsualNames.Contains(table.Columns[column].ToUpperInvariant());

    private double[] Numbers(int column) =>
        Column(column) is { Kind: ColumnKind.Read } numbers ? [.. numbers.Values] : throw new EngramException(Column(column).Problem);

    private void Sort(DateTime[] times, int?[] lines, double[][] values)
    {
        int[] order = [.. Enumerable.Range(0, times.Length).OrderBy(row => times[row])]; // stable
        DateTime[] sorted = [.. order.Select(row => times[row])];
        int[] twice = [.. Enumerable.Range(1, Math.Max(0, sorted.Length - 1)).Where(i => sorted[i] == sorted[i - 1])];
        if (twice.Length > 0)
        {
            string pairs = string.Join("; ", twice.Take(5).Select(i => $"{Text(sorted[i])} on lines {lines[order[i - 1]]} and {lines[order[i]]}"));
            throw new EngramException($"{table.Name}: {Count(twice.Length, "time stands", "times stand")} twice: {pairs}{(twice.Length > 5 ? "; ..." : "")}. A series has one value for each time; add the values up or remove rows.");
        }

        int[] behind = [.. Enumerable.Range(1, Math.Max(0, times.Length - 1)).Where(row => times[row] < times[row - 1])];
        if (behind.Length == 0) { return; }
        notes.Add($"The rows were not in order of time ({CsvDialect.Lines([.. behind.Select(row => lines[row]!.Value)])} earlier than the row above) and were sorted.");
        foreach (double[] column in values) { Array.Copy(order.Select(row => column[row]).ToArray(), column, column.Length); }
        Array.Copy(order.Select(row => lines[row]).ToArray(), lines, lines.Length);
        sorted.CopyTo(times, 0);
    }

    /// <summary>Inserts rows of missing values for times that the grid has and the table has not; weekdays without a row may be holidays and stay out.</summary>
    private void Complete(ref DateTime[] times, ref int?[] lines, double[][] values, Frequency frequency)
    {
        if (frequency.Unit == FrequencyUnit.Irregular) { return; }
        List<DateTime> grid = frequency.Grid(times[0], times[^1], 2 * times.Length)!;
        if (grid.Count == times.Length) { return; }
        DateTime[] absent = [.. grid.Except(times)];
        string list = $"{string.Join(", ", absent.Take(10).Select(Text))}{(absent.Length > 10 ? $", ... ({absent.Length} in all)" : "")}";
        if (frequency.Unit == FrequencyUnit.BusinessDay)
        {
            notes.Add($"{Count(absent.Length, "weekday has", "weekdays have")} no row, perhaps holidays; the rows are taken to follow each other: {list}.");
            return;
        }

        if (options.Missing == MissingValues.Refuse) { throw new EngramException($"{table.Name}: a {frequency.Name} series with {Count(absent.Length, "time that has", "times that have")} no row: {list}. Add them, or choose how missing values are filled in."); }
        notes.Add($"{Count(absent.Length, "time has", "times have")} no row: {list}.");
        var rowOf = new Dictionary<DateTime, int>(times.Length);
        for (int row = 0; row < times.Length; row++) { rowOf[times[row]] = row; }
        int[] source = [.. grid.Select(time => rowOf.GetValueOrDefault(time, -1))];
        int?[] known = lines;
        lines = [.. source.Select(row => row < 0 ? null : known[row])];
        for (int i = 0; i < values.Length; i++)
        {
            double[] column = values[i];
            values[i] = [.. source.Select(row => row < 0 ? double.NaN : column[row])];
        }

        times = [.. grid];
    }

    private (int Start, int End) Trim(double[] target, int?[] lines, DateTime[]? times)
    {
        int start = Array.FindIndex(target, value => !double.IsNaN(value));
        int end = Array.FindLastIndex(target, value => !double.IsNaN(value)) + 1;
        foreach ((int from, int to, string where) in ((int, int, string)[])[(0, start, "start"), (end, target.Length, "end")])
        {
            if (from == to) { continue; }
            string places = $"{Place(from, lines, times)}{(to - from > 1 ? $" to {Place(to - 1, lines, times)}" : "")}";
            if (options.Missing == MissingValues.Refuse) { throw new EngramException($"{table.Name}: {Count(to - from, "value is", "values are")} missing at the {where} of the series ({places})."); }
            notes.Add($"{Count(to - from, "value is", "values are")} missing at the {where} of the series ({places}); left out.");
        }

        return (start, end);
    }

    private static string Count(int count, string one, string many) => $"{count} {(count == 1 ? one : many)}";

    private static string Place(int row, int?[] lines, DateTime[]? times) => lines[row] is int line ? $"line {line}" : Text(times![row]);

    private static string Text(DateTime time) => time.ToString(time.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
