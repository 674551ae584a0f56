using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>The largest of its inputs, element by element; see <see cref="Extremum"/>.</summary>
public sealed class Maximum : Extremum
{
    private protected override float? Neutral => float.NegativeInfinity;

    private protected override void Keep(ReadOnlySpan<float> x, Span<float> y) => TensorPrimitives.Max(y, x, y);

    internal static Maximum ReadConfig(Configuration config) => new();
}
