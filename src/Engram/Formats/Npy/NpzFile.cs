using System.IO.Compression;
using Engram.Formats.Zip;

namespace Engram.Formats.Npy;

/// <summary>A .npz file: a zip of .npy entries, stored (<c>numpy.savez</c>) or deflated (<c>numpy.savez_compressed</c>).</summary>
public static class NpzFile
{
    private const string Extension = ".npy";

    /// <summary>Reads a file, all its arrays.</summary>
    /// <param name="path">The file's name, which every error repeats.</param>
    /// <param name="limits">How much the file may ask for; <see cref="ReadLimits.Default"/> when null.</param>
    /// <returns>The arrays in the file's order, named as <c>numpy.load</c> names them.</returns>
    /// <exception cref="EngramException">The file cannot be read or is not a valid .npz file; the message names the place.</exception>
    public static IReadOnlyList<NamedArray> Read(string path, ReadLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        limits ??= ReadLimits.Default;
        using FileBytes file = FileBytes.Open(path);
        return Read(file, limits);
    }

    /// <summary>The arrays of a file that is open.</summary>
    internal static IReadOnlyList<NamedArray> Read(FileBytes file, ReadLimits limits)
    {
        var zip = new ZipContainer(file, limits);
        var arrays = new List<NamedArray>();
        foreach (string entry in zip.Entries.Keys)
        {
            if (!entry.EndsWith(Extension, StringComparison.Ordinal) || entry.Length == Extension.Length)
            {
                throw new EngramException($"{file.Name}: the entry '{entry}' is no array; a .npz file has entries that end in '{Extension}'.");
            }

            arrays.Add(NpyFile.Read(zip.ReadAll(entry), entry[..^Extension.Length], $"{file.Name}: the entry '{entry}'", limits));
        }

        return arrays;
    }

    /// <summary>Writes a file: to a temporary name in the same folder, flushed, then renamed.</summary>
    /// <param name="path">The file's name; its folder must exist.</param>
    /// <param name="arrays">The arrays, each under its name.</param>
    /// <param name="compress">Whether the entries are deflated. Default false: weights hardly become smaller.</param>
    /// <exception cref="ArgumentException">Two arrays have the same name.</exception>
    /// <exception cref="EngramException">NumPy does not have an array's type (BF16), or the file cannot be written.</exception>
    public static void Write(string path, IEnumerable<NamedArray> arrays, bool compress = false)
    {
        NamedArray[] all = [.. arrays];
        byte[][] headers = [.. all.Select(NpyHeader.Written)]; // before anything is written: a type may be refused
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (NamedArray array in all)
        {
            if (!names.Add(array.Name)) { throw new ArgumentException($"The name '{array.Name}' is taken already.", nameof(arrays)); }
        }

        AtomicFile.Write(path, stream =>
        {
            using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
            for (int i = 0; i < all.Length; i++)
            {
                ZipArchiveEntry entry = zip.CreateEntry(all[i].Name + Extension, compress ? CompressionLevel.Optimal : CompressionLevel.NoCompression);
                entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero); // the same arrays give the same file
                using Stream content = entry.Open();
                content.Write(headers[i]);
                content.Write(all[i].Bytes);
            }
        });
    }
}
