using Engram.Layers;

namespace Engram.Formats.Onnx.Import;

/// <summary>Each operator as layers, views or numbers: the one list of what is read.</summary>
internal static class OnnxOperators
{
    public static OnnxValue?[] Read(OnnxContext c) => c.Node.OpType switch
    {
        "LSTM" or "GRU" or "RNN" => RecurrentOperators.Read(c),
        "Gemm" => [ProductOperators.Gemm(c)],
        "MatMul" => [ProductOperators.MatMul(c)],
        "Gather" => [ShapeOperators.Gather(c)],
        "Identity" or "Dropout" => [c.Input(0)],
        "Cast" => [ShapeOperators.Cast(c)],
        "Constant" => [ShapeOperators.Constant(c)],
        "ConstantOfShape" => [ShapeOperators.ConstantOfShape(c)],
        "Expand" => [ShapeOperators.Expand(c)],
        "Shape" => [ShapeOperators.Shape(c)],
        "Transpose" => [ViewOperators.Transpose(c)],
        "Squeeze" => [ViewOperators.Squeeze(c)],
        "Unsqueeze" => [ViewOperators.Unsqueeze(c)],
        "Reshape" => [ViewOperators.Reshape(c)],
        "Flatten" => [ViewOperators.Flatten(c)],
        "Slice" => [ViewOperators.Slice(c)],
        "Concat" => [ViewOperators.Concat(c)],
        "Softmax" => [SoftmaxOf(c, axis => new Softmax { Axes = [axis] })],
        "LogSoftmax" => [SoftmaxOf(c, axis => new Activation(Activations.LogSoftmax), lastOnly: true)],
        "LayerNormalization" => [NormalizationOperators.LayerNormalization(c)],
        "Add" or "Sub" or "Mul" or "Div" or "Max" or "Min" or "Sum" or "Mean" or "Pow" => [ElementwiseOperators.Binary(c)],
        "Clip" => [ElementwiseOperators.Clip(c)],
        "PRelu" => [ElementwiseOperators.PRelu(c)],
        "Equal" or "Less" or "LessOrEqual" or "Greater" or "GreaterOrEqual" => [ElementwiseOperators.Compare(c)],
        "Not" or "And" or "Or" or "Xor" => [ElementwiseOperators.Logic(c)],
        "Where" => [ElementwiseOperators.Where(c)],
        "ReduceSum" or "ReduceMean" or "ReduceMax" or "ReduceMin" or "ReduceL1" or "ReduceL2" or "ReduceSumSquare" or "ReduceProd" => [ReduceOperators.Read(c)],
        "GlobalAveragePool" => [ReduceOperators.Global(c, Reduction.Mean)],
        "GlobalMaxPool" => [ReduceOperators.Global(c, Reduction.Maximum)],
        "Conv" => [ConvolutionOperators.Conv(c)],
        "ConvTranspose" => [ConvolutionOperators.ConvTranspose(c)],
        "MaxPool" => [ConvolutionOperators.Pool(c, averages: false)],
        "AveragePool" => [ConvolutionOperators.Pool(c, averages: true)],
        "BatchNormalization" => [NormalizationOperators.Batch(c)],
        "InstanceNormalization" => [NormalizationOperators.Instance(c)],
        "GroupNormalization" => [NormalizationOperators.Group(c)],
        "Range" => [ArrayOperators.Range(c)],
        "Split" => ArrayOperators.Split(c),
        "Tile" => [ArrayOperators.Tile(c)],
        "Pad" => [ArrayOperators.Pad(c)],
        "Resize" or "Upsample" => [ArrayOperators.Resize(c)],
        _ => ElementwiseOperators.Function(c) is { } function
            ? [c.Elementwise(c.Input(0), function)]
            : throw c.Error("is an operator that is not read; docs/formats.md lists those that are"),
    };

    private static OnnxFlow SoftmaxOf(OnnxContext c, Func<int, Layer> create, bool lastOnly = false)
    {
        OnnxFlow flow = c.Flow(0);
        bool old = c.Importer.OperatorSet < 13;
        int axis = c.Axis(c.Integer("axis", old ? 1 : -1), flow.Rank);
        if (flow.MergedBatch >= 0 && axis > flow.MergedBatch)
        {
            axis -= flow.Rank;
            flow = OnnxContext.WithBatchApart(flow, out Func<OnnxFlow, OnnxFlow> restore);
            return restore(Along(c, flow, axis + flow.Rank, create, old || lastOnly));
        }

        return Along(c, flow, axis, create, old || lastOnly);
    }

    private static OnnxFlow Along(OnnxContext c, OnnxFlow flow, int axis, Func<int, Layer> create, bool lastOnly)
    {
        SymbolicTensor x = c.BatchFirst(flow, out int batch);
        if (axis == batch || (lastOnly && axis != flow.Rank - 1)) { throw c.Error($"goes along axis {axis} of {flow.Describe()}; expected the last, and not the batch"); }
        int place = Array.IndexOf(OnnxFlow.BatchFirst(flow.Rank, batch), axis);
        return OnnxFlow.Of(c.Apply(create(place), x), flow.Dims, batch);
    }
}
