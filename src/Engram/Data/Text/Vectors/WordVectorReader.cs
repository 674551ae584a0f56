using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Engram.Formats;

namespace Engram.Data;

/// <summary>Reads word vectors: text with a word and its numbers in each line, with or without a first line that says how many (word2vec has it, GloVe has not), or word2vec's binary form.</summary>
internal sealed class WordVectorReader
{
    private const int MostDimensions = 1 << 16, LongestWord = 1 << 16;

    private readonly VectorBytes bytes;
    private readonly string path;
    private readonly ReadLimits limits;
    private readonly int most;
    private readonly HashSet<string>? wanted;
    private int dimensions;
    private float[] vector = [];

    private WordVectorReader(VectorBytes bytes, string path, WordVectorOptions options, ReadLimits limits)
    {
        (this.bytes, this.path, this.limits) = (bytes, path, limits);
        most = options.MaxWords ?? int.MaxValue;
        wanted = options.Words is null ? null : new HashSet<string>(options.Words.SelectMany(word => (string[])[word, word.ToLowerInvariant()]), StringComparer.Ordinal);
    }

    /// <summary>The words whose vectors were kept, and the vectors.</summary>
    public Dictionary<string, int> Numbers { get; } = new(StringComparer.Ordinal);

    public List<string> Words { get; } = [];

    public List<float[]> Vectors { get; } = [];

    public int Dimensions => dimensions;

    public int Repeated { get; private set; }

    public int Undecodable { get; private set; }

    private bool IsFull => Words.Count >= most;

    public static WordVectorReader Read(string path, WordVectorOptions options, ReadLimits limits)
    {
        using VectorBytes bytes = VectorBytes.Open(path);
        var reader = new WordVectorReader(bytes, path, options, limits);
        reader.ReadAll();
        return reader;
    }

    private void ReadAll()
    {
        if (bytes.IsOver) { throw new EngramException($"{path}: is empty; expected a word and its numbers in each line."); }
        int? count = Header();
        if (count is not null) { bytes.TryLine(LongestWord, out _); }
        if (count is { } declared && !IsText(bytes.PeekLine(LineLength))) { ReadBinary(declared); }
        else { ReadText(count); }
    }

    // A line of two whole numbers, how many words and how many dimensions; it stays where it is none.
    private int? Header()
    {
        ReadOnlySpan<byte> line = bytes.PeekLine(64).TrimEnd(" \t\r"u8);
        if (!Utf8Parser.TryParse(line, out int count, out int first) || first == line.Length || line[first] is not ((byte)' ' or (byte)'\t')
            || !Utf8Parser.TryParse(line[(first + 1)..], out int second, out int length) || first + 1 + length != line.Length)
        {
            return null;
        }

        if (count < 1 || second < 1 || second > MostDimensions) { throw new EngramException($"{path}, line 1: says {count} words of {second} dimensions; expected at least one word and 1 to {MostDimensions} dimensions."); }
        (dimensions, vector) = (second, new float[second]);
        return count;
    }

    // How long a line may be: a number has at most some 32 characters.
    private int LineLength => (int)Math.Min(limits.TextBytes, LongestWord + (32L * (dimensions > 0 ? dimensions : MostDimensions)));

    private static bool IsText(ReadOnlySpan<byte> line)
    {
        foreach (byte b in line)
        {
            if (b < 0x20 && b is not ((byte)'\t' or (byte)'\r')) { return false; }
        }

        return Utf8.IsValid(line) || line.LastIndexOf((byte)' ') is > 0 and var last && Utf8Parser.TryParse(line[(last + 1)..], out float _, out _);
    }

