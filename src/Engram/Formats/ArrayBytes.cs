using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Engram.Formats;

/// <summary>Where the elements of an array lie: in an array of bytes, in an engine's buffer, or in a file that is mapped into memory.</summary>
internal abstract class ArrayBytes
{
    private ArrayBytes() { }

    /// <summary>The number of bytes.</summary>
    public abstract int Length { get; }

    /// <summary>The bytes, little-endian.</summary>
    public abstract ReadOnlySpan<byte> Span { get; }

    public static ArrayBytes Of(ReadOnlyMemory<byte> bytes) => new InMemory(bytes);

    /// <summary>The elements of a buffer, not copied.</summary>
    public static ArrayBytes Of(TensorBuffer buffer) => BitConverter.IsLittleEndian ? new InBuffer(buffer) : Of(LittleEndian<float>(buffer.Span));

    public static ArrayBytes Of(FileMap map, long offset, int length) => new InFile(map, offset, length);

    /// <summary>A copy of the values, little-endian.</summary>
    public static byte[] LittleEndian<T>(ReadOnlySpan<T> values) where T : unmanaged
    {
        byte[] bytes = MemoryMarshal.AsBytes(values).ToArray();
        if (!BitConverter.IsLittleEndian)
        {
            int size = bytes.Length / Math.Max(1, values.Length);
            for (int i = 0; i < values.Length; i++) { bytes.AsSpan(i * size, size).Reverse(); }
        }

        return bytes;
    }

    private sealed class InMemory(ReadOnlyMemory<byte> bytes) : ArrayBytes
    {
        public override int Length => bytes.Length;

        public override ReadOnlySpan<byte> Span => bytes.Span;
    }

    private sealed class InBuffer(TensorBuffer buffer) : ArrayBytes
    {
        public override int Length => buffer.Length * sizeof(float);

        public override ReadOnlySpan<byte> Span => MemoryMarshal.AsBytes(buffer.Span);
    }

    private sealed class InFile(FileMap map, long offset, int length) : ArrayBytes
    {
        public override int Length => length;

        public override ReadOnlySpan<byte> Span => map.Bytes(offset, length);
    }
}

/// <summary>
/// A file that is mapped into memory: its pages are read when they are touched. The file must not be cut short meanwhile; one that is
/// replaced by another of its name, as every writer here does it, stays as it was.
/// </summary>
internal sealed unsafe class FileMap : IDisposable
{
    private readonly string path;
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private byte* start;

    /// <summary>Maps a file that is not empty.</summary>
    /// <param name="path">The file's name, for errors.</param>
    /// <param name="stream">The file; the map takes it over.</param>
    public FileMap(string path, FileStream stream)
    {
        this.path = path;
        file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        start += view.PointerOffset;
    }

    /// <summary>A part of the file, which lies within it.</summary>
    public ReadOnlySpan<byte> Bytes(long offset, int length) => start is not null
        ? new ReadOnlySpan<byte>(start + offset, length)
        : throw new ObjectDisposedException(path, $"{path}: the file is closed; read its arrays before it is disposed of.");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (start is null) { return; }
        start = null;
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }
}
