using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Engram.Data;

/// <summary>
/// Byte pair encoding over the bytes of UTF-8 (Sennrich et al. 2016; over bytes: Radford et al. 2019): tokens 4 to 259 are the bytes, each further one is two earlier tokens joined, which stood side
/// by side most often in the texts it was learnt from. Frequent words are one token, rare ones several, and nothing is unknown: every text comes back from <see cref="Decode"/> exactly as it was, as does
/// any sequence of bytes. Merges do not reach across words: a piece is a run of letters, of digits or of other signs, with the space before it.
/// <code>
/// BytePairTokenizer tokenizer = BytePairTokenizer.Train([File.ReadAllText("shakespeare.txt")], vocabularySize: 4096);
/// int[] tokens = tokenizer.Encode("Shall I compare thee?");
/// </code>
/// </summary>
public sealed class BytePairTokenizer : Tokenizer
{
    internal const string TypeName = "byte_pairs";

    /// <summary>The number of the token that the first merge makes.</summary>
    internal const int FirstMerge = Reserved + 256;

    /// <summary>The bytes that a token has at most, so that long runs of one sign do not fill the vocabulary, nor a hostile file the memory.</summary>
    internal const int LongestToken = 64;

    private const int LongestKept = 64, MostKept = 1 << 16; // pieces whose tokens are remembered: bytes of each, and how many

    private readonly (int First, int Second)[] merges;
    private readonly Dictionary<(int, int), int> ranks;
    private readonly byte[][] bytes; // by token
    private readonly string[] shown;
    private readonly ConcurrentDictionary<byte[], int[]> known = new(ByteKeys.Instance);
    private int kept;

    private BytePairTokenizer((int First, int Second)[] merges, Dictionary<(int, int), int> ranks, byte[][] bytes)
    {
        (this.merges, this.ranks, this.bytes) = (merges, ranks, bytes);
        shown = [.. Special, .. bytes.Skip(Reserved).Select(token => Shown(token))];
    }

    /// <summary>
    /// The tokens by number, as they are shown to people: their text, in which a byte that is no whole character stands as <c>&lt;0xE2&gt;</c>.
    /// </summary>
    public override IReadOnlyList<string> Vocabulary => shown;

