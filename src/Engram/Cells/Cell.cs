using System.Numerics.Tensors;
using Engram.Kernels;

namespace Engram.Cells;

/// <summary>
/// What one time step computes, on a block of rows at once: gate order, weight layout and formulas of one kind of recurrent
/// network, each stated in one file of this folder. A cell knows nothing of sequences, masks or layers.
/// </summary>
internal abstract unsafe class Cell(int units)
{
    /// <summary>The number of units H.</summary>
    public int Units { get; } = units;

    /// <summary>How many blocks of H columns the kernel and the recurrent kernel have.</summary>
    public abstract int KernelGates { get; }

    /// <summary>How many blocks of H columns a row of the gate buffer has; the first <see cref="KernelGates"/> start as x W + b.</summary>
    public abstract int BufferGates { get; }

    /// <summary>How many states go from step to step: h, or h and c, or more that lie side by side where c does.</summary>
    public abstract int StateCount { get; }

    /// <summary>The width of h.</summary>
    public virtual int HiddenWidth => Units;

    /// <summary>The width of a row of the other states, which are of H each; 0 where h is the only one.</summary>
    public int CellWidth => (StateCount - 1) * Units;

    /// <summary>The width of a row of the gate buffer: the gates, and behind them what else a cell keeps of a step.</summary>
    public virtual int BufferWidth => BufferGates * Units;

    /// <summary>The number of weights in the recurrent kernel.</summary>
    public virtual int RecurrentWeights => HiddenWidth * KernelGates * Units;

    /// <summary>The number of weights that a cell has besides kernel, recurrent kernel and bias.</summary>
    public virtual int OwnWeights => 0;

    /// <summary>What of a step a trace shows: its gates, then its states.</summary>
    public abstract IReadOnlyList<TracedSeries> Traced { get; }

    /// <summary>Whether the gates before their activation are kept too, for derivatives that need them.</summary>
    public abstract bool KeepsPreactivations { get; }

    /// <summary>How many scratch elements a row of <see cref="CellStep.Scratch"/> has.</summary>
    public abstract int ScratchPerRow { get; }

    /// <summary>Packs the recurrent kernel (H, KernelGates H) for products; called once a batch.</summary>
    /// <param name="recurrentKernel">The weights.</param>
    /// <param name="byGate">Whether each gate has a dropout mask of its own.</param>
    /// <param name="backward">Whether a backward pass will follow.</param>
    /// <param name="type">How the weights are stored for the way forward.</param>
    public abstract void Pack(float* recurrentKernel, bool byGate, bool backward, WeightType type = WeightType.Float32);

    /// <summary>Takes, and packs where need be, the cell's own weights; called before <see cref="Pack"/>.</summary>
    /// <param name="ownWeights">One after the other.</param>
    /// <param name="backward">Whether a backward pass will follow.</param>
    public virtual void PackOwn(float* ownWeights, bool backward) { }

    /// <summary>
    /// Whether <see cref="MultiplyForward"/> is nothing but products that add to the gate buffer, so that they may be computed together with
    /// that of the input.
    /// </summary>
    public virtual bool MultipliesOnly => false;

    /// <summary>Whether <see cref="Draw"/> is to be called at every step.</summary>
    public virtual bool Draws => false;

    /// <summary>Draws what is random at this step into the gate buffer.</summary>
    /// <param name="step">The step.</param>
    /// <param name="key">A key of the batch, or null outside training, when expectations take the place of draws.</param>
    /// <param name="position">A number of the first row's step; that of the next row is <paramref name="rowStride"/> further.</param>
    /// <param name="rowStride">See <paramref name="position"/>.</param>
    public virtual void Draw(in CellStep step, RandomKey? key, long position, long rowStride) { }

    /// <summary>Whether a step may be given its input (<see cref="CellStep.Input"/>) instead of a gate buffer that holds x W + b.</summary>
    public virtual bool JoinsInput(int features) => false;

    /// <summary>Packs the kernel (features, KernelGates H) above the recurrent kernel; called once a batch where the cell joins the input.</summary>
    public virtual void PackJoined(float* kernel, int features, float* recurrentKernel) => throw new NotSupportedException();

    /// <summary>From the gate buffer (x W + b) and the states before: the gates, in place, and the states after.</summary>
    public void Forward(in CellStep step)
    {
        MultiplyForward(step);
        ActivateForward(step);
    }

    /// <summary>The first part of <see cref="Forward"/>: the product of the state with the recurrent kernel.</summary>
    public abstract void MultiplyForward(in CellStep step);

