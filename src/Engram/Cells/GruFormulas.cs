using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Engram.Kernels;
using Engram.Layers;

namespace Engram.Cells;

/// <summary>
/// The gated recurrent unit (Cho et al. 2014), in two forms that differ in where the reset gate acts:
/// <code>
/// z = σ(x W_z + b_z + h' U_z)                     update gate          h': the state before the step
/// r = σ(x W_r + b_r + h' U_r)                     reset gate           σ, φ: usually sigmoid and tanh
/// g = φ(x W_h + b_h + r ∘ (h' U_h + b'_h))        candidate, reset after (Keras' default, cuDNN's)
/// g = φ(x W_h + b_h + (r ∘ h') U_h)               candidate, reset before (the paper's)
/// h = z ∘ h' + (1 - z) ∘ g                        state
/// </code>
/// The columns of W, U and b stand in Keras' order z, r, h. The gate buffer has a fourth block: q = h' U_h + b'_h, or q = r ∘ h'.
/// </summary>
internal sealed unsafe partial class GruFormulas : Cell
{
    private readonly ActivationFunction activation;
    private readonly ActivationFunction recurrentActivation;
    private readonly bool resetAfter;
    private readonly FusedGates? fused; // reset before: the update and the reset gate
    private readonly FusedGates? fusedCandidate; // reset before only
    private readonly RecurrentProduct[] updateAndReset;
    private readonly RecurrentProduct[] eachGate;
    private readonly RecurrentProduct candidate;
    private RecurrentProduct[] gateGroups = [];

    public GruFormulas(int units, ActivationFunction activation, ActivationFunction recurrentActivation, bool resetAfter) : base(units)
    {
        this.activation = activation;
        this.recurrentActivation = recurrentActivation;
        this.resetAfter = resetAfter;
        fused = resetAfter
            ? FusedGates.Choose(activation, recurrentActivation, default(ResetAfterFormulas))
            : FusedGates.Choose(activation, recurrentActivation, default(ResetBeforeFormulas));
        fusedCandidate = resetAfter ? null : FusedGates.Choose(activation, recurrentActivation, default(CandidateFormulas));
        updateAndReset = [Product(0, 2, 0)];
        eachGate = [Product(0, 1, 0), Product(1, 1, 1)];
        candidate = Product(2, 1, resetAfter ? 3 : 2);

        RecurrentProduct Product(int gate, int count, int bufferGate) =>
            new(units, 3, gate, count, 4, bufferGate, bufferWidth: BufferWidth, dHiddenStride: DHiddenStride);
    }

    public override int KernelGates => 3;

    public override int BufferGates => 4;

    public override int BufferWidth => RowStride(4 * Units);

    public override int DHiddenStride => RowStride(Units);

    public override int StateCount => 1;

    public override IReadOnlyList<TracedSeries> Traced =>
    [
        new(TracedNames.UpdateGate, TracedPlace.Gates),
        new(TracedNames.ResetGate, TracedPlace.Gates, Units),
        new(TracedNames.Candidate, TracedPlace.Gates, 2 * Units),
        new(TracedNames.HiddenState, TracedPlace.Hidden),
    ];

    public override bool KeepsPreactivations => activation.DerivativeNeedsInput || recurrentActivation.DerivativeNeedsInput;

    public override int ScratchPerRow => 2 * RowStride(Units);

    public override bool MultipliesOnly => true;

    public override void Pack(float* recurrentKernel, bool byGate, bool backward, WeightType type = WeightType.Float32)
    {
        gateGroups = byGate ? eachGate : updateAndReset;
        foreach (RecurrentProduct group in gateGroups) { group.Pack(recurrentKernel, backward, type); }
        candidate.Pack(recurrentKernel, backward, type);
    }

    public override void MultiplyForward(in CellStep step)
    {
        foreach (RecurrentProduct group in gateGroups) { group.AddForward(step, step.HiddenBefore, Units); }
        if (resetAfter) { candidate.ForwardWithBias(step, step.HiddenBefore, Units, step.RecurrentBias + (2 * Units)); }
    }

    public override void ActivateForward(in CellStep step)
    {
        if (fused is null)
        {
            ForwardByParts(step);
            return;
        }

        fused.Forward(step, Units);
        if (resetAfter) { return; }
        candidate.AddForward(step, step.Gates + (3 * Units), BufferWidth);
        fusedCandidate!.Forward(step, Units);
    }

    public override void ActivateBackward(in CellStep step)
    {
        if (fused is null)
        {
            BackwardByParts(step);
            return;
        }

        if (!resetAfter)
        {
            fusedCandidate!.Backward(step, Units);
            candidate.Backward(step, step.Scratch, accumulate: false);
        }

        fused.Backward(step, Units);
    }

    // DHidden holds dh ∘ z (and, reset before, what came through r ∘ h'); the products add the rest.
    public override void MultiplyBackward(in CellStep step)
    {
        foreach (RecurrentProduct group in gateGroups) { group.Backward(step, step.DHidden, accumulate: true); }
        if (resetAfter) { candidate.Backward(step, step.DHidden, accumulate: true); }
    }

    public override void AddRecurrentGradient(int rows, in CellStep step, float* dRecurrentKernel)
    {
        foreach (RecurrentProduct group in gateGroups) { group.AddGradient(rows, step, step.HiddenBefore, Units, dRecurrentKernel); }
        if (resetAfter) { candidate.AddGradient(rows, step, step.HiddenBefore, Units, dRecurrentKernel); }
        else { candidate.AddGradient(rows, step, step.Gates + (3 * Units), BufferWidth, dRecurrentKernel); }
    }

