using System.Runtime.CompilerServices;
using Engram.Layers;

namespace Engram.Cells;

/// <summary>The weights that some cells have besides kernel, recurrent kernel and bias: they lie one after the other.</summary>
internal sealed unsafe partial class SequencePass
{
    private readonly TensorBuffer ownWeights = new(0);

    private void PackOwnWeights()
    {
        if (arrays.OwnWeights is null) { return; }
        Join(arrays.OwnWeights, ownWeights);
        cell.PackOwn(ownWeights.Pointer, arrays.Keep);
    }

    /// <summary>Puts weights one after the other.</summary>
    public static void Join(IReadOnlyList<Weight> weights, TensorBuffer joined)
    {
        int count = 0;
        for (int k = 0; k < weights.Count; k++) { count += weights[k].Value.Length; }
        joined.Resize(count);
        Span<float> target = joined.Span;
        for (int k = 0; k < weights.Count; k++)
        {
            weights[k].Value.Span.CopyTo(target);
            target = target[weights[k].Value.Length..];
        }
    }

    private void AddOwnGradients(ReadOnlySpan<float> sums)
    {
        if (arrays.OwnWeights is null) { return; }
        for (int k = 0; k < arrays.OwnWeights.Count; k++)
        {
            TensorBuffer gradient = arrays.OwnWeights[k].Gradient;
            Add(sums[..gradient.Length], gradient.Pointer);
            sums = sums[gradient.Length..];
        }
    }
}

/// <summary>Where the states beside h are outside the pass: an address each, 0 for none.</summary>
[InlineArray(3)]
internal struct OtherStates
{
    private nint first;
}