    /// <summary>The second part of <see cref="Forward"/>: the formulas of the gates and states, row by row.</summary>
    public abstract void ActivateForward(in CellStep step);

    /// <summary>
    /// The way back begins with the formulas' derivatives, row by row: from dh and dc after the step, writes the gradients of the gates'
    /// preactivations (dz), and replaces dc by that before the step.
    /// </summary>
    public abstract void ActivateBackward(in CellStep step);

    /// <summary>And ends with the product of dz with the transposed recurrent kernel, which replaces dh by that before the step.</summary>
    public abstract void MultiplyBackward(in CellStep step);

    /// <summary>Adds the recurrent kernel's gradient over many rows (steps and sequences alike).</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="step">Pointers to the first row; only the states before the step, the gates, their gradients and the masks are used.</param>
    /// <param name="dRecurrentKernel">dU: (H, KernelGates H).</param>
    public abstract void AddRecurrentGradient(int rows, in CellStep step, float* dRecurrentKernel);

    /// <summary>Adds the gradients of the cell's own weights over many rows.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="step">As for <see cref="AddRecurrentGradient"/>; the states after the step may be used too.</param>
    /// <param name="dOwnWeights">One after the other.</param>
    public virtual void AddOwnGradient(int rows, in CellStep step, float* dOwnWeights) { }
}

/// <summary>Where the arrays of one step of a block of rows are; see <see cref="Cell"/>.</summary>
internal unsafe struct CellStep
{
    /// <summary>The number of rows.</summary>
    public int Rows;

    /// <summary>The gate buffer: (rows, BufferGates H).</summary>
    public float* Gates;

    /// <summary>The gates before activation, of the same shape, where the cell keeps them.</summary>
    public float* Preactivations;

    /// <summary>dz, the gradients of the gates before activation, in the layout of the gate buffer; overwritten on the way back.</summary>
    public float* DGates;

    /// <summary>h before and after the step: (rows, H).</summary>
    public float* HiddenBefore, Hidden;

    /// <summary>c before and after the step: (rows, H), where there is a cell state.</summary>
    public float* CellBefore, Cell;

    /// <summary>The gradients of h and c, replaced on the way back: (rows, H).</summary>
    public float* DHidden, DCell;

    /// <summary>The step's input, (rows, features), and the bias, where the cell is to multiply the input itself; or null.</summary>
    public float* Input, InputBias;

    /// <summary>Whether the gates are kept for the way back.</summary>
    public bool KeepsGates;

    /// <summary>Room for the cell's own use: (rows, ScratchPerRow).</summary>
    public float* Scratch;

    /// <summary>The recurrent dropout masks, one row for each kernel gate: (MaskRows, KernelGates, H), or null.</summary>
    public float* RecurrentMasks;

    /// <summary>The number of rows of a mask; rows of many steps use them over and over.</summary>
    public int MaskRows;

    /// <summary>Which row of the masks the first row has.</summary>
    public int FirstMaskRow;

    /// <summary>The recurrent bias of a reset-after GRU: (KernelGates H), or null.</summary>
    public float* RecurrentBias;

    /// <summary>Some of the rows of this step.</summary>
    public readonly CellStep Slice(Cell cell, int first, int count)
    {
        nint gate = (nint)first * cell.BufferWidth;
        nint state = (nint)first * cell.HiddenWidth;
        nint other = (nint)first * cell.CellWidth;
        CellStep slice = this;
        slice.Rows = count;
        slice.FirstMaskRow = FirstMaskRow + first;
        slice.Gates += gate;
        slice.DGates += gate;
        if (cell.KeepsPreactivations) { slice.Preactivations += gate; }
        slice.HiddenBefore += state;
        slice.Hidden += state;
        slice.DHidden += state;
        slice.CellBefore += other;
        slice.Cell += other;
        slice.DCell += other;

        slice.Scratch += (nint)first * cell.ScratchPerRow;
        return slice;
    }
}

