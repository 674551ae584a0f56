using Engram.Formats.Onnx.Wire;

namespace Engram.Formats.Onnx.Import;

/// <summary>
/// Finds out which axis of an input is the batch. Files do not say; but recurrent nodes and convolutions do, and what stands before one mostly moves axes only. Where
/// none is found, the axis of a name with "batch" in it counts, else the first of no fixed length, else the first.
/// </summary>
internal sealed class BatchAxes
{
    private const int MostVisits = 10_000;

    private static readonly HashSet<string> BatchFirst = new(StringComparer.Ordinal)
    {
        "Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool", "BatchNormalization", "InstanceNormalization", "GroupNormalization", "Gemm",
    };

    private readonly Dictionary<string, List<(OnnxNode Node, int Input)>> readers = new(StringComparer.Ordinal);

    public BatchAxes(OnnxGraph graph)
    {
        foreach (OnnxNode node in graph.Nodes)
        {
            for (int i = 0; i < node.Inputs.Count; i++)
            {
                if (!readers.TryGetValue(node.Inputs[i], out List<(OnnxNode, int)>? list)) { readers[node.Inputs[i]] = list = []; }
                list.Add((node, i));
            }
        }
    }

    public int Find(string input, IReadOnlyList<OnnxDimension> dims)
    {
        int axis = Follow(input, dims.Count) ?? Index(dims, dim => dim.Name.Contains("batch", StringComparison.OrdinalIgnoreCase));
        if (axis < 0) { axis = Index(dims, dim => dim.Length is null); }
        return Math.Max(axis, 0);
    }

    private static int Index(IReadOnlyList<OnnxDimension> dims, Func<OnnxDimension, bool> fits)
    {
        for (int i = 0; i < dims.Count; i++)
        {
            if (fits(dims[i])) { return i; }
        }

        return -1;
    }

    // Breadth first: for each value that is the input in another arrangement, which axis of the input each of its axes is.
    private int? Follow(string input, int rank)
    {
        var open = new Queue<(string Name, int[] Axes)>([(input, [.. Enumerable.Range(0, rank)])]);
        var seen = new HashSet<string>(StringComparer.Ordinal) { input };
        while (open.TryDequeue(out (string Name, int[] Axes) value) && seen.Count < MostVisits)
        {
            foreach ((OnnxNode node, int at) in readers.GetValueOrDefault(value.Name, []))
            {
                if (node.OpType is "LSTM" or "GRU" or "RNN")
                {
                    bool batchFirst = Attribute(node, "layout")?.Integer == 1;
                    int axis = at switch { 0 or 5 or 6 => batchFirst ? 0 : 1, 4 => 0, _ => -1 };
                    if (axis >= 0 && axis < value.Axes.Length && value.Axes[axis] >= 0) { return value.Axes[axis]; }
                    continue;
                }

                if (BatchFirst.Contains(node.OpType) && at == 0 && value.Axes is [>= 0, ..]) { return value.Axes[0]; }
                if (Arranged(node, at, value.Axes) is { } axes && node.Outputs.Count > 0 && seen.Add(node.Outputs[0])) { open.Enqueue((node.Outputs[0], axes)); }
            }
        }

        return null;
    }

    private static int[]? Arranged(OnnxNode node, int input, int[] axes)
    {
        if (node.OpType == "Gather") { return input == 1 ? [.. axes, -1] : null; }
        if (input != 0) { return null; }
        switch (node.OpType)
        {
            case "Transpose":
                long[] order = Attribute(node, "perm") is { Integers.Count: > 0 } perm ? [.. perm.Integers] : [.. Enumerable.Range(0, axes.Length).Reverse().Select(i => (long)i)];
                return order.Length == axes.Length && order.All(i => i >= 0 && i < axes.Length) ? [.. order.Select(i => axes[i])] : null;
            case "MatMul": return axes.Length > 1 ? [.. axes[..^1], -1] : null;
            case "Identity" or "Dropout" or "Cast" or "Add" or "Sub" or "Mul" or "Div" or "Relu" or "Tanh" or "Sigmoid" or "LayerNormalization" or "Softmax" or "Pad" or "Clip" or "LeakyRelu":
                return axes;
            default: return null;
        }
    }

    private static OnnxAttribute? Attribute(OnnxNode node, string name) => node.Attributes.Find(attribute => attribute.Name == name);
}
