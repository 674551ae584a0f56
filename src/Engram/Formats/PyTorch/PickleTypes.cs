
namespace Engram.Formats.PyTorch;

/// <summary>
/// The names that a pickle may contain, and what calling them gives. There are no others: a name that is not in this list is refused
/// where it stands, before anything follows from it.
/// </summary>
internal static class PickleTypes
{
    private const string OrderedDict = "collections.OrderedDict";
    private const string RebuildTensor = "torch._utils._rebuild_tensor_v2";
    private const string RebuildParameter = "torch._utils._rebuild_parameter";
    private const string Size = "torch.Size";

    private static readonly Dictionary<string, ElementType> Storages = new(StringComparer.Ordinal)
    {
        ["torch.DoubleStorage"] = ElementType.F64,
        ["torch.FloatStorage"] = ElementType.F32,
        ["torch.HalfStorage"] = ElementType.F16,
        ["torch.BFloat16Storage"] = ElementType.BF16,
        ["torch.LongStorage"] = ElementType.I64,
        ["torch.IntStorage"] = ElementType.I32,
        ["torch.ShortStorage"] = ElementType.I16,
        ["torch.CharStorage"] = ElementType.I8,
        ["torch.ByteStorage"] = ElementType.U8,
        ["torch.BoolStorage"] = ElementType.Bool,
    };

    /// <summary>The name, if it is one that a state dict needs.</summary>
    /// <param name="module">The Python module.</param>
    /// <param name="name">The name in it.</param>
    /// <param name="what">The file and the place, for the error.</param>
    public static PickleName Known(string module, string name, string what)
    {
        var known = new PickleName(module, name);
        string text = known.ToString();
        if (text is OrderedDict or RebuildTensor or RebuildParameter or Size || Storages.ContainsKey(text)) { return known; }
        string hint = module.StartsWith("torch.nn", StringComparison.Ordinal) || module.StartsWith("__torch__", StringComparison.Ordinal) || module == "__main__"
            ? "a whole module was saved, which only running its code would bring back. Save model.state_dict() instead"
            : "only the types that a state dict needs are known, and nothing in a file is ever run. Save model.state_dict() alone";
        throw new EngramException($"{what}: the pickle asks for '{text}'; {hint}.");
    }

    /// <summary>What calling a name with arguments gives.</summary>
    public static object? Call(object? function, object? arguments, string what, ReadLimits limits) =>
        function is PickleName name && arguments is object?[] list
            ? name.ToString() switch
            {
                OrderedDict => Dictionary(list, what),
                RebuildTensor => Tensor(list, what, limits),
                RebuildParameter when list is [TorchTensor data, ..] and { Length: <= 3 } => data,
                Size when list is [object?[] axes] => axes,
                _ => throw new EngramException($"{what}: the pickle calls '{name}' with arguments that it does not take."),
            }
            : throw new EngramException($"{what}: the pickle calls what is no function.");

    /// <summary>The storage that a persistent id speaks of: ('storage', type, key, location, elements[, view]).</summary>
    public static TorchStorage Storage(object? id, string what)
    {
        if (id is object?[] and ["storage", PickleName type, string key, string or null, long count, ..] parts && parts.Length <= 6
            && Storages.TryGetValue(type.ToString(), out ElementType element) && count >= 0)
        {
            return parts.Length == 6 && parts[5] is not null
                ? throw new EngramException($"{what}: the storage '{key}' is a view of another, as versions of PyTorch before 0.4 wrote it; load and save the file again.")
                : new TorchStorage(key, element, count);
        }

        throw new EngramException($"{what}: the pickle refers to something outside it that is no storage of numbers.");
    }

    private static PickleDictionary Dictionary(object?[] arguments, string what)
    {
        var dictionary = new PickleDictionary();
        if (arguments.Length == 0) { return dictionary; }
        if (arguments is [PickleList pairs])
        {
            foreach (object? pair in pairs.Items)
            {
                dictionary.Items.Add(pair switch
                {
                    object?[] and [var key, var value] => (key, value),
                    PickleList { Items: [var key, var value] } => (key, value),
                    _ => throw new EngramException($"{what}: the pickle makes an OrderedDict of what are no pairs."),
                });
            }

            return dictionary;
        }

        throw new EngramException($"{what}: the pickle makes an OrderedDict with arguments that it does not take.");
    }

    // (storage, offset, size, stride, requires_grad, backward_hooks[, metadata])
    private static TorchTensor Tensor(object?[] arguments, string what, ReadLimits limits)
    {
        if (arguments is not [TorchStorage storage, long offset, object?[] sizes, object?[] strides, ..] || arguments.Length is < 6 or > 7 || sizes.Length != strides.Length || offset < 0)
        {
            throw new EngramException($"{what}: a tensor of the pickle has not the form (storage, offset, size, stride, ...).");
        }

        if (sizes.Length > limits.Nesting) { throw new EngramException($"{what}: a tensor of the pickle has {sizes.Length} axes; {nameof(ReadLimits)}.{nameof(ReadLimits.Nesting)} allows {limits.Nesting}."); }
        var axes = new int[sizes.Length];
        var steps = new long[sizes.Length];
        Int128 last = offset, bytes = ElementTypes.Size(storage.Type);
        for (int i = 0; i < axes.Length; i++)
        {
            if (sizes[i] is not (long and >= 0 and <= int.MaxValue) || strides[i] is not (long and >= 0 and <= uint.MaxValue))
            {
                throw new EngramException($"{what}: a tensor of the pickle has an axis of size {sizes[i] ?? "None"} and stride {strides[i] ?? "None"}, which cannot be.");
            }

            axes[i] = (int)(long)sizes[i]!;
            steps[i] = (long)strides[i]!;
            bytes *= axes[i];
            last += (Int128)Math.Max(0, axes[i] - 1) * steps[i];
            if (bytes > long.MaxValue) { throw new EngramException($"{what}: a tensor of the pickle has the shape ({string.Join(", ", sizes)}), which no file can hold."); }
        }

        long most = Math.Min(limits.ArrayBytes, Array.MaxLength);
        if (bytes > most) { throw new EngramException($"{what}: a tensor of the pickle has the shape {Shape.Format(axes)}, which takes {bytes} bytes; {nameof(ReadLimits)}.{nameof(ReadLimits.ArrayBytes)} and the length of arrays in .NET allow {most}."); }
        if (bytes > 0 && last >= storage.Count)
        {
            throw new EngramException($"{what}: a tensor of the shape {Shape.Format(axes)} reaches to element {last} of the storage '{storage.Key}', which has {storage.Count}.");
        }

        return new TorchTensor(storage, offset, new Shape(axes), steps);
    }
}
