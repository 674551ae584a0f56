using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Engram.Kernels;
using Engram.Layers;

namespace Engram.Cells;

/// <summary>
/// Long short-term memory (Hochreiter and Schmidhuber 1997) with the forget gate of Gers, Schmidhuber and Cummins 2000:
/// <code>
/// i = σ(x W_i + h' U_i + b_i)      input gate          h', c': the states before the step
/// f = σ(x W_f + h' U_f + b_f)      forget gate         σ: the recurrent activation, usually sigmoid
/// g = φ(x W_g + h' U_g + b_g)      candidate           φ: the activation, usually tanh
/// o = σ(x W_o + h' U_o + b_o)      output gate
/// c = f ∘ c' + i ∘ g               cell state
/// h = o ∘ φ(c)                     hidden state
/// </code>
/// The columns of W, U and b stand in Keras' order i, f, g, o.
/// </summary>
internal sealed unsafe class LstmFormulas : Cell
{
    // The widest input that is multiplied together with the state.
    private const int MostJoined = 16;

    private readonly ActivationFunction activation;
    private readonly ActivationFunction outputActivation;
    private readonly ActivationFunction recurrentActivation;
    private readonly FusedGates? fused;
    private readonly RecurrentProduct[] allGates;
    private readonly RecurrentProduct[] eachGate;
    private readonly TensorBuffer joinedKernel = new(0); // (F + H, 4H): W above U
    private readonly PackedMatrix joined = new();
    private RecurrentProduct[] groups = [];

    /// <summary>The cell; φ of c may be another than that of the candidate.</summary>
    public LstmFormulas(
        int units, ActivationFunction activation, ActivationFunction recurrentActivation, ActivationFunction? outputActivation = null) : base(units)
    {
        this.activation = activation;
        this.outputActivation = outputActivation ?? activation;
        this.recurrentActivation = recurrentActivation;
        fused = this.outputActivation.Equals(activation) ? FusedGates.Choose(activation, recurrentActivation, default(Formulas)) : null;
        allGates = [new RecurrentProduct(units, 4, 0, 4, 4, 0)];
        eachGate = [.. Enumerable.Range(0, 4).Select(gate => new RecurrentProduct(units, 4, gate, 1, 4, gate))];
    }

    public override int KernelGates => 4;

    public override int BufferGates => 4;

    public override int StateCount => 2;

    public override IReadOnlyList<TracedSeries> Traced =>
    [
        new(TracedNames.InputGate, TracedPlace.Gates),
        new(TracedNames.ForgetGate, TracedPlace.Gates, Units),
        new(TracedNames.Candidate, TracedPlace.Gates, 2 * Units),
        new(TracedNames.OutputGate, TracedPlace.Gates, 3 * Units),
        new(TracedNames.CellState, TracedPlace.Cell),
        new(TracedNames.HiddenState, TracedPlace.Hidden),
    ];

    public override bool KeepsPreactivations => activation.DerivativeNeedsInput || recurrentActivation.DerivativeNeedsInput;

    public override int ScratchPerRow => fused is null ? 3 * Units : FusedScratch(Units);

    // The fused formulas read z from the scratch, which stays in the first-level cache, and write the gates once; behind z there is room
    // for the row's input and state side by side.
    private static int FusedScratch(int units) => Aligned(4 * units) + Aligned(MostJoined + units);

    private static int Aligned(int count) => (count + 15) / 16 * 16;

    public override bool MultipliesOnly => true;

    public override void Pack(float* recurrentKernel, bool byGate, bool backward, WeightType type = WeightType.Float32)
    {
        groups = byGate ? eachGate : allGates;
        foreach (RecurrentProduct group in groups) { group.Pack(recurrentKernel, backward, type); }
    }

    // A narrow input is a few more columns beside the state: its product alone would be little but memory traffic.
    public override bool JoinsInput(int features) => fused is not null && features <= MostJoined;

