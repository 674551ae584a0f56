using Microsoft.Win32.SafeHandles;

namespace Engram.Formats;

/// <summary>
/// The bytes of a file, or of a part of one such as an entry of a zip, read where they are asked for. A file on disk is read by
/// position straight into the caller's memory (not mapped: mapped pages count as memory of the process, and a file that is cut
/// short meanwhile would end it), an array is used where it lies.
/// </summary>
internal abstract class FileBytes : IDisposable
{
    private protected FileBytes(string name, long length)
    {
        Name = name;
        Length = length;
    }

    /// <summary>What errors call the file.</summary>
    public string Name { get; }

    /// <summary>The number of bytes.</summary>
    public long Length { get; }

    /// <summary>Opens a file; dispose of the result to close it.</summary>
    /// <param name="path">The file's name, which every error repeats.</param>
    /// <exception cref="EngramException">The file does not exist or cannot be opened.</exception>
    public static FileBytes Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.RandomAccess);
            return new OnDisk(path, handle, 0, RandomAccess.GetLength(handle), owner: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            handle?.Dispose();
            throw new EngramException($"{path}: cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>The bytes of an array, which is not copied.</summary>
    /// <param name="bytes">The array, or a part of one.</param>
    /// <param name="name">What errors call the file.</param>
    public static FileBytes Of(ReadOnlyMemory<byte> bytes, string name) => new InMemory(name, bytes);

    /// <summary>A part of the file; it lives as long as the whole.</summary>
    /// <param name="offset">Where the part starts.</param>
    /// <param name="length">Its number of bytes.</param>
    /// <param name="name">What errors call the part; null for the name of the whole.</param>
    /// <exception cref="EngramException">The part does not lie within the file.</exception>
    public FileBytes Slice(long offset, long length, string? name = null)
    {
        Check(offset, length);
        return Part(offset, length, name ?? Name);
    }

    /// <summary>Some bytes, in place where the file is in memory and copied where it is on disk: for headers, not for arrays.</summary>
    /// <param name="offset">Where they start.</param>
    /// <param name="count">Their number.</param>
    /// <exception cref="EngramException">The bytes do not lie within the file, or cannot be read.</exception>
    public ReadOnlyMemory<byte> Memory(long offset, int count)
    {
        Check(offset, count);
        return Bytes(offset, count);
    }

    /// <summary>Reads bytes into the caller's memory.</summary>
    /// <param name="offset">Where they start.</param>
    /// <param name="destination">Filled to its end.</param>
    /// <exception cref="EngramException">The bytes do not lie within the file, or cannot be read.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        Check(offset, destination.Length);
        Fill(offset, destination);
    }

    /// <summary>Closes the file, where this opened one.</summary>
    public abstract void Dispose();

    private protected abstract FileBytes Part(long offset, long length, string name);

    private protected abstract ReadOnlyMemory<byte> Bytes(long offset, int count);

    private protected abstract void Fill(long offset, Span<byte> destination);

    private void Check(long offset, long count)
    {
        if (offset < 0 || count < 0 || count > Length - offset)
        {
            throw new EngramException($"{Name}: {count} bytes at {offset} lie outside the file, which has {Length}; it is cut short or damaged.");
        }
    }

    private sealed class InMemory(string name, ReadOnlyMemory<byte> bytes) : FileBytes(name, bytes.Length)
    {
        public override void Dispose() { }

        private protected override FileBytes Part(long offset, long length, string name) =>
            new InMemory(name, bytes.Slice((int)offset, (int)length));

        private protected override ReadOnlyMemory<byte> Bytes(long offset, int count) => bytes.Slice((int)offset, count);

        private protected override void Fill(long offset, Span<byte> destination) =>
            bytes.Span.Slice((int)offset, destination.Length).CopyTo(destination);
    }

    private sealed class OnDisk(string name, SafeFileHandle handle, long start, long length, bool owner) : FileBytes(name, length)
    {
        public override void Dispose()
        {
            if (owner) { handle.Dispose(); }
        }

        private protected override FileBytes Part(long offset, long length, string name) =>
            new OnDisk(name, handle, start + offset, length, owner: false);

        private protected override ReadOnlyMemory<byte> Bytes(long offset, int count)
        {
            var copy = new byte[count];
            Fill(offset, copy);
            return copy;
        }

        private protected override void Fill(long offset, Span<byte> destination)
        {
            try
            {
                while (destination.Length > 0)
                {
                    int read = RandomAccess.Read(handle, destination, start + offset);
                    if (read == 0) { throw new EngramException($"{Name}: the file became shorter while it was read."); }
                    offset += read;
                    destination = destination[read..];
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                throw new EngramException($"{Name}: cannot be read at {start + offset}: {e.Message}", e);
            }
        }
    }
}
