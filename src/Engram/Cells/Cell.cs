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

    /// <summary>From one row of dh to the next.</summary>
    public virtual int DHiddenStride => HiddenWidth;

    /// <summary>The width of a row of the other states, which are of H each; 0 where h is the only one.</summary>
    public int CellWidth => (StateCount - 1) * Units;

    /// <summary>From one row of the gate buffer to the next: the gates, and behind them what else a cell keeps of a step.</summary>
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

    /// <summary>Whether the cell multiplies input and state together (<see cref="CellStep.JoinedRows"/>), instead of adding to a gate buffer that holds x W + b.</summary>
    public virtual bool JoinsInput(int features) => false;

    /// <summary>Packs the kernel (features, KernelGates H) above the recurrent kernel; called once a batch where the cell joins the input.</summary>
    public virtual void PackJoined(float* kernel, int features, float* recurrentKernel) => throw new NotSupportedException();

    /// <summary>
    /// A distance between rows of so many numbers: whole vectors, and not a multiple of 1 KB, at which the rows would share few places of the
    /// first-level cache.
    /// </summary>
    public static int RowStride(int width)
    {
        int stride = (width + Isa.Lanes - 1) / Isa.Lanes * Isa.Lanes;
        return stride % 256 == 0 ? stride + Isa.Lanes : stride;
    }

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
