using System.Buffers.Binary;
using System.Text.Json;

namespace Engram.Formats.Safetensors;

/// <summary>
/// A safetensors file: named arrays behind a JSON header (8 bytes little-endian header length, header, raw arrays). Every claim of
/// the header is checked against the file before memory is taken, so a damaged or hostile file is an error, never a wrong read.
/// <see cref="Read(string, ReadLimits?)"/> reads all of it; <see cref="Open"/> leaves the arrays in the file until they are asked for.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private const string MetadataKey = "__metadata__";

    private readonly string path;
    private readonly FileMap? map;
    private readonly Dictionary<string, NamedArray> byName;

    private SafetensorsFile(string path, IReadOnlyList<NamedArray> arrays, IReadOnlyDictionary<string, string> metadata, FileMap? map = null)
    {
        this.path = path;
        this.map = map;
        Arrays = arrays;
        Metadata = metadata;
        byName = arrays.ToDictionary(array => array.Name, StringComparer.Ordinal);
    }

    /// <summary>The arrays in the order of their bytes in the file.</summary>
    public IReadOnlyList<NamedArray> Arrays { get; }

    /// <summary>The entries of <c>__metadata__</c>; empty when the file has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The array of a name.</summary>
    /// <exception cref="EngramException">The file has no such array; the message lists those it has.</exception>
    public NamedArray this[string name] => Find(name) ?? throw new EngramException(
        $"{path}: there is no array '{name}'. The file has: {string.Join(", ", Arrays.Take(50).Select(array => array.Name))}{(Arrays.Count > 50 ? ", ..." : ".")}");

    /// <summary>The array of a name, or null when the file has none.</summary>
    public NamedArray? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>Reads a file, all of it; there is nothing to dispose of then.</summary>
    /// <param name="path">The file's name, which every error repeats.</param>
    /// <param name="limits">How much the file may ask for; <see cref="ReadLimits.Default"/> when null.</param>
    /// <exception cref="EngramException">The file cannot be read or is not a valid safetensors file; the message names the place.</exception>
    public static SafetensorsFile Read(string path, ReadLimits? limits = null) => Opened(path, stream =>
    {
        SafetensorsHeader header = SafetensorsHeader.Read(stream, stream.Length, path, limits ?? ReadLimits.Default);
        List<NamedArray> arrays = ReadArrays(header, stream);
        stream.Dispose();
        return new SafetensorsFile(path, arrays, header.Metadata);
    });

    /// <summary>
    /// Opens a file and maps it into memory: the header is read and checked, the bytes of an array only when they are asked for. Dispose of the
    /// result when its arrays are no longer needed. Other programs may replace the file meanwhile, but must not cut it short.
    /// </summary>
    /// <inheritdoc cref="Read(string, ReadLimits?)"/>
    public static SafetensorsFile Open(string path, ReadLimits? limits = null) => Opened(path, stream =>
    {
        SafetensorsHeader header = SafetensorsHeader.Read(stream, stream.Length, path, limits ?? ReadLimits.Default);
        long start = stream.Position;
        var map = new FileMap(path, stream);
        return new SafetensorsFile(
            path, [.. header.Entries.Select(entry => new NamedArray(
                entry.Name, entry.Type, entry.Shape, ArrayBytes.Of(map, start + entry.Start, (int)(entry.End - entry.Start))))],
            header.Metadata, map);
    });

    /// <summary>Closes a file that was opened; its arrays cannot be read any more.</summary>
    public void Dispose() => map?.Dispose();

    /// <summary>Writes a file: to a temporary name in the same folder, flushed, then renamed.</summary>
    /// <param name="path">The file's name; its folder must exist.</param>
    /// <param name="arrays">The arrays, in the order in which their bytes will stand.</param>
    /// <param name="metadata">Entries for <c>__metadata__</c>; none by default.</param>
    /// <exception cref="ArgumentException">Two arrays have the same name, or one is called <c>__metadata__</c>.</exception>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<NamedArray> arrays, IReadOnlyDictionary<string, string>? metadata = null)
    {
        NamedArray[] all = [.. arrays];
        byte[] header = Header(all, metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (NamedArray array in all) { stream.Write(array.Bytes); }
        });
    }

    /// <summary>The arrays of a file that is open.</summary>
    internal static IReadOnlyList<NamedArray> Read(Stream stream, string path, ReadLimits limits) =>
        ReadArrays(SafetensorsHeader.Read(stream, stream.Length, path, limits), stream);

    private static List<NamedArray> ReadArrays(SafetensorsHeader header, Stream stream)
    {
        var arrays = new List<NamedArray>(header.Entries.Count);
        foreach (SafetensorsHeader.Entry entry in header.Entries)
        {
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)(entry.End - entry.Start));
            stream.ReadExactly(bytes);
            arrays.Add(new NamedArray(entry.Name, entry.Type, entry.Shape, ArrayBytes.Of(bytes)));
        }

        return arrays;
    }

    private static SafetensorsFile Opened(string path, Func<FileStream, SafetensorsFile> read)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            return read(stream);
        }
        catch (Exception e)
        {
            stream?.Dispose();
            if (e is IOException or UnauthorizedAccessException) { throw new EngramException($"{path}: the file cannot be read: {e.Message}", e); }
            throw;
        }
    }

    private static byte[] Header(NamedArray[] arrays, IReadOnlyDictionary<string, string>? metadata)
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
            foreach (NamedArray array in arrays)
            {
                if (!names.Add(array.Name)) { throw new ArgumentException($"The name '{array.Name}' is taken already.", nameof(arrays)); }
                json.WriteStartObject(array.Name);
                json.WriteString("dtype", ElementTypes.Name(array.Type));
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
