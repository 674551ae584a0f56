using Engram.Kernels;
using Engram.Layers;

namespace Engram.Cells;

/// <summary>
/// Runs a cell through a batch of sequences, forward and back. The batch is split into shards of rows, by shapes alone; a shard
/// goes through the whole sequence on one core, because rows of a batch never meet inside a recurrence. Weight gradients are
/// summed per shard and then added in a fixed order, so the number of threads changes nothing. A layer whose recurrent kernel is
/// larger than a core's cache is one shard: at every step each core takes some columns of the product for all rows, so that the
/// weights are read once and not once a shard. Either way of splitting gives the same bits.
/// </summary>
/// <remarks>
/// Inside a shard everything lies by time: step t of a shard of R rows is a block of R rows, so the rows of several steps are one
/// matrix and their share of a weight gradient is one product.
/// </remarks>
internal sealed unsafe partial class SequencePass : IShardWork
{
    // Rows of a shard: enough to fill two or three register tiles, few enough that a batch of 64 keeps four cores busy.
    private const int ShardRows = 16;

    // About how much of the gate buffer one piece of the sequence may take, so that it stays in the second-level cache.
    private const int PieceBytes = 256 * 1024;

    // The rows of a piece of a wide layer: enough that its weight gradients are not read and written more often than needed.
    private const int WidePieceRows = 512;

    // From this size on the recurrent kernel does not stay in a core's second-level cache beside all else.
    private const long WideKernelBytes = 1 << 20;

    // About ten microseconds of multiply-adds.
    private const long LittleWork = 1_000_000;

    private readonly TensorBuffer gates = new(0);
    private readonly TensorBuffer preactivations = new(0);
    private readonly TensorBuffer dGates = new(0);
    private readonly TensorBuffer hidden = new(0);
    private readonly TensorBuffer cellState = new(0);
    private readonly TensorBuffer scratch = new(0);
    private readonly TensorBuffer dStates = new(0);
    private readonly TensorBuffer weightGradients = new(0);
    private readonly TensorBuffer inputBias = new(0);
    private readonly TensorBuffer keptHidden = new(0);
    private readonly TensorBuffer keptCellState = new(0);
    private PackedMatrix[] kernel = [];
    private PackedMatrix[] kernelTransposed = [];

    private Cell cell = null!;
    private SequenceArrays arrays;
    private bool backward;
    private bool wide;
    private bool large;
    private bool joinsInput;
    private bool recompute;
    private int units, bufferWidth, biasWidth, kernelWidth, hiddenWidth, hiddenStride, hiddenStart, dHiddenStride, cellWidth, shards, sums, rowsPerShard, slots, piece, stretch;
    private nint gatesPerShard, dGatesPerShard, hiddenPerShard, cellPerShard, dStatesPerShard, scratchPerShard, gradientsPerSum, keptHiddenPerShard, keptCellPerShard;

    /// <summary>The number of shards of the batch that is prepared.</summary>
    public int Shards => shards;

    /// <summary>About how many multiply-adds running all shards takes; 0 for so few that they are done before another thread has woken.</summary>
    public long Operations
    {
        get
        {
            long forward = (long)arrays.Batch * arrays.TimeSteps * kernelWidth * (arrays.Features + hiddenWidth + 1);
            return forward < LittleWork ? 0 : backward ? 2 * forward : forward;
        }
    }

    /// <summary>
    /// Whether the pass is better not run beside another: one whose cores meet at each step uses all of them by itself; only on two cores
    /// are two such passes quicker on one each.
    /// </summary>
    public bool RunsAlone => sums != shards || (wide && Math.Min(Workers.ThreadCount, Workers.Processors) != 2);

    /// <summary>Prepares a batch; then <see cref="Run(int)"/> computes its shards, in any order.</summary>
    public void PrepareForward(Cell cell, in SequenceArrays arrays)
    {
        this.cell = cell;
        this.arrays = arrays;
        backward = false;
        Prepare();
        DrawDropoutMasks();
        Pack();
    }