    public override void PackJoined(float* kernel, int features, float* recurrentKernel)
    {
        int width = 4 * Units;
        joinedKernel.Resize((features + Units) * width);
        new ReadOnlySpan<float>(kernel, features * width).CopyTo(joinedKernel.Span);
        new ReadOnlySpan<float>(recurrentKernel, Units * width).CopyTo(joinedKernel.Span[(features * width)..]);
        joined.Pack(joinedKernel.Pointer, features + Units, width, width);
    }

    public override void MultiplyForward(in CellStep step)
    {
        if (step.Input is not null)
        {
            Gemm.MultiplyWithBias(step.Rows, JoinRows(step), ScratchPerRow, joined, step.InputBias, step.Scratch, ScratchPerRow);
            return;
        }

        foreach (RecurrentProduct group in groups)
        {
            if (fused is not null) { group.AddForward(step, step.HiddenBefore, Units, step.Scratch, ScratchPerRow); }
            else { group.AddForward(step, step.HiddenBefore, Units); }
        }
    }

    public override void ActivateForward(in CellStep step)
    {
        if (fused is null) { ForwardByParts(step); }
        else { fused.Forward(step, Units); }
    }

    public override void ActivateBackward(in CellStep step)
    {
        if (fused is null) { BackwardByParts(step); }
        else { fused.Backward(step, Units); }
    }

    public override void MultiplyBackward(in CellStep step)
    {
        for (int group = 0; group < groups.Length; group++) { groups[group].Backward(step, step.DHidden, accumulate: group > 0); }
    }

    public override void AddRecurrentGradient(int rows, in CellStep step, float* dRecurrentKernel)
    {
        foreach (RecurrentProduct group in groups) { group.AddGradient(rows, step, step.HiddenBefore, Units, dRecurrentKernel); }
    }

    // x and h' of each row side by side, behind z in the scratch.
    private float* JoinRows(in CellStep step)
    {
        float* rows = step.Scratch + Aligned(4 * Units), x = step.Input, h = step.HiddenBefore;
        int features = joined.Rows - Units;
        for (int row = 0; row < step.Rows; row++, x += features, h += Units)
        {
            float* target = rows + ((nint)row * ScratchPerRow);
            for (int f = 0; f < features; f++) { target[f] = x[f]; }
            new ReadOnlySpan<float>(h, Units).CopyTo(new Span<float>(target + features, Units));
        }

        return rows;
    }

    private readonly struct Formulas : IFusedCell
    {
        public FusedGates For<TActivation, TRecurrent>()
            where TActivation : struct, IGateFunction
            where TRecurrent : struct, IGateFunction =>
            new FusedGates<ForwardGates<TActivation, TRecurrent>, BackwardGates<TActivation, TRecurrent>>();
    }

