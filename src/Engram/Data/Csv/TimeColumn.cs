using System.Globalization;

namespace Engram.Data;

/// <summary>
/// A column of dates or times. One way of writing must fit the whole column; where month/day and day/month both do, it is refused.
/// </summary>
internal sealed class TimeColumn
{
    private const string SecondsForm = "Unix seconds";
    private const string MillisecondsForm = "Unix milliseconds";

    private static readonly string[] Clocks = ["", " H:mm", " H:mm:ss", " H:mm:ss.FFFFFFF"];
    private static readonly string[] IsoClocks = ["", " H:mmK", " H:mm:ssK", " H:mm:ss.FFFFFFFK", "'T'H:mmK", "'T'H:mm:ssK", "'T'H:mm:ss.FFFFFFFK"];
    private static readonly string[] UsClocks = [.. Clocks, " h:mm tt", " h:mm:ss tt"];

    private static readonly Form MonthDay = new("month/day/year", With(UsClocks, "M/d/yyyy", "M-d-yyyy"));
    private static readonly Form DayMonth = new("day/month/year", With(UsClocks, "d/M/yyyy", "d-M-yyyy"));

    /// <summary>The ways of writing that a cell shows by itself.</summary>
    private static readonly Form[] Written =
    [
        new("year-month-day", With(IsoClocks, "yyyy-M-d", "yyyy/M/d")),
        new("year-month", ["yyyy-M", "yyyy/M", "M/yyyy", "MMM yyyy", "MMM-yyyy", "yyyy MMM", "yyyy-MMM", "MMMM yyyy"]),
        new("day.month.year", With(Clocks, "d.M.yyyy")),
        MonthDay,
        DayMonth,
        new("day and month name", With(Clocks, "d MMM yyyy", "d-MMM-yyyy", "MMM d yyyy", "MMM d, yyyy", "d MMMM yyyy", "MMMM d, yyyy")),
        new("year and quarter", []),
        new("year and month of the series", []),
    ];

    private TimeColumn(ColumnKind kind, DateTime[] times, string form, string problem)
    {
        Kind = kind;
        Times = times;
        FormName = form;
        Problem = problem;
    }

    private sealed record Form(string Name, string[] Formats);

    /// <summary>Whether these are times.</summary>
    public ColumnKind Kind { get; }

    /// <summary>The times.</summary>
    public DateTime[] Times { get; }

    /// <summary>How they are written.</summary>
    public string FormName { get; }

    /// <summary>Why they could not be read: names column, line and cell.</summary>
    public string Problem { get; }

    /// <summary>Whether a cell is a date by its looks.</summary>
    public static bool LooksLikeTime(string cell) => Written.Any(form => TryRead(cell, form, out _));

    /// <summary>Whether a column's name promises times.</summary>
    public static bool IsTimeName(string name) => Names(name, "DATE", "TIME", "TIMESTAMP", "DATETIME", "YEAR", "PERIOD", "DAY", "MONTH", "QUARTER", "DS") || Names(name, "UNIX", "EPOCH");

    /// <summary>Reads a column of a table; <paramref name="format"/> is a .NET format when the user gave one.</summary>
    public static TimeColumn Read(CsvTable table, int column, string? format)
    {
        string[] cells = table.Column(column);
        string name = $"{table.Name}: column '{table.Columns[column]}'";
        Form[] forms = format is not null ? [new Form(format, [format])] : [.. Written, .. NamedForms(table.Columns[column])];
        (Form Form, int[] Wrong)[] tried = [.. forms.Select(form => (form, Wrong(cells, form)))];
        Form[] fitting = [.. tried.Where(pair => pair.Wrong.Length == 0).Select(pair => pair.Form)];
        if (fitting.Contains(MonthDay) && fitting.Contains(DayMonth))
        {
            int row = Array.FindIndex(cells, cell => Time(cell, MonthDay) != Time(cell, DayMonth));
            if (row >= 0)
            {
                return new(ColumnKind.Broken, [], "", $"{name}, line {table.Line(row)}: '{cells[row]}' may be month/day or day/month, and no other cell of the column tells which. " +
                    "Pass the date format, for example dd/MM/yyyy.");
            }
        }

        if (fitting.Length > 0)
        {
            DateTime[] times = [.. cells.Select(cell => Time(cell, fitting[0]))];
            bool months = fitting[0].Name == Written[^1].Name;
            return !months || ConsecutiveMonths(times)
                ? new(ColumnKind.Read, times, fitting[0].Name, "")
                : new(ColumnKind.Other, [], "", $"{name}: '{cells[0]}' could be year and month of the series, but the months do not follow each other.");
        }

        (Form closest, int[] wrong) = tried.MinBy(pair => pair.Wrong.Length);
        int first = wrong[0];
        bool meant = 2 * wrong.Length < cells.Length;
        string what = CsvDialect.IsMissing(cells[first]) ? "is missing" : "is not a time";
        return new(meant ? ColumnKind.Broken : ColumnKind.Other, [], "", $"{name}, line {table.Line(first)}: '{cells[first]}' {what}{(meant ? $", but most of the column is ({closest.Name})" : "")}.");
    }

