using System.Runtime.CompilerServices;
using Engram.Kernels;
using Engram.Layers;

namespace Engram.Cells;

/// <summary>
/// The sLSTM of xLSTM (Beck et al. 2024, "xLSTM: Extended long short-term memory"): an exponential input gate, a normaliser n, and a stabiliser
/// m that keeps the exponentials in range. With ĩ, f̂, ẑ, ô = x W + h' R + b:
/// <code>
/// a = ln σ(f̂) + m'          m = max(a, ĩ), or ĩ where n' = 0 (nothing is remembered yet)
/// i = exp(ĩ - m)            f = exp(min(a - m, 0))
/// z = φ(ẑ)                  o = σ(ô)
/// c = f ∘ c' + i ∘ z        n = f ∘ n' + i
/// h = o ∘ c / n
/// </code>
/// The columns of W and b stand in the order i, f, z, o. R is (heads, d, 4 d): a head's units see those of their own head only. The states
/// beside h lie in the order c, n, m. A row of the gate buffer has i, f, z, o, then 1 - σ(f̂), whether m = a, and whether a &lt; m.
/// </summary>
internal sealed unsafe class SLstmFormulas : Cell
{
    private readonly FusedGates fused;
    private readonly int heads;
    private readonly int headUnits;
    private readonly RecurrentProduct[] products; // by head, then gate; of a single head, without dropout, all gates at once
    private readonly RecurrentProduct[] allGates;
    private RecurrentProduct[] packed = [];

    public SLstmFormulas(int units, int heads, ActivationFunction activation) : base(units)
    {
        this.heads = heads;
        headUnits = units / heads;
        fused = FusedGates.Choose(activation, Activations.Sigmoid, default(Formulas)) ?? throw new EngramException(
            $"An sLSTM has the activation tanh or relu; got {activation.Name}.");
        allGates = [new RecurrentProduct(units, 4, 0, 4, 4, 0, units, BufferWidth)];
        products =
        [
            .. from head in Enumerable.Range(0, heads)
               from gate in Enumerable.Range(0, 4)
               select new RecurrentProduct(headUnits, 4, gate, 1, 4 * heads, (gate * heads) + head, headUnits, BufferWidth),
        ];
    }

    public override int KernelGates => 4;

    public override int BufferGates => 4;

    public override int BufferWidth => 7 * Units;

    public override int StateCount => 4;

    public override int RecurrentWeights => 4 * Units * headUnits;

    public override IReadOnlyList<TracedSeries> Traced =>
    [
        new(TracedNames.InputGate, TracedPlace.Gates),
        new(TracedNames.ForgetGate, TracedPlace.Gates, Units),
        new(TracedNames.Candidate, TracedPlace.Gates, 2 * Units),
        new(TracedNames.OutputGate, TracedPlace.Gates, 3 * Units),
        new(TracedNames.CellState, TracedPlace.Cell),
        new(TracedNames.NormalizerState, TracedPlace.Cell, Units),
        new(TracedNames.StabilizerState, TracedPlace.Cell, 2 * Units),
        new(TracedNames.HiddenState, TracedPlace.Hidden),
    ];

    public override bool KeepsPreactivations => false;

    public override int ScratchPerRow => 0;

    private int ProductsPerHead => packed.Length / heads;

    public override void Pack(float* recurrentKernel, bool byGate, bool backward, WeightType type = WeightType.Float32)
    {
        packed = heads == 1 && !byGate ? allGates : products;
        for (int k = 0; k < packed.Length; k++)
        {
            packed[k].Pack(recurrentKernel + ((nint)(k / ProductsPerHead) * headUnits * 4 * headUnits), backward, type);
        }
    }

    public override void MultiplyForward(in CellStep step)
    {
        for (int k = 0; k < packed.Length; k++) { packed[k].AddForward(step, step.HiddenBefore + (k / ProductsPerHead * headUnits), Units); }
    }

    public override void ActivateForward(in CellStep step) => fused.Forward(step, Units);

