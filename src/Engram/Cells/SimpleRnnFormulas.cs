using System.Runtime.CompilerServices;
using Engram.Kernels;
using Engram.Layers;

namespace Engram.Cells;

/// <summary>
/// The simple recurrent network (Elman 1990):
/// <code>
/// h = φ(x W + h' U + b)            φ: the activation, usually tanh; h': the state before the step
/// dz = dh ∘ φ'(z)                  dh' = dz Uᵀ
/// </code>
/// </summary>
internal sealed unsafe class SimpleRnnFormulas : Cell
{
    private readonly ActivationFunction activation;
    private readonly FusedGates? fused;
    private readonly RecurrentProduct product;

    public SimpleRnnFormulas(int units, ActivationFunction activation) : base(units)
    {
        this.activation = activation;
        fused = FusedGates.Choose(activation, Activations.Sigmoid, default(Formulas)); // there is no recurrent activation
        product = new RecurrentProduct(units, 1, 0, 1, 1, 0);
    }

    public override int KernelGates => 1;

    public override int BufferGates => 1;

    public override int StateCount => 1;

    public override IReadOnlyList<TracedSeries> Traced => [new(TracedNames.HiddenState, TracedPlace.Hidden)];

    public override bool KeepsPreactivations => activation.DerivativeNeedsInput;

    public override int ScratchPerRow => 0;

    public override bool MultipliesOnly => true;

    public override void Pack(float* recurrentKernel, bool byGate, bool backward, WeightType type = WeightType.Float32) => product.Pack(recurrentKernel, backward, type);

    public override void MultiplyForward(in CellStep step) => product.AddForward(step, step.HiddenBefore, Units);

    public override void ActivateForward(in CellStep step)
    {
        if (fused is not null)
        {
            fused.Forward(step, Units);
            return;
        }

        int count = step.Rows * Units;
        var z = new Span<float>(step.Gates, count);
        var h = new Span<float>(step.Hidden, count);
        if (KeepsPreactivations) { z.CopyTo(new Span<float>(step.Preactivations, count)); }
        activation.Forward(z, h, Units);
    }

    public override void ActivateBackward(in CellStep step)
    {
        if (fused is not null)
        {
            fused.Backward(step, Units);
            return;
        }

        int count = step.Rows * Units;
        ReadOnlySpan<float> z = KeepsPreactivations ? new(step.Preactivations, count) : default;
        activation.Backward(
            z, new ReadOnlySpan<float>(step.Hidden, count), new ReadOnlySpan<float>(step.DHidden, count),
            new Span<float>(step.DGates, count), Units);
    }

    public override void MultiplyBackward(in CellStep step) => product.Backward(step, step.DHidden, accumulate: false);

    public override void AddRecurrentGradient(int rows, in CellStep step, float* dRecurrentKernel) =>
        product.AddGradient(rows, step, step.HiddenBefore, Units, dRecurrentKernel);

    private readonly struct Formulas : IFusedCell
    {
        public FusedGates For<TActivation, TRecurrent>()
            where TActivation : struct, IGateFunction
            where TRecurrent : struct, IGateFunction =>
            new FusedGates<ForwardState<TActivation>, BackwardState<TActivation>>();
    }

    /// <summary>h = φ(z), all rows in one loop.</summary>
    private struct ForwardState<TActivation> : IGateKernel where TActivation : struct, IGateFunction
    {
        public CellStep Step;
        public int Count;

        public void Set(in CellStep step, int units) => (Step, Count) = (step, step.Rows * units);

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            float* z = Step.Gates;
            float* h = Step.Hidden;
            for (int n = 0; n < Count; n += TIsa.Lanes)
            {
                Edge.Store<TIsa, V>(h + n, TActivation.Value<TIsa, V>(TIsa.Load(z + n)), Count - n);
            }
        }
    }

    /// <summary>dz = dh ∘ φ'(z), where φ' follows from h.</summary>
    private struct BackwardState<TActivation> : IGateKernel where TActivation : struct, IGateFunction
    {
        public CellStep Step;
        public int Count;

        public void Set(in CellStep step, int units) => (Step, Count) = (step, step.Rows * units);

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            float* h = Step.Hidden;
            float* dh = Step.DHidden;
            float* dz = Step.DGates;
            for (int n = 0; n < Count; n += TIsa.Lanes)
            {
                Edge.Store<TIsa, V>(dz + n, TIsa.Multiply(TIsa.Load(dh + n), TActivation.Slope<TIsa, V>(TIsa.Load(h + n))), Count - n);
            }
        }
    }
}
