namespace Engram.Formats.Onnx.Import;

/// <summary>Another shape for a flow, without touching its elements.</summary>
internal sealed class OnnxShapes
{
    private readonly List<Dim> dims = [];           // of each factor, those that are split off included
    private readonly List<int>[] factors;           // of each axis of the array

    private OnnxShapes(OnnxFlow flow) => factors = [.. flow.Factors.Select(axis => axis.Select(New).ToList())];

    /// <summary>Takes factors one after the other for the new axes, and splits one where an axis ends within it.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="target">The lengths of the new axes; their product is that of the old.</param>
    /// <param name="sameLength">Whether two lengths are the same although they look different, such as a batch of declared length.</param>
    /// <returns>The flow, or null where the axes do not fall together.</returns>
    public static OnnxFlow? Reshape(OnnxFlow flow, IReadOnlyList<Dim> target, Func<Dim, Dim, bool> sameLength)
    {
        var shapes = new OnnxShapes(flow);
        List<int[]>? axes = shapes.Divide(flow.Axes.SelectMany(axis => axis).Where(factor => flow.Flat[factor] != Dim.One), target, sameLength);
        if (axes is null) { return null; }
        int[] order = [.. shapes.factors.SelectMany(axis => axis)];
        return new OnnxFlow(
            flow.Tensor,
            [.. shapes.factors.Select(axis => axis.Select(factor => shapes.dims[factor]).ToArray())],
            [.. axes.Select(axis => axis.Select(factor => Array.IndexOf(order, factor)).ToArray())]);
    }

    private List<int[]>? Divide(IEnumerable<int> given, IReadOnlyList<Dim> target, Func<Dim, Dim, bool> sameLength)
    {
        var open = new Stack<int>(given.Reverse());
        var axes = new List<int[]>();
        foreach (Dim length in target)
        {
            var axis = new List<int>();
            for (Dim left = length; left != Dim.One;)
            {
                if (!open.TryPop(out int factor)) { return null; }
                Dim dim = dims[factor];
                if (left == dim || sameLength(left, dim)) { left = Dim.One; }
                else if (left.DividedBy(dim) is { } rest) { left = rest; }
                else if (left.IsKnown && dim.DividedBy(left) is { } behind)
                {
                    (factor, int after) = Split(factor, left, behind);
                    open.Push(after);
                    left = Dim.One;
                }
                else { return null; }

                axis.Add(factor);
            }

            axes.Add([.. axis]);
        }

        return open.Count > 0 ? null : axes;
    }

    private (int Before, int After) Split(int factor, Dim first, Dim second)
    {
        List<int> axis = factors.First(list => list.Contains(factor));
        (int before, int after) = (New(first), New(second));
        int at = axis.IndexOf(factor);
        axis[at] = before;
        axis.Insert(at + 1, after);
        return (before, after);
    }

    private int New(Dim dim)
    {
        dims.Add(dim);
        return dims.Count - 1;
    }
}
