using System.Globalization;
using System.Text;
using Engram.Formats.Zip;

namespace Engram.Formats.PyTorch;

/// <summary>
/// A file that <c>torch.save</c> wrote: the tensors of a state dict, or of dictionaries and lists of them, by name. The pickle in it is read by
/// a machine that knows the few types that a state dict needs and runs nothing; whatever else the pickle asks for is refused by name.
/// Both forms are read: the zip of PyTorch 1.6 and later, and the older one.
/// </summary>
public sealed class TorchFile
{
    private readonly List<NamedArray> arrays = [];
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> values = new(StringComparer.Ordinal);
    private readonly string path;
    private readonly ReadLimits limits;
    private readonly Func<TorchStorage, ReadOnlyMemory<byte>> storage;
    private long visits;
    private long allowedBytes;

    private TorchFile(string path, object? root, long pickleLength, long fileLength, Func<TorchStorage, ReadOnlyMemory<byte>> storage, ReadLimits limits)
    {
        this.path = path;
        this.limits = limits;
        this.storage = storage;
        visits = pickleLength; // each value takes at least a byte, unless a structure is repeated without end
        allowedBytes = Math.Max(1 << 20, fileLength * limits.Expansion);
        Collect(root, "", 0);
    }

    /// <summary>The tensors in the file's order. Nested dictionaries' keys are joined by dots: <c>model.lstm.weight_ih_l0</c>.</summary>
    public IReadOnlyList<NamedArray> Arrays => arrays;

