using System.Runtime.Intrinsics;
using static Engram.Layers.VectorFunctions;

namespace Engram.Layers;

/// <summary>
/// y_k = exp(x_k) / Σ_j exp(x_j) along the last axis; dx = y (dy - Σ_j dy_j y_j). The largest x is subtracted first, so that nothing
/// overflows.
/// </summary>
internal sealed class SoftmaxActivation : ActivationFunction
{
    public override string Name => "softmax";

    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int lastAxis)
    {
        for (int row = 0; row < x.Length; row += lastAxis)
        {
            ReadOnlySpan<float> xRow = x.Slice(row, lastAxis);
            Span<float> yRow = y.Slice(row, lastAxis);
            Vector256<float> max = Vector256.Create(RowOperations.Max(xRow));
            Vector256<float> sum = default;
            for (int i = 0; i < lastAxis; i += Vector256<float>.Count)
            {
                Vector256<float> e = Exp(Padded.Load(xRow, i) - max);
                sum += Padded.Beyond(e, i, lastAxis, 0);
                Padded.Store(e, yRow, i);
            }

            Vector256<float> total = Vector256.Create(Padded.Sum(sum));
            for (int i = 0; i < lastAxis; i += Vector256<float>.Count) { Padded.Store(Padded.Load(yRow, i) / total, yRow, i); }
        }
    }

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int lastAxis)
    {
        for (int row = 0; row < y.Length; row += lastAxis)
        {
            ReadOnlySpan<float> yRow = y.Slice(row, lastAxis);
            ReadOnlySpan<float> dyRow = dy.Slice(row, lastAxis);
            Span<float> dxRow = dx.Slice(row, lastAxis);
            Vector256<float> sum = default;
            for (int i = 0; i < lastAxis; i += Vector256<float>.Count) { sum += Padded.Load(dyRow, i) * Padded.Load(yRow, i); }
            Vector256<float> dot = Vector256.Create(Padded.Sum(sum));
            for (int i = 0; i < lastAxis; i += Vector256<float>.Count)
            {
                Padded.Store(Padded.Load(yRow, i) * (Padded.Load(dyRow, i) - dot), dxRow, i);
            }
        }
    }
}