    /// <summary>Learns merges. The same texts give the same tokens.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="vocabularySize">How many tokens there may be, with the 4 that all tokenizers keep and the 256 bytes. There are fewer where no pair of tokens is left that occurs twice.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is below 260 or above 2^20.</exception>
    /// <exception cref="EngramException">A text has half a character (a surrogate without its other half).</exception>
    public static BytePairTokenizer Train(IEnumerable<string> texts, int vocabularySize)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, FirstMerge);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vocabularySize, MostTokens);
        var occurrences = new Dictionary<byte[], long>(ByteKeys.Instance);
        Dictionary<byte[], long>.AlternateLookup<ReadOnlySpan<byte>> spans = occurrences.GetAlternateLookup<ReadOnlySpan<byte>>();
        foreach (string text in texts)
        {
            DemandWhole(text);
            var pieces = new BytePieces(Encoding.UTF8.GetBytes(text));
            for (ReadOnlySpan<byte> piece = pieces.Next(); piece.Length > 0; piece = pieces.Next()) { CollectionsMarshal.GetValueRefOrAddDefault(spans, piece, out _)++; }
        }

        return Create(BytePairTrainer.Run(occurrences, vocabularySize - FirstMerge), (_, why) => new InvalidOperationException(why));
    }

    /// <inheritdoc/>
    public override int[] Encode(string text)
    {
        DemandWhole(text);
        return Encode(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>The numbers of the tokens of a text in UTF-8; bytes that are no UTF-8 have tokens too.</summary>
    /// <param name="utf8">The bytes.</param>
    public int[] Encode(ReadOnlySpan<byte> utf8)
    {
        var tokens = new List<int>(utf8.Length / 3);
        var merger = new BytePairMerger(ranks);
        var lookup = known.GetAlternateLookup<ReadOnlySpan<byte>>();
        var pieces = new BytePieces(utf8);
        for (ReadOnlySpan<byte> piece = pieces.Next(); piece.Length > 0; piece = pieces.Next())
        {
            if (piece.Length == 1)
            {
                tokens.Add(Reserved + piece[0]);
                continue;
            }

            if (!lookup.TryGetValue(piece, out int[]? merged))
            {
                merged = merger.Merge(piece);
                if (piece.Length <= LongestKept && Volatile.Read(ref kept) < MostKept && lookup.TryAdd(piece, merged)) { Interlocked.Increment(ref kept); }
            }

            tokens.AddRange(merged);
        }

        return [.. tokens];
    }

    /// <summary>
    /// The text of tokens. Padding, unknown, start and end have none and are skipped. Tokens that a model made up may end amid a character: what is no UTF-8 becomes U+FFFD, as everywhere in .NET;
    /// <see cref="DecodeBytes"/> loses nothing.
    /// </summary>
    /// <param name="tokens">The numbers.</param>
    /// <exception cref="EngramException">A number is none of the vocabulary.</exception>
    public override string Decode(ReadOnlySpan<int> tokens) => Encoding.UTF8.GetString(DecodeBytes(tokens));

    /// <summary>The bytes of tokens; padding, unknown, start and end have none.</summary>
    /// <param name="tokens">The numbers.</param>
    /// <exception cref="EngramException">A number is none of the vocabulary.</exception>
    public byte[] DecodeBytes(ReadOnlySpan<int> tokens)
    {
        DemandKnown(tokens);
        int length = 0, position = 0;
        foreach (int token in tokens) { length = checked(length + bytes[token].Length); }
        var joined = new byte[length];
        foreach (int token in tokens)
        {
            bytes[token].CopyTo(joined, position);
            position += bytes[token].Length;
        }

        return joined;
    }

    internal override void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("type", TypeName);
        json.WriteStartArray("merges"); // two tokens for each
        foreach ((int first, int second) in merges)
        {
            json.WriteNumberValue(first);
            json.WriteNumberValue(second);
        }

        json.WriteEndArray();
    }

    internal static BytePairTokenizer ReadJson(JsonFields fields)
    {
        JsonArray list = fields.Array("merges");
        if (list.Count % 2 != 0 || list.Count / 2 > MostTokens - FirstMerge) { throw fields.Wrong("merges", $"has {list.Count} numbers; there must be two for each merge, and at most {MostTokens - FirstMerge} merges"); }
        var numbers = new int[list.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = list[i] is JsonValue value && value.TryGetValue(out int number) ? number : throw fields.Wrong("merges", $"must be a list of whole numbers; its item {i} is none");
        }

        return Create([.. numbers.Chunk(2).Select(pair => (pair[0], pair[1]))], fields.Wrong);
    }

    private static BytePairTokenizer Create(List<(int First, int Second)> merges, Func<string, string, Exception> wrong)
    {
        var bytes = new byte[FirstMerge + merges.Count][];
        for (int token = 0; token < FirstMerge; token++) { bytes[token] = token < Reserved ? [] : [(byte)(token - Reserved)]; }
        var ranks = new Dictionary<(int, int), int>(merges.Count);
        for (int i = 0; i < merges.Count; i++)
        {
            (int first, int second) = merges[i];
            if (first < Reserved || second < Reserved || first >= FirstMerge + i || second >= FirstMerge + i)
            {
                throw wrong("merges", $"joins {first} and {second} in merge {i}; each must be a token from {Reserved} to {FirstMerge + i - 1}");
            }

            if (!ranks.TryAdd((first, second), i)) { throw wrong("merges", $"joins {first} and {second} twice, in merges {ranks[(first, second)]} and {i}"); }
            if (bytes[first].Length + bytes[second].Length > LongestToken) { throw wrong("merges", $"makes a token of {bytes[first].Length + bytes[second].Length} bytes in merge {i}; the longest may have {LongestToken}"); }
            bytes[FirstMerge + i] = [.. bytes[first], .. bytes[second]];
        }

        return new BytePairTokenizer([.. merges], ranks, bytes);
    }

    private static string Shown(ReadOnlySpan<byte> token)
    {
        var text = new StringBuilder(token.Length);
        while (token.Length > 0)
        {
            bool whole = Rune.DecodeFromUtf8(token, out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
            if (whole) { text.Append(rune.ToString()); }
            else { foreach (byte b in token[..length]) { text.Append($"<0x{b:X2}>"); } }
            token = token[length..];
        }

        return text.ToString();
    }
}
