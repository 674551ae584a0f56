using CsvHelper;

namespace Engram.Data;

/// <summary>
/// The cells of a CSV file as text, with the line that each row starts on. UTF-8, comma, semicolon, tab or bar between fields, quoted
/// fields with line breaks. A damaged file is an error that names the line.
/// </summary>
public sealed class CsvTable
{
    private readonly List<string[]> rows;
    private readonly List<int> lines;

    private CsvTable(string name, char delimiter, bool hasHeader, List<string[]> rows, List<int> lines)
    {
        Name = name;
        Delimiter = delimiter;
        HasHeader = hasHeader;
        Columns = [.. rows[0].Select((cell, i) => hasHeader && cell.Trim().Length > 0 ? cell.Trim() : $"column {i + 1}")];
        if (hasHeader)
        {
            rows.RemoveAt(0);
            lines.RemoveAt(0);
        }

        this.rows = rows;
        this.lines = lines;
    }

    /// <summary>The file's name, which every error repeats.</summary>
    public string Name { get; }

    /// <summary>What stands between two fields.</summary>
    public char Delimiter { get; }

    /// <summary>Whether the first row holds the names of the columns.</summary>
    public bool HasHeader { get; }

    /// <summary>The names of the columns: those of the header, or <c>column 1</c> and so on.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The number of rows without the header.</summary>
    public int RowCount => rows.Count;

    /// <summary>A cell, without blanks around it.</summary>
    public string this[int row, int column] => rows[row][column].Trim();

    /// <summary>The line of the file on which a row starts, counted from 1.</summary>
    public int Line(int row) => lines[row];

    /// <summary>All cells of a column, without blanks around them.</summary>
    public string[] Column(int column) => [.. rows.Select(row => row[column].Trim())];

    /// <summary>The number of a column; upper and lower case are the same.</summary>
    /// <exception cref="EngramException">There is no such column, or more than one; the message lists those there are.</exception>
    public int Find(string column)
    {
        column = column.Trim();
        int[] found = [.. Enumerable.Range(0, Columns.Count).Where(i => string.Equals(Columns[i], column, StringComparison.OrdinalIgnoreCase))];
        int[] exact = [.. found.Where(i => Columns[i] == column)];
        if (exact.Length == 1) { found = exact; }
        return found.Length switch
        {
            1 => found[0],
            0 => throw new EngramException($"{Name}: there is no column '{column}'. {Closest.Hint(column, Columns)}The columns are {string.Join(", ", Columns)}."),
            _ => throw new EngramException($"{Name}: {found.Length} columns are called '{column}'; give them different names."),
        };
    }

    /// <summary>The first column with one of the names that such a column usually has, no other but <paramref name="taken"/> called the same; -1 if there is none.</summary>
    internal int FindUsual(ReadOnlySpan<string> names, int taken)
    {
        foreach (string name in names)
        {
            int[] found = [.. Enumerable.Range(0, Columns.Count).Where(i => i != taken && string.Equals(Columns[i], name, StringComparison.OrdinalIgnoreCase))];
            if (found.Length == 1) { return found[0]; }
        }

        return -1;
    }

    /// <summary>The rows of each name in a column, in the order in which the names come first.</summary>
    /// <exception cref="EngramException">A cell is empty; the message names the line.</exception>
    internal List<(string Name, int[] Rows)> RowsBy(int column)
    {
        var numbers = new OrderedDictionary<string, List<int>>(StringComparer.Ordinal);
        for (int row = 0; row < RowCount; row++)
        {
            string cell = this[row, column];
            if (cell.Length == 0) { throw new EngramException($"{Name}, line {Line(row)}: '{Columns[column]}' is empty; every row must say to which series it belongs."); }
            if (!numbers.TryGetValue(cell, out List<int>? own)) { numbers[cell] = own = []; }
            own.Add(row);
        }

        return [.. numbers.Select(pair => (pair.Key, pair.Value.ToArray()))];
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file's name.</param>
    /// <param name="delimiter">What stands between two fields; null to find out.</param>
    /// <param name="header">Whether the first row holds names; null to find out: it does when it has neither numbers nor dates.</param>
    /// <exception cref="EngramException">The file cannot be read, is not UTF-8, or its rows differ in length; the message names the line.</exception>
    public static CsvTable Read(string path, char? delimiter = null, bool? header = null) => Parse(TextFile.Read(path), path, delimiter, header);

    /// <summary>Reads CSV text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="delimiter">What stands between two fields; null to find out.</param>
    /// <param name="header">Whether the first row holds names; null to find out.</param>
    /// <exception cref="EngramException">There is no row, or rows differ in length; the message names the line.</exception>
    public static CsvTable Parse(string text, string name, char? delimiter = null, bool? header = null)
    {
        char mark = delimiter ?? CsvDialect.FindDelimiter(text);
        (List<string[]> rows, List<int> lines) = ReadRows(text, name, mark);
        if (rows.Count == 0) { throw new EngramException($"{name}: the file is empty. Expected rows of numbers, with or without a header."); }
        int width = rows[0].Length;
        int ragged = rows.FindIndex(row => row.Length != width);
        if (ragged >= 0)
        {
            throw new EngramException($"{name}, line {lines[ragged]}: {rows[ragged].Length} fields, but line {lines[0]} has {width} (delimiter {CsvDialect.Describe(mark)}). " +
                "Quote fields that contain the delimiter, or pass the right delimiter.");
        }

        bool hasHeader = header ?? (!rows[0].Any(CsvDialect.LooksLikeData) && !rows[0].All(CsvDialect.IsMissing));
        return new CsvTable(name, mark, hasHeader, rows, lines);
    }

    private static (List<string[]> Rows, List<int> Lines) ReadRows(string text, string name, char delimiter)
    {
        var rows = new List<string[]>();
        var lines = new List<int>();
        using var reader = CsvReader.FromText(text, new CsvReaderOptions
        {
            Separator = delimiter,
            HasHeader = false,
            SkipEmptyLines = false,
            TrackLineNumbers = true,
            MalformedData = CsvMalformedDataHandling.Throw,
        });
        try
        {
            while (reader.Read())
            {
                var row = new string[reader.FieldCount];
                for (int i = 0; i < row.Length; i++) { row[i] = reader.GetString(i); }

                // In a file of one column, a blank line is a missing value.
                bool blank = row.Length <= 1 && row.All(string.IsNullOrWhiteSpace);
                if (blank && (rows.Count == 0 || rows[0].Length > 1)) { continue; }
                rows.Add(blank ? [""] : row);
                lines.Add((int)reader.LineNumber);
            }
        }
        catch (CsvFormatException e) { throw new EngramException($"{name}, line {e.LineNumber}: {e.Message} A quote inside a quoted field is written twice.", e); }

        while (rows.Count > 1 && rows[^1].Length == 1 && string.IsNullOrWhiteSpace(rows[^1][0]))
        {
            rows.RemoveAt(rows.Count - 1); // blank lines at the end of the file
            lines.RemoveAt(lines.Count - 1);
        }

        return (rows, lines);
    }
}
