using System.Numerics.Tensors;
using Engram.Kernels;

namespace Engram.Layers;

/// <summary>What comes after a convolution: y = f(z) and dz = f'(z) dy, filter by filter of each window.</summary>
internal unsafe struct ConvolutionOutput
{
    /// <summary>f, or null for none; then z is y and dz is dy.</summary>
    public ActivationFunction? Activation;

    /// <summary>The lengths of a row of z and of y, which differ only with a gated activation.</summary>
    public int Filters, Outputs;

    /// <summary>y: (rows, outputs); z may be the same memory where f' does not need it.</summary>
    public float* Y;

    /// <summary>Computes y for some rows.</summary>
    public readonly void Forward(float* z, int first, int rows) =>
        Activation?.Forward(
            new ReadOnlySpan<float>(z + ((nint)first * Filters), rows * Filters),
            new Span<float>(Y + ((nint)first * Outputs), rows * Outputs), Filters);
}

/// <summary>dz = f'(z) dy of many rows, split among the threads.</summary>
internal sealed unsafe class ActivationGradient : IShardWork
{
    private ConvolutionOutput output;
    private float* z, dy, dz;
    private int rows, rowsPerShard;

    /// <summary>Overwrites dz.</summary>
    public void Run(in ConvolutionOutput output, float* z, float* dy, float* dz, int rows)
    {
        (this.output, this.rows) = (output, rows);
        this.z = z;
        this.dy = dy;
        this.dz = dz;
        rowsPerShard = Math.Max(64, (rows + 63) / 64);
        Workers.Run(this, (rows + rowsPerShard - 1) / rowsPerShard, 8L * rows * output.Filters);
    }

    void IShardWork.Run(int shard)
    {
        int first = shard * rowsPerShard;
        int count = Math.Min(rowsPerShard, rows - first);
        ActivationFunction activation = output.Activation!;
        nint at = (nint)first * output.Filters;
        nint outputAt = (nint)first * output.Outputs;
        activation.Backward(
            activation.DerivativeNeedsInput ? new ReadOnlySpan<float>(z + at, count * output.Filters) : [],
            new ReadOnlySpan<float>(output.Y + outputAt, count * output.Outputs), new ReadOnlySpan<float>(dy + outputAt, count * output.Outputs),
            new Span<float>(dz + at, count * output.Filters), output.Filters);
    }
}

/// <summary>z += b and y = f(z) of many rows, split among the threads.</summary>
internal sealed unsafe class BiasActivation : IShardWork
{
    private ConvolutionOutput output;
    private float* bias, z;
    private int rows, rowsPerShard;

    /// <summary>Adds the bias, unless it is null, and overwrites y where there is an activation.</summary>
    public void Run(in ConvolutionOutput output, float* bias, float* z, int rows)
    {
        (this.output, this.rows) = (output, rows);
        this.bias = bias;
        this.z = z;
        rowsPerShard = Math.Max(64, (rows + 63) / 64);
        Workers.Run(this, (rows + rowsPerShard - 1) / rowsPerShard, 8L * rows * output.Filters);
    }

    /// <summary>db += the sum of dz over the rows.</summary>
    public static void AddGradient(float* dz, int filters, int rows, float* dBias)
    {
        float one = 1;
        Gemm.AddTransposed(1, filters, rows, &one, 0, dz, filters, dBias, filters);
    }

    void IShardWork.Run(int shard)
    {
        int first = shard * rowsPerShard;
        int count = Math.Min(rowsPerShard, rows - first);
        for (int row = first; bias is not null && row < first + count; row++)
        {
            var target = new Span<float>(z + ((nint)row * output.Filters), output.Filters);
            TensorPrimitives.Add(target, new ReadOnlySpan<float>(bias, output.Filters), target);
        }

        output.Forward(z, first, count);
    }
}
