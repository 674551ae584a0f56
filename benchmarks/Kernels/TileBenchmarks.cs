using BenchmarkDotNet.Attributes;
using Engram.Kernels;

namespace Engram.Benchmarks.Kernels;

/// <summary>The register tile by itself, operands in the first cache: what part of the limit the innermost loop reaches.</summary>
public unsafe class TileBenchmarks
{
    private TensorBuffer a = null!, b = null!, c = null!;

    public static IEnumerable<TileShape> Shapes => [new(50), new(128), new(650)];

    [ParamsSource(nameof(Shapes))]
    public TileShape Shape { get; set; } = null!;

    [GlobalSetup]
    public void Prepare()
    {
        a = new TensorBuffer(8, Shape.Contraction);
        b = new TensorBuffer(Shape.Contraction, 2 * Isa.Lanes);
        c = new TensorBuffer(8, 2 * Isa.Lanes);
        new RandomKey(1).FillUniform(a.Span);
        new RandomKey(2).FillUniform(b.Span);
    }

    /// <summary>Six rows by two vectors: what 256 bits have registers for.</summary>
    [Benchmark]
    public void SixRows() => Run<Six>();

    /// <summary>Eight rows by two vectors: what 512 bits have registers for.</summary>
    [Benchmark]
    public void EightRows() => Run<Eight>();

    private void Run<TRows>() where TRows : struct, ICount
    {
        var kernel = new Once<TRows> { A = a.Pointer, B = b.Pointer, C = c.Pointer, Contraction = Shape.Contraction };
        Isa.Run(ref kernel);
    }

    private struct Once<TRows> : IKernel where TRows : struct, ICount
    {
        public float* A, B, C;
        public int Contraction;

        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            int width = 2 * TIsa.Lanes;
            var strides = new TileOperands { Contraction = Contraction, ARowStride = Contraction, AStep = 1, BStep = width, StartRowStride = width, CRowStride = width };
            Tile.Compute<TIsa, V, TRows, Two, ByRows>(in strides, A, B, C, C);
        }
    }
}

/// <summary>A tile by the length of its sums.</summary>
public sealed record TileShape(int Contraction) : ICountedOperations
{
    public double Operations(string method) => 2.0 * (method == nameof(TileBenchmarks.SixRows) ? 6 : 8) * 2 * Isa.Lanes * Contraction;

    public override string ToString() => $"sums of {Contraction}";
}
