using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Engram.Formats.Safetensors;

/// <summary>The header of a safetensors file, read and checked: what it says is true of the file once this exists.</summary>
internal sealed class SafetensorsHeader
{
    private const int MaxHeaderBytes = 100_000_000; // the format's own limit
    private const int MaxDepth = 3; // the header, an array's entry, its shape

    private readonly string path;
    private readonly long dataLength;
    private readonly long mostBytes;
    private readonly List<Entry> entries = [];
    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);
    private bool hasMetadata;

    private SafetensorsHeader(string path, long dataLength, ReadLimits limits)
    {
        this.path = path;
        this.dataLength = dataLength;
        mostBytes = Math.Min(limits.ArrayBytes, Array.MaxLength);
    }

    /// <summary>One array's place: bytes from <c>Start</c> to <c>End</c>, counted from the end of the header.</summary>
    public readonly record struct Entry(string Name, ElementType Type, Shape Shape, long Start, long End);

    /// <summary>The arrays in the order of their bytes.</summary>
    public IReadOnlyList<Entry> Entries => entries;

    /// <summary>The entries of <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <summary>Reads the header; the stream then stands at the first array.</summary>
    public static SafetensorsHeader Read(Stream stream, long fileLength, string path, ReadLimits limits)
    {
        if (fileLength < 8) { throw new EngramException($"{path}: {fileLength} bytes are too few for a safetensors file, which starts with 8 bytes of header length."); }
        Span<byte> prefix = stackalloc byte[8];
        stream.ReadExactly(prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > (ulong)fileLength - 8) { throw new EngramException($"{path}: the header should be {length} bytes long, but only {fileLength - 8} bytes follow its length. The file is cut short or not a safetensors file."); }
        if (length > MaxHeaderBytes) { throw new EngramException($"{path}: the header is {length} bytes long; the format allows {MaxHeaderBytes}."); }
        if (length > (ulong)limits.TextBytes) { throw new EngramException($"{path}: the header is {length} bytes long; {nameof(ReadLimits)}.{nameof(ReadLimits.TextBytes)} allows {limits.TextBytes}."); }

        var bytes = new byte[(int)length];
        stream.ReadExactly(bytes);
        try { new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(bytes); }
        catch (DecoderFallbackException e) { throw new EngramException($"{path}: the header is not valid UTF-8 (byte {8 + e.Index} of the file).", e); }

        var header = new SafetensorsHeader(path, fileLength - 8 - bytes.Length, limits);
        try { header.Parse(bytes); }
        catch (JsonException e) { throw new EngramException($"{path}: the header is not the JSON that safetensors prescribes: {e.Message}", e); }
        header.CheckCoverage();
        return header;
    }

    private void Parse(ReadOnlySpan<byte> bytes)
    {
        var json = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = MaxDepth });
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject) { throw Wrong("the header", "must be a JSON object"); }
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (json.Read() && json.TokenType != JsonTokenType.EndObject)
        {
            string name = Text(ref json);
            if (name == "__metadata__") { ParseMetadata(ref json); }
            else if (!names.Add(name)) { throw new EngramException($"{path}: the array '{name}' stands twice in the header."); }
            else { entries.Add(ParseEntry(ref json, name)); }
        }

        json.Read(); // only blanks may follow: anything else is a JSON error
    }

    private void ParseMetadata(ref Utf8JsonReader json)
    {
        if (hasMetadata) { throw new EngramException($"{path}: '__metadata__' stands twice in the header."); }
        hasMetadata = true;
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject) { throw Wrong("'__metadata__'", "must be an object of strings"); }
        while (json.Read() && json.TokenType != JsonTokenType.EndObject)
        {
            string key = Text(ref json);
            json.Read();
            if (json.TokenType != JsonTokenType.String) { throw Wrong($"'__metadata__' entry '{key}'", "must be a string"); }
            if (!metadata.TryAdd(key, Text(ref json))) { throw new EngramException($"{path}: '__metadata__' has the entry '{key}' twice."); }
        }
    }

    private Entry ParseEntry(ref Utf8JsonReader json, string name)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject) { throw Wrong($"array '{name}'", "must be an object with dtype, shape and data_offsets"); }
        ElementType? type = null;
        long[]? shape = null;
        long[]? offsets = null;
        while (json.Read() && json.TokenType != JsonTokenType.EndObject)
        {
            string key = Text(ref json);
            json.Read();
            if (key == "dtype" && type is null)
            {
                string? text = json.TokenType == JsonTokenType.String ? Text(ref json) : null;
                type = ElementTypes.TryParse(text, out ElementType known)
                    ? known
                    : throw new EngramException($"{path}: array '{name}' has the unknown type '{text ?? json.TokenType.ToString()}'; known are {ElementTypes.Names}.");
            }
            else if (key == "shape" && shape is null) { shape = Numbers(ref json, name, key); }
            else if (key == "data_offsets" && offsets is null) { offsets = Numbers(ref json, name, key); }
            else { throw Wrong($"array '{name}'", $"must have dtype, shape and data_offsets, each once, and nothing else; found '{key}'"); }
        }

        if (type is null || shape is null || offsets is null) { throw Wrong($"array '{name}'", "must have dtype, shape and data_offsets"); }
        return Checked(name, type.Value, shape, offsets);
    }

    private Entry Checked(string name, ElementType type, long[] shape, long[] offsets)
    {
        if (offsets.Length != 2) { throw Wrong($"array '{name}'", $"must have two data_offsets; there are {offsets.Length}"); }
        (long start, long end) = (offsets[0], offsets[1]);
        if (end < start) { throw Wrong($"array '{name}'", $"ends at byte {end}, before it starts at {start}"); }
        if (end > dataLength) { throw Wrong($"array '{name}'", $"ends at byte {end} of the data, but the file has {dataLength}. It is cut short or damaged"); }
        if (end - start > mostBytes) { throw Wrong($"array '{name}'", $"has {end - start} bytes; {nameof(ReadLimits)}.{nameof(ReadLimits.ArrayBytes)} and the length of arrays in .NET allow {mostBytes}"); }

        string shapeText = $"({string.Join(", ", shape)})";
        UInt128 bytes = (UInt128)ElementTypes.Size(type);
        var axes = new int[shape.Length];
        for (int i = 0; i < shape.Length; i++)
        {
            if (shape[i] is < 0 or > int.MaxValue) { throw Wrong($"array '{name}'", $"has the shape {shapeText}; every axis must lie in 0 to {int.MaxValue}"); }
            axes[i] = (int)shape[i];
            bytes *= (UInt128)shape[i];
            if (bytes > long.MaxValue) { throw Wrong($"array '{name}'", $"has the shape {shapeText}, which no file can hold"); }
        }

        if (bytes != (UInt128)(end - start)) { throw Wrong($"array '{name}'", $"has the type {ElementTypes.Name(type)} and the shape {shapeText}, which take {bytes} bytes, but its data_offsets span {end - start}"); }
        return new Entry(name, type, new Shape(axes), start, end);
    }

    private void CheckCoverage()
    {
        entries.Sort((a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : a.End.CompareTo(b.End));
        long position = 0;
        string before = "the header";
        foreach (Entry entry in entries)
        {
            if (entry.Start < position) { throw Wrong($"array '{entry.Name}'", $"starts at byte {entry.Start} inside {before}, which ends at {position}"); }
            if (entry.Start > position) { throw Wrong($"bytes {position} to {entry.Start} of the data", "belong to no array"); }
            position = entry.End;
            before = $"array '{entry.Name}'";
        }

        if (position != dataLength) { throw Wrong($"bytes {position} to {dataLength} of the data", "belong to no array"); }
    }

    private long[] Numbers(ref Utf8JsonReader json, string name, string key)
    {
        if (json.TokenType != JsonTokenType.StartArray) { throw Wrong($"array '{name}'", $"must have an array of numbers as {key}"); }
        var numbers = new List<long>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out long number) || number < 0)
            {
                throw Wrong($"array '{name}'", $"has a {key} with an entry that is not a whole number of 0 or more");
            }

            numbers.Add(number);
        }

        return [.. numbers];
    }

    /// <summary>A string of the header; escapes that are no characters (half a surrogate pair) are an error like all others.</summary>
    private string Text(ref Utf8JsonReader json)
    {
        try { return json.GetString()!; }
        catch (InvalidOperationException e) { throw new EngramException($"{path}: a string at byte {8 + json.TokenStartIndex} is not valid Unicode.", e); }
    }

    private EngramException Wrong(string what, string why) => new($"{path}: {what} {why}.");
}
