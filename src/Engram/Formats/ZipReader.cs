using System.IO.Compression;

namespace Engram.Formats;

/// <summary>
/// The entries of a zip file, read into memory one by one, within limits: what an entry says of its length is checked against the file,
/// the limits and what it turns out to be, and its checksum against its bytes. Nothing is ever written to where an entry's name points.
/// </summary>
internal sealed class ZipReader : IDisposable
{
    // An entry this small harms no one, however well it was compressed.
    private const long SmallEntry = 1 << 20;

    private readonly string path;
    private readonly ReadLimits limits;
    private readonly ZipArchive archive;
    private readonly Dictionary<string, ZipArchiveEntry> entries = new(StringComparer.Ordinal);

    private ZipReader(string path, Stream stream, ReadLimits limits)
    {
        this.path = path;
        this.limits = limits;
        FileLength = stream.Length;
        archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: false);
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            if (!entries.TryAdd(entry.FullName, entry)) { throw new EngramException($"{path}: the entry '{entry.FullName}' stands twice; which one counts is not known."); }
        }
    }

    /// <summary>The names of the entries, in the file's order.</summary>
    public IEnumerable<string> Names => entries.Keys;

    /// <summary>The bytes of the whole file.</summary>
    public long FileLength { get; }

    /// <summary>Opens a file and reads its directory.</summary>
    /// <param name="path">The file's name, which every error repeats.</param>
    /// <param name="limits">How much the file may ask for.</param>
    /// <exception cref="EngramException">The file cannot be read, or is not a zip file.</exception>
    public static ZipReader Open(string path, ReadLimits limits)
    {
        try { return Open(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete), path, limits); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"{path}: the file cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads the directory of a file that is open; the stream is closed with the reader, or at once when this fails.</summary>
    public static ZipReader Open(Stream stream, string path, ReadLimits limits)
    {
        try { return new ZipReader(path, stream, limits); }
        catch (Exception e)
        {
            stream.Dispose();
            if (e is InvalidDataException or ArgumentException or NotSupportedException) { throw new EngramException($"{path}: is not a zip file, or its directory is damaged: {e.Message}", e); }
            throw;
        }
    }

    /// <summary>Whether there is an entry of a name.</summary>
    public bool Has(string name) => entries.ContainsKey(name);

    /// <summary>The bytes of an entry.</summary>
    /// <param name="name">The entry's name.</param>
    /// <param name="most">The most bytes that it may have.</param>
    /// <exception cref="EngramException">There is no such entry, it asks for too much, or it is damaged.</exception>
    public byte[] Read(string name, long most)
    {
        if (!entries.TryGetValue(name, out ZipArchiveEntry? entry)) { throw new EngramException($"{path}: the entry '{name}' is missing."); }
        if (entry.IsEncrypted) { throw Wrong(name, "is encrypted; store it without a password"); }
        long length = entry.Length;
        if (length > most || length > Array.MaxLength) { throw Wrong(name, $"has {length} bytes; {Math.Min(most, Array.MaxLength)} are allowed ({nameof(ReadLimits)})"); }
        if (length > SmallEntry && length / limits.Expansion > entry.CompressedLength)
        {
            throw Wrong(name, $"grows from {entry.CompressedLength} to {length} bytes, more than the {limits.Expansion} times that {nameof(ReadLimits)}.{nameof(ReadLimits.Expansion)} allows");
        }

        try
        {
            using Stream stream = entry.Open();
            // A stored entry's bytes are in the file or its length is a lie; so is that of a small one, at worst.
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
            int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (read < bytes.Length) { throw Wrong(name, $"ends after {read} of its {length} bytes. The file is cut short or damaged"); }
            if (stream.ReadByte() >= 0) { throw Wrong(name, $"is longer than the {length} bytes that it should have"); }
            return Crc32.Of(bytes) == entry.Crc32 ? bytes : throw Wrong(name, "does not have the checksum that the file gives for it. The file is damaged");
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException or ArgumentException)
        {
            throw new EngramException($"{path}: the entry '{name}' cannot be read: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => archive.Dispose();

    private EngramException Wrong(string name, string why) => new($"{path}: the entry '{name}' {why}.");
}
