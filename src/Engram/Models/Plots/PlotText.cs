using System.Globalization;
using System.Security;
using System.Text;

namespace Engram.Models;

/// <summary>Text and numbers of a plot.</summary>
internal static class PlotText
{
    /// <summary>A width in pixels that the text fits in with the usual system fonts.</summary>
    public static double Width(string text, double size)
    {
        double em = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            em += rune.Value switch
            {
                'i' or 'j' or 'l' or '.' or ',' or ' ' or '\'' or '|' or 'I' => 0.32,
                'f' or 't' or 'r' or '(' or ')' or '-' or '[' or ']' => 0.44,
                'm' or 'M' or 'w' or 'W' => 0.95,
                '→' => 1,
                >= 0x1100 => 1.05,
                _ => Rune.IsUpper(rune) ? 0.73 : 0.63,
            };
        }

        return em * size;
    }

    /// <summary>A coordinate; a tenth of a pixel is finer than anyone sees.</summary>
    public static string Number(double value) => (Math.Round(value, 1) + 0.0).ToString("0.#", CultureInfo.InvariantCulture);

    /// <summary>Text for an element or an attribute; what XML cannot hold becomes U+FFFD.</summary>
    public static string Escape(string text)
    {
        var safe = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool fits = rune.Value is >= ' ' and not (0xFFFE or 0xFFFF);
            safe.Append(fits ? rune.ToString() : char.IsWhiteSpace((char)rune.Value) ? " " : "\uFFFD");
        }

        return SecurityElement.Escape(safe.ToString());
    }
}
