using BenchmarkDotNet.Attributes;
using Engram.Cells;
using Engram.Kernels;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Benchmarks.Kernels;

/// <summary>What is done number by number, on one core: the functions, the gates of each cell, the update of the weights.</summary>
public unsafe class FunctionBenchmarks
{
    private readonly TensorBuffer x = new(4096);
    private readonly TensorBuffer y = new(4096);

    [ParamsSource(nameof(Lengths))]
    public ElementCount Length { get; set; } = null!;

    public static IEnumerable<ElementCount> Lengths => [new(4096)];

    [GlobalSetup]
    public void Prepare() => new RandomKey(1).FillUniform(x.Span);

    [Benchmark]
    public void Exp() => VectorMath.Apply(VectorFunction.Exp, x.Span, y.Span);

    [Benchmark]
    public void Sigmoid() => VectorMath.Apply(VectorFunction.Sigmoid, x.Span, y.Span);

    [Benchmark]
    public void Tanh() => VectorMath.Apply(VectorFunction.Tanh, x.Span, y.Span);
}

/// <summary>The formulas of a cell for sixteen rows of 64 units.</summary>
public unsafe class GateBenchmarks
{
    private const int Rows = 16, Units = 64;

    private readonly List<TensorBuffer> buffers = [];
    private Cell cell = null!;
    private CellStep step;

    public static IEnumerable<CellKind> Cells => [new("LSTM"), new("GRU"), new("SimpleRnn")];

    [ParamsSource(nameof(Cells))]
    public CellKind Kind { get; set; } = null!;

    [GlobalSetup]
    public void Prepare()
    {
        EngramRuntime.Threads = 1;
        Recurrent layer = Kind.Name switch
        {
            "LSTM" => new Lstm(Units),
            "GRU" => new Gru(Units),
            _ => new SimpleRnn(Units),
        };
        cell = layer.CreateCell();
        int gates = cell.BufferGates * Units;
        step = new CellStep
        {
            Rows = Rows,
            MaskRows = Rows,
            Gates = Buffer(gates),
            Preactivations = Buffer(gates),
            DGates = Buffer(gates),
            HiddenBefore = Buffer(Units),
            Hidden = Buffer(Units),
            CellBefore = Buffer(Units),
            Cell = Buffer(Units),
            DHidden = Buffer(Units),
            DCell = Buffer(Units),
            Scratch = Buffer(Math.Max(1, cell.ScratchPerRow)),
            RecurrentBias = Buffer(gates),
        };
        TensorBuffer recurrent = new(Units, cell.KernelGates * Units);
        cell.Pack(recurrent.Pointer, byGate: false, backward: true);
    }

    [Benchmark]
    public void Forward() => cell.ActivateForward(step);

    [Benchmark]
    public void Backward() => cell.ActivateBackward(step);

    private float* Buffer(int width)
    {
        var buffer = new TensorBuffer(Rows, width);
        new RandomKey(1).Derive(buffers.Count).FillUniform(buffer.Span);
        buffers.Add(buffer);
        return buffer.Pointer;
    }
}

/// <summary>One step of an optimizer on the weights of an LSTM of 256 units and 128 features.</summary>
public class OptimizerBenchmarks
{
    private Optimizer optimizer = null!;

    public static IEnumerable<OptimizerKind> Optimizers => [new("Adam"), new("Sgd"), new("RmsProp"), new("Lion")];

    [ParamsSource(nameof(Optimizers))]
    public OptimizerKind Kind { get; set; } = null!;

    [GlobalSetup]
    public void Prepare()
    {
        EngramRuntime.Threads = 1;
        var model = new Sequential(new Input(10, 128), new Lstm(256)) { Seed = 1 };
        optimizer = Kind.Name switch
        {
            "Adam" => new Adam(),
            "Sgd" => new Sgd(),
            "RmsProp" => new RmsProp(),
            _ => new Lion(),
        };
        model.Build();
        foreach (Weight weight in model.Weights) { new RandomKey(1).FillUniform(weight.Gradient.Span); }
        optimizer.Build([.. model.Weights]);
    }

    [Benchmark]
    public void Update() => optimizer.Step();
}

/// <summary>So many numbers.</summary>
public sealed record ElementCount(int Count) : ICountedOperations
{
    public double Operations(string method) => Count;

    public override string ToString() => $"{Count}";
}

/// <summary>A cell by name; its unit of work is one unit of one row.</summary>
public sealed record CellKind(string Name) : ICountedOperations
{
    public double Operations(string method) => 16 * 64;

    public override string ToString() => Name;
}

/// <summary>An optimizer by name; its unit of work is one weight.</summary>
public sealed record OptimizerKind(string Name) : ICountedOperations
{
    public double Operations(string method) => 4 * 256 * (128 + 256 + 1);

    public override string ToString() => Name;
}