    public override void ActivateBackward(in CellStep step) => fused.Backward(step, Units);

    public override void MultiplyBackward(in CellStep step)
    {
        for (int k = 0; k < packed.Length; k++)
        {
            packed[k].Backward(step, step.DHidden + (k / ProductsPerHead * headUnits), Units, accumulate: k % ProductsPerHead > 0);
        }
    }

    public override void AddRecurrentGradient(int rows, in CellStep step, float* dRecurrentKernel)
    {
        for (int k = 0; k < packed.Length; k++)
        {
            int head = k / ProductsPerHead;
            packed[k].AddGradient(
                rows, step, step.HiddenBefore + (head * headUnits), Units, dRecurrentKernel + ((nint)head * headUnits * 4 * headUnits));
        }
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
            V one = TIsa.Create(1f);
            for (int row = 0; row < Step.Rows; row++)
            {
                float* gates = Step.Gates + ((nint)row * 7 * Units);
                float* before = Step.CellBefore + ((nint)row * 3 * Units);
                float* after = Step.Cell + ((nint)row * 3 * Units);
                float* h = Step.Hidden + ((nint)row * Units);

                // First m and what follows from it, in the gates' own places; then the states.
                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    int left = Units - u;
                    V preI = TIsa.Load(gates + u);
                    V preF = TIsa.Load(gates + Units + u);
                    V nBefore = TIsa.Load(before + Units + u);
                    V a = TIsa.Add(VectorMath.LogSigmoid<TIsa, V>(preF), TIsa.Load(before + (2 * Units) + u));
                    V above = TIsa.ZeroWhereAtMost(nBefore, TIsa.Zero, TIsa.AtLeast(TIsa.Zero, TIsa.Subtract(a, preI)));
                    V m = TIsa.Add(preI, above);
                    V e = TIsa.Subtract(a, m);
                    Edge.Store<TIsa, V>(gates + u, VectorMath.Exp<TIsa, V>(TIsa.Subtract(preI, m)), left);
                    Edge.Store<TIsa, V>(gates + Units + u, VectorMath.Exp<TIsa, V>(TIsa.AtMost(TIsa.Zero, e)), left);
                    Edge.Store<TIsa, V>(gates + (4 * Units) + u, VectorMath.Sigmoid<TIsa, V>(TIsa.Subtract(TIsa.Zero, preF)), left);
                    Edge.Store<TIsa, V>(gates + (5 * Units) + u, TIsa.ZeroWhereAtMost(above, TIsa.Zero, one), left);
                    Edge.Store<TIsa, V>(gates + (6 * Units) + u, TIsa.ZeroWhereAtMost(TIsa.Zero, e, one), left);
                    Edge.Store<TIsa, V>(after + (2 * Units) + u, m, left);
                }

                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    int left = Units - u;
                    V i = TIsa.Load(gates + u);
                    V f = TIsa.Load(gates + Units + u);
                    V z = TActivation.Value<TIsa, V>(TIsa.Load(gates + (2 * Units) + u));
                    V o = TRecurrent.Value<TIsa, V>(TIsa.Load(gates + (3 * Units) + u));
                    V c = TIsa.MultiplyAdd(f, TIsa.Load(before + u), TIsa.Multiply(i, z));
                    V n = TIsa.MultiplyAdd(f, TIsa.Load(before + Units + u), i);
                    Edge.Store<TIsa, V>(gates + (2 * Units) + u, z, left);
                    Edge.Store<TIsa, V>(gates + (3 * Units) + u, o, left);
                    Edge.Store<TIsa, V>(after + u, c, left);
                    Edge.Store<TIsa, V>(after + Units + u, n, left);
                    Edge.Store<TIsa, V>(h + u, TIsa.Multiply(o, TIsa.Divide(c, n)), left);
                }
            }
        }
    }

    /// <summary>
    /// The derivatives. h does not depend on m, but the states do:
    /// <code>
    /// q = c / n    dô = dh ∘ q ∘ σ'(ô)    dc += dh ∘ o / n      dn -= dh ∘ o ∘ q / n
    /// dẑ = dc ∘ i ∘ φ'(ẑ)                 dc' = dc ∘ f          dn' = dn ∘ f
    /// γ_i = (dc ∘ z + dn) ∘ i             γ_f = (dc ∘ c' + dn ∘ n') ∘ f where a &lt; m, else 0
    /// dm -= γ_i + γ_f                     da = γ_f + dm where m = a      dĩ = γ_i + dm elsewhere
    /// dm' = da                            df̂ = da ∘ (1 - σ(f̂))
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
            V one = TIsa.Create(1f);
            for (int row = 0; row < Step.Rows; row++)
            {
                float* gates = Step.Gates + ((nint)row * 7 * Units);
                float* dGates = Step.DGates + ((nint)row * 7 * Units);
                float* before = Step.CellBefore + ((nint)row * 3 * Units);
                float* after = Step.Cell + ((nint)row * 3 * Units);
                float* dhRow = Step.DHidden + ((nint)row * Units);
                float* d = Step.DCell + ((nint)row * 3 * Units);
                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    int left = Units - u;
                    V i = TIsa.Load(gates + u);
                    V f = TIsa.Load(gates + Units + u);
                    V z = TIsa.Load(gates + (2 * Units) + u);
                    V o = TIsa.Load(gates + (3 * Units) + u);
                    V dh = TIsa.Load(dhRow + u);
                    V inverse = TIsa.Divide(one, TIsa.Load(after + Units + u));
                    V q = TIsa.Multiply(TIsa.Load(after + u), inverse);
                    V dq = TIsa.Multiply(TIsa.Multiply(dh, o), inverse);
                    V dc = TIsa.Add(TIsa.Load(d + u), dq);
                    V dn = TIsa.Subtract(TIsa.Load(d + Units + u), TIsa.Multiply(dq, q));
                    V gammaI = TIsa.Multiply(TIsa.MultiplyAdd(dc, z, dn), i);
                    V gammaF = TIsa.MultiplyAdd(dc, TIsa.Load(before + u), TIsa.Multiply(dn, TIsa.Load(before + Units + u)));
                    gammaF = TIsa.Multiply(TIsa.Multiply(gammaF, f), TIsa.Load(gates + (6 * Units) + u));
                    V dm = TIsa.Subtract(TIsa.Load(d + (2 * Units) + u), TIsa.Add(gammaI, gammaF));
                    V carried = TIsa.Load(gates + (5 * Units) + u);
                    V da = TIsa.MultiplyAdd(carried, dm, gammaF);
                    V dzZ = TIsa.Multiply(TIsa.Multiply(dc, i), TActivation.Slope<TIsa, V>(z));
                    V dzO = TIsa.Multiply(TIsa.Multiply(dh, q), TRecurrent.Slope<TIsa, V>(o));
                    Edge.Store<TIsa, V>(dGates + u, TIsa.MultiplyAdd(TIsa.Subtract(one, carried), dm, gammaI), left);
                    Edge.Store<TIsa, V>(dGates + Units + u, TIsa.Multiply(da, TIsa.Load(gates + (4 * Units) + u)), left);
                    Edge.Store<TIsa, V>(dGates + (2 * Units) + u, dzZ, left);
                    Edge.Store<TIsa, V>(dGates + (3 * Units) + u, dzO, left);
                    V dcBefore = TIsa.Multiply(dc, f), dnBefore = TIsa.Multiply(dn, f);
                    StoreAll<TIsa, V>(d + u, dcBefore, dnBefore, da, left);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void StoreAll<TIsa, V>(float* d, V dc, V dn, V dm, int left) where TIsa : struct, IVectorIsa<V> where V : struct
        {
            Edge.Store<TIsa, V>(d, dc, left);
            Edge.Store<TIsa, V>(d + Units, dn, left);
            Edge.Store<TIsa, V>(d + (2 * Units), dm, left);
        }
    }
}
