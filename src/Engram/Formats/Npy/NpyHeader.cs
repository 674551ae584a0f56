using System.Globalization;
using System.Text;

namespace Engram.Formats.Npy;

/// <summary>
/// The header of a .npy file: a Python dictionary with the keys descr, fortran_order and shape, of which just enough is read to know them
/// and nothing is evaluated.
/// </summary>
internal readonly record struct NpyHeader(ElementType Type, bool BigEndian, bool Fortran, Shape Shape)
{
    /// <summary>What every .npy file starts with.</summary>
    public static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Where the elements start.</summary>
    public int DataStart { get; private init; }

    /// <summary>The bytes of all elements.</summary>
    public long DataLength { get; private init; }

    /// <summary>Reads the header at the start of a file's bytes.</summary>
    /// <param name="bytes">The file from its start, at least the header.</param>
    /// <param name="what">The file and the entry, for errors.</param>
    /// <param name="limits">How much the file may ask for.</param>
    public static NpyHeader Read(ReadOnlySpan<byte> bytes, string what, ReadLimits limits)
    {
        if (bytes.Length < 10 || !bytes[..6].SequenceEqual(Magic))
        {
            throw new EngramException($"{what}: is not a .npy file, which starts with the bytes 93 'NUMPY'.");
        }

        int version = bytes[6];
        if (version is < 1 or > 3) { throw new EngramException($"{what}: has the version {version}.{bytes[7]} of the .npy format; known are 1 to 3."); }
        int start = version == 1 ? 10 : 12;
        if (bytes.Length < start) { throw new EngramException($"{what}: is cut short within its header."); }
        long length = version == 1
            ? bytes[8] | bytes[9] << 8
            : (uint)(bytes[8] | bytes[9] << 8 | bytes[10] << 16 | bytes[11] << 24);
        if (length > bytes.Length - start) { throw new EngramException($"{what}: the header should be {length} bytes long, but only {bytes.Length - start} bytes follow."); }
        if (length > limits.TextBytes) { throw new EngramException($"{what}: the header is {length} bytes long; {nameof(ReadLimits)}.{nameof(ReadLimits.TextBytes)} allows {limits.TextBytes}."); }
        string text = Encoding.Latin1.GetString(bytes.Slice(start, (int)length)); // what is not ASCII is part of a field's name, and refused
        return new PythonLiteral(text, what).Header(limits) with { DataStart = start + (int)length };
    }

    /// <summary>The header as NumPy writes it, up to where the elements start: version 1, a multiple of 64 bytes.</summary>
    public static byte[] Written(NamedArray array)
    {
        var axes = new StringBuilder();
        foreach (int axis in array.Shape.Axes) { axes.Append(CultureInfo.InvariantCulture, $"{(axes.Length > 0 ? " " : "")}{axis},"); }
        if (array.Shape.Rank > 1) { axes.Length--; }
        string text = $"{{'descr': '{NpyTypes.Description(array)}', 'fortran_order': False, 'shape': ({axes}), }}";
        int total = (10 + text.Length + 1 + 63) / 64 * 64;
        if (total - 10 > ushort.MaxValue) { throw new EngramException($"The array '{array.Name}' has too many axes for a .npy file."); }
        byte[] bytes = new byte[total];
        bytes.AsSpan().Fill((byte)' ');
        ((ReadOnlySpan<byte>)[.. Magic, 1, 0, (byte)(total - 10), (byte)((total - 10) >> 8)]).CopyTo(bytes);
        Encoding.ASCII.GetBytes(text, bytes.AsSpan(10));
        bytes[^1] = (byte)'\n';
        return bytes;
    }

    // Just the literals that a header has: strings, numbers, True, False, tuples; and one dictionary of them.
    private ref struct PythonLiteral(string text, string what)
    {
        private int at;

        public NpyHeader Header(ReadLimits limits)
        {
            string? description = null;
            bool? fortran = null;
            List<long>? shape = null;
            Expect('{');
            while (!Take('}'))
            {
                string key = Text();
                Expect(':');
                if (key == "descr" && description is null)
                {
                    if (Peek() is '[' or '(') { throw Wrong("has a type with fields; arrays of one kind of number are read"); }
                    description = Text();
                }
                else if (key == "fortran_order" && fortran is null) { fortran = Truth(); }
                else if (key == "shape" && shape is null) { shape = Axes(); }
                else { throw Wrong($"has '{key}' where descr, fortran_order and shape belong, each once"); }
                if (!Take(',') && Peek() != '}') { throw Wrong($"is no dictionary at character {at}"); }
            }

            Skip();
            if (at < text.Length) { throw Wrong($"goes on behind its end, at character {at}"); }
            if (description is null || fortran is null || shape is null) { throw Wrong("must have descr, fortran_order and shape"); }
            if (!NpyTypes.TryParse(description, out ElementType type, out bool big)) { throw Wrong(NpyTypes.Refusal(description)); }
            return Checked(type, big, fortran.Value, shape, limits);
        }

        private readonly NpyHeader Checked(ElementType type, bool big, bool fortran, List<long> shape, ReadLimits limits)
        {
            string format = $"({string.Join(", ", shape)})";
            if (shape.Count > limits.Nesting) { throw Wrong($"has {shape.Count} axes; {nameof(ReadLimits)}.{nameof(ReadLimits.Nesting)} allows {limits.Nesting}"); }
            UInt128 bytes = (UInt128)ElementTypes.Size(type);
            foreach (long axis in shape)
            {
                if (axis > int.MaxValue) { throw Wrong($"has the shape {format}; every axis must lie in 0 to {int.MaxValue}"); }
                bytes *= (UInt128)axis;
                if (bytes > long.MaxValue) { throw Wrong($"has the shape {format}, which no file can hold"); }
            }

            long most = Math.Min(limits.ArrayBytes, Array.MaxLength);
            if (bytes > (UInt128)most) { throw Wrong($"has the shape {format}, which takes {bytes} bytes; {nameof(ReadLimits)}.{nameof(ReadLimits.ArrayBytes)} and the length of arrays in .NET allow {most}"); }
            return new NpyHeader(type, big, fortran, new Shape([.. shape.Select(axis => (int)axis)])) { DataLength = (long)bytes };
        }

        private List<long> Axes()
        {
            var axes = new List<long>();
            Expect('(');
            while (!Take(')'))
            {
                Skip();
                int from = at;
                while (at < text.Length && char.IsAsciiDigit(text[at])) { at++; }
                if (!long.TryParse(text.AsSpan(from, at - from), NumberStyles.None, CultureInfo.InvariantCulture, out long axis)) { throw Wrong($"has a shape that is no tuple of whole numbers, at character {from}"); }
                Take('L'); // Python 2 wrote long integers so
                axes.Add(axis);
                if (!Take(',') && Peek() != ')') { throw Wrong($"has a shape that is no tuple of whole numbers, at character {at}"); }
            }

            return axes;
        }

        private string Text()
        {
            Skip();
            char quote = Peek();
            if (quote is not ('\'' or '"')) { throw Wrong($"has no text at character {at}"); }
            int end = text.IndexOf(quote, at + 1);
            if (end < 0) { throw Wrong($"has a text without an end at character {at}"); }
            string found = text[(at + 1)..end];
            at = end + 1;
            return found;
        }

        private bool Truth()
        {
            Skip();
            foreach ((string word, bool value) in (ReadOnlySpan<(string, bool)>)[("True", true), ("False", false)])
            {
                if (string.CompareOrdinal(text, at, word, 0, word.Length) == 0)
                {
                    at += word.Length;
                    return value;
                }
            }

            throw Wrong($"has neither True nor False at character {at}");
        }

        private char Peek()
        {
            Skip();
            return at < text.Length ? text[at] : '\0';
        }

        private bool Take(char expected)
        {
            if (Peek() != expected) { return false; }
            at++;
            return true;
        }

        private void Expect(char expected)
        {
            if (!Take(expected)) { throw Wrong($"has no '{expected}' at character {at}"); }
        }

        private void Skip()
        {
            while (at < text.Length && text[at] is ' ' or '\n' or '\t' or '\r') { at++; }
        }

        private readonly EngramException Wrong(string why) => new($"{what}: the header {why}.");
    }
}
