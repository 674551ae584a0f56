using Engram.Kernels;

namespace Engram.Layers;

/// <summary>
/// A convolution as a product, and its derivatives. With the matrix P of windows (windows of all samples, taps x channels):
/// <code>
/// z = P W + b   dP = dz Wᵀ, added up in dx   dW += Pᵀ dz   db += Σ dz
/// </code>
/// P is never there as a whole: blocks of its rows are made where they are used and stay in the cache. Windows are split among the threads
/// for z, samples for dx, taps and filters for dW; the splits depend on shapes alone, and every sum runs in one order.
/// </summary>
internal sealed unsafe class ConvolutionProduct : IShardWork
{
    private const int BlockElements = 32 * 1024; // of P: 128 KiB, an eighth of a core's second cache
    private const int MostBlockRows = 256;

    [ThreadStatic]
    private static TensorBuffer? threadBlock;

    private PackedMatrix[] kernels = [];
    private PackedMatrix[] transposed = [];
    private Phase phase;
    private ConvolutionArrays arrays;
    private int rowsPerShard, tapsPerShard, filtersPerShard;

    private enum Phase
    {
        Forward,
        InputGradient,
        WeightGradient,
    }

    private long Operations => (long)arrays.Rows * arrays.Windows.Taps * GroupChannels * arrays.Filters;

    private int GroupChannels => arrays.Channels / arrays.Groups;

    private int GroupFilters => arrays.Filters / arrays.Groups;

    /// <summary>Packs the kernel for <see cref="ForwardRows"/>.</summary>
    public void PackForward(in ConvolutionArrays given)
    {
        arrays = given;
        Prepare(ref kernels);
        for (int group = 0; group < kernels.Length; group++)
        {
            kernels[group].Pack(arrays.Kernel + (group * GroupFilters), arrays.Windows.Taps * GroupChannels, GroupFilters, arrays.Filters);
        }
    }

    /// <summary>Packs the kernel for <see cref="AddInputGradient"/>.</summary>
    public void PackBackward(in ConvolutionArrays given)
    {
        arrays = given;
        Prepare(ref transposed);
        for (int group = 0; group < transposed.Length; group++)
        {
            transposed[group].PackTransposed(arrays.Kernel + (group * GroupFilters), arrays.Windows.Taps * GroupChannels, GroupFilters, arrays.Filters);
        }
    }

    /// <summary>Computes z and, where there is an activation, y.</summary>
    public void Forward(in ConvolutionArrays given)
    {
        PackForward(given);
        int block = BlockRows(arrays.Windows.Taps * GroupChannels);
        rowsPerShard = Math.Max(block, (arrays.Rows + 1023) / 1024);
        phase = Phase.Forward;
        Workers.Run(this, (arrays.Rows + rowsPerShard - 1) / rowsPerShard, Operations);
    }

    /// <summary>Overwrites dx from dz.</summary>
    public void InputGradient(in ConvolutionArrays given)
    {
        PackBackward(given);
        phase = Phase.InputGradient;
        Workers.Run(this, arrays.Samples, Operations);
    }

    /// <summary>Adds to dW and db from x and dz.</summary>
    public void WeightGradient(in ConvolutionArrays given)
    {
        const int FewestColumns = 96; // a shard packs its columns of dz, which must be worth it
        const int EnoughShards = 6;
        arrays = given;
        tapsPerShard = Math.Min(arrays.Windows.Taps, (FewestColumns + GroupChannels - 1) / GroupChannels);
        filtersPerShard = TapShards * arrays.Groups * ((GroupFilters + 63) / 64) < EnoughShards ? 32 : 64;
        phase = Phase.WeightGradient;
        Workers.Run(this, TapShards * arrays.Groups * FilterShards, Operations);
    }

    /// <summary>z of some windows, overwritten with b + P W or added to; for use within a shard.</summary>
    public void ForwardRows(float* x, float* z, int first, int rows, bool accumulate)
    {
        int channels = GroupChannels;
        int columns = arrays.Windows.Taps * channels;
        int block = BlockRows(columns);
        float* matrix = arrays.Windows.ArePlaces ? null : Block(block * columns);
        for (int row = first; row < first + rows; row += block)
        {
            int count = Math.Min(block, first + rows - row);
            for (int group = 0; group < arrays.Groups; group++)
            {
                float* p = matrix;
                nint stride = columns;
                if (p is null)
                {
                    stride = arrays.Channels;
                    p = x + (row * stride) + (group * channels);
                }
                else
                {
                    arrays.Windows.Gather(Part(row, count, group, 0, arrays.Windows.Taps), x, p);
                }

                float* target = z + ((nint)row * arrays.Filters) + (group * GroupFilters);
                if (arrays.Bias is null || accumulate) { Gemm.Multiply(count, p, stride, kernels[group], target, arrays.Filters, accumulate); }
                else { Gemm.MultiplyWithBias(count, p, stride, kernels[group], arrays.Bias + (group * GroupFilters), target, arrays.Filters); }
            }
        }
    }

