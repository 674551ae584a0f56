using System.Text;

namespace Engram.Data;

/// <summary>How a text is simplified and cut into words, as Keras does it. Only the letters A to Z have a lower case here: other scripts stay as they are.</summary>
public static class TextSteps
{
    private const string Punctuation = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'";
    private static readonly char[] Whitespace = [' ', '\t', '\n', '\v', '\f', '\r'];

    /// <summary>The letters A to Z in lower case.</summary>
    public static string Lower(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return string.Create(text.Length, text, (target, source) =>
        {
            for (int i = 0; i < source.Length; i++) { target[i] = char.IsAsciiLetterUpper(source[i]) ? (char)(source[i] | 0x20) : source[i]; }
        });
    }

    /// <summary>Without punctuation.</summary>
    public static string StripPunctuation(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var kept = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (!Punctuation.Contains(c)) { kept.Append(c); }
        }

        return kept.ToString();
    }

    /// <summary>In lower case and without punctuation.</summary>
    public static string LowerAndStripPunctuation(string text) => StripPunctuation(Lower(text));

    /// <summary>What stands between white space.</summary>
    public static IReadOnlyList<string> SplitWhitespace(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split(Whitespace, StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Every character by itself.</summary>
    public static IReadOnlyList<string> SplitCharacters(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. text.EnumerateRunes().Select(rune => rune.ToString())];
    }
}
