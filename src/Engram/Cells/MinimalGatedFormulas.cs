using System.Runtime.CompilerServices;
using Engram.Kernels;
using Engram.Layers;

namespace Engram.Cells;

/// <summary>
/// The minimal gated unit (Zhou, Wu, Zhang and Zhou 2016, "Minimal gated unit for recurrent neural networks"):
/// <code>
/// f = σ(x W_f + h' U_f + b_f)          forget gate         h': the state before the step
/// g = φ(x W_g + (f ∘ h') U_g + b_g)    candidate           σ, φ: usually sigmoid and tanh
/// h = h' + f ∘ (g - h')                state
/// </code>
/// The columns of W, U and b stand in the order f, g. The gate buffer has a third block: q = f ∘ h'.
/// </summary>
internal sealed unsafe class MinimalGatedFormulas : Cell
{
    private readonly FusedGates gate;
    private readonly FusedGates candidateGate;
    private readonly RecurrentProduct forget;
    private readonly RecurrentProduct candidate;

    public MinimalGatedFormulas(int units, ActivationFunction activation, ActivationFunction recurrentActivation) : base(units)
    {
        gate = FusedGates.Choose(activation, recurrentActivation, default(GateFormulas)) ?? throw new EngramException(
            $"A minimal gated unit has the activation tanh or relu and the recurrent activation sigmoid or hard_sigmoid; got {activation.Name} and {recurrentActivation.Name}.");
        candidateGate = FusedGates.Choose(activation, recurrentActivation, default(CandidateFormulas))!;
        forget = new RecurrentProduct(units, 2, 0, 1, 2, 0, units, BufferWidth);
        candidate = new RecurrentProduct(units, 2, 1, 1, 2, 1, units, BufferWidth);
    }

    public override int KernelGates => 2;

    public override int BufferGates => 2;

    public override int BufferWidth => 3 * Units;

    public override int StateCount => 1;

    public override IReadOnlyList<TracedSeries> Traced =>
    [
        new(TracedNames.ForgetGate, TracedPlace.Gates),
        new(TracedNames.Candidate, TracedPlace.Gates, Units),
        new(TracedNames.HiddenState, TracedPlace.Hidden),
    ];

    public override bool KeepsPreactivations => false;

    public override int ScratchPerRow => Units;

    public override void Pack(float* recurrentKernel, bool byGate, bool backward, WeightType type = WeightType.Float32)
    {
        forget.Pack(recurrentKernel, backward, type);
        candidate.Pack(recurrentKernel, backward, type);
    }

    public override void MultiplyForward(in CellStep step) => forget.AddForward(step, step.HiddenBefore, Units);

    public override void ActivateForward(in CellStep step)
    {
        gate.Forward(step, Units);
        candidate.AddForward(step, step.Gates + (2 * Units), BufferWidth);
        candidateGate.Forward(step, Units);
    }

    public override void ActivateBackward(in CellStep step)
    {
        candidateGate.Backward(step, Units);
        candidate.Backward(step, step.Scratch, accumulate: false); // dq
        gate.Backward(step, Units);
    }

    // DHidden holds dh ∘ (1 - f) and what came through q; the product adds the rest.
    public override void MultiplyBackward(in CellStep step) => forget.Backward(step, step.DHidden, accumulate: true);

    public override void AddRecurrentGradient(int rows, in CellStep step, float* dRecurrentKernel)
    {
        forget.AddGradient(rows, step, step.HiddenBefore, Units, dRecurrentKernel);
        candidate.AddGradient(rows, step, step.Gates + (2 * Units), BufferWidth, dRecurrentKernel);
    }

    private readonly struct GateFormulas : IFusedCell
    {
        public FusedGates For<TActivation, TRecurrent>()
            where TActivation : struct, IGateFunction
            where TRecurrent : struct, IGateFunction => new FusedGates<ForwardGate<TRecurrent>, BackwardGate<TRecurrent>>();
    }

    private readonly struct CandidateFormulas : IFusedCell
    {
        public FusedGates For<TActivation, TRecurrent>()
            where TActivation : struct, IGateFunction
            where TRecurrent : struct, IGateFunction => new FusedGates<ForwardCandidate<TActivation>, BackwardCandidate<TActivation>>();
    }

    /// <summary>f and q = f ∘ h', which the candidate's product waits for.</summary>
    private struct ForwardGate<TRecurrent> : IGateKernel where TRecurrent : struct, IGateFunction
    {
        public CellStep Step;
        public int Units;

