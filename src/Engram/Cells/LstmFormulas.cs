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
    private readonly ActivationFunction activation;
    private readonly ActivationFunction outputActivation;
    private readonly ActivationFunction recurrentActivation;
    private readonly FusedGates? fused;
    private readonly RecurrentProduct[] allGates;
    private readonly RecurrentProduct[] eachGate;
    private readonly JoinedProduct joined = new();
    private RecurrentProduct[] groups = [];

    /// <summary>The cell; φ of c may be another than that of the candidate.</summary>
    public LstmFormulas(
        int units, ActivationFunction activation, ActivationFunction recurrentActivation, ActivationFunction? outputActivation = null) : base(units)
    {
        this.activation = activation;
        this.outputActivation = outputActivation ?? activation;
        this.recurrentActivation = recurrentActivation;
        fused = this.outputActivation.Equals(activation) ? FusedGates.Choose(activation, recurrentActivation, default(Formulas)) : null;
        allGates = [Product(0, 4)];
        eachGate = [.. Enumerable.Range(0, 4).Select(gate => Product(gate, 1))];

        RecurrentProduct Product(int gate, int count) => new(units, 4, gate, count, 4, gate, bufferWidth: BufferWidth, dHiddenStride: DHiddenStride);
    }

    public override int KernelGates => 4;

    public override int BufferGates => 4;

    public override int BufferWidth => RowStride(4 * Units);

    public override int DHiddenStride => RowStride(Units);

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

    // The fused formulas read z from the scratch, which stays in the first-level cache, and write the gates once.
    public override int ScratchPerRow => fused is null ? 3 * Units : RowStride(4 * Units);

    public override bool MultipliesOnly => true;

    public override void Pack(float* recurrentKernel, bool byGate, bool backward, WeightType type = WeightType.Float32)
    {
        groups = byGate ? eachGate : allGates;
        foreach (RecurrentProduct group in groups) { group.Pack(recurrentKernel, backward, type); }
    }

    // A narrow input is a few more columns beside the state: its product alone would be little but memory traffic.
    public override bool JoinsInput(int features) => fused is not null && features <= JoinedProduct.MostFeatures;

    public override void PackJoined(float* kernel, int features, float* recurrentKernel) => joined.Pack(kernel, features, recurrentKernel, Units, 4 * Units);

    public override void MultiplyForward(in CellStep step)
    {
        if (step.JoinedRows is not null)
        {
            joined.Forward(step, step.Scratch, ScratchPerRow);
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
            int units = Units;
            nint whole = units - (units % TIsa.Lanes), lanes = TIsa.Lanes;
            nint width = RowStride(4 * units), hiddenStride = Step.HiddenStride;
            bool keeps = Step.KeepsGates;
            float* z = Step.Scratch, gates = Step.Gates, cBefore = Step.CellBefore, cAfter = Step.Cell, hAfter = Step.Hidden;
            for (int row = Step.Rows; row > 0; row--)
            {
                // Two loops, because h waits for c: each alone keeps several vectors in flight, and by then what was stored in part can be loaded whole.
                // Two vectors each time, which share what it takes to have the functions' constants at hand.
                for (nint u = 0; u < whole; u += 2 * lanes)
                {
                    State<TIsa, V, WholeVector>(z + u, cBefore + u, cAfter + u, gates + u, units, keeps, 0);
                    nint v = u + lanes;
                    if (v < whole) { State<TIsa, V, WholeVector>(z + v, cBefore + v, cAfter + v, gates + v, units, keeps, 0); }
                }

                if (whole < units) { State<TIsa, V, PartOfVector>(z + whole, cBefore + whole, cAfter + whole, gates + whole, units, keeps, (int)(units - whole)); }
                for (nint u = 0; u < whole; u += 2 * lanes)
                {
                    Output<TIsa, V, WholeVector>(z + u, cAfter + u, hAfter + u, gates + u, units, keeps, 0);
                    nint v = u + lanes;
                    if (v < whole) { Output<TIsa, V, WholeVector>(z + v, cAfter + v, hAfter + v, gates + v, units, keeps, 0); }
                }

                if (whole < units) { Output<TIsa, V, PartOfVector>(z + whole, cAfter + whole, hAfter + whole, gates + whole, units, keeps, (int)(units - whole)); }
                z += width;
                gates += width;
                cBefore += units;
                cAfter += units;
                hAfter += hiddenStride;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void State<TIsa, V, TStore>(float* z, float* cBefore, float* cAfter, float* gates, nint units, bool keeps, int left)
            where TIsa : struct, IVectorIsa<V>
            where V : struct
            where TStore : struct, IStore
        {
            V i = TRecurrent.Value<TIsa, V>(TIsa.Load(z));
            V f = TRecurrent.Value<TIsa, V>(TIsa.Load(z + units));
            V g = TActivation.Value<TIsa, V>(TIsa.Load(z + (2 * units)));
            TStore.Store<TIsa, V>(cAfter, TIsa.MultiplyAdd(f, TIsa.Load(cBefore), TIsa.Multiply(i, g)), left);
            if (!keeps) { return; }
            TStore.Store<TIsa, V>(gates, i, left);
            TStore.Store<TIsa, V>(gates + units, f, left);
            TStore.Store<TIsa, V>(gates + (2 * units), g, left);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Output<TIsa, V, TStore>(float* z, float* c, float* h, float* gates, nint units, bool keeps, int left)
            where TIsa : struct, IVectorIsa<V>
            where V : struct
            where TStore : struct, IStore
        {
            V o = TRecurrent.Value<TIsa, V>(TIsa.Load(z + (3 * units)));
            TStore.Store<TIsa, V>(h, TIsa.Multiply(o, TActivation.Value<TIsa, V>(TIsa.Load(c))), left);
            if (keeps) { TStore.Store<TIsa, V>(gates + (3 * units), o, left); }
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
            int units = Units;
            nint whole = units - (units % TIsa.Lanes), lanes = TIsa.Lanes, width = RowStride(4 * units), dhStride = RowStride(units), before = Step.Rows * width, cBeforeThat = Step.Rows * units;
            float* gates = Step.Gates, dz = Step.DGates, cBefore = Step.CellBefore, cAfter = Step.Cell, dh = Step.DHidden, dc = Step.DCell;
            for (int row = Step.Rows; row > 0; row--)
            {
                for (nint u = 0; u < whole; u += 2 * lanes)
                {
                    // What the step before this one, the next on the way back, will read: steps are read backwards, rows forwards.
                    CacheHint.SoonGates(gates + u - before, units);
                    CacheHint.Soon(cBefore + u - cBeforeThat);
                    Derivatives<TIsa, V, WholeVector>(gates + u, cBefore + u, cAfter + u, dh + u, dc + u, dz + u, units, 0);
                    nint v = u + lanes;
                    if (v < whole) { Derivatives<TIsa, V, WholeVector>(gates + v, cBefore + v, cAfter + v, dh + v, dc + v, dz + v, units, 0); }
                }

                if (whole < units)
                {
                    Derivatives<TIsa, V, PartOfVector>(
                        gates + whole, cBefore + whole, cAfter + whole, dh + whole, dc + whole, dz + whole, units, (int)(units - whole));
                }

                gates += width;
                dz += width;
                cBefore += units;
                cAfter += units;
                dh += dhStride;
                dc += units;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Derivatives<TIsa, V, TStore>(
            float* gates, float* cBefore, float* cAfter, float* dHidden, float* dCell, float* dz, nint units, int left)
            where TIsa : struct, IVectorIsa<V>
            where V : struct
            where TStore : struct, IStore
        {
            V i = TIsa.Load(gates);
            V f = TIsa.Load(gates + units);
            V g = TIsa.Load(gates + (2 * units));
            V o = TIsa.Load(gates + (3 * units));
            V dh = TIsa.Load(dHidden);
            V s = TActivation.Value<TIsa, V>(TIsa.Load(cAfter));
            V dHdC = TIsa.Multiply(o, TActivation.Slope<TIsa, V>(s));
            V dc = TIsa.MultiplyAdd(dh, dHdC, TIsa.Load(dCell));
            V dzI = TIsa.Multiply(TIsa.Multiply(dc, g), TRecurrent.Slope<TIsa, V>(i));
            V dzF = TIsa.Multiply(TIsa.Multiply(dc, TIsa.Load(cBefore)), TRecurrent.Slope<TIsa, V>(f));
            V dzG = TIsa.Multiply(TIsa.Multiply(dc, i), TActivation.Slope<TIsa, V>(g));
            V dzO = TIsa.Multiply(TIsa.Multiply(dh, s), TRecurrent.Slope<TIsa, V>(o));
            TStore.Store<TIsa, V>(dz, dzI, left);
            TStore.Store<TIsa, V>(dz + units, dzF, left);
            TStore.Store<TIsa, V>(dz + (2 * units), dzG, left);
            TStore.Store<TIsa, V>(dz + (3 * units), dzO, left);
            TStore.Store<TIsa, V>(dCell, TIsa.Multiply(dc, f), left);
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
        private readonly nint gates = (nint)row * RowStride(4 * units);
        private readonly nint states = (nint)row * units;

        public Span<float> AllGates => new(step.Gates + gates, 4 * units);

        public Span<float> AllPreactivations => new(step.Preactivations + gates, 4 * units);

        public Span<float> I => Gate(0);

        public Span<float> F => Gate(1);

        public Span<float> G => Gate(2);

        public Span<float> O => Gate(3);

        public Span<float> C => new(step.Cell + states, units);

        public Span<float> CBefore => new(step.CellBefore + states, units);

        public Span<float> H => new(step.Hidden + (row * step.HiddenStride), units);

        public Span<float> DH => new(step.DHidden + ((nint)row * RowStride(units)), units);

        public Span<float> DC => new(step.DCell + states, units);

        // The gate before its activation; the same memory as after it where no derivative asks for it.
        public Span<float> Pre(int gate) => new((keepsPreactivations ? step.Preactivations : step.Gates) + gates + (gate * units), units);

        public Span<float> Scratch(int slot) => new(step.Scratch + ((((nint)row * 3) + slot) * units), units);

        public Span<float> DZ(int gate) => new(step.DGates + gates + (gate * units), units);

        private Span<float> Gate(int gate) => new(step.Gates + gates + (gate * units), units);
    }
}
