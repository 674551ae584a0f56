using System.Text;

namespace Engram.Charts.Drawing;

/// <summary>Text made safe for XML and HTML.</summary>
internal static class Markup
{
    /// <summary>
    /// The text with markup characters as entities, fit for element content and for quoted attributes. Characters that XML 1.0
    /// cannot hold at all (most control characters, lone surrogates) become U+FFFD.
    /// </summary>
    public static string Escape(string text)
    {
        StringBuilder? safe = null;
        for (int i = 0; i < text.Length; i++)
        {
            bool pair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            string? replacement = pair ? null : Replacement(text[i]);
            if (replacement is not null)
                safe ??= new StringBuilder(text, 0, i, text.Length + 16);
            if (replacement is not null)
                safe!.Append(replacement);
            else
                safe?.Append(text[i]);
            if (pair)
                safe?.Append(text[i + 1]);
            if (pair)
                i++;
        }
        return safe?.ToString() ?? text;
    }

    private static string? Replacement(char c) => c switch
    {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        '\'' => "&#39;",
        '\t' or '\n' or '\r' => " ",
        < ' ' or '\uFFFE' or '\uFFFF' => "\uFFFD",
        _ => char.IsSurrogate(c) ? "\uFFFD" : null,
    };
}