    /// <summary>
    /// Prepares the way back of the last batch; then <see cref="Run(int)"/> computes its shards and <see cref="AddWeightGradients"/> adds
    /// them to the gradients of the arrays.
    /// </summary>
    public void PrepareBackward(in SequenceArrays arrays)
    {
        this.arrays = arrays;
        backward = true;
        gradientsPerSum = Padded(GradientCount + bufferWidth);
        weightGradients.Resize(checked((int)(gradientsPerSum * sums)));
        dGatesPerShard = Padded((nint)piece * rowsPerShard * bufferWidth); // one piece at a time: it never leaves the cache
        dGates.Resize(Total(dGatesPerShard));
        dStatesPerShard = Padded((nint)rowsPerShard * 2 * (dHiddenStride + cellWidth));
        dStates.Resize(checked((int)(shards * dStatesPerShard)));
        if (arrays.DX is not null) { PackForInputGradient(); }
    }

    /// <summary>Runs all shards of what is prepared.</summary>
    public void Run()
    {
        if (backward && sums != shards) { RunBackwardPieceByPiece(); }
        else { Workers.Run(this, shards, Operations); }
    }

    /// <summary>Runs one shard.</summary>
    public void Run(int shard)
    {
        if (backward) { RunBackward(shard); }
        else { RunForward(shard); }
    }

    private int FirstRow(int shard) => (int)((long)arrays.Batch * shard / shards);

    private void Prepare()
    {
        units = cell.Units;
        bufferWidth = cell.BufferWidth;
        biasWidth = cell.BufferGates * units;
        hiddenWidth = cell.HiddenWidth;
        dHiddenStride = cell.DHiddenStride;
        cellWidth = cell.CellWidth;
        kernelWidth = cell.KernelGates * units;
        large = (long)cell.RecurrentWeights * sizeof(float) > WideKernelBytes;
        int rowShards = Math.Max(1, (arrays.Batch + ShardRows - 1) / ShardRows);
        wide = ForcedSplit is { } forced ? forced == Split.Units : large;
        shards = wide ? 1 : rowShards;
        sums = large ? 1 : rowShards;
        joinsInput = !wide && !large && !ByGate && cell.JoinsInput(arrays.Features);
        hiddenStart = joinsInput ? Cell.RowStride(1 + arrays.Features) : 0;
        hiddenStride = joinsInput ? Cell.RowStride(hiddenStart + hiddenWidth) : hiddenWidth;
        rowsPerShard = (arrays.Batch + shards - 1) / shards;
        long steps = large ? WidePieceRows / Math.Max(1, arrays.Batch) : PieceBytes / ((long)ShardRows * biasWidth * sizeof(float));
        piece = (int)Math.Clamp(steps, 1, Math.Max(1, arrays.TimeSteps));
        stretch = StepsOfStretch();
        slots = Math.Min(stretch, arrays.TimeSteps);
        gatesPerShard = Padded((nint)slots * rowsPerShard * bufferWidth);
        hiddenPerShard = Padded((nint)(slots + 1) * rowsPerShard * hiddenStride);
        cellPerShard = Padded((nint)(slots + 1) * rowsPerShard * cellWidth);
        scratchPerShard = Padded((nint)rowsPerShard * Math.Max(1, cell.ScratchPerRow));
        gates.Resize(Total(gatesPerShard));
        hidden.Resize(Total(hiddenPerShard));
        if (cellWidth > 0) { cellState.Resize(Total(cellPerShard)); }
        if (cell.KeepsPreactivations) { preactivations.Resize(Total(gatesPerShard)); }
        scratch.Resize(Total(scratchPerShard));
        PrepareInput();
        if (recompute)
        {
            int stretches = (arrays.TimeSteps + stretch - 1) / stretch;
            keptHiddenPerShard = Padded((nint)stretches * rowsPerShard * hiddenStride);
            keptCellPerShard = Padded((nint)stretches * rowsPerShard * cellWidth);
            keptHidden.Resize(Total(keptHiddenPerShard));
            if (cellWidth > 0) { keptCellState.Resize(Total(keptCellPerShard)); }
        }

        if (arrays.Mask is not null) { PrepareMask(); }
    }

