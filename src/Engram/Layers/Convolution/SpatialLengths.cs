namespace Engram.Layers;

/// <summary>Options that have a length for each spatial axis.</summary>
internal static class SpatialLengths
{
    /// <summary>One length for each axis from as many, or from one for all.</summary>
    /// <exception cref="ArgumentException">There are others, or a length is below 1.</exception>
    public static int[] OfAxes(IReadOnlyList<int>? given, int axes, string option)
    {
        ArgumentNullException.ThrowIfNull(given, option);
        return OfAxes([.. given], axes, option);
    }

    /// <inheritdoc cref="OfAxes(IReadOnlyList{int}, int, string)"/>
    public static int[] OfAxes(ReadOnlySpan<int> given, int axes, string option)
    {
        if (given.Length != 1 && given.Length != axes)
        {
            throw new ArgumentException($"{option} has {given.Length} numbers; expected {(axes == 1 ? "one" : $"one, or one for each of the {axes} axes")}.", option);
        }

        var lengths = new int[axes];
        for (int axis = 0; axis < axes; axis++)
        {
            lengths[axis] = given[given.Length == 1 ? 0 : axis];
            ArgumentOutOfRangeException.ThrowIfLessThan(lengths[axis], 1, option);
        }

        return lengths;
    }

    /// <summary>Refuses strides and dilation rates that are both above 1, as Keras does.</summary>
    /// <exception cref="ArgumentException">They are.</exception>
    public static void NotBoth(int[] strides, int[] dilationRate)
    {
        if (strides.Max() > 1 && dilationRate.Max() > 1)
        {
            throw new ArgumentException(
                $"Strides ({string.Join(", ", strides)}) and dilation rates ({string.Join(", ", dilationRate)}) are both above 1; only one of them may be.");
        }
    }
}
