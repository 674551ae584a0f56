using System.Numerics.Tensors;

namespace Engram.Data;

/// <summary>Refuses numbers that are not finite, naming the place.</summary>
internal static class FiniteCheck
{
    /// <summary>Checks a batch.</summary>
    /// <param name="name">What it is, for the message.</param>
    /// <param name="values">(samples, ...).</param>
    /// <param name="samples">The samples' numbers.</param>
    public static void Require(string name, TensorBuffer values, ReadOnlySpan<int> samples)
    {
        if (TensorPrimitives.IsFiniteAll<float>(values.Span)) { return; }
        int at = 0;
        while (float.IsFinite(values.Span[at])) { at++; }
        int perSample = values.Length / samples.Length;
        int rest = at % perSample;
        var place = new List<string> { $"sample {samples[at / perSample]}" };
        for (int axis = 1; axis < values.Rank; axis++)
        {
            int stride = 1;
            for (int next = axis + 1; next < values.Rank; next++) { stride *= values[next]; }
            string label = (axis, values.Rank) switch { (1, 3) => "time step", (_, _) when axis == values.Rank - 1 => "feature", _ => $"axis {axis} index" };
            place.Add($"{label} {rest / stride}");
            rest %= stride;
        }

        throw new EngramException(
            $"{name} has {values.Span[at]} at {string.Join(", ", place)}; every number must be finite. Fill or remove missing values before training.");
    }
}