    // How many steps the buffers hold at once: all where backward needs them, else one piece; where backward computes them again about
    // sqrt(T), so many that the steps of a stretch take as much memory as the states between the stretches. A stretch is whole pieces,
    // so sums are made in the same order whether it is computed again or not.
    private int StepsOfStretch()
    {
        double states = hiddenStride + cellWidth;
        double share = states / (states + bufferWidth);
        int root = ((int)Math.Ceiling(Math.Sqrt(arrays.TimeSteps * share)) + piece - 1) / piece * piece;
        recompute = arrays.Keep && arrays.Recompute && 2L * root <= arrays.TimeSteps;
        return recompute ? root : arrays.Keep ? Math.Max(1, arrays.TimeSteps) : piece;
    }

    private int Total(nint perShard)
    {
        long total = (long)perShard * shards;
        return total <= int.MaxValue
            ? (int)total
            : throw new EngramException(
                $"A batch of {arrays.Batch} sequences of {arrays.TimeSteps} steps through {units} units needs an array of {total} numbers, more than {int.MaxValue}; use a smaller batch, shorter sequences or, in training, Recompute.");
    }

    // Shards lie at least 4 KB apart: no two cores write the same line, and what a core's prefetcher reads behind the end of its shard
    // (never past a page) is not what another core is about to write.
    private static nint Padded(nint count) => (count + 1024 + 15) / 16 * 16;

    private void Pack()
    {
        if (joinsInput) { cell.PackJoined(arrays.Kernel, arrays.Features, arrays.RecurrentKernel); }
        else { PackKernel(); }
        PackOwnWeights();
        cell.Pack(arrays.RecurrentKernel, ByGate, arrays.Keep);
        inputBias.Resize(kernelWidth);
        Span<float> bias = inputBias.Span;
        bias.Clear();
        if (arrays.Bias is null) { return; }
        new ReadOnlySpan<float>(arrays.Bias, kernelWidth).CopyTo(bias);
        if (arrays.RecurrentBias is not null) { JoinBiases(bias, new ReadOnlySpan<float>(arrays.RecurrentBias, kernelWidth), units); }
    }

    private void PackKernel()
    {
        int groups = InputGroups;
        if (kernel.Length != groups) { kernel = [.. Enumerable.Range(0, groups).Select(_ => new PackedMatrix())]; }
        int width = kernelWidth / groups;
        for (int group = 0; group < groups; group++)
        {
            kernel[group].Pack(arrays.Kernel + (group * width), arrays.Features, width, kernelWidth);
        }
    }

    private void PackForInputGradient()
    {
        int groups = InputGroups;
        int width = kernelWidth / groups;
        if (kernelTransposed.Length != groups) { kernelTransposed = [.. Enumerable.Range(0, groups).Select(_ => new PackedMatrix())]; }
        for (int group = 0; group < groups; group++)
        {
            kernelTransposed[group].PackTransposed(arrays.Kernel + (group * width), arrays.Features, width, kernelWidth);
        }
    }

    /// <summary>
    /// Adds a reset-after GRU's recurrent bias to that of the input where the two always meet, in the update and the reset gate; that of
    /// the candidate stays inside the reset gate.
    /// </summary>
    public static void JoinBiases(Span<float> inputBias, ReadOnlySpan<float> recurrentBias, int units)
    {
        for (int column = 0; column < 2 * units; column++) { inputBias[column] += recurrentBias[column]; }
    }

    private CellStep Step(int shard, int slot)
    {
        int first = FirstRow(shard);
        int rows = FirstRow(shard + 1) - first;
        nint gate = (shard * gatesPerShard) + ((nint)slot * rows * bufferWidth);
        float* h = hidden.Pointer + (shard * hiddenPerShard) + ((nint)slot * rows * hiddenStride) + hiddenStart;
        float* c = cellWidth > 0 ? cellState.Pointer + (shard * cellPerShard) + ((nint)slot * rows * cellWidth) : null;
        return new CellStep
        {
            Rows = rows,
            MaskRows = rows,
            Gates = gates.Pointer + gate,
            DGates = dGates.Pointer + (shard * dGatesPerShard) + ((nint)(slot % piece) * rows * bufferWidth),
            Preactivations = cell.KeepsPreactivations ? preactivations.Pointer + gate : null,
            HiddenBefore = h,
            Hidden = h + ((nint)rows * hiddenStride),
            HiddenStride = hiddenStride,
            JoinedRows = joinsInput ? h - arrays.Features : null,
            InputBias = inputBias.Pointer,
            CellBefore = c,
            Cell = c + ((nint)rows * cellWidth),
            Scratch = scratch.Pointer + (shard * scratchPerShard),
            RecurrentMasks = ByGate ? recurrentMasks.Pointer + ((nint)first * cell.KernelGates * hiddenWidth) : null,
            RecurrentBias = arrays.RecurrentBias is null ? Zeros() : arrays.RecurrentBias,
        };
    }