    private static int[] Wrong(string[] cells, Form form) =>
        !cells.Take(20).Any(cell => TryRead(cell, form, out _)) ? [.. Enumerable.Range(0, cells.Length)] : [.. Enumerable.Range(0, cells.Length).Where(row => !TryRead(cells[row], form, out _))];

    /// <summary>Ways of writing that are plain numbers, and so are times only where the column's name says so.</summary>
    private static IEnumerable<Form> NamedForms(string name)
    {
        if (Names(name, "YEAR", "DATE", "TIME", "PERIOD", "DS")) { yield return new("year", ["yyyy"]); }
        if (Names(name, "DATE", "TIME", "DAY", "PERIOD", "DATETIME", "DS")) { yield return new("yearmonthday", ["yyyyMMdd"]); }
        if (Names(name, "UNIX", "EPOCH", "TIMESTAMP", "TS"))
        {
            yield return new(SecondsForm, []);
            yield return new(MillisecondsForm, []);
        }
    }

    /// <summary>Whether one of the words stands in a name, by itself or set off: "unix_time" has UNIX and TIME, "overtime" has neither.</summary>
    private static bool Names(string name, params ReadOnlySpan<string> words)
    {
        foreach (string part in name.ToUpperInvariant().Split([' ', '_', '-', '.', '(', ')', '[', ']', '/'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (words.Contains(part)) { return true; }
        }

        return false;
    }

    private static bool TryRead(string cell, Form form, out DateTime time)
    {
        if (form.Formats.Length > 0)
        {
            return DateTime.TryParseExact(cell, form.Formats, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out time);
        }

        time = default;
        if (form.Name == SecondsForm || form.Name == MillisecondsForm)
        {
            // Between 1973 and 2286 the two differ in their number of digits.
            (long low, long high, long scale) = form.Name == SecondsForm ? (100_000_000, 9_999_999_999, 1000L) : (100_000_000_000, 9_999_999_999_999, 1L);
            if (!long.TryParse(cell, NumberStyles.None, CultureInfo.InvariantCulture, out long number) || number < low || number > high) { return false; }
            time = DateTime.UnixEpoch.AddMilliseconds(number * scale);
            return true;
        }

        return form.Name == Written[^1].Name ? TryMonthOfSeries(cell, out time) : TryQuarter(cell, out time);
    }

    /// <summary>1949Q1, 1949-Q1, 1949 Q1, Q1 1949, Q1-1949.</summary>
    private static bool TryQuarter(string cell, out DateTime time)
    {
        time = default;
        string text = cell.ToUpperInvariant().Replace(" ", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        if (text.Length != 6) { return false; }
        if (text[0] == 'Q') { text = string.Concat(text.AsSpan(2), text.AsSpan(0, 2)); }
        if (text[4] != 'Q' || text[5] is < '1' or > '4' || !int.TryParse(text.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture, out int year) || year < 1) { return false; }
        time = new DateTime(year, (3 * (text[5] - '1')) + 1, 1);
        return true;
    }

    /// <summary>1-01 to 3-12: the first month of the first year, and so on.</summary>
    private static bool TryMonthOfSeries(string cell, out DateTime time)
    {
        time = default;
        int dash = cell.IndexOf('-', StringComparison.Ordinal);
        if (dash is < 1 or > 2 || cell.Length != dash + 3) { return false; }
        if (!int.TryParse(cell.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out int year) || year < 1) { return false; }
        if (!int.TryParse(cell.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int month) || month is < 1 or > 12) { return false; }
        time = new DateTime(year, month, 1);
        return true;
    }

    private static bool ConsecutiveMonths(DateTime[] times) => times.Zip(times.Skip(1)).All(pair => pair.First.AddMonths(1) == pair.Second);

    private static DateTime Time(string cell, Form form)
    {
        TryRead(cell, form, out DateTime time);
        return DateTime.SpecifyKind(time, DateTimeKind.Unspecified);
    }

    private static string[] With(string[] clocks, params string[] dates) => [.. dates.SelectMany(date => clocks.Select(clock => date + clock))];
}
