using System.Globalization;
using System.Text;

namespace Engram.Charts.Drawing;

/// <summary>
/// How wide text will be, without a font at hand: widths per kind of character, taken from the widest of the usual system
/// fonts, so that what is laid out for them fits in all of them.
/// </summary>
internal static class TextMetrics
{
    /// <summary>The width of a text in pixels at a font size in pixels.</summary>
    public static double Width(string text, double fontSize)
    {
        double em = 0;
        foreach (Rune rune in text.EnumerateRunes())
            em += Em(rune);
        return em * fontSize;
    }

    /// <summary>The text itself where it fits, else as much of its beginning as fits with an ellipsis.</summary>
    public static string Shorten(string text, double fontSize, double width)
    {
        if (Width(text, fontSize) <= width)
            return text;
        double left = width - Width("…", fontSize);
        var kept = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            left -= Em(rune) * fontSize;
            if (left < 0)
                break;
            kept.Append(rune);
        }
        return kept.ToString().TrimEnd() + "…";
    }

    /// <summary>The text broken between words into lines that fit; the last allowed line ends in an ellipsis where more would follow.</summary>
    public static List<string> Wrap(string text, double fontSize, double width, int maxLines)
    {
        var lines = new List<string>();
        string line = "";
        foreach (string word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            string longer = line.Length == 0 ? word : $"{line} {word}";
            if (line.Length == 0 || lines.Count == maxLines - 1 || Width(longer, fontSize) <= width)
            {
                line = longer;
                continue;
            }
            lines.Add(line);
            line = word;
        }
        if (line.Length > 0)
            lines.Add(line);
        for (int i = 0; i < lines.Count; i++)
            lines[i] = Shorten(lines[i], fontSize, width);
        return lines;
    }

    private static double Em(Rune rune)
    {
        int c = rune.Value;
        if (c >= 0x1100)
            return c is >= 0x2000 and < 0x2E80 ? Symbol(c) : 1.05;
        if (c is >= '0' and <= '9')
            return 0.64;
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter => c is 'M' or 'W' ? 0.99 : c is 'I' or 'J' ? 0.32 : 0.73,
            UnicodeCategory.LowercaseLetter => LowerCase(c),
            UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark => 0,
            UnicodeCategory.SpaceSeparator => 0.32,
            _ => c is '%' or '@' ? 0.98 : c is '.' or ',' or ':' or ';' or '|' or '\'' or '!' ? 0.34
                : c is '(' or ')' or '-' or '/' or '[' or ']' or '*' or '"' ? 0.46 : 0.82,
        };
    }

    private static double LowerCase(int c) => c switch
    {
        'm' => 0.98,
        'w' => 0.82,
        'i' or 'j' or 'l' => 0.29,
        'f' or 't' or 'r' => 0.42,
        _ => 0.63,
    };

    // Punctuation, superscripts, arrows, mathematical signs.
    private static double Symbol(int c) => c is >= 0x2070 and <= 0x208E ? 0.45 : c is >= 0x2018 and <= 0x201F ? 0.5 : c < 0x200C ? 0.5 : 0.95;
}