    private TensorBuffer? zeros;

    // A reset-after GRU without bias adds zeros in its place.
    private float* Zeros()
    {
        if (zeros is null || zeros.Length < kernelWidth) { zeros = new TensorBuffer(kernelWidth); }
        return zeros.Pointer;
    }
}

/// <summary>The arrays and options of one batch; see <see cref="SequencePass"/>.</summary>
internal unsafe struct SequenceArrays
{
    /// <summary>The lengths: rows, steps, input features.</summary>
    public int Batch, TimeSteps, Features;

    /// <summary>The input: (batch, timeSteps, features).</summary>
    public float* X;

    /// <summary>Which steps are data, or null.</summary>
    public Mask? Mask;

    /// <summary>Whether the sequence is read from its end.</summary>
    public bool GoBackwards;

    /// <summary>Whether the output has every step or the last only.</summary>
    public bool ReturnSequences;

    /// <summary>Whether masked steps put out zero instead of the output before them.</summary>
    public bool ZeroOutputForMask;

    /// <summary>Whether everything that backward needs is kept.</summary>
    public bool Keep;

    /// <summary>Whether only every sqrt(T)-th state is kept, and backward computes the steps between them again.</summary>
    public bool Recompute;

    /// <summary>Dropout rates of this batch; 0 outside training.</summary>
    public float Dropout, RecurrentDropout;

    /// <summary>The key of the dropout masks.</summary>
    public RandomKey Random;

    /// <summary>W (features, G H), U (H, G H), b (G H) or null, and a reset-after GRU's recurrent b' (G H) or null.</summary>
    public float* Kernel, RecurrentKernel, Bias, RecurrentBias;

    /// <summary>The cell's own weights.</summary>
    public IReadOnlyList<Weight>? OwnWeights;

    /// <summary>Whether what is random is drawn.</summary>
    public bool Training;

    /// <summary>The states before the first step, (batch, width) each, or null for zeros.</summary>
    public float* InitialHidden;

    /// <inheritdoc cref="InitialHidden"/>
    public OtherStates InitialCell;

    /// <summary>The output: (batch, timeSteps, H) or (batch, H).</summary>
    public float* Output;

    /// <summary>Where the states after the last step go, (batch, H) each, or null.</summary>
    public float* FinalHidden;

    /// <inheritdoc cref="FinalHidden"/>
    public OtherStates FinalCell;

    /// <summary>Where a stateful layer keeps the states after the last step, or null; may be the initial states' memory.</summary>
    public float* CarriedHidden;

    /// <inheritdoc cref="CarriedHidden"/>
    public OtherStates CarriedCell;

    /// <summary>The gradient of the output, of its shape.</summary>
    public float* DOutput;

    /// <summary>The gradients of the states after the last step, or null for zeros.</summary>
    public float* DFinalHidden;

    /// <inheritdoc cref="DFinalHidden"/>
    public OtherStates DFinalCell;

    /// <summary>Where the gradients of the input and of the initial states go (overwritten), or null.</summary>
    public float* DX, DInitialHidden;

    /// <inheritdoc cref="DInitialHidden"/>
    public OtherStates DInitialCell;

    /// <summary>The weights' gradients, added to.</summary>
    public float* DKernel, DRecurrentKernel, DBias, DRecurrentBias;

    /// <summary>The place in the input of step t in the order of processing.</summary>
    public readonly int TimeIndex(int t) => GoBackwards ? TimeSteps - 1 - t : t;
}