    /// <summary>What stands beside the tensors, as text: an epoch, a learning rate.</summary>
    public IReadOnlyDictionary<string, string> Values => values;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file's name, which every error repeats.</param>
    /// <param name="limits">How much the file may ask for; <see cref="ReadLimits.Default"/> when null.</param>
    /// <exception cref="EngramException">
    /// The file cannot be read, is damaged, or its pickle asks for something that a state dict does not need; the message names it.
    /// </exception>
    public static TorchFile Read(string path, ReadLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        limits ??= ReadLimits.Default;
        try
        {
            Span<byte> start = stackalloc byte[2];
            int read;
            using (var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0)) { read = stream.ReadAtLeast(start, 2, throwOnEndOfStream: false); }
            return read == 2 && start.SequenceEqual("PK"u8) ? FromZip(path, limits) : OldTorchFile.Read(path, limits);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"{path}: the file cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Whether a zip file has the entry that PyTorch's have.</summary>
    internal static bool IsTorchZip(ZipContainer zip) => zip.Entries.Keys.Any(IsPickle);

    internal static TorchFile Create(string path, object? root, long pickleLength, long fileLength, Func<TorchStorage, ReadOnlyMemory<byte>> storage, ReadLimits limits) =>
        new(path, root, pickleLength, fileLength, storage, limits);

    private static bool IsPickle(string entry) => entry.EndsWith("/data.pkl", StringComparison.Ordinal) && entry.IndexOf('/', StringComparison.Ordinal) == entry.LastIndexOf('/');

    private static TorchFile FromZip(string path, ReadLimits limits)
    {
        using FileBytes file = FileBytes.Open(path);
        return FromZip(file, limits);
    }

    /// <summary>The tensors of a zip file that is open.</summary>
    internal static TorchFile FromZip(FileBytes file, ReadLimits limits)
    {
        string path = file.Name;
        var zip = new ZipContainer(file, limits);
        string[] pickles = [.. zip.Entries.Keys.Where(IsPickle)];
        if (pickles.Length != 1) { throw new EngramException($"{path}: has {pickles.Length} entries 'NAME/data.pkl'; a file of PyTorch has one."); }
        string folder = pickles[0][..^"data.pkl".Length];
        if (zip.Entries.Keys.Any(name => name.StartsWith($"{folder}code/", StringComparison.Ordinal)))
        {
            throw new EngramException($"{path}: holds a TorchScript program (entries '{folder}code/'), which is not run. Save model.state_dict() instead.");
        }

        bool big = zip.Entries.ContainsKey($"{folder}byteorder") && Encoding.ASCII.GetString(zip.ReadText($"{folder}byteorder").Span) switch
        {
            "little" => false,
            "big" => true,
            var other => throw new EngramException($"{path}: the entry '{folder}byteorder' says '{other}'; expected little or big."),
        };
        ReadOnlyMemory<byte> pickle = zip.ReadText(pickles[0]);
        var storages = new Dictionary<(string Key, ElementType Type), ReadOnlyMemory<byte>>(); // by type too: bytes are turned by its size
        ReadOnlyMemory<byte> Storage(TorchStorage wanted)
        {
            string entry = $"{folder}data/{wanted.Key}";
            int size = ElementTypes.Size(wanted.Type);
            if (!storages.TryGetValue((wanted.Key, wanted.Type), out ReadOnlyMemory<byte> bytes))
            {
                bytes = zip.ReadAll(entry);
                if (big) { bytes = StridedCopy.Reversed(bytes.Span, size); }
                storages[(wanted.Key, wanted.Type)] = bytes;
            }

            return (Int128)wanted.Count * size == bytes.Length
                ? bytes
                : throw new EngramException($"{path}: the entry '{entry}' has {bytes.Length} bytes; {wanted.Count} elements of {ElementTypes.Name(wanted.Type)} take {(Int128)wanted.Count * size}.");
        }

        object? root = new PickleReader(pickle, $"{path}: the entry '{pickles[0]}'", limits).Read();
        return new TorchFile(path, root, pickle.Length, file.Length, Storage, limits);
    }

    private void Collect(object? value, string name, int depth)
    {
        if (--visits < 0) { throw new EngramException($"{path}: the pickle repeats a structure so often that it is larger than the pickle itself; no state dict does."); }
        if (depth > limits.Nesting) { throw new EngramException($"{path}: '{name}' is nested more than {limits.Nesting} levels deep ({nameof(ReadLimits)}.{nameof(ReadLimits.Nesting)})."); }
        switch (value)
        {
            case TorchTensor tensor: Add(tensor, name); break;
            case PickleDictionary dictionary:
                foreach ((object? key, object? item) in dictionary.Items) { Collect(item, Join(name, Key(key, name)), depth + 1); }
                break;
            case PickleList list: Collect([.. list.Items], name, depth); break;
            case object?[] items: Collect(items, name, depth); break;
            case TorchStorage or PickleName: throw new EngramException($"{path}: '{name}' is a {(value is TorchStorage ? "storage" : value)}, not a tensor, a number or a text.");
            default:
                if (!values.TryAdd(name, Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : value is null ? "None" : "")) { throw Twice(name); }
                break;
        }
    }

    private void Collect(object?[] items, string name, int depth)
    {
        for (int i = 0; i < items.Length; i++) { Collect(items[i], Join(name, i.ToString(CultureInfo.InvariantCulture)), depth + 1); }
    }

    private void Add(TorchTensor tensor, string name)
    {
        if (name.Length == 0) { name = "tensor"; }
        int size = ElementTypes.Size(tensor.Storage.Type);
        ReadOnlyMemory<byte> bytes = storage(tensor.Storage);
        int length = tensor.Shape.Count * size;
        if (length == 0) { bytes = default; }
        else if (tensor.IsContiguous) { bytes = bytes.Slice((int)(tensor.Offset * size), length); } // storages that tensors share stay shared
        else
        {
            if ((allowedBytes -= length) < 0) { throw new EngramException($"{path}: the tensors up to '{name}' are more than {limits.Expansion} times as large as the file ({nameof(ReadLimits)}.{nameof(ReadLimits.Expansion)})."); }
            bytes = StridedCopy.Copy(bytes.Span, size, tensor.Shape, tensor.Offset, tensor.Strides);
        }

        if (!names.Add(name)) { throw Twice(name); }
        arrays.Add(new NamedArray(name, tensor.Storage.Type, tensor.Shape, ArrayBytes.Of(bytes)));
    }

    private string Key(object? key, string name) => key switch
    {
        string text => text,
        long number => number.ToString(CultureInfo.InvariantCulture),
        _ => throw new EngramException($"{path}: a dictionary{(name.Length > 0 ? $" at '{name}'" : "")} has a key that is neither a text nor a whole number."),
    };

    private static string Join(string name, string key) => name.Length == 0 ? key : $"{name}.{key}";

    private EngramException Twice(string name) => new($"{path}: the name '{name}' stands twice.");
}
