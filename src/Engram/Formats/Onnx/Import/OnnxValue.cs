using Engram.Layers;

namespace Engram.Formats.Onnx.Import;

/// <summary>What a name of the graph stands for while it is read.</summary>
internal abstract class OnnxValue
{
    /// <summary>The shape as the file has it.</summary>
    public abstract IReadOnlyList<Dim> Dims { get; }

    public int Rank => Dims.Count;

    public string Describe() => $"({string.Join(", ", Dims)})";
}

/// <summary>An array of the file; what it holds is read when it is asked for.</summary>
internal sealed class OnnxConstant(string name, int[] shape, Func<float[]>? floats, Func<long[]>? integers) : OnnxValue
{
    private readonly Dim[] dims = [.. shape.Select(length => Dim.Of(length))];

    /// <summary>The name by which two layers know that they share it.</summary>
    public string Name { get; } = name;

    public int[] Shape { get; } = shape;

    public override IReadOnlyList<Dim> Dims => dims;

    public bool IsFloat => floats is not null;

    public int Count => Shape.Aggregate(1, (product, length) => checked(product * length));

    public float[] Floats() => floats is not null ? floats() : [.. integers!().Select(value => (float)value)];

    public long[] Integers() => integers is not null ? integers() : [.. floats!().Select(value => (long)value)];

    /// <summary>The same numbers in another arrangement, under a name of its own: element i is the old one at <paramref name="from"/>(i).</summary>
    public OnnxConstant Rearranged(string name, int[] shape, Func<int, int> from)
    {
        T[] Move<T>(T[] values)
        {
            var moved = new T[shape.Aggregate(1, (product, length) => checked(product * length))];
            for (int i = 0; i < moved.Length; i++) { moved[i] = values[from(i)]; }
            return moved;
        }

        return IsFloat
            ? new OnnxConstant(name, shape, () => Move(Floats()), null)
            : new OnnxConstant(name, shape, null, () => Move(Integers()));
    }

    /// <summary>The same numbers in the same order.</summary>
    public OnnxConstant Reshaped(int[] shape) => new(Name, shape, floats, integers);
}

/// <summary>Whole numbers that are computed from shapes: a list, or one.</summary>
internal sealed class OnnxNumbers(Dim[] values, bool isScalar) : OnnxValue
{
    public Dim[] Values { get; } = values;

    public bool IsScalar { get; } = isScalar;

    public override IReadOnlyList<Dim> Dims => IsScalar ? [] : [Dim.Of(Values.Length)];
}

/// <summary>One number everywhere, in a shape that may be known only when the graph runs.</summary>
internal sealed class OnnxFilled(float value, Dim[] dims) : OnnxValue
{
    public float Value { get; } = value;

    public override IReadOnlyList<Dim> Dims => dims;
}

/// <summary>
/// What flows between layers: an array of Engram, batch first, as the file sees it. Each axis of the array is split into factors (all of them in
/// order are the array's elements), and each axis of the file is a list of factors. So transposing, squeezing and reshaping are
/// but another view, and most graphs need no layer for them.
/// </summary>
internal sealed class OnnxFlow : OnnxValue
{
    private readonly Dim[] dims;

    public OnnxFlow(SymbolicTensor tensor, Dim[][] factors, int[][] axes)
    {
        Tensor = tensor;
        Factors = factors;
        Axes = axes;
        Flat = [.. factors.SelectMany(axis => axis)];
        dims = [.. axes.Select(axis => Dim.Product(axis.Select(factor => Flat[factor])))];
    }

    public SymbolicTensor Tensor { get; }

    /// <summary>The factors of each axis of the array.</summary>
    public Dim[][] Factors { get; }

    /// <summary>The factors of each axis of the file, as positions among all factors.</summary>
    public int[][] Axes { get; }

    /// <summary>All factors.</summary>
    public Dim[] Flat { get; }

    public override IReadOnlyList<Dim> Dims => dims;

    /// <summary>Whether an axis of the file has the batch; if not, the array is the same for each sample.</summary>
    public bool HasBatch => Axes.Any(axis => axis.Any(factor => Flat[factor].IsBatch));

    /// <summary>Which axis of the file is the batch, or -1 where it stands together with others.</summary>
    public int BatchAxis => Array.FindIndex(Axes, axis => axis.Count(factor => Flat[factor] != Dim.One) == 1 && axis.Any(factor => Flat[factor].IsBatch));

    /// <summary>An array whose axes are those of the file but for the batch, which the file has at another place.</summary>
    public static OnnxFlow Of(SymbolicTensor tensor, IReadOnlyList<Dim> dims, int batchAxis)
    {
        int[] order = BatchFirst(dims.Count, batchAxis);
        var axes = new int[order.Length][];
        for (int i = 0; i < order.Length; i++) { axes[order[i]] = [i]; }
        return new OnnxFlow(tensor, [.. order.Select(axis => new[] { dims[axis] })], axes);
    }

    /// <summary>The axes in the order in which the batch comes first.</summary>
    public static int[] BatchFirst(int rank, int batchAxis) => [batchAxis, .. Enumerable.Range(0, rank).Where(axis => axis != batchAxis)];

    /// <summary>The array (batch, ...) with axes of the file for all of its axes but the batch.</summary>
    public static OnnxFlow Same(SymbolicTensor tensor, IReadOnlyList<Dim> dims) =>
        new(tensor, [[Dim.Batch], .. dims.Select(dim => new[] { dim })], [.. Enumerable.Range(1, dims.Count).Select(factor => new[] { factor })]);

    /// <summary>The same array under another arrangement of axes.</summary>
    public OnnxFlow WithAxes(int[][] axes) => new(Tensor, Factors, axes);

    /// <summary>Another array of the same shape: what a function of each element makes of it.</summary>
    public OnnxFlow WithTensor(SymbolicTensor tensor) => new(tensor, Factors, Axes);

    /// <summary>An axis taken apart into its factors.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="count">How many axes there are in its place.</param>
    public OnnxFlow Apart(int axis, out int count)
    {
        int[][] factors = [.. Axes[axis].Where(factor => Flat[factor] != Dim.One).Select(factor => new[] { factor })];
        count = factors.Length;
        return WithAxes([.. Axes[..axis], .. factors, .. Axes[(axis + 1)..]]);
    }

    /// <summary>Axes that follow one another taken together.</summary>
    public OnnxFlow Together(int axis, int count) =>
        WithAxes([.. Axes[..axis], [.. Axes[axis..(axis + count)].SelectMany(factors => factors)], .. Axes[(axis + count)..]]);

    /// <summary>The axis in which the batch stands together with others, or -1.</summary>
    public int MergedBatch => BatchAxis >= 0 ? -1 : Array.FindIndex(Axes, axis => axis.Any(factor => Flat[factor].IsBatch));
}
