using Engram.Layers;

namespace Engram.Tests.Layers;

/// <summary>What the golden file of a layer holds.</summary>
internal static class GoldenLayer
{
    /// <summary>The inputs, then the initial states or the mask of pairs.</summary>
    public static TensorBuffer[] Inputs(GoldenCase golden) => [.. Numbered(golden, "input"), .. Numbered(golden, "initial_state"), .. Pairs(golden)];

    public static bool Training(GoldenCase golden) => golden.Entry.GetProperty("training").GetBoolean();

    /// <summary>The mask of each input, null where it has none.</summary>
    public static Mask?[] Masks(GoldenCase golden, int inputs) => [.. Enumerable.Range(0, inputs).Select(input => MaskOf(golden, input))];

    public static void LoadWeights(GoldenCase golden, Layer layer)
    {
        string[] expected = [.. golden.Arrays.Arrays.Where(array => array.Name.StartsWith("weight.", StringComparison.Ordinal)).Select(array => array.Name[7..])];
        Assert.Equal(expected.Order(StringComparer.Ordinal), layer.Weights.Select(weight => weight.Name).Order(StringComparer.Ordinal));
        foreach (Weight weight in layer.Weights)
        {
            Assert.Equal(golden.Axes($"weight.{weight.Name}"), weight.Value.Axes.ToArray());
            weight.Value.CopyFrom(golden.Floats($"weight.{weight.Name}"));
        }
    }

    public static List<TensorBuffer> Numbered(GoldenCase golden, string name)
    {
        var buffers = new List<TensorBuffer>();
        while (golden.Arrays.Find($"{name}.{buffers.Count}") is { } array)
        {
            var buffer = new TensorBuffer(array.Shape.Axes);
            buffer.CopyFrom(array.ToFloats());
            buffers.Add(buffer);
        }

        return buffers;
    }

    private static IEnumerable<TensorBuffer> Pairs(GoldenCase golden)
    {
        if (golden.Arrays.Find("attention_mask") is not { } array) { yield break; }
        var pairs = new TensorBuffer(array.Shape.Axes);
        for (int i = 0; i < pairs.Length; i++) { pairs.Span[i] = array.Bytes[i]; }
        yield return pairs;
    }

    private static Mask? MaskOf(GoldenCase golden, int input)
    {
        if (golden.Arrays.Find($"mask.{input}") is not { } array) { return null; }
        var mask = new Mask(array.Shape[0], array.Shape[1]);
        array.Bytes.CopyTo(mask.Span);
        return mask;
    }
}
