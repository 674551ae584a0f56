using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engram.Data;

/// <summary>
/// Numbers on their way into a model: a .NET array of one to four axes, or a <see cref="Tensor{T}"/>. Arrays are used where they are, tensors are
/// copied; both convert implicitly. The first axis counts the samples.
/// </summary>
public readonly struct NumericArray
{
    private readonly Array? storage;
    private readonly int[]? axes;

    private NumericArray(Array storage, int[] axes)
    {
        this.storage = storage;
        this.axes = axes;
    }

    /// <summary>The length of each axis; empty for no array.</summary>
    public ReadOnlySpan<int> Axes => axes;

    /// <summary>Whether there is an array.</summary>
    public bool HasValue => storage is not null;

    /// <summary>The number of samples: the length of the first axis.</summary>
    public int Count => axes is null ? 0 : axes[0];

    /// <summary>The numbers in row-major order.</summary>
    public ReadOnlySpan<float> Span => storage is null
        ? default
        : MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<byte, float>(ref MemoryMarshal.GetArrayDataReference(storage)), storage.Length);

    /// <summary>Numbers with axes of one's own: <paramref name="values"/> in row-major order.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="axes">The length of each axis; their product is the number of values.</param>
    /// <exception cref="ArgumentException">The lengths do not agree.</exception>
    public static NumericArray Create(float[] values, params ReadOnlySpan<int> axes)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (new Shape(axes).Count != values.Length)
        {
            throw new ArgumentException($"{values.Length} values do not fill the shape {Shape.Format(axes)}.", nameof(axes));
        }

        return new NumericArray(values, axes.ToArray());
    }

    /// <summary>A column of numbers: one for each sample.</summary>
    public static implicit operator NumericArray(float[]? array) => From(array);

    /// <summary>Rows of numbers: (samples, features).</summary>
    public static implicit operator NumericArray(float[,]? array) => From(array);

    /// <summary>Sequences: (samples, timeSteps, features).</summary>
    public static implicit operator NumericArray(float[,,]? array) => From(array);

    /// <summary>Sequences of rows of numbers: (samples, timeSteps, rows, features).</summary>
    public static implicit operator NumericArray(float[,,,]? array) => From(array);

    /// <summary>A tensor of any number of axes.</summary>
    public static implicit operator NumericArray(Tensor<float>? tensor)
    {
        if (tensor is null) { return default; }
        var axes = new int[tensor.Rank];
        for (int i = 0; i < axes.Length; i++) { axes[i] = checked((int)tensor.Lengths[i]); }
        var values = new float[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return new NumericArray(values, axes);
    }

    private static NumericArray From(Array? array)
    {
        if (array is null) { return default; }
        var axes = new int[array.Rank];
        for (int i = 0; i < axes.Length; i++) { axes[i] = array.GetLength(i); }
        return new NumericArray(array, axes);
    }
}
