using static Engram.Formats.Onnx.Export.OnnxGraphWriter;

namespace Engram.Formats.Onnx.Export;

/// <summary>An array of the graph that is written: its name, its shape as Engram has it (batch first), and which steps are padding.</summary>
internal sealed record ExportValue(string Name, Shape Shape, ExportMask? Mask = null)
{
    public int Rank => Shape.Rank;
}

/// <summary>Which steps of each row are data, and what recurrent nodes ask of it.</summary>
/// <param name="name">(batch, time), of truth values.</param>
internal sealed class ExportMask(string name)
{
    private string? lengths, guard;

    public string Name { get; } = name;

    /// <summary>How many steps of each row are data: (batch), 32-bit whole numbers.</summary>
    public string Lengths(OnnxGraphWriter graph) => lengths ??= graph.Node(
        "ReduceSum", [graph.Node("Cast", [Name], Attribute("to", (long)Wire.OnnxElementType.Int32)), graph.Integers(1)], Attribute("keepdims", 0L));

    /// <summary>
    /// (batch, 1, 1): 0 for rows that have their padding behind the data, NaN for others. A length cannot say where padding stands, so a
    /// row that has it elsewhere gives no number instead of a wrong one.
    /// </summary>
    public string Guard(OnnxGraphWriter graph)
    {
        if (guard is not null) { return guard; }
        string data = graph.Node("Cast", [Name], Attribute("to", (long)Wire.OnnxElementType.Int32));
        string steps = graph.Node("Gather", [graph.Node("Shape", [Name]), graph.Integer(1)]);
        string places = graph.Node("Range", [graph.Integer(1), graph.Node("Add", [steps, graph.Integer(1)]), graph.Integer(1)]);
        string counted = graph.Node("Mul", [data, graph.Node("Cast", [places], Attribute("to", (long)Wire.OnnxElementType.Int32))]);
        string last = graph.Node("ReduceMax", [counted], Attribute("axes", [1]), Attribute("keepdims", 0L));
        string right = graph.Node("Equal", [last, Lengths(graph)]);
        string value = graph.Node("Where", [right, graph.Number(0), graph.Number(float.NaN)]);
        return guard = graph.Node("Unsqueeze", [value, graph.Integers(1, 2)]);
    }
}
