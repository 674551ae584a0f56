
namespace Engram.Formats.Npy;

/// <summary>
/// A .npy file, one array as NumPy saves it: versions 1 to 3, both byte orders, rows or columns first (read as rows first). Arrays of
/// Python objects are refused. See <see cref="NpzFile"/> for several arrays.
/// </summary>
public static class NpyFile
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file's name, which every error repeats.</param>
    /// <param name="limits">How much the file may ask for; <see cref="ReadLimits.Default"/> when null.</param>
    /// <returns>The array, named after the file.</returns>
    /// <exception cref="EngramException">The file cannot be read or is not a valid .npy file; the message names the place.</exception>
    public static NamedArray Read(string path, ReadLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        limits ??= ReadLimits.Default;
        try
        {
            const int Frame = 12; // besides the header's text and the elements
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            long most = Math.Min(Array.MaxLength, limits.ArrayBytes + limits.TextBytes + Frame);
            if (stream.Length > most) { throw new EngramException($"{path}: has {stream.Length} bytes; {nameof(ReadLimits)} and the length of arrays in .NET allow {most}."); }
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)stream.Length);
            stream.ReadExactly(bytes);
            return Read(bytes, Path.GetFileNameWithoutExtension(path), path, limits);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"{path}: the file cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Writes a file, version 1, little-endian, rows first: to a temporary name in the same folder, flushed, then renamed.</summary>
    /// <param name="path">The file's name; its folder must exist.</param>
    /// <param name="array">The array; its name is not written.</param>
    /// <exception cref="EngramException">NumPy does not have the array's type (BF16), or the file cannot be written.</exception>
    public static void Write(string path, NamedArray array)
    {
        ArgumentNullException.ThrowIfNull(array);
        byte[] header = NpyHeader.Written(array);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            stream.Write(array.Bytes);
        });
    }

    /// <summary>The array in the bytes of a file.</summary>
    internal static NamedArray Read(ReadOnlyMemory<byte> bytes, string name, string what, ReadLimits limits)
    {
        NpyHeader header = NpyHeader.Read(bytes.Span, what, limits);
        long left = bytes.Length - header.DataStart;
        if (left < header.DataLength) { throw new EngramException($"{what}: the shape {header.Shape} of {ElementTypes.Name(header.Type)} takes {header.DataLength} bytes, but {left} follow the header. The file is cut short."); }
        if (left > header.DataLength) { throw new EngramException($"{what}: {left - header.DataLength} bytes follow the array of shape {header.Shape}; a .npy file holds one array."); }
        ReadOnlyMemory<byte> data = bytes[header.DataStart..];
        int size = ElementTypes.Size(header.Type);
        if (header.BigEndian) { data = StridedCopy.Reversed(data.Span, size); }
        if (header.Fortran && header.Shape.Rank > 1) { data = StridedCopy.FromColumns(data.Span, size, header.Shape); }
        return new NamedArray(name, header.Type, header.Shape, ArrayBytes.Of(data));
    }
}