    private void ReadText(int? count)
    {
        long number = count is null ? 0 : 1, read = 0; // lines, words
        while (!IsFull && !bytes.IsOver)
        {
            number++;
            if (!bytes.TryLine(LineLength, out ReadOnlySpan<byte> line)) { throw Wrong(number, $"is longer than {LineLength} bytes"); }
            line = line.TrimEnd(" \t"u8);
            if (line.IsEmpty) { throw Wrong(number, "is empty; expected a word and its numbers"); }
            if (read++ == count) { throw Wrong(number, $"is one more than the {count} words that line 1 says"); }
            if (dimensions == 0) { FindDimensions(line, number); }

            // From the end, as a word may have spaces.
            ReadOnlySpan<byte> left = line;
            for (int d = dimensions - 1; d >= 0; d--)
            {
                int space = left.LastIndexOfAny((byte)' ', (byte)'\t');
                if (space <= 0) { throw Wrong(number, $"has {dimensions - d} fields, expected a word and {dimensions} numbers"); }
                vector[d] = Value(left[(space + 1)..], number, d);
                left = left[..space];
            }

            Keep(left, () => $"{path}, line {number}");
        }

        if (count is { } declared && read < declared && !IsFull) { throw new EngramException($"{path}: ends behind {read} words; line 1 says {declared}."); }
    }

    private void FindDimensions(ReadOnlySpan<byte> line, long number)
    {
        int fields = line.Count((byte)' ') + line.Count((byte)'\t');
        if (fields is < 1 or > MostDimensions) { throw Wrong(number, $"has a word and {fields} numbers; expected 1 to {MostDimensions} numbers"); }
        (dimensions, vector) = (fields, new float[fields]);
    }

    private float Value(ReadOnlySpan<byte> text, long line, int dimension) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && float.IsFinite(value)
            ? value
            : throw Wrong(line, $"'{Encoding.UTF8.GetString(text[..Math.Min(30, text.Length)])}' in the place of number {dimension + 1} of {dimensions} is none");

    private void ReadBinary(int count)
    {
        if (bytes.Length is { } length && count > (length - bytes.Position) / ((4L * dimensions) + 1))
        {
            throw new EngramException($"{path}: says {count} words of {dimensions} dimensions, which take at least {count * ((4L * dimensions) + 1)} bytes; {length - bytes.Position} are there.");
        }

        for (int i = 0; i < count && !IsFull; i++)
        {
            if (i > 0) { bytes.SkipIf((byte)'\n'); } // the original program ends each vector with one
            long place = bytes.Position;
            if (!bytes.TryUntil((byte)' ', LongestWord, out ReadOnlySpan<byte> name)) { throw new EngramException($"{path}: word {i + 1} of {count}, at byte {place}, has no end within {LongestWord} bytes; expected a space before its numbers."); }
            byte[] word = name.ToArray();
            if (!bytes.TryTake(4 * dimensions, out ReadOnlySpan<byte> numbers)) { throw new EngramException($"{path}: ends within the numbers of word {i + 1} of {count}, which begins at byte {place}."); }
            for (int d = 0; d < dimensions; d++)
            {
                vector[d] = BinaryPrimitives.ReadSingleLittleEndian(numbers[(4 * d)..]);
                if (!float.IsFinite(vector[d])) { throw new EngramException($"{path}: number {d + 1} of word {i + 1}, which begins at byte {place}, is {vector[d]}."); }
            }

            Keep(word, () => $"{path}: word {i + 1}, at byte {place}");
        }

        bytes.SkipIf((byte)'\n');
        if (!IsFull && !bytes.IsOver) { throw new EngramException($"{path}: goes on at byte {bytes.Position}, behind the {count} words that line 1 says."); }
    }

    private void Keep(ReadOnlySpan<byte> utf8, Func<string> place)
    {
        if (utf8.IsEmpty || utf8.Length > LongestWord) { throw new EngramException($"{place()}: a word of {utf8.Length} bytes; expected 1 to {LongestWord}."); }
        if (!Utf8.IsValid(utf8))
        {
            Undecodable++;
            return;
        }

        string word = Encoding.UTF8.GetString(utf8);
        if (wanted?.Contains(word) == false) { return; }
        if (!Numbers.TryAdd(word, Words.Count))
        {
            Repeated++;
            return;
        }

        if ((Words.Count + 1L) * dimensions * sizeof(float) > limits.ArrayBytes)
        {
            throw new EngramException($"{place()}: the vectors exceed {limits.ArrayBytes} bytes (ReadLimits.ArrayBytes); read some of the words (WordVectorOptions), or raise the limit.");
        }

        Words.Add(word);
        Vectors.Add([.. vector]);
    }

    private EngramException Wrong(long line, string what) => new($"{path}, line {line}: {what}.");
}
