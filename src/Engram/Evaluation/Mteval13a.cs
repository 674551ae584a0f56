using System.Text;

namespace Engram.Evaluation;

/// <summary>
/// Puts spaces around punctuation by the rules of the script mteval-v13a of WMT, as sacrebleu has them: around every sign of ASCII but the apostrophe, the point, the comma and the hyphen; around a point or a
/// comma unless it stands between two digits; and around a hyphen behind a digit.
/// </summary>
internal static class Mteval13a
{
    public static string Separate(string text)
    {
        string plain = text.Replace("<skipped>", "", StringComparison.Ordinal).Replace("-\n", "", StringComparison.Ordinal).Replace('\n', ' ')
            .Replace("&quot;", "\"", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal)
            .Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal);
        var signs = new StringBuilder(plain.Length + 16).Append(' ');
        foreach (char c in plain.TrimEnd())
        {
            if (IsSign(c)) { signs.Append(' ').Append(c).Append(' '); }
            else { signs.Append(c); }
        }

        // Three passes, one for each rule: what one of them puts between two signs, the next one sees. Each takes two characters at a time and goes on behind them.
        string rule = Pairs(signs.Append(' ').ToString(), (a, b) => !char.IsAsciiDigit(a) && b is '.' or ',', (a, b, to) => to.Append(a).Append(' ').Append(b).Append(' '));
        rule = Pairs(rule, (a, b) => a is '.' or ',' && !char.IsAsciiDigit(b), (a, b, to) => to.Append(' ').Append(a).Append(' ').Append(b));
        return Pairs(rule, (a, b) => char.IsAsciiDigit(a) && b == '-', (a, b, to) => to.Append(a).Append(' ').Append(b).Append(' '));
    }

    private static bool IsSign(char c) => c is (>= ' ' and <= '&') or (>= '(' and <= '+') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~') or '/';

    private static string Pairs(string text, Func<char, char, bool> fits, Action<char, char, StringBuilder> write)
    {
        var to = new StringBuilder(text.Length + 16);
        for (int i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && fits(text[i], text[i + 1])) { write(text[i], text[++i], to); }
            else { to.Append(text[i]); }
        }

        return to.ToString();
    }
}
