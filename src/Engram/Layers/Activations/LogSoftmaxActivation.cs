using System.Runtime.Intrinsics;
using static Engram.Layers.VectorFunctions;

namespace Engram.Layers;

/// <summary>y_k = x_k - log Σ_j exp(x_j) along the last axis; dx = dy - exp(y) Σ_j dy_j.</summary>
internal sealed class LogSoftmaxActivation : ActivationFunction
{
    public override string Name => "log_softmax";

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
                sum += Padded.Beyond(Exp(Padded.Load(xRow, i) - max), i, lastAxis, 0);
            }

            Vector256<float> log = Vector256.Create(MathF.Log(Padded.Sum(sum)));
            for (int i = 0; i < lastAxis; i += Vector256<float>.Count) { Padded.Store(Padded.Load(xRow, i) - max - log, yRow, i); }
        }
    }

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int lastAxis)
    {
        for (int row = 0; row < y.Length; row += lastAxis)
        {
            ReadOnlySpan<float> yRow = y.Slice(row, lastAxis);
            ReadOnlySpan<float> dyRow = dy.Slice(row, lastAxis);
            Span<float> dxRow = dx.Slice(row, lastAxis);
            Vector256<float> sums = default;
            for (int i = 0; i < lastAxis; i += Vector256<float>.Count) { sums += Padded.Load(dyRow, i); }
            Vector256<float> sum = Vector256.Create(Padded.Sum(sums));
            for (int i = 0; i < lastAxis; i += Vector256<float>.Count)
            {
                Padded.Store(Padded.Load(dyRow, i) - (Exp(Padded.Load(yRow, i)) * sum), dxRow, i);
            }
        }
    }
}
