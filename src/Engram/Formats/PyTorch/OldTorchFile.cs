using System.Buffers.Binary;

namespace Engram.Formats.PyTorch;

/// <summary>
/// The form of files before PyTorch 1.6: four pickles (a magic number, the version 1001, what machine wrote it, the object), a fifth with
/// the storages' keys, then for each of them its number of elements and its elements.
/// </summary>
internal static class OldTorchFile
{
    private static readonly Int128 Magic = new(0x1950, 0xa86a20f9469cfc6c);

    public static TorchFile Read(string path, ReadLimits limits)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        if (stream.Length > Array.MaxLength) { throw new EngramException($"{path}: has {stream.Length} bytes; a file of an old PyTorch is read up to {Array.MaxLength}. Load and save it again."); }
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)stream.Length);
        stream.ReadExactly(bytes);
        return Read(bytes, path, limits);
    }

    /// <summary>The tensors in the bytes of a file.</summary>
    public static TorchFile Read(byte[] bytes, string path, ReadLimits limits)
    {
        var reader = new PickleReader(bytes, path, limits);
        if (reader.Read() is not Int128 magic || magic != Magic) { throw new EngramException($"{path}: is no file of torch.save: it is neither a zip file nor does it begin with PyTorch's number."); }
        if (reader.Read() is not 1001L) { throw new EngramException($"{path}: is a file of an old PyTorch whose version is not 1001; load and save it again."); }
        if (reader.Read() is not PickleDictionary machine || !machine.Items.Contains(("little_endian", true))) { throw new EngramException($"{path}: was not written by a little-endian machine; load and save it again."); }
        int start = reader.Position;
        object? root = reader.Read();
        long pickleLength = reader.Position - start;
        if (reader.Read() is not PickleList keys) { throw new EngramException($"{path}: the list of storages is missing."); }

        var places = new Dictionary<string, (long Count, int Start)>(StringComparer.Ordinal);
        long at = reader.Position;
        // How long an element is, only the object says: so the storages are found when they are asked for, in the order of the list.
        Dictionary<string, ElementType> types = Types(root, path);
        foreach (object? key in keys.Items)
        {
            if (key is not string name || !types.TryGetValue(name, out ElementType type)) { throw new EngramException($"{path}: the list of storages names '{key ?? "None"}', which no tensor uses."); }
            if (bytes.Length - at < 8) { throw new EngramException($"{path}: is cut short before the storage '{name}'."); }
            long count = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan((int)at));
            at += 8;
            if (count < 0 || count > (bytes.Length - at) / ElementTypes.Size(type)) { throw new EngramException($"{path}: the storage '{name}' should have {count} elements, but {bytes.Length - at} bytes are left."); }
            if (!places.TryAdd(name, (count, (int)at))) { throw new EngramException($"{path}: the storage '{name}' stands twice."); }
            at += count * ElementTypes.Size(type);
        }

        if (at < bytes.Length) { throw new EngramException($"{path}: {bytes.Length - at} bytes follow the last storage."); }
        return TorchFile.Create(path, root, pickleLength, bytes.Length, storage => places.TryGetValue(storage.Key, out (long Count, int Start) place) && place.Count == storage.Count
            ? bytes.AsMemory(place.Start, (int)(place.Count * ElementTypes.Size(storage.Type)))
            : throw new EngramException($"{path}: the storage '{storage.Key}' of {storage.Count} elements is not in the file."), limits);
    }

    // Each storage's type; one that is used as two types is refused, because then its length is not known.
    private static Dictionary<string, ElementType> Types(object? root, string path)
    {
        var types = new Dictionary<string, ElementType>(StringComparer.Ordinal);
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Stack<object?>([root]);
        while (open.TryPop(out object? value))
        {
            if (value is null || !seen.Add(value)) { continue; }
            switch (value)
            {
                case TorchTensor { Storage: var storage }:
                    if (types.TryGetValue(storage.Key, out ElementType type) && type != storage.Type) { throw new EngramException($"{path}: the storage '{storage.Key}' is used as two types."); }
                    types[storage.Key] = storage.Type;
                    break;
                case PickleDictionary dictionary:
                    foreach ((_, object? item) in dictionary.Items) { open.Push(item); }
                    break;
                case PickleList list:
                    foreach (object? item in list.Items) { open.Push(item); }
                    break;
                case object?[] items:
                    foreach (object? item in items) { open.Push(item); }
                    break;
            }
        }

        return types;
    }
}
