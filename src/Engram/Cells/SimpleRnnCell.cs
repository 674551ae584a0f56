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
internal sealed unsafe class SimpleRnnCell : Cell
{
    private readonly ActivationFunction activation;
    private readonly bool fused;
    private readonly RecurrentProduct product;

    public SimpleRnnCell(int units, ActivationFunction activation) : base(units)
    {
        this.activation = activation;
        fused = activation.Name == "tanh";
        product = new RecurrentProduct(units, 1, 0, 1, 1, 0);
    }

    public override int KernelGates => 1;

    public override int BufferGates => 1;

    public override int StateCount => 1;

    public override bool KeepsPreactivations => activation.DerivativeNeedsInput;

    public override int ScratchPerRow => 0;

    public override void Pack(float* recurrentKernel, bool byGate, bool backward, WeightType type = WeightType.Float32) => product.Pack(recurrentKernel, backward, type);

    public override void MultiplyForward(in CellStep step) => product.AddForward(step, step.HiddenBefore, Units);

    public override void ActivateForward(in CellStep step)
    {
        int count = step.Rows * Units;
        if (fused)
        {
            var kernel = new TanhForward { Z = step.Gates, H = step.Hidden, Count = count };
            Isa.Run(ref kernel);
            return;
        }

        var z = new Span<float>(step.Gates, count);
        var h = new Span<float>(step.Hidden, count);
        if (KeepsPreactivations) { z.CopyTo(new Span<float>(step.Preactivations, count)); }
        activation.Forward(z, h, Units);
    }

    public override void ActivateBackward(in CellStep step)
    {
        int count = step.Rows * Units;
        if (fused)
        {
            var kernel = new TanhBackward { H = step.Hidden, DH = step.DHidden, DZ = step.DGates, Count = count };
            Isa.Run(ref kernel);
        }
        else
        {
            ReadOnlySpan<float> z = KeepsPreactivations ? new(step.Preactivations, count) : default;
            activation.Backward(
                z, new ReadOnlySpan<float>(step.Hidden, count), new ReadOnlySpan<float>(step.DHidden, count),
                new Span<float>(step.DGates, count), Units);
        }
    }

    public override void MultiplyBackward(in CellStep step) => product.Backward(step, step.DHidden, accumulate: false);

    public override void AddRecurrentGradient(int rows, in CellStep step, float* dRecurrentKernel) =>
        product.AddGradient(rows, step, step.HiddenBefore, Units, dRecurrentKernel);

    private struct TanhForward : IKernel
    {
        public float* Z;
        public float* H;
        public int Count;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            for (int n = 0; n < Count; n += TIsa.Lanes)
            {
                Edge.Store<TIsa, V>(H + n, VectorMath.Tanh<TIsa, V>(TIsa.Load(Z + n)), Count - n);
            }
        }
    }

    private struct TanhBackward : IKernel
    {
        public float* H;
        public float* DH;
        public float* DZ;
        public int Count;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            V one = TIsa.Create(1f);
            for (int n = 0; n < Count; n += TIsa.Lanes)
            {
                V h = TIsa.Load(H + n);
                V dz = TIsa.Multiply(TIsa.Load(DH + n), TIsa.Subtract(one, TIsa.Multiply(h, h))); // dz = dh (1 - h²)
                Edge.Store<TIsa, V>(DZ + n, dz, Count - n);
            }
        }
    }
}
