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
    private readonly JoinedProduct joined = new();

    public SimpleRnnFormulas(int units, ActivationFunction activation) : base(units)
    {
        this.activation = activation;
        fused = FusedGates.Choose(activation, Activations.Sigmoid, default(Formulas)); // there is no recurrent activation
        product = new RecurrentProduct(units, 1, 0, 1, 1, 0, bufferWidth: BufferWidth, dHiddenStride: DHiddenStride);
    }

    public override int KernelGates => 1;

    public override int BufferGates => 1;

    public override int BufferWidth => RowStride(Units);

    public override int DHiddenStride => RowStride(Units);

    public override int StateCount => 1;

    public override IReadOnlyList<TracedSeries> Traced => [new(TracedNames.HiddenState, TracedPlace.Hidden)];

    public override bool KeepsPreactivations => activation.DerivativeNeedsInput;

    // The fused formulas read z from the scratch, which stays in the first-level cache; nothing of it is kept.
    public override int ScratchPerRow => fused is null ? 0 : RowStride(Units);

    public override bool MultipliesOnly => true;

    public override void Pack(float* recurrentKernel, bool byGate, bool backward, WeightType type = WeightType.Float32) => product.Pack(recurrentKernel, backward, type);

    public override bool JoinsInput(int features) => fused is not null && features <= JoinedProduct.MostFeatures;

    public override void PackJoined(float* kernel, int features, float* recurrentKernel) => joined.Pack(kernel, features, recurrentKernel, Units, Units);

    public override void MultiplyForward(in CellStep step)
    {
        if (step.JoinedRows is not null) { joined.Forward(step, step.Scratch, ScratchPerRow); }
        else if (fused is not null) { product.AddForward(step, step.HiddenBefore, Units, step.Scratch, ScratchPerRow); }
        else { product.AddForward(step, step.HiddenBefore, Units); }
    }

    public override void ActivateForward(in CellStep step)
    {
        if (fused is not null)
        {
            fused.Forward(step, Units);
            return;
        }

        for (int row = 0; row < step.Rows; row++)
        {
            Span<float> z = Row(step.Gates, row, BufferWidth);
            if (KeepsPreactivations) { z.CopyTo(Row(step.Preactivations, row, BufferWidth)); }
            activation.Forward(z, Row(step.Hidden, row, step.HiddenStride), Units);
        }
    }

    public override void ActivateBackward(in CellStep step)
    {
        if (fused is not null)
        {
            fused.Backward(step, Units);
            return;
        }

        for (int row = 0; row < step.Rows; row++)
        {
            ReadOnlySpan<float> z = KeepsPreactivations ? Row(step.Preactivations, row, BufferWidth) : default;
            activation.Backward(z, Row(step.Hidden, row, step.HiddenStride), Row(step.DHidden, row, DHiddenStride), Row(step.DGates, row, BufferWidth), Units);
        }
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

    /// <summary>h = φ(z), a row at a time, two vectors each time: they share what it takes to have the function's constants at hand.</summary>
    private struct ForwardState<TActivation> : IGateKernel where TActivation : struct, IGateFunction
    {
        public CellStep Step;
        public int Units;

        public void Set(in CellStep step, int units) => (Step, Units) = (step, units);

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            int units = Units;
            nint whole = units - (units % TIsa.Lanes), lanes = TIsa.Lanes, width = RowStride(units), hiddenStride = Step.HiddenStride;
            float* z = Step.Scratch, h = Step.Hidden;
            for (int row = Step.Rows; row > 0; row--, z += width, h += hiddenStride)
            {
                for (nint u = 0; u < whole; u += 2 * lanes)
                {
                    TIsa.Store(h + u, TActivation.Value<TIsa, V>(TIsa.Load(z + u)));
                    nint v = u + lanes;
                    if (v < whole) { TIsa.Store(h + v, TActivation.Value<TIsa, V>(TIsa.Load(z + v))); }
                }

                if (whole < units) { TIsa.StorePartial(h + whole, TActivation.Value<TIsa, V>(TIsa.Load(z + whole)), (int)(units - whole)); }
            }
        }
    }

    /// <summary>dz = dh ∘ φ'(z), where φ' follows from h.</summary>
    private struct BackwardState<TActivation> : IGateKernel where TActivation : struct, IGateFunction
    {
        public CellStep Step;
        public int Units;

        public void Set(in CellStep step, int units) => (Step, Units) = (step, units);

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            int units = Units;
            nint whole = units - (units % TIsa.Lanes), lanes = TIsa.Lanes, width = RowStride(units), hiddenStride = Step.HiddenStride;
            float* h = Step.Hidden, dh = Step.DHidden, dz = Step.DGates;
            for (int row = Step.Rows; row > 0; row--, h += hiddenStride, dh += width, dz += width)
            {
                for (nint u = 0; u < whole; u += lanes) { TIsa.Store(dz + u, Derivative<TIsa, V>(h + u, dh + u)); }
                if (whole < units) { TIsa.StorePartial(dz + whole, Derivative<TIsa, V>(h + whole, dh + whole), (int)(units - whole)); }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static V Derivative<TIsa, V>(float* h, float* dh) where TIsa : struct, IVectorIsa<V> where V : struct =>
            TIsa.Multiply(TIsa.Load(dh), TActivation.Slope<TIsa, V>(TIsa.Load(h)));
    }

    private Span<float> Row(float* first, int row, nint stride) => new(first + (row * stride), Units);
}
