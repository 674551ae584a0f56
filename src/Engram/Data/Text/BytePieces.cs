using System.Globalization;
using System.Text;

namespace Engram.Data;

/// <summary>
/// Cuts UTF-8 into the pieces that merges never reach across: a run of letters and marks, of digits, or of other signs, each with one space before it if there is one; and white space. Joined
/// they are the text again. Bytes that are no UTF-8 count as signs.
/// </summary>
internal ref struct BytePieces(ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> text = text;
    private int position;

    private enum Kind { Space, Letter, Digit, Sign }

    /// <summary>The next piece, or an empty span behind the last.</summary>
    public ReadOnlySpan<byte> Next()
    {
        if (position == text.Length) { return []; }
        int start = position;
        Kind kind = KindAt(position, out int length);
        position += length;
        bool joined = kind == Kind.Space && text[start] == ' ' && position < text.Length && KindAt(position, out _) != Kind.Space;
        if (joined)
        {
            kind = KindAt(position, out length);
            position += length;
        }

        int last = start;
        while (position < text.Length && KindAt(position, out length) == kind) { (last, position) = (position, position + length); }

        // The last of several spaces belongs to what follows it.
        if (kind == Kind.Space && last > start && text[last] == ' ' && position < text.Length) { position = last; }
        return text[start..position];
    }

    private readonly Kind KindAt(int at, out int length)
    {
        byte b = text[at];
        length = 1;
        if (b < 0x80) { return char.IsAsciiLetter((char)b) ? Kind.Letter : char.IsAsciiDigit((char)b) ? Kind.Digit : char.IsWhiteSpace((char)b) ? Kind.Space : Kind.Sign; }
        if (Rune.DecodeFromUtf8(text[at..], out Rune rune, out length) != System.Buffers.OperationStatus.Done) { return Kind.Sign; }
        if (Rune.IsWhiteSpace(rune)) { return Kind.Space; }
        return Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.EnclosingMark => Kind.Letter, // letters and marks come first
            <= UnicodeCategory.OtherNumber => Kind.Digit,
            _ => Kind.Sign,
        };
    }
}