        public void Set(in CellStep step, int units) => (Step, Units) = (step, units);

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            for (int row = 0; row < Step.Rows; row++)
            {
                float* gates = Step.Gates + ((nint)row * 3 * Units);
                float* hBefore = Step.HiddenBefore + ((nint)row * Units);
                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    V f = TRecurrent.Value<TIsa, V>(TIsa.Load(gates + u));
                    V q = TIsa.Multiply(f, TIsa.Load(hBefore + u));
                    Edge.Store<TIsa, V>(gates + u, f, Units - u);
                    Edge.Store<TIsa, V>(gates + (2 * Units) + u, q, Units - u);
                }
            }
        }
    }

    /// <summary>Behind the candidate's product: g and h.</summary>
    private struct ForwardCandidate<TActivation> : IGateKernel where TActivation : struct, IGateFunction
    {
        public CellStep Step;
        public int Units;

        public void Set(in CellStep step, int units) => (Step, Units) = (step, units);

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            for (int row = 0; row < Step.Rows; row++)
            {
                float* gates = Step.Gates + ((nint)row * 3 * Units);
                float* hBefore = Step.HiddenBefore + ((nint)row * Units);
                float* hAfter = Step.Hidden + ((nint)row * Units);
                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    V before = TIsa.Load(hBefore + u);
                    V g = TActivation.Value<TIsa, V>(TIsa.Load(gates + Units + u));
                    V h = TIsa.MultiplyAdd(TIsa.Load(gates + u), TIsa.Subtract(g, before), before);
                    Edge.Store<TIsa, V>(gates + Units + u, g, Units - u);
                    Edge.Store<TIsa, V>(hAfter + u, h, Units - u);
                }
            }
        }
    }

    /// <summary>
    /// The derivatives, on the way back first those of the candidate; df waits in the place of dz_f for its second share:
    /// <code>
    /// dz_g = dh ∘ f ∘ φ'(z_g)     df = dh ∘ (g - h') + dq ∘ h'     dz_f = df ∘ σ'(z_f)
    /// dq = dz_g U_gᵀ              dh' = dh ∘ (1 - f) + dq ∘ f + dz_f U_fᵀ
    /// </code>
    /// </summary>
    private struct BackwardCandidate<TActivation> : IGateKernel where TActivation : struct, IGateFunction
    {
        public CellStep Step;
        public int Units;

        public void Set(in CellStep step, int units) => (Step, Units) = (step, units);

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            for (int row = 0; row < Step.Rows; row++)
            {
                float* gates = Step.Gates + ((nint)row * 3 * Units);
                float* dGates = Step.DGates + ((nint)row * 3 * Units);
                float* hBefore = Step.HiddenBefore + ((nint)row * Units);
                float* dhRow = Step.DHidden + ((nint)row * Units);
                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    V f = TIsa.Load(gates + u);
                    V g = TIsa.Load(gates + Units + u);
                    V dh = TIsa.Load(dhRow + u);
                    V dg = TIsa.Multiply(dh, f);
                    int left = Units - u;
                    Edge.Store<TIsa, V>(dGates + u, TIsa.Multiply(dh, TIsa.Subtract(g, TIsa.Load(hBefore + u))), left);
                    Edge.Store<TIsa, V>(dGates + Units + u, TIsa.Multiply(dg, TActivation.Slope<TIsa, V>(g)), left);
                    Edge.Store<TIsa, V>(dhRow + u, TIsa.Subtract(dh, dg), left);
                }
            }
        }
    }

    /// <summary>Then, with dq in the scratch rows, those of the forget gate.</summary>
    private struct BackwardGate<TRecurrent> : IGateKernel where TRecurrent : struct, IGateFunction
    {
        public CellStep Step;
        public int Units;

        public void Set(in CellStep step, int units) => (Step, Units) = (step, units);

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            for (int row = 0; row < Step.Rows; row++)
            {
                float* gates = Step.Gates + ((nint)row * 3 * Units);
                float* dGates = Step.DGates + ((nint)row * 3 * Units);
                float* hBefore = Step.HiddenBefore + ((nint)row * Units);
                float* dhRow = Step.DHidden + ((nint)row * Units);
                float* dqRow = Step.Scratch + ((nint)row * Units);
                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    V f = TIsa.Load(gates + u);
                    V dq = TIsa.Load(dqRow + u);
                    V df = TIsa.MultiplyAdd(dq, TIsa.Load(hBefore + u), TIsa.Load(dGates + u));
                    V dhBefore = TIsa.MultiplyAdd(dq, f, TIsa.Load(dhRow + u));
                    Edge.Store<TIsa, V>(dGates + u, TIsa.Multiply(df, TRecurrent.Slope<TIsa, V>(f)), Units - u);
                    Edge.Store<TIsa, V>(dhRow + u, dhBefore, Units - u);
                }
            }
        }
    }
}
