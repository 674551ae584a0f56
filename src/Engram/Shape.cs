using System.Globalization;

namespace Engram;

/// <summary>
/// The lengths of an array's axes, the batch axis first. An axis whose length is not known yet (the batch, often time) is
/// <see cref="Unknown"/> and printed as <c>None</c>, as Keras does.
/// </summary>
public sealed class Shape : IEquatable<Shape>
{
    /// <summary>The length of an axis that is not known before data arrive.</summary>
    public const int Unknown = -1;

    private readonly int[] axes;

    /// <summary>Creates a shape.</summary>
    /// <param name="axes">The axis lengths, each 0 or more, or <see cref="Unknown"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">An axis is below -1.</exception>
    public Shape(params ReadOnlySpan<int> axes)
    {
        foreach (int axis in axes) { ArgumentOutOfRangeException.ThrowIfLessThan(axis, Unknown, nameof(axes)); }
        this.axes = axes.ToArray();
    }

    /// <summary>The number of axes.</summary>
    public int Rank => axes.Length;

    /// <summary>The axis lengths.</summary>
    public ReadOnlySpan<int> Axes => axes;

    /// <summary>The length of the last axis.</summary>
    public int Last => axes[^1];

    /// <summary>The length of one axis; an index from the end counts as usual: <c>shape[^1]</c>.</summary>
    public int this[Index index] => axes[index];

    /// <summary>Whether every axis has a known length.</summary>
    public bool IsKnown => Array.IndexOf(axes, Unknown) < 0;

    /// <summary>The number of elements; every axis must be known.</summary>
    public int Count
    {
        get
        {
            int count = 1;
            foreach (int axis in axes) { count = checked(count * axis); }
            return count;
        }
    }

    /// <summary>The same shape with another length on one axis.</summary>
    public Shape With(Index index, int length)
    {
        int[] copy = [.. axes];
        copy[index] = length;
        return new Shape(copy);
    }

    /// <summary>Whether data of the shape <paramref name="actual"/> fit: same rank, and every known axis equal.</summary>
    public bool Accepts(ReadOnlySpan<int> actual)
    {
        if (actual.Length != axes.Length) { return false; }
        for (int i = 0; i < axes.Length; i++)
        {
            if (axes[i] != Unknown && actual[i] != Unknown && axes[i] != actual[i]) { return false; }
        }

        return true;
    }

    /// <inheritdoc/>
    public bool Equals(Shape? other) => other is not null && axes.AsSpan().SequenceEqual(other.axes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Shape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (int axis in axes) { hash.Add(axis); }
        return hash.ToHashCode();
    }

    /// <summary>The shape as Keras prints it: <c>(None, 10, 1)</c>.</summary>
    public override string ToString() => Format(axes);

    /// <summary>Axis lengths as Keras prints them: <c>(None, 10, 1)</c>.</summary>
    public static string Format(ReadOnlySpan<int> axes)
    {
        var names = new string[axes.Length];
        for (int i = 0; i < axes.Length; i++)
        {
            names[i] = axes[i] == Unknown ? "None" : axes[i].ToString(CultureInfo.InvariantCulture);
        }

        return axes.Length == 1 ? $"({names[0]},)" : $"({string.Join(", ", names)})";
    }
}
