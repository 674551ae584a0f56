using System.Runtime.CompilerServices;
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
        for (int row = first; row < first + rows; row += BlockRows)
        {
            (part.FirstRow, part.Rows) = (row, Math.Min(BlockRows, first + rows - row));
            Sum sum = Product(part.Rows, part.Taps);
            sum.P = Gather(part);
            sum.Z = arrays.Z + ((nint)row * arrays.Filters);
            Isa.Run(ref sum);
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
            var spread = new Spread { Sum = Product(part.Rows, part.Taps) };
            spread.Sum.P = dp;
            spread.Sum.Z = dz + ((nint)part.FirstRow * filters);
            Isa.Run(ref spread);
            AddUpRepeated(dp, part.Rows * part.Columns);
            arrays.Windows.ScatterAdd(part, dp, dx);
        }
    }

    private void AddWeightGradient(int tap)
    {
        WindowPart part = Part(tap, 1);
        for (; part.FirstRow < arrays.Rows; part.FirstRow += BlockRows)
        {
            part.Rows = Math.Min(BlockRows, arrays.Rows - part.FirstRow);
            var add = new AddOverRows { Sum = Product(part.Rows, 1) };
            add.Sum.P = Gather(part);
            add.Sum.Z = arrays.DZ + ((nint)part.FirstRow * arrays.Filters);
            add.Sum.Kernel = arrays.DKernel + ((nint)tap * arrays.Filters);
            Isa.Run(ref add);
        }

        if (tap == 0 && arrays.DBias is not null) { BiasActivation.AddGradient(arrays.DZ, arrays.Filters, arrays.Rows, arrays.DBias); }
    }

    // The rows of P, each channel repeated.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

    private Sum Product(int rows, int taps) =>
        new() { Rows = rows, Taps = taps, Filters = arrays.Filters, Kernel = arrays.Kernel, Bias = arrays.Bias };

    private WindowPart Part(int tap, int taps) =>
        new() { FirstTap = tap, Taps = taps, Channels = arrays.Channels, PixelLength = arrays.Channels };

    private void Run(in ConvolutionArrays given, Phase phase, int shards)
    {
        arrays = given;
        this.phase = phase;
        Workers.Run(this, shards, Operations);
    }

    // z = b + Σ over taps k of P[k] W[k], a vector of filters at a time
    private struct Sum : IKernel
    {
        public int Rows, Taps, Filters;
        public float* P, Kernel, Bias, Z;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            nint filters = Filters;
            for (nint row = 0; row < Rows; row++)
            {
                float* p = P + (row * Taps * filters);
                float* z = Z + (row * filters);
                for (nint f = 0; f < filters; f += TIsa.Lanes)
                {
                    V sum = Bias is null ? TIsa.Zero : TIsa.Load(Bias + f);
                    for (nint k = f, end = Taps * filters; k < end; k += filters) { sum = TIsa.MultiplyAdd(TIsa.Load(p + k), TIsa.Load(Kernel + k), sum); }
                    Edge.Store<TIsa, V>(z + f, sum, (int)(filters - f));
                }
            }
        }
    }

    // dP[k] = dz W[k]
    private struct Spread : IKernel
    {
        public Sum Sum; // Z is dz, P is dP

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            nint filters = Sum.Filters;
            for (nint row = 0; row < Sum.Rows; row++)
            {
                float* dp = Sum.P + (row * Sum.Taps * filters);
                for (nint f = 0; f < filters; f += TIsa.Lanes)
                {
                    V dz = TIsa.Load(Sum.Z + (row * filters) + f);
                    for (nint k = f, end = Sum.Taps * filters; k < end; k += filters)
                    {
                        Edge.Store<TIsa, V>(dp + k, TIsa.Multiply(dz, TIsa.Load(Sum.Kernel + k)), (int)(filters - f));
                    }
                }
            }
        }
    }

    // dW += Σ over rows of P dz, for one tap
    private struct AddOverRows : IKernel
    {
        public Sum Sum; // Z is dz, Kernel is dW

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            nint filters = Sum.Filters;
            for (nint f = 0; f < filters; f += TIsa.Lanes)
            {
                V sum = TIsa.Load(Sum.Kernel + f);
                for (nint i = f, end = Sum.Rows * filters; i < end; i += filters) { sum = TIsa.MultiplyAdd(TIsa.Load(Sum.P + i), TIsa.Load(Sum.Z + i), sum); }
                Edge.Store<TIsa, V>(Sum.Kernel + f, sum, (int)(filters - f));
            }
        }
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
