namespace Engram.Layers;

/// <summary>Noise that is drawn once for several places: along an axis of length 1 all share one draw.</summary>
internal static class NoiseShapes
{
    /// <summary>The list itself where each length is above 0 or left open.</summary>
    internal static int?[]? Valid(IReadOnlyList<int?>? shape, string option)
    {
        if (shape is null) { return null; }
        return shape.All(length => length is null or > 0)
            ? [.. shape]
            : throw new ArgumentOutOfRangeException(option, "Each length of a noise shape must be above 0, or null for the input's own.");
    }

    /// <summary>Whether an input of that shape can have noise of such a shape.</summary>
    internal static bool Fits(int?[]? noise, Shape input)
    {
        if (noise is null) { return true; }
        if (noise.Length != input.Rank) { return false; }
        for (int i = 0; i < noise.Length; i++)
        {
            if (noise[i] is { } length && length != 1 && input[i] != Shape.Unknown && input[i] != length) { return false; }
        }

        return true;
    }

    /// <summary>Uniform numbers in [0, 1) for every element of the input, drawn once for each element of the noise shape.</summary>
    internal static Span<float> Uniform(LayerCall call, int?[]? noise)
    {
        TensorBuffer input = call.Input;
        TensorBuffer all = call.Scratch(0, input.Length);
        if (noise is null)
        {
            call.Random.FillUniform(all.Span);
            return all.Span;
        }

        Span<int> axes = stackalloc int[input.Rank];
        for (int i = 0; i < axes.Length; i++) { axes[i] = noise[i] ?? input[i]; }
        TensorBuffer drawn = call.Scratch(1, axes);
        call.Random.FillUniform(drawn.Span);
        Broadcasting.Expand(drawn.Span, axes, all.Span, input.Axes);
        return all.Span;
    }

    internal static float Rate(float rate, string name) => rate is >= 0 and < 1
        ? rate
        : throw new ArgumentOutOfRangeException(name, rate, "The rate must be 0 or more and below 1.");
}
