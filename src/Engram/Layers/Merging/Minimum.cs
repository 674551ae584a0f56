using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>The smallest of its inputs, element by element; see <see cref="Extremum"/>.</summary>
public sealed class Minimum : Extremum
{
    private protected override float? Neutral => float.PositiveInfinity;

    private protected override void Keep(ReadOnlySpan<float> x, Span<float> y) => TensorPrimitives.Min(y, x, y);

    internal static Minimum ReadConfig(Configuration config) => new();
}
