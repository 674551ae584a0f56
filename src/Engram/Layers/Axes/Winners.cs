using System.Runtime.Intrinsics;

namespace Engram.Layers;

/// <summary>The derivative of a maximum or minimum, candidate by candidate.</summary>
internal static class Winners
{
    /// <summary>Where a candidate x is the y that was chosen, adds to dx what is left of dy, and leaves nothing for the candidates that follow.</summary>
    internal static void Add(ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> left, Span<float> dx)
    {
        for (int i = 0; i < x.Length; i += Vector256<float>.Count)
        {
            Vector256<float> chosen = Vector256.Equals(Padded.Load(x, i), Padded.Load(y, i));
            Vector256<float> gradient = Padded.Load(left, i);
            Padded.Store(Padded.Load(dx, i) + (gradient & chosen), dx, i);
            Padded.Store(Vector256.AndNot(gradient, chosen), left, i);
        }
    }
}
