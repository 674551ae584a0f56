using Engram.Formats.Onnx.Wire;
using Engram.Layers;
using static Engram.Formats.Onnx.Export.OnnxGraphWriter;

namespace Engram.Formats.Onnx.Export;

/// <summary>Convolutions and pooling as nodes, which want channels before places: (batch, channels, ...).</summary>
internal static class ConvolutionExports
{
    public static string? Write(OnnxGraphWriter g, Convolution layer, ExportValue x)
    {
        string input = ChannelsFirst(g, x);
        string y;
        switch (layer)
        {
            case StandardConvolution standard:
                y = Conv(g, layer, [input, Kernel(g, layer.Weights[0]), .. Bias(g, layer)], standard.Groups, isPointwise: false);
                break;
            case DepthwiseConvolution:
                y = Conv(g, layer, [input, Depthwise(g, layer.Weights[0]), .. Bias(g, layer)], x.Shape.Last, isPointwise: false);
                break;
            case SeparableConvolution:
                y = Conv(g, layer, [input, Depthwise(g, layer.Weights[0])], x.Shape.Last, isPointwise: false);
                y = Conv(g, layer, [y, Kernel(g, layer.Weights[1]), .. Bias(g, layer)], 1, isPointwise: true);
                break;
            case Conv1DTranspose transpose:
                y = Transposed(g, transpose, input);
                break;
            default: return null;
        }

        return ActivationExports.Write(g, layer, layer.Activation, ChannelsLast(g, y, x.Rank));
    }

    public static string Pool(OnnxGraphWriter g, Pooling layer, ExportValue x)
    {
        List<ProtoFields> attributes = [Attribute("kernel_shape", layer.PoolSize), Attribute("strides", layer.Strides)];
        if (layer.Padding == PoolPadding.Same) { attributes.Add(Attribute("auto_pad", "SAME_UPPER")); }
        string op = layer is AveragePooling1D or AveragePooling2D ? "AveragePool" : "MaxPool";
        return ChannelsLast(g, g.Node(op, [ChannelsFirst(g, x)], attributes.ToArray()), x.Rank);
    }

    public static string Global(OnnxGraphWriter g, GlobalPooling layer, ExportValue x)
    {
        int[] places = [.. Enumerable.Range(1, x.Rank - 2)];
        ProtoFields keep = Attribute("keepdims", layer.KeepDimensions ? 1L : 0L);
        if (layer is GlobalMaxPooling1D or GlobalMaxPooling2D) { return g.Node("ReduceMax", [x.Name], Attribute("axes", places), keep); }
        if (x.Mask is not { } mask || layer is not GlobalAveragePooling1D) { return g.Node("ReduceMean", [x.Name], Attribute("axes", places), keep); }
        string data = g.Node("Unsqueeze", [g.Node("Cast", [mask.Name], Attribute("to", (long)OnnxElementType.Float32)), g.Integers(2)]);
        string sum = g.Node("ReduceSum", [g.Node("Mul", [x.Name, data]), g.Integers(1)], keep);
        return g.Node("Div", [sum, g.Node("ReduceSum", [data, g.Integers(1)], keep)]);
    }

    // The output has (steps - 1) stride + extent places; what it has more is output_padding, what it has less is left out at both ends.
    private static string Transposed(OnnxGraphWriter g, Conv1DTranspose layer, string x)
    {
        int stride = layer.Strides[0], extent = ((layer.KernelSize[0] - 1) * layer.DilationRate[0]) + 1;
        int more = (layer.Padding, layer.OutputPadding) switch
        {
            (ConvolutionPadding.Valid, null) => Math.Max(0, stride - extent),
            (ConvolutionPadding.Valid, { } padding) => padding,
            (_, null) => stride - extent,
            (_, { } padding) => padding + (extent % 2) - extent,
        };
        int less = Math.Max(0, -more);
        Weight kernel = layer.Weights[0];
        (int taps, int filters, int channels) = (kernel.Value[0], kernel.Value[1], kernel.Value[2]);
        string w = g.Array(kernel.Name, [channels, filters, taps], () => Move(kernel, channels * filters * taps, i =>
        {
            (int rest, int tap) = Math.DivRem(i, taps);
            (int channel, int filter) = Math.DivRem(rest, filters);
            return (((tap * filters) + filter) * channels) + channel;
        }));
        return g.Node(
            "ConvTranspose", [x, w, .. Bias(g, layer)], Attribute("kernel_shape", layer.KernelSize), Attribute("strides", layer.Strides), Attribute("dilations", layer.DilationRate),
            Attribute("pads", [less / 2, less - (less / 2)]), Attribute("output_padding", [Math.Max(0, more)]));
    }

