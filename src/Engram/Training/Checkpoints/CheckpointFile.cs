using System.Security.Cryptography;
using System.Text;
using Engram.Formats;
using Engram.Formats.Safetensors;
using Engram.Layers;

namespace Engram.Training;

/// <summary>
/// A checkpoint: a safetensors file with the weights under their own names, as <c>SaveWeights</c> writes them, and everything else under names
/// that begin with <see cref="Prefix"/>. A digest of all of it stands in the header, so that a damaged file is known as such.
/// </summary>
internal static class CheckpointFile
{
    /// <summary>What the names of everything but the weights begin with.</summary>
    public const string Prefix = "training:";

    private const string Format = "engram.checkpoint";
    private const string Version = "1";
    private const string Digest = "sha256";

    /// <summary>Writes a file; the old one of its name stays until the new one is whole and on the disk.</summary>
    public static void Write(string path, IReadOnlyList<Layer> layers, TrainingState state)
    {
        NamedArray[] all = [.. WeightFile.Arrays(layers), .. state.Arrays];
        SafetensorsFile.Write(path, all, new Dictionary<string, string> { ["format"] = Format, ["version"] = Version, [Digest] = Hash(all) });
    }

    /// <summary>Reads the state of a training run and checks that the whole file is as it was written.</summary>
    /// <exception cref="EngramException">The file cannot be read, is damaged or no checkpoint; the message names it.</exception>
    public static (TrainingState State, SafetensorsFile File) Read(string path)
    {
        SafetensorsFile file = SafetensorsFile.Read(path);
        if (!IsCheckpoint(file)) { throw new EngramException($"{path}: is no checkpoint of a training run; it holds {(file.Arrays.Count == 0 ? "nothing" : "other arrays")}. Give a file that BackupAndRestore or ModelCheckpoint wrote."); }
        Check(path, file);
        var state = new TrainingState(path);
        foreach (NamedArray array in file.Arrays.Where(array => IsState(array.Name))) { state.Add(array); }

        return (state, file);
    }

    /// <summary>Whether a file of arrays is a checkpoint.</summary>
    public static bool IsCheckpoint(SafetensorsFile file) => file.Metadata.GetValueOrDefault("format") == Format;

    /// <summary>Whether an array of a checkpoint belongs to the training run, not to the model.</summary>
    public static bool IsState(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Compares a checkpoint with its digest.</summary>
    public static void Check(string path, SafetensorsFile file)
    {
        if (file.Metadata.GetValueOrDefault("version") is var version && version != Version)
        {
            throw new EngramException($"{path}: the checkpoint has the version '{version}'; this program knows version {Version}.");
        }

        if (file.Metadata.GetValueOrDefault(Digest) != Hash(file.Arrays))
        {
            throw new EngramException($"{path}: the checkpoint is damaged: its numbers are not those whose SHA-256 digest stands in its header.");
        }
    }

    /// <summary>The digest of names, types, shapes and numbers.</summary>
    internal static string Hash(IReadOnlyList<NamedArray> arrays)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (NamedArray array in arrays)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{array.Name}\n{array.Type} {array.Shape}\n"));
            hash.AppendData(array.Bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
