namespace Engram.Data;

/// <summary>Finds out how a CSV file is written.</summary>
internal static class CsvDialect
{
    private const int SampledLines = 50;

    // Those that are hardly ever anything else come first: a decimal comma is common, a decimal semicolon is not.
    private static readonly char[] Delimiters = ['\t', ';', '|', ','];

    /// <summary>Whether a cell says that its value is missing.</summary>
    public static bool IsMissing(string cell) => cell.Trim().ToUpperInvariant() is "" or "NA" or "N/A" or "#N/A" or "NAN" or "NULL" or "-" or "?";

    /// <summary>Whether a cell is a value and no name of a column.</summary>
    public static bool LooksLikeData(string cell)
    {
        cell = cell.Trim();
        return NumberColumn.TryRead(cell, '.', out _) || NumberColumn.TryRead(cell, ',', out _) || TimeColumn.LooksLikeTime(cell);
    }

    /// <summary>The delimiter that cuts the first lines into equally many fields; a comma where none does.</summary>
    public static char FindDelimiter(string text)
    {
        var counts = new List<int[]>(); // of each line, the number of each delimiter outside quotes
        int[] current = new int[Delimiters.Length];
        bool quoted = false;
        bool any = false;
        foreach (char c in text)
        {
            if (c == '"') { quoted = !quoted; }
            if (c is '\n' or '\r' && !quoted)
            {
                if (any) { counts.Add(current); }
                if (counts.Count == SampledLines) { break; }
                (current, any) = (new int[Delimiters.Length], false);
                continue;
            }

            any |= !char.IsWhiteSpace(c);
            int which = quoted ? -1 : Array.IndexOf(Delimiters, c);
            if (which >= 0) { current[which]++; }
        }

        if (any && counts.Count < SampledLines) { counts.Add(current); }
        for (int i = 0; i < Delimiters.Length; i++)
        {
            if (counts.Count > 0 && counts[0][i] > 0 && counts.All(line => line[i] == counts[0][i])) { return Delimiters[i]; }
        }

        return Delimiters.Select((mark, i) => (mark, lines: counts.Count(line => line[i] > 0))).MaxBy(pair => pair.lines) is (char mark, > 0) ? mark : ',';
    }

    /// <summary>A delimiter in words.</summary>
    public static string Describe(char delimiter) => delimiter == '\t' ? "tab" : $"'{delimiter}'";

    /// <summary>Line numbers in words: at most ten of them.</summary>
    public static string Lines(IReadOnlyCollection<int> lines) =>
        $"{(lines.Count == 1 ? "line" : "lines")} {string.Join(", ", lines.Take(10))}{(lines.Count > 10 ? $", ... ({lines.Count} in all)" : "")}";
}
