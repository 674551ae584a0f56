using System.Numerics.Tensors;
using Engram.Kernels;

namespace Engram.Layers;

/// <summary>
/// A convolution in which every filter sees one channel, filter c m + j the channel c, and its derivatives. With the matrix P of windows,
/// each channel repeated m times, all products are element by element:
/// <code>
/// z[p] = b + Σ over taps k of P[p, k] W[k]   dP[p, k] = dz[p] W[k], added up in dx   dW[k] += Σ P[p, k] dz[p]   db += Σ dz
/// </code>
/// Windows are split among the threads for z, samples for dx, taps for dW.
/// </summary>
internal sealed unsafe class DepthwiseProduct : IShardWork
{
    private const int BlockRows = 64;

    [ThreadStatic]
    private static Blocks? threadBlocks;

    private ConvolutionArrays arrays;
    private Phase phase;
    private int rowsPerShard;

    private enum Phase
    {
        Forward,
        InputGradient,
        WeightGradient,
    }

    private int Multiplier => arrays.Filters / arrays.Channels;

    // Moving what a product needs costs several times the multiply-add.
    private long Operations => 4L * arrays.Rows * arrays.Windows.Taps * arrays.Filters;

    /// <summary>Computes z and, where there is an activation, y.</summary>
    public void Forward(in ConvolutionArrays given)
    {
        rowsPerShard = Math.Max(BlockRows, (given.Rows + 1023) / 1024);
        Run(given, Phase.Forward, (given.Rows + rowsPerShard - 1) / rowsPerShard);
    }

    /// <summary>Overwrites dx from dz.</summary>
    public void InputGradient(in ConvolutionArrays given) => Run(given, Phase.InputGradient, given.Samples);

    /// <summary>Adds to dW and db from x and dz.</summary>
    public void WeightGradient(in ConvolutionArrays given) => Run(given, Phase.WeightGradient, given.Windows.Taps);

    void IShardWork.Run(int shard)
    {
        switch (phase)
        {
            case Phase.Forward:
                int first = shard * rowsPerShard;
                int rows = Math.Min(rowsPerShard, arrays.Rows - first);
                ForwardRows(first, rows);
                arrays.Output.Forward(arrays.Z, first, rows);
                break;
            case Phase.InputGradient:
                InputGradientOf(shard);
                break;
            default:
                AddWeightGradient(shard);
                break;
        }
    }

    private void ForwardRows(int first, int rows)
    {
        WindowPart part = Part(0, arrays.Windows.Taps);
        int filters = arrays.Filters;
        for (int row = first; row < first + rows; row += BlockRows)
        {
            (part.FirstRow, part.Rows) = (row, Math.Min(BlockRows, first + rows - row));
            float* p = Gather(part);
            float* z = arrays.Z + ((nint)row * filters);
            for (int i = 0; i < part.Rows; i++, z += filters)
            {
                var target = new Span<float>(z, filters);
                if (arrays.Bias is null) { target.Clear(); }
                else { new ReadOnlySpan<float>(arrays.Bias, filters).CopyTo(target); }
                for (int tap = 0; tap < part.Taps; tap++, p += filters) { AddProduct(p, arrays.Kernel + ((nint)tap * filters), target); }
            }
        }
    }

    private void InputGradientOf(int sample)
    {
        WindowPart part = Part(0, arrays.Windows.Taps);
        int filters = arrays.Filters;
        float* dx = arrays.DX + ((nint)sample * arrays.Windows.Places * arrays.Channels);
        new Span<float>(dx, arrays.Windows.Places * arrays.Channels).Clear();
        float* dz = arrays.DZ + ((nint)sample * arrays.Windows.Count * filters);
        float* dp = (threadBlocks ??= new Blocks()).Repeated(BlockRows * part.Taps * filters);
        for (; part.FirstRow < arrays.Windows.Count; part.FirstRow += BlockRows)
        {
            part.Rows = Math.Min(BlockRows, arrays.Windows.Count - part.FirstRow);
            float* target = dp;
            for (int i = 0; i < part.Rows; i++, dz += filters)
            {
                for (int tap = 0; tap < part.Taps; tap++, target += filters)
                {
                    TensorPrimitives.Multiply(
                        new ReadOnlySpan<float>(dz, filters), new ReadOnlySpan<float>(arrays.Kernel + ((nint)tap * filters), filters),
                        new Span<float>(target, filters));
                }
            }

            AddUpRepeated(dp, part.Rows * part.Columns);
            arrays.Windows.ScatterAdd(part, dp, dx);
        }
    }

    private void AddWeightGradient(int tap)
    {
        WindowPart part = Part(tap, 1);
        int filters = arrays.Filters;
        var dKernel = new Span<float>(arrays.DKernel + ((nint)tap * filters), filters);
        float* dz = arrays.DZ;
        for (; part.FirstRow < arrays.Rows; part.FirstRow += BlockRows)
        {
            part.Rows = Math.Min(BlockRows, arrays.Rows - part.FirstRow);
            float* p = Gather(part);
            for (int i = 0; i < part.Rows; i++, p += filters, dz += filters) { AddProduct(p, dz, dKernel); }
        }

        if (tap == 0 && arrays.DBias is not null) { BiasActivation.AddGradient(arrays.DZ, filters, arrays.Rows, arrays.DBias); }
    }

    // The rows of P, each channel repeated.
    private float* Gather(in WindowPart part)
    {
        Blocks blocks = threadBlocks ??= new Blocks();
        int elements = part.Rows * part.Columns;
        float* p = blocks.Plain(elements);
        arrays.Windows.Gather(part, arrays.X, p);
        if (Multiplier == 1) { return p; }
        float* repeated = blocks.Repeated(elements * Multiplier);
        for (int i = 0; i < elements; i++) { new Span<float>(repeated + ((nint)i * Multiplier), Multiplier).Fill(p[i]); }
        return repeated;
    }

    // In place: a channel's gradient is the sum of those of its repetitions.
    private void AddUpRepeated(float* dp, int elements)
    {
        if (Multiplier == 1) { return; }
        for (int i = 0; i < elements; i++)
        {
            float sum = 0;
            for (int j = 0; j < Multiplier; j++) { sum += dp[((nint)i * Multiplier) + j]; }
            dp[i] = sum;
        }
    }

    private static void AddProduct(float* a, float* b, Span<float> sum) =>
        TensorPrimitives.FusedMultiplyAdd(new ReadOnlySpan<float>(a, sum.Length), new ReadOnlySpan<float>(b, sum.Length), sum, sum);

    private WindowPart Part(int tap, int taps) =>
        new() { FirstTap = tap, Taps = taps, Channels = arrays.Channels, PixelLength = arrays.Channels };

    private void Run(in ConvolutionArrays given, Phase phase, int shards)
    {
        arrays = given;
        this.phase = phase;
        Workers.Run(this, shards, Operations);
    }

    private sealed class Blocks
    {
        private readonly TensorBuffer plain = new(0);
        private readonly TensorBuffer repeated = new(0);

        public float* Plain(int elements) => Of(plain, elements);

        public float* Repeated(int elements) => Of(repeated, elements);

        private static float* Of(TensorBuffer buffer, int elements)
        {
            buffer.Resize(elements);
            return buffer.Pointer;
        }
    }
}
