using System.IO.Compression;

namespace Engram.Data;

/// <summary>A file of word vectors, read once from its start to its end, unpacked where it is gzip: lines, pieces up to a mark, and bytes.</summary>
internal sealed class VectorBytes : IDisposable
{
    private readonly Stream stream;
    private readonly string path;
    private byte[] buffer = new byte[1 << 16];
    private int start, end;
    private bool isOver;

    private VectorBytes(Stream stream, string path, long? length) => (this.stream, this.path, Length) = (stream, path, length);

    /// <summary>How many bytes there are in all; null where the file is packed.</summary>
    public long? Length { get; }

    /// <summary>The position of the next byte, after unpacking.</summary>
    public long Position { get; private set; }

    public static VectorBytes Open(string path)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
            Span<byte> magic = stackalloc byte[4];
            int read = file.ReadAtLeast(magic, 4, throwOnEndOfStream: false);
            file.Position = 0;
            if (magic[..read].StartsWith("PK\u0003\u0004"u8)) { throw new EngramException($"{path}: is a zip archive; unpack it and name the file of vectors in it."); }
            return magic[..read].StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B])
                ? new VectorBytes(new GZipStream(file, CompressionMode.Decompress), path, null)
                : new VectorBytes(file, path, file.Length);
        }
        catch (Exception e)
        {
            file?.Dispose();
            if (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException) { throw new EngramException($"{path}: cannot be opened: {e.Message}", e); }
            throw;
        }
    }

    /// <summary>Whether nothing is left.</summary>
    public bool IsOver => start == end && !More();

    /// <summary>The next line without its end; valid until the next call.</summary>
    /// <param name="most">How many bytes it may have.</param>
    /// <param name="line">The line.</param>
    /// <returns>False where the file is over, or the line is longer; nothing was taken then.</returns>
    public bool TryLine(int most, out ReadOnlySpan<byte> line)
    {
        line = default;
        if (IsOver) { return false; }
        int length = Find((byte)'\n', most);
        if (length < 0 && (!isOver || end - start > most)) { return false; }
        line = buffer.AsSpan(start, length < 0 ? end - start : length);
        Skip(Math.Min(line.Length + 1, end - start));
        if (line.EndsWith("\r"u8)) { line = line[..^1]; }
        return true;
    }

    /// <summary>The next line, which stays to be read again; what there is of it where it is longer.</summary>
    public ReadOnlySpan<byte> PeekLine(int most)
    {
        int length = Find((byte)'\n', most);
        return buffer.AsSpan(start, length >= 0 ? length : Math.Min(most, end - start));
    }

    /// <summary>What stands before a mark, which is passed over; false where the mark does not come within so many bytes.</summary>
    public bool TryUntil(byte mark, int most, out ReadOnlySpan<byte> piece)
    {
        int length = Find(mark, most);
        piece = length < 0 ? default : buffer.AsSpan(start, length);
        if (length >= 0) { Skip(length + 1); }
        return length >= 0;
    }

    /// <summary>So many bytes; false where there are fewer.</summary>
    public bool TryTake(int count, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        while (end - start < count && More()) { }
        if (end - start < count) { return false; }
        bytes = buffer.AsSpan(start, count);
        Skip(count);
        return true;
    }

    /// <summary>Passes over a byte where it comes next.</summary>
    public void SkipIf(byte mark)
    {
        if (!IsOver && buffer[start] == mark) { Skip(1); }
    }

    public void Dispose() => stream.Dispose();

    private void Skip(int count) => (start, Position) = (start + count, Position + count);

    // How far away the next mark is; below 0 where it does not come within so many bytes.
    private int Find(byte mark, int most)
    {
        int searched = 0;
        while (true)
        {
            int at = buffer.AsSpan(start + searched, end - start - searched).IndexOf(mark);
            if (at >= 0) { return searched + at <= most ? searched + at : -1; }
            searched = end - start;
            if (searched > most || !More()) { return -1; }
        }
    }

    // Reads on; what is not yet taken stays, at the buffer's start.
    private bool More()
    {
        if (isOver) { return false; }
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        (start, end) = (0, end - start);
        if (end == buffer.Length) { Array.Resize(ref buffer, 2 * buffer.Length); }
        try
        {
            int read = stream.Read(buffer, end, buffer.Length - end);
            end += read;
            isOver = read == 0;
            return read > 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new EngramException($"{path}: cannot be read behind byte {Position + end}: {e.Message}", e);
        }
    }
}
