using System.Globalization;
using System.Text;

namespace Engram.Data;

/// <summary>
/// Finds the words of a text one after the other. A word is letters, marks and digits; an apostrophe between two letters and a point or comma between two digits belong to it.
/// </summary>
internal ref struct WordSplitter(ReadOnlySpan<char> text, WordPunctuation punctuation, bool splitContractions)
{
    private readonly ReadOnlySpan<char> text = text;
    private int position;
    private int cut = -1; // where the word that was last found is cut in two

    private enum Kind { Space, Word, Sign }

    /// <summary>The next word, or an empty span behind the last.</summary>
    public ReadOnlySpan<char> Next()
    {
        while (position < text.Length)
        {
            int start = position;
            Kind kind = KindAt(position, out int length);
            position += length;
            if (kind == Kind.Space) { continue; }
            if (punctuation == WordPunctuation.Keep)
            {
                while (position < text.Length && KindAt(position, out length) != Kind.Space) { position += length; }
                return text[start..position];
            }

            if (kind == Kind.Sign)
            {
                if (splitContractions && cut != start && IsApostrophe(text[start]) && IsClitic(WordEnd(position))) { position = WordEnd(position); }
                else if (cut == start) { position = WordEnd(position); }
                else if (punctuation == WordPunctuation.Strip) { continue; }
                return text[start..position];
            }

            position = WordEnd(start);
            if (splitContractions && cut != start && Contraction(text[start..position]) is > 0 and var at) { position = cut = start + at; }
            return text[start..position];
        }

        return [];
    }

    private static bool IsApostrophe(char c) => c is '\'' or '’';

    // What may stand behind an apostrophe, from the present position to the end of the word.
    private readonly bool IsClitic(int end) => IsClitic(text[position..end]);

    private static bool IsClitic(ReadOnlySpan<char> letters) => letters.Length switch
    {
        1 => letters[0] is 's' or 'S' or 'm' or 'M' or 'd' or 'D',
        2 => letters.Equals("re", StringComparison.OrdinalIgnoreCase) || letters.Equals("ve", StringComparison.OrdinalIgnoreCase) || letters.Equals("ll", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    // Where the second part of a contraction begins; 0 for none.
    private static int Contraction(ReadOnlySpan<char> word)
    {
        int at = word.LastIndexOfAny('\'', '’');
        if (at <= 0) { return 0; }
        ReadOnlySpan<char> behind = word[(at + 1)..];
        if (behind is "t" or "T" && word[at - 1] is 'n' or 'N') { return at - 1; }
        return IsClitic(behind) ? at : 0;
    }

    private readonly int WordEnd(int from)
    {
        int end = from;
        while (end < text.Length)
        {
            if (KindAt(end, out int length) == Kind.Word) { end += length; }
            else if (end > from && end + 1 < text.Length && Joins(end)) { end++; }
            else { break; }
        }

        return end;
    }

    private readonly bool Joins(int at) => text[at] switch
    {
        '\'' or '’' => char.IsLetter(text[at - 1]) && char.IsLetter(text[at + 1]),
        '.' or ',' => char.IsDigit(text[at - 1]) && char.IsDigit(text[at + 1]),
        _ => false,
    };

    private readonly Kind KindAt(int at, out int length)
    {
        char c = text[at];
        length = 1;
        if (char.IsAscii(c)) { return char.IsAsciiLetterOrDigit(c) ? Kind.Word : char.IsWhiteSpace(c) ? Kind.Space : Kind.Sign; }
        if (char.IsWhiteSpace(c)) { return Kind.Space; }
        Rune.DecodeFromUtf16(text[at..], out Rune rune, out length);
        return Rune.GetUnicodeCategory(rune) is <= UnicodeCategory.OtherNumber ? Kind.Word : Kind.Sign; // letters, marks and numbers come first
    }
}
