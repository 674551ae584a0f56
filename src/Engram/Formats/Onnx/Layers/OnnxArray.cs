using System.Numerics.Tensors;
using Engram.Formats.Onnx.Export;
using Engram.Layers;

namespace Engram.Formats.Onnx.Layers;

/// <summary>
/// An array of the file where a graph computes with it: the same for each sample of whatever goes in, (batch, axes). It is a weight,
/// w; dw += Σ dy over the samples.
/// </summary>
internal sealed class OnnxArray(int[] axes, bool trainable) : Layer
{
    private Weight weight = null!;

    public override string Kind => "OnnxArray";

    private protected override string? KerasModule => null;

    public override Shape OutputShape(Shape input) => new([input[0], .. axes]);

    protected override void OnBuild(IReadOnlyList<Shape> inputs) => weight = AddWeight("array", axes, Initializers.Zeros, trainable: trainable);

    /// <summary>The layer as nodes: the array repeated for each sample of what goes in.</summary>
    public string Write(OnnxGraphWriter g, string x)
    {
        string batch = g.Node("Shape", [x], OnnxGraphWriter.Attribute("start", 0L), OnnxGraphWriter.Attribute("end", 1L));
        string shape = g.Node("Concat", [batch, g.Integers([.. axes.Select(length => (long)length)])], OnnxGraphWriter.Attribute("axis", 0L));
        return g.Node("Expand", [g.Node("Unsqueeze", [LayerExports.Weight(g, weight), g.Integers(0)]), shape]);
    }

    protected internal override void Forward(LayerCall call)
    {
        int length = weight.Value.Length;
        for (int row = 0; row < call.Output[0]; row++) { weight.Value.Span.CopyTo(call.Output.Span[(row * length)..]); }
    }

    protected internal override void Backward(LayerCall call)
    {
        call.InputGradient?.Clear();
        int length = weight.Value.Length;
        for (int row = 0; row < call.Output[0]; row++)
        {
            TensorPrimitives.Add(weight.Gradient.Span, call.OutputGradient.Span.Slice(row * length, length), weight.Gradient.Span);
        }
    }
}

/// <summary>Passes its input on without its mask.</summary>
internal sealed class OnnxIdentity : Layer
{
    public override string Kind => "OnnxIdentity";

    private protected override string? KerasModule => null;

    public override Shape OutputShape(Shape input) => input;

    protected internal override void Forward(LayerCall call) => call.Output.CopyFrom(call.Input.Span);

    protected internal override void Backward(LayerCall call) => call.InputGradient?.CopyFrom(call.OutputGradient.Span);
}