    private static string Conv(OnnxGraphWriter g, Convolution layer, string[] inputs, int groups, bool isPointwise)
    {
        List<ProtoFields> attributes = [Attribute("group", (long)groups)];
        if (!isPointwise)
        {
            attributes.Add(Attribute("kernel_shape", layer.KernelSize));
            attributes.Add(Attribute("strides", layer.Strides));
            attributes.Add(Attribute("dilations", layer.DilationRate));
            if (layer.Padding == ConvolutionPadding.Causal) { attributes.Add(Attribute("pads", [(layer.KernelSize[0] - 1) * layer.DilationRate[0], 0])); }
            else if (layer.Padding == ConvolutionPadding.Same) { attributes.Add(Same(layer)); }
        }

        return g.Node("Conv", inputs, attributes.ToArray());
    }

    // With strides what is missing depends on the length; without, it is the same for all.
    private static ProtoFields Same(Convolution layer)
    {
        if (layer.Strides.Any(stride => stride > 1)) { return Attribute("auto_pad", "SAME_UPPER"); }
        int[] missing = [.. layer.KernelSize.Select((size, i) => (size - 1) * layer.DilationRate[i])];
        return Attribute("pads", [.. missing.Select(m => m / 2), .. missing.Select(m => m - (m / 2))]);
    }

    private static IEnumerable<string> Bias(OnnxGraphWriter g, Convolution layer) => layer.UseBias ? [LayerExports.Weight(g, layer.Weights[^1])] : [];

    // (taps, channels, filters) to (filters, channels, taps)
    private static string Kernel(OnnxGraphWriter g, Weight kernel)
    {
        int[] taps = kernel.Value.Axes[..^2].ToArray();
        int count = taps.Aggregate(1, (product, length) => product * length), channels = kernel.Value[^2], filters = kernel.Value[^1];
        return g.Array(kernel.Name, [filters, channels, .. taps], () => Move(kernel, filters * channels * count, i =>
        {
            (int filter, int rest) = Math.DivRem(i, channels * count);
            (int channel, int tap) = Math.DivRem(rest, count);
            return (((tap * channels) + channel) * filters) + filter;
        }));
    }

    // (taps, channels, multiplier) to (channels multiplier, 1, taps)
    private static string Depthwise(OnnxGraphWriter g, Weight kernel)
    {
        int[] taps = kernel.Value.Axes[..^2].ToArray();
        int count = taps.Aggregate(1, (product, length) => product * length), outputs = kernel.Value[^2] * kernel.Value[^1];
        return g.Array(kernel.Name, [outputs, 1, .. taps], () => Move(kernel, outputs * count, i => (i % count * outputs) + (i / count)));
    }

    private static float[] Move(Weight weight, int count, Func<int, int> from)
    {
        ReadOnlySpan<float> values = weight.Value.Span;
        var moved = new float[count];
        for (int i = 0; i < count; i++) { moved[i] = values[from(i)]; }
        return moved;
    }

    private static string ChannelsFirst(OnnxGraphWriter g, ExportValue x) =>
        g.Node("Transpose", [x.Name], Attribute("perm", [0, x.Rank - 1, .. Enumerable.Range(1, x.Rank - 2)]));

    private static string ChannelsLast(OnnxGraphWriter g, string y, int rank) =>
        g.Node("Transpose", [y], Attribute("perm", [0, .. Enumerable.Range(2, rank - 2), 1]));
}