    /// <summary>The formulas above, a vector of units at a time.</summary>
    private struct ForwardGates<TActivation, TRecurrent> : IGateKernel
        where TActivation : struct, IGateFunction
        where TRecurrent : struct, IGateFunction
    {
        public CellStep Step;
        public int Units;

        public void Set(in CellStep step, int units) => (Step, Units) = (step, units);

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            int scratchPerRow = FusedScratch(Units);
            for (int row = 0; row < Step.Rows; row++)
            {
                float* z = Step.Scratch + ((nint)row * scratchPerRow);
                float* gates = Step.Gates + ((nint)row * 4 * Units);
                float* cBefore = Step.CellBefore + ((nint)row * Units);
                float* cAfter = Step.Cell + ((nint)row * Units);
                float* hAfter = Step.Hidden + ((nint)row * Units);

                // Two loops, because h waits for c: each alone keeps several vectors in flight.
                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    V i = TRecurrent.Value<TIsa, V>(TIsa.Load(z + u));
                    V f = TRecurrent.Value<TIsa, V>(TIsa.Load(z + Units + u));
                    V g = TActivation.Value<TIsa, V>(TIsa.Load(z + (2 * Units) + u));
                    V c = TIsa.MultiplyAdd(f, TIsa.Load(cBefore + u), TIsa.Multiply(i, g));
                    int left = Units - u;
                    Edge.Store<TIsa, V>(cAfter + u, c, left);
                    if (!Step.KeepsGates) { continue; }
                    Edge.Store<TIsa, V>(gates + u, i, left);
                    Edge.Store<TIsa, V>(gates + Units + u, f, left);
                    Edge.Store<TIsa, V>(gates + (2 * Units) + u, g, left);
                }

                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    V o = TRecurrent.Value<TIsa, V>(TIsa.Load(z + (3 * Units) + u));
                    V h = TIsa.Multiply(o, TActivation.Value<TIsa, V>(TIsa.Load(cAfter + u)));
                    int left = Units - u;
                    Edge.Store<TIsa, V>(hAfter + u, h, left);
                    if (Step.KeepsGates) { Edge.Store<TIsa, V>(gates + (3 * Units) + u, o, left); }
                }
            }
        }
    }

    /// <summary>
    /// The derivatives; σ' and φ' follow from the gates themselves, for example σ' = σ (1 - σ) and tanh' = 1 - tanh²:
    /// <code>
    /// do = dh ∘ φ(c)                   dc += dh ∘ o ∘ φ'(c)
    /// di = dc ∘ g      df = dc ∘ c'    dg = dc ∘ i       dc' = dc ∘ f
    /// dz_i = di ∘ σ'(z_i)              dz_f, dz_o alike  dz_g = dg ∘ φ'(z_g)
    /// </code>
    /// </summary>
    private struct BackwardGates<TActivation, TRecurrent> : IGateKernel
        where TActivation : struct, IGateFunction
        where TRecurrent : struct, IGateFunction
    {
        public CellStep Step;
        public int Units;

        public void Set(in CellStep step, int units) => (Step, Units) = (step, units);

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            for (int row = 0; row < Step.Rows; row++)
            {
                float* z = Step.Gates + ((nint)row * 4 * Units);
                float* dz = Step.DGates + ((nint)row * 4 * Units);
                float* cBefore = Step.CellBefore + ((nint)row * Units);
                float* cAfter = Step.Cell + ((nint)row * Units);
                float* dhRow = Step.DHidden + ((nint)row * Units);
                float* dcRow = Step.DCell + ((nint)row * Units);
                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    V i = TIsa.Load(z + u);
                    V f = TIsa.Load(z + Units + u);
                    V g = TIsa.Load(z + (2 * Units) + u);
                    V o = TIsa.Load(z + (3 * Units) + u);
                    V dh = TIsa.Load(dhRow + u);
                    V s = TActivation.Value<TIsa, V>(TIsa.Load(cAfter + u));
                    V dHdC = TIsa.Multiply(o, TActivation.Slope<TIsa, V>(s));
                    V dc = TIsa.MultiplyAdd(dh, dHdC, TIsa.Load(dcRow + u));
                    V dzI = TIsa.Multiply(TIsa.Multiply(dc, g), TRecurrent.Slope<TIsa, V>(i));
                    V dzF = TIsa.Multiply(TIsa.Multiply(dc, TIsa.Load(cBefore + u)), TRecurrent.Slope<TIsa, V>(f));
                    V dzG = TIsa.Multiply(TIsa.Multiply(dc, i), TActivation.Slope<TIsa, V>(g));
                    V dzO = TIsa.Multiply(TIsa.Multiply(dh, s), TRecurrent.Slope<TIsa, V>(o));
                    V dcBefore = TIsa.Multiply(dc, f);
                    int left = Units - u;
                    Edge.Store<TIsa, V>(dz + u, dzI, left);
                    Edge.Store<TIsa, V>(dz + Units + u, dzF, left);
                    Edge.Store<TIsa, V>(dz + (2 * Units) + u, dzG, left);
                    Edge.Store<TIsa, V>(dz + (3 * Units) + u, dzO, left);
                    Edge.Store<TIsa, V>(dcRow + u, dcBefore, left);
                }
            }
        }
    }

    // The same formulas for any other activations, one function over one gate at a time.
    private void ForwardByParts(in CellStep step)
    {
        for (int row = 0; row < step.Rows; row++)
        {
            Row r = new(step, row, Units, KeepsPreactivations);
            if (KeepsPreactivations) { r.AllGates.CopyTo(r.AllPreactivations); }
            recurrentActivation.Forward(r.Pre(0), r.I, Units);
            recurrentActivation.Forward(r.Pre(1), r.F, Units);
            activation.Forward(r.Pre(2), r.G, Units);
            recurrentActivation.Forward(r.Pre(3), r.O, Units);
            TensorPrimitives.Multiply(r.I, r.G, r.Scratch(0));
            TensorPrimitives.FusedMultiplyAdd(r.F, r.CBefore, r.Scratch(0), r.C);
            outputActivation.Forward(r.C, r.Scratch(0), Units);
            TensorPrimitives.Multiply(r.O, r.Scratch(0), r.H);
        }
    }

    private void BackwardByParts(in CellStep step)
    {
        for (int row = 0; row < step.Rows; row++)
        {
            Row r = new(step, row, Units, KeepsPreactivations);
            Span<float> s = r.Scratch(0), d = r.Scratch(1), dc = r.Scratch(2);
            outputActivation.Forward(r.C, s, Units);
            TensorPrimitives.Multiply(r.DH, r.O, d);
            outputActivation.Backward(r.C, s, d, d, Units);
            TensorPrimitives.Add(r.DC, d, dc);
            TensorPrimitives.Multiply(dc, r.F, r.DC);

            TensorPrimitives.Multiply(r.DH, s, d);
            recurrentActivation.Backward(r.Pre(3), r.O, d, r.DZ(3), Units);
            TensorPrimitives.Multiply(dc, r.CBefore, d);
            recurrentActivation.Backward(r.Pre(1), r.F, d, r.DZ(1), Units);
            TensorPrimitives.Multiply(dc, r.G, d);
            TensorPrimitives.Multiply(dc, r.I, dc);
            recurrentActivation.Backward(r.Pre(0), r.I, d, r.DZ(0), Units);
            activation.Backward(r.Pre(2), r.G, dc, r.DZ(2), Units);
        }
    }

    /// <summary>One row's arrays by their names in the formulas.</summary>
    private readonly ref struct Row(in CellStep step, int row, int units, bool keepsPreactivations)
    {
        private readonly CellStep step = step;
        private readonly nint gates = (nint)row * 4 * units;
        private readonly nint states = (nint)row * units;

        public Span<float> AllGates => new(step.Gates + gates, 4 * units);

        public Span<float> AllPreactivations => new(step.Preactivations + gates, 4 * units);

        public Span<float> I => Gate(0);

        public Span<float> F => Gate(1);

        public Span<float> G => Gate(2);

        public Span<float> O => Gate(3);

        public Span<float> C => new(step.Cell + states, units);

        public Span<float> CBefore => new(step.CellBefore + states, units);

        public Span<float> H => new(step.Hidden + states, units);

        public Span<float> DH => new(step.DHidden + states, units);

        public Span<float> DC => new(step.DCell + states, units);

        // The gate before its activation; the same memory as after it where no derivative asks for it.
        public Span<float> Pre(int gate) => new((keepsPreactivations ? step.Preactivations : step.Gates) + gates + (gate * units), units);

        public Span<float> Scratch(int slot) => new(step.Scratch + ((((nint)row * 3) + slot) * units), units);

        public Span<float> DZ(int gate) => new(step.DGates + gates + (gate * units), units);

        private Span<float> Gate(int gate) => new(step.Gates + gates + (gate * units), units);
    }
}
