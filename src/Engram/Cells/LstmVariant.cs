using System.Runtime.CompilerServices;
using Engram.Kernels;
using Engram.Layers;

namespace Engram.Cells;

/// <summary>
/// The LSTM with what others have added to it, each by itself or together:
/// <code>
/// i = σ(x W_i + h' U_i + p_i ∘ c' + b_i)       peepholes p (Gers, Schraudolph and Schmidhuber 2002)
/// f = σ(x W_f + h' U_f + p_f ∘ c' + b_f)       or coupled, f = 1 - i (Greff et al. 2017): no W_f, U_f, p_f, b_f
/// g = φ(x W_g + h' U_g + b_g)
/// k = f ∘ c' + i ∘ g
/// o = σ(x W_o + h' U_o + p_o ∘ k + b_o)
/// m = o ∘ φ(k)
/// c = k + d_c ∘ (c' - k)                       zoneout (Krueger et al. 2017): each unit of c and of h keeps its value with
/// h = m + d_h ∘ (h' - m)                       the rate's probability; d is 0 or 1 in training, the rate itself outside
/// h = m V                                      or projection (Sak, Senior and Beaufays 2014), V: (H, P)
/// </code>
/// The columns of W, U and b stand in the order i, f, g, o (coupled: i, g, o); the rows of p in the order i, f, o (coupled: i, o). A row of
/// the gate buffer has the gates, then k, m, d_c and d_h; its gradient has dz, then dh where there is a projection.
/// </summary>
internal sealed unsafe class LstmVariant : Cell
{
    private readonly LstmExtras extras;
    private readonly FusedGates fused;
    private readonly RecurrentProduct[] allGates;
    private readonly RecurrentProduct[] eachGate;
    private readonly PackedMatrix projection = new();
    private readonly PackedMatrix projectionTransposed = new();
    private readonly Peepholes peepholes = new();
    private RecurrentProduct[] groups = [];

    public LstmVariant(int units, ActivationFunction activation, ActivationFunction recurrentActivation, LstmExtras extras) : base(units)
    {
        if (extras.Projection > 0 && extras.ZoneoutHidden > 0)
        {
            throw new EngramException("Zoneout of h and a projection do not go together: h has fewer numbers than there are units.");
        }

        this.extras = extras;
        KernelGates = extras.Coupled ? 3 : 4;
        fused = FusedGates.Choose(activation, recurrentActivation, new Formulas(this)) ?? throw new EngramException(
            $"An LSTM with peepholes, coupled gates, projection or zoneout has the activation tanh or relu and the recurrent activation sigmoid or hard_sigmoid; got {activation.Name} and {recurrentActivation.Name}.");
        allGates = [new RecurrentProduct(units, KernelGates, 0, KernelGates, KernelGates, 0, HiddenWidth, BufferWidth)];
        eachGate =
        [
            .. Enumerable.Range(0, KernelGates)
                .Select(gate => new RecurrentProduct(units, KernelGates, gate, 1, KernelGates, gate, HiddenWidth, BufferWidth)),
        ];
    }

    public override int KernelGates { get; }

    public override int BufferGates => KernelGates;

    public override int StateCount => 2;

    public override int HiddenWidth => extras.Projection > 0 ? extras.Projection : Units;

    public override int BufferWidth => (KernelGates + 4) * Units;

    public override int OwnWeights => PeepholeCount + (extras.Projection * Units);

    public override IReadOnlyList<TracedSeries> Traced =>
    [
        new(TracedNames.InputGate, TracedPlace.Gates),
        extras.Coupled ? new(TracedNames.ForgetGate, TracedPlace.GatesComplement) : new(TracedNames.ForgetGate, TracedPlace.Gates, Units),
        new(TracedNames.Candidate, TracedPlace.Gates, (KernelGates - 2) * Units),
        new(TracedNames.OutputGate, TracedPlace.Gates, (KernelGates - 1) * Units),
        new(TracedNames.CellState, TracedPlace.Cell),
        new(TracedNames.HiddenState, TracedPlace.Hidden),
    ];

    public override bool KeepsPreactivations => false;

    public override int ScratchPerRow => Units;

    public override bool Draws => extras.Zoneout;

    private int PeepholeCount => extras.Peepholes ? (KernelGates - 1) * Units : 0;

    public override void PackOwn(float* ownWeights, bool backward)
    {
        if (extras.Peepholes) { peepholes.Values = ownWeights; }
        if (extras.Projection == 0) { return; }
        float* v = ownWeights + PeepholeCount;
        projection.Pack(v, Units, extras.Projection, extras.Projection);
        if (backward) { projectionTransposed.PackTransposed(v, Units, extras.Projection, extras.Projection); }
    }