/// <summary>
/// The product of h with some gates' columns of the recurrent kernel, forward and back. Without recurrent dropout all gates are
/// one group; with it each gate is its own, because each sees h through its own mask.
/// </summary>
internal sealed unsafe class RecurrentProduct(
    int units, int kernelGates, int firstGate, int gates, int bufferGates, int firstBufferGate, int? hiddenWidth = null, int? bufferWidth = null)
{
    private readonly PackedMatrix forward = new();
    private readonly PackedMatrix transposed = new();

    private readonly int hidden = hiddenWidth ?? units;
    private readonly int buffer = bufferWidth ?? (bufferGates * units);

    private int Width => gates * units;

    /// <summary>Packs this group's columns.</summary>
    public void Pack(float* recurrentKernel, bool backward, WeightType type)
    {
        float* first = recurrentKernel + (firstGate * units);
        forward.Pack(first, hidden, Width, kernelGates * units, type);
        if (backward) { transposed.PackTransposed(first, hidden, Width, kernelGates * units); }
    }

    /// <summary>gates += (h ∘ mask) U.</summary>
    public void AddForward(in CellStep step, float* h, nint hStride) => AddForward(step, h, hStride, step.Gates, buffer);

    /// <summary>z = gates + (h ∘ mask) U, rows of z in the layout of the gate buffer, zStride apart.</summary>
    public void AddForward(in CellStep step, float* h, nint hStride, float* z, nint zStride)
    {
        if (step.RecurrentMasks is not null)
        {
            h = MaskRows(step.Rows, h, hStride, step);
            hStride = hidden;
        }

        int first = firstBufferGate * units;
        Gemm.AddProduct(step.Rows, h, hStride, forward, step.Gates + first, buffer, z + first, zStride);
    }

    /// <summary>gates = bias + (h ∘ mask) U.</summary>
    public void ForwardWithBias(in CellStep step, float* h, nint hStride, float* bias)
    {
        float* z = step.Gates + (firstBufferGate * units);
        float* a = h;
        if (step.RecurrentMasks is not null)
        {
            a = MaskRows(step.Rows, h, hStride, step);
            hStride = hidden;
        }

        if (bias is null) { Gemm.Multiply(step.Rows, a, hStride, forward, z, buffer, accumulate: false); }
        else { Gemm.MultiplyWithBias(step.Rows, a, hStride, forward, bias, z, buffer); }
    }

    /// <summary>dh (rows, H) = or += (dz Uᵀ) ∘ mask.</summary>
    public void Backward(in CellStep step, float* dh, bool accumulate) => Backward(step, dh, hidden, accumulate);

    /// <summary>The same for dh that is part of wider rows.</summary>
    public void Backward(in CellStep step, float* dh, nint stride, bool accumulate)
    {
        float* dz = step.DGates + (firstBufferGate * units);
        if (step.RecurrentMasks is null)
        {
            Gemm.Multiply(step.Rows, dz, buffer, transposed, dh, stride, accumulate);
            return;
        }

        float* product = Scratch(step.Rows);
        Gemm.Multiply(step.Rows, dz, buffer, transposed, product, hidden, accumulate: false);
        for (int row = 0; row < step.Rows; row++, product += hidden, dh += stride)
        {
            ReadOnlySpan<float> values = new(product, hidden), mask = MaskRow(step, row);
            var sum = new Span<float>(dh, hidden);
            if (accumulate) { TensorPrimitives.FusedMultiplyAdd(values, mask, sum, sum); }
            else { TensorPrimitives.Multiply(values, mask, sum); }
        }
    }

    /// <summary>dU += (h ∘ mask)ᵀ dz over many rows.</summary>
    public void AddGradient(int rows, in CellStep step, float* h, nint hStride, float* dRecurrentKernel)
    {
        if (step.RecurrentMasks is not null)
        {
            h = MaskRows(rows, h, hStride, step);
            hStride = hidden;
        }

        Gemm.AddTransposed(
            hidden, Width, rows, h, hStride, step.DGates + (firstBufferGate * units), buffer,
            dRecurrentKernel + (firstGate * units), kernelGates * units);
    }

    private float* MaskRows(int rows, float* h, nint hStride, in CellStep step)
    {
        float* masked = Scratch(rows);
        float* target = masked;
        for (int row = 0; row < rows; row++, h += hStride, target += hidden)
        {
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(h, hidden), MaskRow(step, row % step.MaskRows), new Span<float>(target, hidden));
        }

        return masked;
    }

    private ReadOnlySpan<float> MaskRow(in CellStep step, int row) =>
        new(step.RecurrentMasks + (((((nint)step.FirstMaskRow + row) * kernelGates) + firstGate) * hidden), hidden);

    private float* Scratch(int rows)
    {
        TensorBuffer buffer = threadScratch ??= new TensorBuffer(0);
        if (buffer.Length < rows * hidden) { buffer.Resize(rows * hidden); }
        return buffer.Pointer;
    }

    [ThreadStatic]
    private static TensorBuffer? threadScratch;
}
