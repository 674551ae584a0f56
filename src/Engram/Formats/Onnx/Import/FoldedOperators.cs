namespace Engram.Formats.Onnx.Import;

/// <summary>What is computed while the graph is read: operators on arrays of the file alone, and on lengths.</summary>
internal static class FoldedOperators
{
    /// <summary>Two lists of lengths, number by number.</summary>
    public static OnnxNumbers Numbers(OnnxContext c, string op, OnnxValue a, OnnxValue b)
    {
        Dim[] x = c.Numbers(a), y = c.Numbers(b);
        int count = x.Length == 1 ? y.Length : y.Length == 1 ? x.Length : x.Length == y.Length ? x.Length : throw c.Error($"has lists of {x.Length} and {y.Length} numbers");
        Dim Value(Dim p, Dim q) => op switch
        {
            "Mul" => p * q,
            "Div" when p.IsKnown && q.IsKnown && q.Factor != 0 => Dim.Of(p.Factor / q.Factor),
            "Div" => p.DividedBy(q) ?? throw c.Error($"divides {p} by {q}, which is known only when the graph runs"),
            "Add" when p.Symbols == q.Symbols => new Dim(checked(p.Factor + q.Factor), p.Symbols),
            "Sub" when p == q => Dim.Of(0),
            "Add" when q.IsKnown => c.Importer.Plus(p, q.Factor),
            "Add" when p.IsKnown => c.Importer.Plus(q, p.Factor),
            "Sub" when q.IsKnown => c.Importer.Plus(p, -q.Factor),
            "Equal" => Dim.Of(p == q ? 1 : 0),
            "Less" when p.IsKnown && q.IsKnown => Dim.Of(p.Factor < q.Factor ? 1 : 0),
            "Greater" when p.IsKnown && q.IsKnown => Dim.Of(p.Factor > q.Factor ? 1 : 0),
            "Max" when p.IsKnown && q.IsKnown => Dim.Of(Math.Max(p.Factor, q.Factor)),
            "Min" when p.IsKnown && q.IsKnown => Dim.Of(Math.Min(p.Factor, q.Factor)),
            "Sub" when p.Symbols == q.Symbols => new Dim(checked(p.Factor - q.Factor), p.Symbols),
            _ => throw c.Error($"computes {op} of {p} and {q}, which is known only when the graph runs"),
        };
        Dim[] values = [.. Enumerable.Range(0, count).Select(i => Value(x[x.Length == 1 ? 0 : i], y[y.Length == 1 ? 0 : i]))];
        return new OnnxNumbers(values, a.Rank == 0 && b.Rank == 0);
    }

    /// <summary>Two arrays of the file, element by element.</summary>
    public static OnnxValue Constants(OnnxContext c, string op, OnnxValue a, OnnxValue b)
    {
        if (IsList(a) && IsList(b)) { return Numbers(c, op, a, b); }
        if (a is not OnnxConstant { IsFloat: true } x || b is not OnnxConstant { IsFloat: true } y || (x.Count != y.Count && x.Count != 1 && y.Count != 1))
        {
            throw c.Error("computes with two arrays that do not depend on the model's inputs and have different shapes");
        }

        Func<float, float, float> f = op switch
        {
            "Add" or "Sum" or "Mean" => (p, q) => p + q,
            "Sub" => (p, q) => p - q,
            "Mul" => (p, q) => p * q,
            "Div" => (p, q) => p / q,
            "Max" => Math.Max,
            "Min" => Math.Min,
            _ => MathF.Pow,
        };
        OnnxConstant shape = x.Count >= y.Count ? x : y;
        c.Importer.Fold(c, shape.Count);
        float[] left = x.Floats(), right = y.Floats();
        float[] values = [.. Enumerable.Range(0, shape.Count).Select(i => f(left[left.Length == 1 ? 0 : i], right[right.Length == 1 ? 0 : i]))];
        return new OnnxConstant(c.Node.Outputs[0], shape.Shape, () => values, null);
    }

    // Whole numbers, or one number as often as a list is long.
    private static bool IsList(OnnxValue value) => value switch
    {
        OnnxConstant constant => !constant.IsFloat && constant.Rank <= 1 && constant.Count <= 1024,
        OnnxFilled filled => filled.Rank == 1 && filled.Dims[0].IsKnown && filled.Value == MathF.Floor(filled.Value),
        _ => false,
    };
}
