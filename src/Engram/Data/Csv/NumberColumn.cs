using System.Globalization;

namespace Engram.Data;

/// <summary>
/// A column of numbers. Whether the comma marks decimals or thousands is decided over the whole column, and where the column
/// does not tell, it is refused: reading 1,234 as the wrong one is an error of three orders of magnitude.
/// </summary>
internal sealed class NumberColumn
{
    private const string Marks = "%$€£¥₹";

    private NumberColumn(ColumnKind kind, double[] values, string problem)
    {
        Kind = kind;
        Values = values;
        Problem = problem;
    }

    /// <summary>Whether these are numbers.</summary>
    public ColumnKind Kind { get; }

    /// <summary>The numbers; NaN where a value is missing.</summary>
    public double[] Values { get; }

    /// <summary>Why they could not be read: names column, line and cell.</summary>
    public string Problem { get; }

    /// <summary>Reads a column of a table.</summary>
    public static NumberColumn Read(CsvTable table, int column, char? decimalMark)
    {
        string[] cells = table.Column(column);
        int[] present = [.. Enumerable.Range(0, cells.Length).Where(row => !CsvDialect.IsMissing(cells[row]))];
        string name = $"{table.Name}: column '{table.Columns[column]}'";
        if (present.Length == 0) { return new(ColumnKind.Other, [], $"{name} has no value."); }

        int[] wrongWithPoint = [.. present.Where(row => !TryRead(cells[row], '.', out _))];
        int[] wrongWithComma = [.. present.Where(row => !TryRead(cells[row], ',', out _))];
        char mark = decimalMark ?? (wrongWithComma.Length < wrongWithPoint.Length ? ',' : '.');
        int[] wrong = mark == '.' ? wrongWithPoint : wrongWithComma;
        if (wrong.Length > 0)
        {
            string cell = cells[wrong[0]];
            string where = $"{name}, line {table.Line(wrong[0])}: '{cell}'";
            string bare = string.Concat(cell.Where(c => !Marks.Contains(c, StringComparison.Ordinal))).Trim();
            if (bare.Length < cell.Length && (TryRead(bare, '.', out _) || TryRead(bare, ',', out _)))
            {
                return new(ColumnKind.Broken, [], $"{where} has a percent or currency sign. Put plain numbers into the file.");
            }

            bool meant = 2 * wrong.Length < present.Length;
            return new(meant ? ColumnKind.Broken : ColumnKind.Other, [], $"{where} is not a number{(meant ? $", but most of the column is (decimal mark '{mark}')" : "")}.");
        }

        if (decimalMark is null && wrongWithPoint.Length == 0 && wrongWithComma.Length == 0)
        {
            // Both readings fit every cell. A point is a decimal point by custom, unless the file is written with semicolons,
            // as it is where the comma marks decimals.
            int doubtful = Array.FindIndex(present, row => Value(cells[row], '.') != Value(cells[row], ',') && (cells[row].Contains(',', StringComparison.Ordinal) || table.Delimiter == ';'));
            if (doubtful >= 0)
            {
                int row = present[doubtful];
                return new(ColumnKind.Broken, [], string.Create(CultureInfo.InvariantCulture,
                    $"{name}, line {table.Line(row)}: '{cells[row]}' may be {Value(cells[row], '.')} or {Value(cells[row], ',')}, and no other cell of the column tells which. Pass the decimal mark."));
            }
        }

        return new(ColumnKind.Read, [.. cells.Select(cell => CsvDialect.IsMissing(cell) ? double.NaN : Value(cell, mark))], "");
    }

    /// <summary>
    /// Reads a number with a given decimal mark. Thousands may be set apart by the other mark, a blank or an apostrophe, the same throughout.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<char> cell, char decimalMark, out double value)
    {
        Span<char> plain = stackalloc char[64];
        value = double.NaN;
        if (cell.IsEmpty || cell.Length >= plain.Length) { return false; }
        int length = 0;
        int at = 0;
        if (cell[0] is '+' or '-' or '−')
        {
            plain[length++] = cell[0] == '+' ? '+' : '-';
            at++;
        }

        char group = '\0';
        int digits = 0; // since the start, or since the last group mark
        int whole = 0;
        bool leadingZero = at < cell.Length && cell[at] == '0';
        for (; at < cell.Length && cell[at] != decimalMark && cell[at] is not ('e' or 'E'); at++)
        {
            char c = cell[at];
            if (char.IsAsciiDigit(c))
            {
                plain[length++] = c;
                digits++;
                whole++;
                continue;
            }

            bool groups = c is '.' or ',' or ' ' or '\'' or '’' or '\u00A0' or '\u202F';
            bool fits = group == '\0' ? digits is >= 1 and <= 3 && !leadingZero : c == group && digits == 3;
            if (!groups || !fits) { return false; }
            (group, digits) = (c, 0);
        }

        if (group != '\0' && digits != 3) { return false; }
        if (at < cell.Length && cell[at] == decimalMark)
        {
            plain[length++] = '.';
            for (at++; at < cell.Length && char.IsAsciiDigit(cell[at]); at++, whole++) { plain[length++] = cell[at]; }
        }

        if (whole == 0) { return false; }
        for (; at < cell.Length; at++) { plain[length++] = cell[at]; } // an exponent, or what the parser refuses
        return double.TryParse(plain[..length], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value)
            && double.IsFinite(value);
    }

    private static double Value(string cell, char mark)
    {
        TryRead(cell, mark, out double value);
        return value;
    }
}
