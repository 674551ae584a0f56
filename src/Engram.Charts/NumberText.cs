using System.Globalization;
using System.Text;

namespace Engram.Charts;

/// <summary>Numbers for people: thousands separators, a true minus sign, powers of ten where zeros would be counted.</summary>
public static class NumberText
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>A number to some significant digits: 1,234.6 or 0.001235 or 1.2×10⁻⁷; whole digits before the point are never rounded away.</summary>
    /// <param name="value">The number; NaN becomes an en dash, infinity its sign.</param>
    /// <param name="digits">Significant digits, from 1 to 15; default 4. Zeros at the end of the fraction are kept, so that columns align.</param>
    /// <exception cref="ArgumentOutOfRangeException">digits is not from 1 to 15.</exception>
    public static string Significant(double value, int digits = 4)
    {
        if (digits is < 1 or > 15)
            throw new ArgumentOutOfRangeException(nameof(digits), digits, "Significant digits must be from 1 to 15.");
        if (!double.IsFinite(value))
            return NotFinite(value);
        if (value == 0)
            return "0";
        // Rounding first: 9.9996 to four digits is 10.00, not 10.000.
        string rounded = value.ToString($"E{digits - 1}", Invariant);
        int split = rounded.IndexOf('E', StringComparison.Ordinal), exponent = int.Parse(rounded.AsSpan(split + 1), Invariant);
        if (exponent is < -4 or >= 15)
            return Sign(rounded[..split]) + "×10" + Superscript(exponent);
        return exponent >= digits ? Grouped(value, 0) : Grouped(double.Parse(rounded, Invariant), Math.Min(digits - 1 - exponent, 15));
    }

    /// <summary>A number with a fixed count of decimals and thousands separators.</summary>
    /// <param name="value">The number; NaN becomes an en dash, infinity its sign.</param>
    /// <param name="decimals">Decimals, from 0 to 15.</param>
    /// <exception cref="ArgumentOutOfRangeException">decimals is not from 0 to 15.</exception>
    public static string Decimals(double value, int decimals)
    {
        if (decimals is < 0 or > 15)
            throw new ArgumentOutOfRangeException(nameof(decimals), decimals, "Decimals must be from 0 to 15.");
        if (!double.IsFinite(value))
            return NotFinite(value);
        return Math.Abs(value) < 1e15 ? Grouped(value, decimals) : Significant(value, 6);
    }

    /// <summary>The label of a tick, where ticks are ten to <paramref name="stepExponent"/> or a small multiple apart.</summary>
    internal static string OnAxis(double value, int stepExponent, double largest)
    {
        if (value == 0)
            return "0";
        int size = (int)Math.Floor(Math.Log10(largest) + 1e-12);
        if (size is < -4 or >= 15)
            return Scientific(value, size, Math.Clamp(size - stepExponent, 0, 15));
        (int exponent, string suffix) = size switch { >= 12 => (12, " T"), >= 9 => (9, " G"), >= 6 => (6, " M"), _ => (0, "") };
        int decimals = Math.Max(0, exponent - stepExponent);
        return exponent > 0 && decimals <= 3
            ? Grouped(value / Math.Pow(10, exponent), decimals) + suffix
            : Grouped(value, Math.Clamp(-stepExponent, 0, 15));
    }

    /// <summary>A whole number in raised digits.</summary>
    internal static string Superscript(int number)
    {
        var text = new StringBuilder();
        foreach (char c in number.ToString(Invariant))
            text.Append(c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c - '0']);
        return text.ToString();
    }

    private static string Scientific(double value, int exponent, int decimals) =>
        // In two factors: ten to the exponent alone may lie outside of what a double holds.
        Grouped(value / Math.Pow(10, exponent / 2) / Math.Pow(10, exponent - exponent / 2), decimals) + "×10" + Superscript(exponent);

    private static string Grouped(double value, int decimals) => Sign(value.ToString($"N{decimals}", Invariant));

    // A true minus sign, and none before a number that was rounded to zero.
    private static string Sign(string text) => text[0] != '-' ? text : text.AsSpan(1).IndexOfAnyExcept("0.,") < 0 ? text[1..] : "−" + text[1..];

    private static string NotFinite(double value) => double.IsNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
}
