using System.Runtime.Intrinsics;
using static Engram.Layers.VectorFunctions;

namespace Engram.Layers;

/// <summary>
/// The gated linear unit (Dauphin et al. 2017): the first half a of each row times the sigmoid of the second half b.
/// y = a s with s = sigmoid(b); da = dy s, db = dy a s (1 - s).
/// </summary>
internal sealed class GluActivation : ActivationFunction
{
    public override string Name => "glu";

    public override bool DerivativeNeedsInput => true;

    public override int OutputLength(int lastAxis) => lastAxis % 2 == 0
        ? lastAxis / 2
        : throw new EngramException($"glu: expected a last axis of even length, got {lastAxis}.");

    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int lastAxis)
    {
        int half = OutputLength(lastAxis);
        for (int row = 0; row * lastAxis < x.Length; row++)
        {
            ReadOnlySpan<float> a = x.Slice(row * lastAxis, half);
            ReadOnlySpan<float> b = x.Slice((row * lastAxis) + half, half);
            Span<float> yRow = y.Slice(row * half, half);
            for (int i = 0; i < half; i += Vector256<float>.Count)
            {
                Padded.Store(Padded.Load(a, i) * VectorFunctions.Sigmoid(Padded.Load(b, i)), yRow, i);
            }
        }
    }

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int lastAxis)
    {
        int half = OutputLength(lastAxis);
        for (int row = 0; row * lastAxis < x.Length; row++)
        {
            ReadOnlySpan<float> a = x.Slice(row * lastAxis, half);
            ReadOnlySpan<float> b = x.Slice((row * lastAxis) + half, half);
            ReadOnlySpan<float> dyRow = dy.Slice(row * half, half);
            for (int i = 0; i < half; i += Vector256<float>.Count)
            {
                Vector256<float> s = VectorFunctions.Sigmoid(Padded.Load(b, i));
                Vector256<float> da = Padded.Load(dyRow, i) * s;
                Padded.Store(da, dx.Slice(row * lastAxis, half), i);
                Padded.Store(da * Padded.Load(a, i) * (One - s), dx.Slice((row * lastAxis) + half, half), i);
            }
        }
    }
}
