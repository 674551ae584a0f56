using BenchmarkDotNet.Attributes;
using Engram.Kernels;

namespace Engram.Benchmarks.Kernels;

/// <summary>The three products of a recurrent layer, and packing what they need, on one core; shapes as in the works.</summary>
public unsafe class ProductBenchmarks
{
    private readonly PackedMatrix packed = new();
    private readonly PackedMatrix target = new();
    private TensorBuffer a = null!, b = null!, c = null!, d = null!, bias = null!;

    public static IEnumerable<ProductShape> Shapes =>
    [
        new("W1, U", 16, 50, 200), new("W2, U", 16, 64, 256), new("W3, W", 512, 128, 1024), new("W3, U", 64, 256, 1024),
        new("W4, U", 20, 650, 2600), new("W5c, U", 1, 480, 1920),
    ];

    [ParamsSource(nameof(Shapes))]
    public ProductShape Shape { get; set; } = null!;

    [GlobalSetup]
    public void Prepare()
    {
        EngramRuntime.Threads = 1;
        (int m, int k, int n) = (Shape.Rows, Shape.Inner, Shape.Columns);
        var key = new RandomKey(1);
        a = Random(key.Derive(1), m, k);
        b = Random(key.Derive(2), k, n);
        c = Random(key.Derive(3), m, n);
        d = Random(key.Derive(4), k, n);
        bias = Random(key.Derive(5), n);
        packed.Pack(b.Pointer, k, n, n);
    }

    /// <summary>z = b + x W.</summary>
    [Benchmark]
    public void Product() => Gemm.MultiplyWithBias(Shape.Rows, a.Pointer, Shape.Inner, packed, bias.Pointer, c.Pointer, Shape.Columns);

    /// <summary>dW += xᵀ dz.</summary>
    [Benchmark]
    public void WeightGradient() =>
        Gemm.AddTransposed(Shape.Inner, Shape.Columns, Shape.Rows, a.Pointer, Shape.Inner, c.Pointer, Shape.Columns, d.Pointer, Shape.Columns);

    /// <summary>W into panels.</summary>
    [Benchmark]
    public void Pack() => target.Pack(b.Pointer, Shape.Inner, Shape.Columns, Shape.Columns);

    /// <summary>Wᵀ into panels.</summary>
    [Benchmark]
    public void PackTransposed() => target.PackTransposed(b.Pointer, Shape.Inner, Shape.Columns, Shape.Columns);

    private static TensorBuffer Random(RandomKey key, params ReadOnlySpan<int> axes)
    {
        var buffer = new TensorBuffer(axes);
        key.FillUniform(buffer.Span);
        return buffer;
    }
}

/// <summary>A product (rows, inner) (inner, columns).</summary>
public sealed record ProductShape(string Work, int Rows, int Inner, int Columns) : ICountedOperations
{
    public double Operations(string method) => method is nameof(ProductBenchmarks.Product) or nameof(ProductBenchmarks.WeightGradient)
        ? 2.0 * Rows * Inner * Columns
        : (double)Inner * Columns; // numbers moved

    public override string ToString() => $"{Work}: {Rows} x {Inner} x {Columns}";
}
