
namespace Engram.Formats.PyTorch;

/// <summary>What a pickle's dictionary, ordered or not, becomes: pairs in their order.</summary>
internal sealed class PickleDictionary
{
    public List<(object? Key, object? Value)> Items { get; } = [];
}

/// <summary>What a pickle's list becomes.</summary>
internal sealed class PickleList
{
    public List<object?> Items { get; } = [];
}

/// <summary>One of the few names of Python that a state dict needs. It stands for itself; nothing of that name is looked up.</summary>
internal sealed record PickleName(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>Numbers that tensors are views of.</summary>
/// <param name="Key">Under which the file has them.</param>
/// <param name="Type">The element type.</param>
/// <param name="Count">The number of elements.</param>
internal sealed record TorchStorage(string Key, ElementType Type, long Count);

/// <summary>A view of a storage.</summary>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, Shape Shape, long[] Strides)
{
    /// <summary>Whether the elements lie one behind the other in row-major order.</summary>
    public bool IsContiguous
    {
        get
        {
            long stride = 1;
            for (int axis = Strides.Length - 1; axis >= 0; axis--)
            {
                if (Shape[axis] != 1 && Strides[axis] != stride) { return false; }
                stride *= Shape[axis];
            }

            return true;
        }
    }
}
