using System.Buffers.Binary;
using System.Text.Json;

namespace Engram.Formats.Safetensors;

/// <summary>
/// A safetensors file: named arrays behind a JSON header (8 bytes little-endian header length, header, raw arrays). Every claim of
/// the header is checked against the file before memory is taken, so a damaged or hostile file is an error, never a wrong read.
/// </summary>
public sealed class SafetensorsFile
{
    private const string MetadataKey = "__metadata__";

    private readonly string path;
    private readonly Dictionary<string, SafetensorsArray> byName;

    private SafetensorsFile(string path, IReadOnlyList<SafetensorsArray> arrays, IReadOnlyDictionary<string, string> metadata)
    {
        this.path = path;
        Arrays = arrays;
        Metadata = metadata;
        byName = arrays.ToDictionary(array => array.Name, StringComparer.Ordinal);
    }

    /// <summary>The arrays in the order of their bytes in the file.</summary>
    public IReadOnlyList<SafetensorsArray> Arrays { get; }

    /// <summary>The entries of <c>__metadata__</c>; empty when the file has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The array of a name.</summary>
    /// <exception cref="EngramException">The file has no such array; the message lists those it has.</exception>
    public SafetensorsArray this[string name] => Find(name) ?? throw new EngramException(
        $"{path}: there is no array '{name}'. The file has: {string.Join(", ", Arrays.Take(50).Select(array => array.Name))}{(Arrays.Count > 50 ? ", ..." : ".")}");

    /// <summary>The array of a name, or null when the file has none.</summary>
    public SafetensorsArray? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file's name, which every error repeats.</param>
    /// <exception cref="EngramException">The file cannot be read or is not a valid safetensors file; the message names the place.</exception>
    public static SafetensorsFile Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return Read(stream, stream.Length, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"{path}: the file cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Writes a file: to a temporary name in the same folder, flushed, then renamed.</summary>
    /// <param name="path">The file's name; its folder must exist.</param>
    /// <param name="arrays">The arrays, in the order in which their bytes will stand.</param>
    /// <param name="metadata">Entries for <c>__metadata__</c>; none by default.</param>
    /// <exception cref="ArgumentException">Two arrays have the same name, or one is called <c>__metadata__</c>.</exception>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<SafetensorsArray> arrays, IReadOnlyDictionary<string, string>? metadata = null)
    {
        SafetensorsArray[] all = [.. arrays];
        byte[] header = Header(all, metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (SafetensorsArray array in all) { stream.Write(array.Bytes); }
        });
    }

    private static SafetensorsFile Read(Stream stream, long fileLength, string path)
    {
        SafetensorsHeader header = SafetensorsHeader.Read(stream, fileLength, path);
        var arrays = new List<SafetensorsArray>(header.Entries.Count);
        foreach (SafetensorsHeader.Entry entry in header.Entries)
        {
            var bytes = new byte[(int)(entry.End - entry.Start)];
            stream.ReadExactly(bytes);
            arrays.Add(new SafetensorsArray(entry.Name, entry.Type, entry.Shape, bytes));
        }

        return new SafetensorsFile(path, arrays, header.Metadata);
    }

    private static byte[] Header(SafetensorsArray[] arrays, IReadOnlyDictionary<string, string>? metadata)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(MetadataKey);
                foreach ((string key, string value) in metadata) { json.WriteString(key, value); }
                json.WriteEndObject();
            }

            var names = new HashSet<string>(StringComparer.Ordinal) { MetadataKey };
            long start = 0;
            foreach (SafetensorsArray array in arrays)
            {
                if (!names.Add(array.Name)) { throw new ArgumentException($"The name '{array.Name}' is taken already.", nameof(arrays)); }
                json.WriteStartObject(array.Name);
                json.WriteString("dtype", SafetensorsTypes.Name(array.Type));
                json.WriteStartArray("shape");
                foreach (int axis in array.Shape.Axes) { json.WriteNumberValue(axis); }
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(start);
                json.WriteNumberValue(start += array.Bytes.Length);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (memory.Length % 8 != 0) { memory.WriteByte((byte)' '); } // so that the arrays start aligned
        return memory.ToArray();
    }
}