    public override void Pack(float* recurrentKernel, bool byGate, bool backward, WeightType type = WeightType.Float32)
    {
        groups = byGate ? eachGate : allGates;
        foreach (RecurrentProduct group in groups) { group.Pack(recurrentKernel, backward, type); }
    }

    // d is drawn for each row, step and unit by itself, so neither threads nor computing a step again change it.
    public override void Draw(in CellStep step, RandomKey? key, long position, long rowStride)
    {
        int width = 2 * Units;
        ulong padded = (ulong)((width + 3) / 4 * 4);
        for (int row = 0; row < step.Rows; row++)
        {
            var d = new Span<float>(step.Gates + ((nint)row * BufferWidth) + ((KernelGates + 2) * Units), width);
            Span<float> ofCell = d[..Units], ofHidden = d[Units..];
            if (key is not { } draws)
            {
                ofCell.Fill(extras.ZoneoutCell);
                ofHidden.Fill(extras.ZoneoutHidden);
                continue;
            }

            draws.FillUniform(d, (ulong)(position + (row * rowStride)) * padded);
            foreach (ref float value in ofCell) { value = value < extras.ZoneoutCell ? 1 : 0; }
            foreach (ref float value in ofHidden) { value = value < extras.ZoneoutHidden ? 1 : 0; }
        }
    }

    public override void MultiplyForward(in CellStep step)
    {
        foreach (RecurrentProduct group in groups) { group.AddForward(step, step.HiddenBefore, HiddenWidth); }
    }

    public override void ActivateForward(in CellStep step)
    {
        fused.Forward(step, Units);
        if (extras.Projection == 0) { return; }
        float* m = step.Gates + ((KernelGates + 1) * Units);
        Gemm.Multiply(step.Rows, m, BufferWidth, projection, step.Hidden, HiddenWidth, accumulate: false);
    }

    public override void ActivateBackward(in CellStep step)
    {
        if (extras.Projection > 0)
        {
            // dm = dh Vᵀ; dh stays for the gradient of V.
            Gemm.Multiply(step.Rows, step.DHidden, HiddenWidth, projectionTransposed, step.Scratch, Units, accumulate: false);
            for (int row = 0; row < step.Rows; row++)
            {
                new ReadOnlySpan<float>(step.DHidden + ((nint)row * HiddenWidth), HiddenWidth)
                    .CopyTo(new Span<float>(step.DGates + ((nint)row * BufferWidth) + (KernelGates * Units), HiddenWidth));
            }
        }

        fused.Backward(step, Units);
    }

    // With zoneout, DHidden holds dh ∘ d_h; the products add the rest.
    public override void MultiplyBackward(in CellStep step)
    {
        for (int group = 0; group < groups.Length; group++)
        {
            groups[group].Backward(step, step.DHidden, accumulate: group > 0 || (extras.Zoneout && extras.Projection == 0));
        }
    }

    public override void AddRecurrentGradient(int rows, in CellStep step, float* dRecurrentKernel)
    {
        foreach (RecurrentProduct group in groups) { group.AddGradient(rows, step, step.HiddenBefore, HiddenWidth, dRecurrentKernel); }
    }

    public override void AddOwnGradient(int rows, in CellStep step, float* dOwnWeights)
    {
        if (extras.Peepholes)
        {
            float* z = step.Gates, dz = step.DGates, c = step.CellBefore;
            for (int row = 0; row < rows; row++, z += BufferWidth, dz += BufferWidth, c += Units)
            {
                float* k = z + (KernelGates * Units);
                float* dp = dOwnWeights;
                AddProduct(dz, c, dp);
                if (!extras.Coupled) { AddProduct(dz + Units, c, dp += Units); }
                AddProduct(dz + ((KernelGates - 1) * Units), k, dp + Units);
            }
        }

        if (extras.Projection == 0) { return; }
        float* m = step.Gates + ((KernelGates + 1) * Units), dh = step.DGates + (KernelGates * Units);
        Gemm.AddTransposed(
            Units, HiddenWidth, rows, m, BufferWidth, dh, BufferWidth, dOwnWeights + PeepholeCount, HiddenWidth);
    }

    private void AddProduct(float* left, float* right, float* sum)
    {
        var target = new Span<float>(sum, Units);
        System.Numerics.Tensors.TensorPrimitives.FusedMultiplyAdd(new ReadOnlySpan<float>(left, Units), new ReadOnlySpan<float>(right, Units), target, target);
    }

    /// <summary>The peepholes' address, which is known only when the weights are packed.</summary>
    private sealed class Peepholes
    {
        public float* Values { get; set; }
    }

