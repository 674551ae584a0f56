using System.Buffers.Binary;
using Engram.Formats.Npy;
using Engram.Formats.PyTorch;
using Engram.Formats.TensorBoard;
using Engram.Formats.Zip;

namespace Engram.Formats;

/// <summary>What a file is.</summary>
public enum FileKind
{
    /// <summary>None of those that are known.</summary>
    Unknown,

    /// <summary>Arrays with a JSON header: weights, or one of Engram's own models of forecasts.</summary>
    Safetensors,

    /// <summary>One array of NumPy.</summary>
    Npy,

    /// <summary>Arrays of NumPy in a zip.</summary>
    Npz,

    /// <summary>A file of <c>torch.save</c>.</summary>
    PyTorch,

    /// <summary>A model of Keras 3.</summary>
    Keras,

    /// <summary>HDF5: weights, or a model of Keras in the older form.</summary>
    Hdf5,

    /// <summary>A model of ONNX.</summary>
    Onnx,

    /// <summary>Records of a training for TensorBoard.</summary>
    TensorBoard,
}

/// <summary>Tells what a file is, by its first bytes and, where they leave it open, by its name's extension.</summary>
internal static class FileKinds
{
    /// <summary>The kind of a file that exists.</summary>
    /// <exception cref="EngramException">The file cannot be read.</exception>
    public static FileKind Of(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) { throw new EngramException($"{path}: is a folder; expected a file."); }
        Span<byte> start = stackalloc byte[16];
        long length;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            length = stream.Length;
            start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"{path}: the file cannot be read: {e.Message}", e);
        }

        if (start.StartsWith(NpyHeader.Magic)) { return FileKind.Npy; }
        if (start.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'H', (byte)'D', (byte)'F'])) { return FileKind.Hdf5; }
        if (start.StartsWith("PK"u8)) { return Zip(path); }
        if (start.Length >= 12 && BinaryPrimitives.ReadUInt32LittleEndian(start[8..]) == MaskedCrc.Of(start[..8])) { return FileKind.TensorBoard; }
        FileKind byName = ByName(path);
        if (byName != FileKind.Unknown) { return byName; }
        if (start.Length > 8 && start[8] == (byte)'{' && BinaryPrimitives.ReadUInt64LittleEndian(start) <= (ulong)length - 8) { return FileKind.Safetensors; }
        return start.Length > 1 && start[0] == 0x80 && start[1] <= 5 ? FileKind.PyTorch : FileKind.Unknown;
    }

    /// <summary>The kind of file that a name's extension announces.</summary>
    public static FileKind ByName(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".SAFETENSORS" => FileKind.Safetensors,
        ".NPY" => FileKind.Npy,
        ".NPZ" => FileKind.Npz,
        ".PT" or ".PTH" => FileKind.PyTorch,
        ".KERAS" => FileKind.Keras,
        ".H5" or ".HDF5" => FileKind.Hdf5,
        ".ONNX" => FileKind.Onnx,
        _ => Path.GetFileName(path).Contains(".tfevents.", StringComparison.Ordinal) ? FileKind.TensorBoard : FileKind.Unknown,
    };

    /// <summary>Whether a name announces weights alone where its kind of file may hold a model, too.</summary>
    public static bool IsForWeights(string path) => path.EndsWith(".weights.h5", StringComparison.OrdinalIgnoreCase);

    private static FileKind Zip(string path)
    {
        FileKind byName = ByName(path);
        if (byName is FileKind.Npz or FileKind.Keras or FileKind.PyTorch) { return byName; }
        using FileBytes bytes = FileBytes.Open(path);
        var zip = new ZipContainer(bytes, ReadLimits.Default);
        return zip.Entries.ContainsKey("config.json") ? FileKind.Keras
            : TorchFile.IsTorchZip(zip) ? FileKind.PyTorch
            : zip.Entries.Keys.Any(name => name.EndsWith(".npy", StringComparison.Ordinal)) ? FileKind.Npz
            : FileKind.Unknown;
    }
}