    /// <summary>Adds to dx of one sample from its dz; for use within a shard.</summary>
    public void AddInputGradient(float* dz, float* dx)
    {
        int columns = arrays.Windows.Taps * GroupChannels;
        int block = BlockRows(columns);
        float* matrix = Block(block * columns);
        for (int row = 0; row < arrays.Windows.Count; row += block)
        {
            int count = Math.Min(block, arrays.Windows.Count - row);
            for (int group = 0; group < arrays.Groups; group++)
            {
                float* source = dz + ((nint)row * arrays.Filters) + (group * GroupFilters);
                Gemm.Multiply(count, source, arrays.Filters, transposed[group], matrix, columns, accumulate: false);
                arrays.Windows.ScatterAdd(Part(row, count, group, 0, arrays.Windows.Taps), matrix, dx);
            }
        }
    }

    void IShardWork.Run(int shard)
    {
        switch (phase)
        {
            case Phase.Forward:
                int first = shard * rowsPerShard;
                int rows = Math.Min(rowsPerShard, arrays.Rows - first);
                ForwardRows(arrays.X, arrays.Z, first, rows, accumulate: false);
                arrays.Output.Forward(arrays.Z, first, rows);
                break;
            case Phase.InputGradient:
                float* dx = arrays.DX + ((nint)shard * arrays.Windows.Places * arrays.Channels);
                new Span<float>(dx, arrays.Windows.Places * arrays.Channels).Clear();
                AddInputGradient(arrays.DZ + ((nint)shard * arrays.Windows.Count * arrays.Filters), dx);
                break;
            default:
                AddWeightGradient(shard);
                break;
        }
    }

    private int TapShards => (arrays.Windows.Taps + tapsPerShard - 1) / tapsPerShard;

    private int FilterShards => (GroupFilters + filtersPerShard - 1) / filtersPerShard;

    // dW += Pᵀ dz for some taps and filters of a group
    private void AddWeightGradient(int shard)
    {
        (int group, shard) = Math.DivRem(shard, TapShards * FilterShards);
        (int firstFilter, int firstTap) = Math.DivRem(shard, TapShards);
        firstTap *= tapsPerShard;
        firstFilter *= filtersPerShard;
        int filters = Math.Min(filtersPerShard, GroupFilters - firstFilter);
        firstFilter += group * GroupFilters;
        if (firstTap == 0 && arrays.DBias is not null)
        {
            float one = 1;
            Gemm.AddTransposed(1, filters, arrays.Rows, &one, 0, arrays.DZ + firstFilter, arrays.Filters, arrays.DBias + firstFilter, arrays.Filters);
        }

        WindowPart part = Part(0, 0, group, firstTap, Math.Min(tapsPerShard, arrays.Windows.Taps - firstTap));
        float* dKernel = arrays.DKernel + ((nint)firstTap * GroupChannels * arrays.Filters) + firstFilter;
        int block = BlockRows(part.Columns);
        float* matrix = arrays.Windows.ArePlaces ? null : Block(block * part.Columns);
        for (; part.FirstRow < arrays.Rows; part.FirstRow += block)
        {
            part.Rows = Math.Min(block, arrays.Rows - part.FirstRow);
            float* p = matrix;
            nint stride = part.Columns;
            if (p is null)
            {
                stride = arrays.Channels;
                p = arrays.X + (part.FirstRow * stride) + part.FirstChannel;
            }
            else
            {
                arrays.Windows.Gather(part, arrays.X, p);
            }

            float* dz = arrays.DZ + ((nint)part.FirstRow * arrays.Filters) + firstFilter;
            Gemm.AddTransposed(part.Columns, filters, part.Rows, p, stride, dz, arrays.Filters, dKernel, arrays.Filters);
        }
    }

    private WindowPart Part(int row, int rows, int group, int tap, int taps) => new()
    {
        FirstRow = row,
        Rows = rows,
        FirstTap = tap,
        Taps = taps,
        FirstChannel = group * GroupChannels,
        Channels = GroupChannels,
        PixelLength = arrays.Channels,
    };

    // Whole tiles of rows: 48 is a multiple of the height of every tier's tile.
    private static int BlockRows(int columns) => Math.Clamp(BlockElements / columns / 48 * 48, 48, MostBlockRows / 48 * 48);

    private static float* Block(int elements)
    {
        TensorBuffer block = threadBlock ??= new TensorBuffer(0);
        block.Resize(elements);
        return block.Pointer;
    }

    private void Prepare(ref PackedMatrix[] matrices)
    {
        if (matrices.Length == arrays.Groups) { return; }
        matrices = new PackedMatrix[arrays.Groups];
        for (int group = 0; group < matrices.Length; group++) { matrices[group] = new PackedMatrix(); }
    }
}

/// <summary>The arrays of one convolution; see <see cref="ConvolutionProduct"/>.</summary>
internal unsafe struct ConvolutionArrays
{
    /// <summary>The windows over each sample.</summary>
    public Windows Windows;

    /// <summary>The lengths; channels and filters are split into as many groups, the first filters see the first channels alone.</summary>
    public int Samples, Channels, Filters, Groups;

    /// <summary>x: (samples, places, channels), W: (taps, channels / groups, filters), b: (filters) or null, z: (samples, windows, filters).</summary>
    public float* X, Kernel, Bias, Z;

    /// <summary>What becomes of z.</summary>
    public ConvolutionOutput Output;

    /// <summary>dz, as z; dx, as x; dW, as W; db, as b or null.</summary>
    public float* DZ, DX, DKernel, DBias;

    /// <summary>The number of windows of all samples.</summary>
    public readonly int Rows => Samples * Windows.Count;
}