    private readonly struct Formulas(LstmVariant cell) : IFusedCell
    {
        public FusedGates For<TActivation, TRecurrent>()
            where TActivation : struct, IGateFunction
            where TRecurrent : struct, IGateFunction => new Loops<TActivation, TRecurrent>(cell.extras, cell.peepholes);
    }

    private sealed class Loops<TActivation, TRecurrent>(LstmExtras extras, Peepholes peepholes) : FusedGates
        where TActivation : struct, IGateFunction
        where TRecurrent : struct, IGateFunction
    {
        public override void Forward(in CellStep step, int units)
        {
            var loop = new ForwardGates<TActivation, TRecurrent> { Step = step, Units = units, Extras = extras, P = peepholes.Values };
            Isa.Run(ref loop);
        }

        public override void Backward(in CellStep step, int units)
        {
            var loop = new BackwardGates<TActivation, TRecurrent> { Step = step, Units = units, Extras = extras, P = peepholes.Values };
            Isa.Run(ref loop);
        }
    }

    /// <summary>The formulas above; what is not asked for is the same at every unit, so its branches cost next to nothing.</summary>
    private struct ForwardGates<TActivation, TRecurrent> : IKernel
        where TActivation : struct, IGateFunction
        where TRecurrent : struct, IGateFunction
    {
        public CellStep Step;
        public int Units;
        public LstmExtras Extras;
        public float* P;

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            int gates = Extras.Coupled ? 3 : 4;
            int width = (gates + 4) * Units;
            V one = TIsa.Create(1f);
            for (int row = 0; row < Step.Rows; row++)
            {
                float* zI = Step.Gates + ((nint)row * width);
                float* zF = zI + Units;
                float* zG = zI + ((gates - 2) * Units);
                float* zO = zG + Units;
                float* kRow = zO + Units;
                float* mRow = kRow + Units;
                float* d = mRow + Units;
                float* cBefore = Step.CellBefore + ((nint)row * Units);
                float* cAfter = Step.Cell + ((nint)row * Units);
                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    int left = Units - u;
                    V c = TIsa.Load(cBefore + u);
                    V i = TIsa.Load(zI + u);
                    if (Extras.Peepholes) { i = TIsa.MultiplyAdd(TIsa.Load(P + u), c, i); }
                    i = TRecurrent.Value<TIsa, V>(i);
                    V f;
                    if (Extras.Coupled) { f = TIsa.Subtract(one, i); }
                    else
                    {
                        f = TIsa.Load(zF + u);
                        if (Extras.Peepholes) { f = TIsa.MultiplyAdd(TIsa.Load(P + Units + u), c, f); }
                        f = TRecurrent.Value<TIsa, V>(f);
                        Edge.Store<TIsa, V>(zF + u, f, left);
                    }

                    V g = TActivation.Value<TIsa, V>(TIsa.Load(zG + u));
                    V k = TIsa.MultiplyAdd(f, c, TIsa.Multiply(i, g));
                    Edge.Store<TIsa, V>(zI + u, i, left);
                    Edge.Store<TIsa, V>(zG + u, g, left);
                    Edge.Store<TIsa, V>(kRow + u, k, left);
                    if (Extras.Zoneout) { k = TIsa.MultiplyAdd(TIsa.Load(d + u), TIsa.Subtract(c, k), k); }
                    Edge.Store<TIsa, V>(cAfter + u, k, left);
                }

                float* pO = P + ((gates - 2) * Units);
                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    int left = Units - u;
                    V k = TIsa.Load(kRow + u);
                    V o = TIsa.Load(zO + u);
                    if (Extras.Peepholes) { o = TIsa.MultiplyAdd(TIsa.Load(pO + u), k, o); }
                    o = TRecurrent.Value<TIsa, V>(o);
                    Edge.Store<TIsa, V>(zO + u, o, left);
                    V m = TIsa.Multiply(o, TActivation.Value<TIsa, V>(k));
                    if (Extras.Projection > 0)
                    {
                        Edge.Store<TIsa, V>(mRow + u, m, left);
                        continue;
                    }

                    nint at = ((nint)row * Units) + u;
                    if (Extras.Zoneout) { m = TIsa.MultiplyAdd(TIsa.Load(d + Units + u), TIsa.Subtract(TIsa.Load(Step.HiddenBefore + at), m), m); }
                    Edge.Store<TIsa, V>(Step.Hidden + at, m, left);
                }
            }
        }
    }

    /// <summary>
    /// The derivatives:
    /// <code>
    /// dm = dh ∘ (1 - d_h), or dh Vᵀ          dk = dc ∘ (1 - d_c)
    /// dz_o = dm ∘ φ(k) ∘ σ'(z_o)             dk += dm ∘ o ∘ φ'(k) + dz_o ∘ p_o
    /// dz_i = dk ∘ g ∘ σ'(z_i)                coupled: dk ∘ (g - c') ∘ σ'(z_i)
    /// dz_f = dk ∘ c' ∘ σ'(z_f)               dz_g = dk ∘ i ∘ φ'(z_g)
    /// dc' = dc ∘ d_c + dk ∘ f + dz_i ∘ p_i + dz_f ∘ p_f
    /// dh' = dh ∘ d_h + dz Uᵀ
    /// dp_i = Σ dz_i ∘ c'   dp_f = Σ dz_f ∘ c'   dp_o = Σ dz_o ∘ k   dV = Σ mᵀ dh
    /// </code>
    /// </summary>
    private struct BackwardGates<TActivation, TRecurrent> : IKernel
        where TActivation : struct, IGateFunction
        where TRecurrent : struct, IGateFunction
    {
        public CellStep Step;
        public int Units;
        public LstmExtras Extras;
        public float* P;

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            int gates = Extras.Coupled ? 3 : 4;
            nint width = (gates + 4) * Units;
            nint g1 = (gates - 2) * Units;
            V one = TIsa.Create(1f);
            for (int row = 0; row < Step.Rows; row++)
            {
                float* z = Step.Gates + (row * width);
                float* dz = Step.DGates + (row * width);
                float* kRow = z + (gates * Units);
                float* d = kRow + (2 * Units);
                float* cBefore = Step.CellBefore + ((nint)row * Units);
                float* dmRow = (Extras.Projection > 0 ? Step.Scratch : Step.DHidden) + ((nint)row * Units);
                float* dcRow = Step.DCell + ((nint)row * Units);
                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    int left = Units - u;
                    V c = TIsa.Load(cBefore + u);
                    V i = TIsa.Load(z + u);
                    V g = TIsa.Load(z + g1 + u);
                    V o = TIsa.Load(z + g1 + Units + u);
                    V s = TActivation.Value<TIsa, V>(TIsa.Load(kRow + u));
                    V dm = TIsa.Load(dmRow + u);
                    V dc = TIsa.Load(dcRow + u);
                    V dcBefore = TIsa.Zero;
                    if (Extras.Zoneout)
                    {
                        V dh = dm;
                        V kept = TIsa.Load(d + Units + u);
                        if (Extras.Projection == 0) { Edge.Store<TIsa, V>(dmRow + u, TIsa.Multiply(dh, kept), left); }
                        dm = TIsa.Multiply(dh, TIsa.Subtract(one, kept));
                        kept = TIsa.Load(d + u);
                        dcBefore = TIsa.Multiply(dc, kept);
                        dc = TIsa.Multiply(dc, TIsa.Subtract(one, kept));
                    }

                    V dzO = TIsa.Multiply(TIsa.Multiply(dm, s), TRecurrent.Slope<TIsa, V>(o));
                    V dk = TIsa.MultiplyAdd(dm, TIsa.Multiply(o, TActivation.Slope<TIsa, V>(s)), dc);
                    if (Extras.Peepholes) { dk = TIsa.MultiplyAdd(dzO, TIsa.Load(P + g1 + u), dk); }
                    V f = Extras.Coupled ? TIsa.Subtract(one, i) : TIsa.Load(z + Units + u);
                    V di = TIsa.Multiply(dk, Extras.Coupled ? TIsa.Subtract(g, c) : g);
                    V dzI = TIsa.Multiply(di, TRecurrent.Slope<TIsa, V>(i));
                    V dzG = TIsa.Multiply(TIsa.Multiply(dk, i), TActivation.Slope<TIsa, V>(g));
                    dcBefore = TIsa.MultiplyAdd(dk, f, dcBefore);
                    if (Extras.Peepholes) { dcBefore = TIsa.MultiplyAdd(dzI, TIsa.Load(P + u), dcBefore); }
                    if (!Extras.Coupled)
                    {
                        V dzF = TIsa.Multiply(TIsa.Multiply(dk, c), TRecurrent.Slope<TIsa, V>(f));
                        if (Extras.Peepholes) { dcBefore = TIsa.MultiplyAdd(dzF, TIsa.Load(P + Units + u), dcBefore); }
                        Edge.Store<TIsa, V>(dz + Units + u, dzF, left);
                    }

                    Edge.Store<TIsa, V>(dz + u, dzI, left);
                    Edge.Store<TIsa, V>(dz + g1 + u, dzG, left);
                    Edge.Store<TIsa, V>(dz + g1 + Units + u, dzO, left);
                    Edge.Store<TIsa, V>(dcRow + u, dcBefore, left);
                }
            }
        }
    }
}
