using System.Numerics.Tensors;
using Engram.Kernels;

namespace Engram.Layers;

/// <summary>
/// y = f(x W + b) over many rows and its derivatives. Rows are split into shards for the outputs and the input's gradient, features or
/// units for the weights' gradient; both splits depend on shapes alone, and every sum runs over ascending rows.
/// </summary>
internal sealed unsafe class DenseProduct : IShardWork
{
    private const int GradientBlock = 32; // columns or rows of a shard of dW: at least one panel of every tier

    private readonly PackedMatrix kernel = new();
    private readonly PackedMatrix kernelTransposed = new();
    private Phase phase;
    private DenseArrays arrays;
    private int rowsPerShard;

    private enum Phase
    {
        Forward,
        Backward,
        WeightGradients,
    }

    private int RowShards => (arrays.Rows + rowsPerShard - 1) / rowsPerShard;

    private bool SplitUnits => arrays.Units >= arrays.Features;

    private long Operations => (long)arrays.Rows * arrays.Features * arrays.Units;

    /// <summary>Computes z and y for all rows.</summary>
    public void Forward(in DenseArrays given)
    {
        arrays = given;
        rowsPerShard = Math.Max(64, (arrays.Rows + 1023) / 1024);
        kernel.Pack(arrays.Kernel, arrays.Features, arrays.Units, arrays.Units);
        phase = Phase.Forward;
        Workers.Run(this, RowShards, Operations);
    }

    /// <summary>Overwrites dz and, where it is wanted, dx; adds to dW and db.</summary>
    public void Backward(in DenseArrays given)
    {
        arrays = given;
        rowsPerShard = Math.Max(64, (arrays.Rows + 1023) / 1024);
        if (arrays.DX is not null) { kernelTransposed.PackTransposed(arrays.Kernel, arrays.Features, arrays.Units, arrays.Units); }
        phase = Phase.Backward;
        Workers.Run(this, RowShards, Operations);
        phase = Phase.WeightGradients;
        Workers.Run(this, (Math.Max(arrays.Units, arrays.Features) + GradientBlock - 1) / GradientBlock, Operations);
    }

    void IShardWork.Run(int shard)
    {
        if (phase == Phase.WeightGradients)
        {
            AddWeightGradients(shard * GradientBlock);
            return;
        }

        int first = shard * rowsPerShard;
        int rows = Math.Min(rowsPerShard, arrays.Rows - first);
        if (phase == Phase.Forward) { ForwardRows(first, rows); }
        else { BackwardRows(first, rows); }
    }

    // z = x W + b, y = f(z)
    private void ForwardRows(int first, int rows)
    {
        float* x = arrays.X + ((nint)first * arrays.Features);
        float* z = arrays.Z + ((nint)first * arrays.Units);
        if (arrays.Bias is null) { Gemm.Multiply(rows, x, arrays.Features, kernel, z, arrays.Units, accumulate: false); }
        else { Gemm.MultiplyWithBias(rows, x, arrays.Features, kernel, arrays.Bias, z, arrays.Units); }
        arrays.Activation?.Forward(Units(arrays.Z, first, rows), Outputs(arrays.Y, first, rows), arrays.Units);
    }

    // dz = f'(z) dy, dx = dz Wᵀ
    private void BackwardRows(int first, int rows)
    {
        if (arrays.Activation is not null)
        {
            ReadOnlySpan<float> z = arrays.Activation.DerivativeNeedsInput ? Units(arrays.Z, first, rows) : [];
            arrays.Activation.Backward(
                z, Outputs(arrays.Y, first, rows), Outputs(arrays.DY, first, rows), Units(arrays.DZ, first, rows), arrays.Units);
        }

        if (arrays.DX is null) { return; }
        Gemm.Multiply(
            rows, arrays.DZ + ((nint)first * arrays.Units), arrays.Units, kernelTransposed,
            arrays.DX + ((nint)first * arrays.Features), arrays.Features, accumulate: false);
    }

    // dW += xᵀ dz, db += the sum of dz over the rows
    private void AddWeightGradients(int first)
    {
        int features = arrays.Features;
        int units = arrays.Units;
        if (SplitUnits)
        {
            int count = Math.Min(GradientBlock, units - first);
            Gemm.AddTransposed(features, count, arrays.Rows, arrays.X, features, arrays.DZ + first, units, arrays.DKernel + first, units);
            AddBiasGradient(first, count);
        }
        else
        {
            int count = Math.Min(GradientBlock, features - first);
            Gemm.AddTransposed(
                count, units, arrays.Rows, arrays.X + first, features, arrays.DZ, units, arrays.DKernel + ((nint)first * units), units);
            if (first == 0) { AddBiasGradient(0, units); }
        }
    }

    private void AddBiasGradient(int first, int count)
    {
        if (arrays.DBias is null) { return; }
        var dBias = new Span<float>(arrays.DBias + first, count);
        float* dz = arrays.DZ + first;
        for (int row = 0; row < arrays.Rows; row++, dz += arrays.Units)
        {
            TensorPrimitives.Add(dBias, new ReadOnlySpan<float>(dz, count), dBias);
        }
    }

    private Span<float> Units(float* array, int first, int rows) => new(array + ((nint)first * arrays.Units), rows * arrays.Units);

    private Span<float> Outputs(float* array, int first, int rows) => new(array + ((nint)first * arrays.Outputs), rows * arrays.Outputs);
}

/// <summary>The arrays of one product; see <see cref="DenseProduct"/>.</summary>
internal unsafe struct DenseArrays
{
    /// <summary>The lengths; outputs differ from units only with a gated activation.</summary>
    public int Rows, Features, Units, Outputs;

    /// <summary>f, or null for none; then z is y and dz is dy.</summary>
    public ActivationFunction? Activation;

    /// <summary>x: (rows, features), W: (features, units), b: (units) or null.</summary>
    public float* X, Kernel, Bias;

    /// <summary>z: (rows, units), which may be the memory of y where f' does not need it; y: (rows, outputs).</summary>
    public float* Z, Y;

    /// <summary>dy: (rows, outputs); dz: (rows, units), overwritten; dx: (rows, features), overwritten, or null.</summary>
    public float* DY, DZ, DX;

    /// <summary>dW and db, which are added to; db null where there is no bias.</summary>
    public float* DKernel, DBias;
}
