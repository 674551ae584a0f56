using System.Numerics.Tensors;
using Engram.Kernels;
using Engram.Layers;

namespace Engram.Inference;

/// <summary>What became of one layer's weights.</summary>
/// <param name="Name">The layer's name.</param>
/// <param name="Kind">The kind of layer.</param>
/// <param name="WeightType">How its matrices are stored.</param>
/// <param name="BytesBefore">The size of its weights in 32 bits.</param>
/// <param name="BytesAfter">The size of its weights now, scales included; biases stay in 32 bits.</param>
/// <param name="Reason">Why they stay in 32 bits, or null.</param>
public sealed record QuantizedLayer(string Name, string Kind, WeightType WeightType, long BytesBefore, long BytesAfter, string? Reason)
{
    /// <summary>Decides for each layer.</summary>
    internal static QuantizedLayer[] Choose(IReadOnlyList<Layer> layers, WeightType type, ReadOnlySpan<string> keepFloat)
    {
        foreach (string name in keepFloat)
        {
            if (!layers.Any(layer => layer.Name == name))
            {
                throw new EngramException($"There is no layer named '{name}' to keep in 32 bits; there are {string.Join(", ", layers.Select(layer => layer.Name))}.");
            }
        }

        var table = new QuantizedLayer[layers.Count];
        for (int i = 0; i < table.Length; i++) { table[i] = Choose(layers[i], type, keepFloat.Contains(layers[i].Name)); }
        return table;
    }

    private static QuantizedLayer Choose(Layer layer, WeightType type, bool keep)
    {
        long before = layer.ParameterCount * sizeof(float);
        Weight[] matrices = [.. Matrices(layer)];
        string? reason = keep ? "kept in 32 bits as asked"
            : matrices.Length == 0 ? "has no matrix"
            : type == WeightType.Int8 && matrices.Any(matrix => matrix.Value[0] > Int8Matrix.MostRows) ? $"has more than {Int8Matrix.MostRows} inputs, too many to sum in 32 bits"
            : null;
        if (reason is not null) { return new QuantizedLayer(layer.Name, layer.Kind, WeightType.Float32, before, before, reason); }
        long after = before;
        foreach (Weight matrix in matrices)
        {
            if (!TensorPrimitives.IsFiniteAll<float>(matrix.Value.Span))
            {
                throw new EngramException($"{layer.DisplayName}: the weight {matrix.Name} has a number that is not finite; such a model cannot be quantized.");
            }

            after += type == WeightType.Int8
                ? (matrix.Value.Length * (1L - sizeof(float))) + (matrix.Value[1] * sizeof(float))
                : matrix.Value.Length * (2L - sizeof(float));
        }

        return new QuantizedLayer(layer.Name, layer.Kind, type, before, after, null);
    }

    // The weights that are multiplied: kernel and recurrent kernel.
    private static IEnumerable<Weight> Matrices(Layer layer) => layer switch
    {
        Recurrent => layer.Weights.Take(2),
        Dense => layer.Weights.Take(1),
        TimeDistributed distributed => Matrices(distributed.Layer),
        _ => [],
    };
}
