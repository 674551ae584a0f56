namespace Engram.Layers;

/// <summary>Axes by number: from 0, which is the batch axis, or from the end where negative.</summary>
internal static class AxisNumbers
{
    /// <summary>The number from 0 of an axis.</summary>
    /// <exception cref="EngramException">An array of that rank has no such axis.</exception>
    internal static int Resolve(int axis, int rank, Layer layer) => axis >= -rank && axis < rank
        ? (axis + rank) % rank
        : throw new EngramException($"{layer.DisplayName}: there is no axis {axis} in an input of {rank} axes.");

    /// <summary>The numbers from 0 of several axes, in ascending order.</summary>
    /// <exception cref="EngramException">There is no such axis, or one is named twice.</exception>
    internal static int[] Resolve(IReadOnlyList<int> axes, int rank, Layer layer)
    {
        int[] resolved = [.. axes.Select(axis => Resolve(axis, rank, layer)).Order()];
        for (int i = 1; i < resolved.Length; i++)
        {
            if (resolved[i] == resolved[i - 1]) { throw new EngramException($"{layer.DisplayName}: the axis {resolved[i]} is named twice."); }
        }

        return resolved;
    }

    /// <summary>The list itself where it names at least one axis.</summary>
    internal static int[] Required(IReadOnlyList<int>? axes, string option)
    {
        ArgumentNullException.ThrowIfNull(axes, option);
        return axes.Count > 0 ? [.. axes] : throw new ArgumentException("At least one axis must be named.", option);
    }
}