    // g = φ(z_g) and h = z ∘ h' + (1 - z) ∘ g for a vector of units, the end of a step in both forms.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void State<TIsa, V, TActivation, TStore>(float* gates, float* hBefore, float* hAfter, nint units, int left)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
        where TActivation : struct, IGateFunction
        where TStore : struct, IStore
    {
        V g = TActivation.Value<TIsa, V>(TIsa.Load(gates + (2 * units)));
        V h = TIsa.MultiplyAdd(TIsa.Load(gates), TIsa.Subtract(TIsa.Load(hBefore), g), g);
        TStore.Store<TIsa, V>(gates + (2 * units), g, left);
        TStore.Store<TIsa, V>(hAfter, h, left);
    }

    // The same formulas for any other activations, one function over one gate at a time.
    private void ForwardByParts(in CellStep step)
    {
        for (int row = 0; row < step.Rows; row++)
        {
            Row a = new(step, row, Units, KeepsPreactivations);
            if (KeepsPreactivations) { a.ZAndR.CopyTo(a.PreZAndR); }
            recurrentActivation.Forward(a.PreZ, a.Z, Units);
            recurrentActivation.Forward(a.PreR, a.R, Units);
            if (resetAfter) { TensorPrimitives.FusedMultiplyAdd(a.R, a.Q, a.G, a.G); }
            else { TensorPrimitives.Multiply(a.R, a.HBefore, a.Q); }
        }

        if (!resetAfter) { candidate.AddForward(step, step.Gates + (3 * Units), BufferWidth); }
        for (int row = 0; row < step.Rows; row++)
        {
            Row a = new(step, row, Units, KeepsPreactivations);
            if (KeepsPreactivations) { a.G.CopyTo(a.PreG); }
            activation.Forward(a.PreG, a.G, Units);
            Span<float> difference = a.Scratch(0);
            TensorPrimitives.Subtract(a.HBefore, a.G, difference);
            TensorPrimitives.FusedMultiplyAdd(a.Z, difference, a.G, a.H);
        }
    }

    private void BackwardByParts(in CellStep step)
    {
        for (int row = 0; row < step.Rows; row++)
        {
            Row a = new(step, row, Units, KeepsPreactivations);
            Span<float> dz = a.Scratch(0), dg = a.Scratch(1);
            TensorPrimitives.Subtract(a.HBefore, a.G, dz);
            TensorPrimitives.Multiply(dz, a.DH, dz);
            TensorPrimitives.Multiply(a.Z, a.DH, dg);
            TensorPrimitives.Subtract(a.DH, dg, dg);
            TensorPrimitives.Multiply(a.DH, a.Z, a.DH);
            recurrentActivation.Backward(a.PreZ, a.Z, dz, a.DZ(0), Units);
            activation.Backward(a.PreG, a.G, dg, a.DZ(2), Units);
            if (resetAfter)
            {
                Span<float> dr = dz;
                TensorPrimitives.Multiply(a.DZ(2), a.Q, dr);
                TensorPrimitives.Multiply(a.DZ(2), a.R, a.DZ(3));
                recurrentActivation.Backward(a.PreR, a.R, dr, a.DZ(1), Units);
            }
        }

        if (resetAfter) { return; }

        // dq = dz_g U_hᵀ     dr = dq ∘ h'     dh' += dq ∘ r; q = r ∘ h' in the gate buffer is what dU_h needs.
        candidate.Backward(step, step.Scratch, accumulate: false);
        for (int row = 0; row < step.Rows; row++)
        {
            Row a = new(step, row, Units, KeepsPreactivations);
            Span<float> dq = new(step.Scratch + ((nint)row * DHiddenStride), Units);
            TensorPrimitives.FusedMultiplyAdd(dq, a.R, a.DH, a.DH);
            TensorPrimitives.Multiply(dq, a.HBefore, dq);
            recurrentActivation.Backward(a.PreR, a.R, dq, a.DZ(1), Units);
        }
    }

    /// <summary>One row's arrays by their names in the formulas.</summary>
    private readonly ref struct Row(in CellStep step, int row, int units, bool keepsPreactivations)
    {
        private readonly CellStep step = step;
        private readonly nint gates = (nint)row * RowStride(4 * units);
        private readonly nint states = (nint)row * units;

        public Span<float> Z => Gate(0, 1);

        public Span<float> R => Gate(1, 1);

        public Span<float> ZAndR => Gate(0, 2);

        public Span<float> G => Gate(2, 1);

        public Span<float> Q => Gate(3, 1);

        // The gates before their activation; the same memory as after it where no derivative asks for them.
        public Span<float> PreZ => Pre(0, 1);

        public Span<float> PreR => Pre(1, 1);

        public Span<float> PreZAndR => Pre(0, 2);

        public Span<float> PreG => Pre(2, 1);

        public Span<float> H => new(step.Hidden + states, units);

        public Span<float> HBefore => new(step.HiddenBefore + states, units);

        public Span<float> DH => new(step.DHidden + ((nint)row * RowStride(units)), units);

        public Span<float> Scratch(int slot) => new(step.Scratch + ((((nint)row * 2) + slot) * RowStride(units)), units);

        public Span<float> DZ(int gate) => new(step.DGates + gates + (gate * units), units);

        private Span<float> Gate(int gate, int count) => new(step.Gates + gates + (gate * units), count * units);

        private Span<float> Pre(int gate, int count) =>
            new((keepsPreactivations ? step.Preactivations : step.Gates) + gates + (gate * units), count * units);
    }
}
