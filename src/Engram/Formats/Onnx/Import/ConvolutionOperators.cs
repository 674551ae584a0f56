using Engram.Layers;

namespace Engram.Formats.Onnx.Import;

/// <summary>
/// Convolutions and pooling. ONNX has the channels before the places, (batch, channels, places...), and kernels (filters, channels / groups, taps...);
/// the layers have them behind, (taps..., channels / groups, filters). An array that flows is only turned around where it does not lie so already.
/// </summary>
internal static class ConvolutionOperators
{
    public static OnnxValue Conv(OnnxContext c)
    {
        OnnxConstant w = c.Constant(1);
        OnnxConstant? bias = c.Optional(2) is null ? null : c.Constant(2);
        OnnxFlow x = ChannelsLast(c, c.Flow(0), out int axes);
        if (w.Rank != axes + 2 || !w.IsFloat || w.Shape.Contains(0)) { throw c.Error($"has a kernel of the shape {w.Describe()} for {axes} axes of places"); }
        long groups = c.Integer("group", 1);
        int filters = w.Shape[0];
        if (groups < 1 || filters % groups != 0 || x.Dims[^1] != Dim.Of(checked(w.Shape[1] * groups))) { throw c.Error($"has a kernel of the shape {w.Describe()} in {groups} groups for an input of the shape {x.Describe()}, channels last"); }
        Expect(c, bias, filters);
        var windows = new OnnxWindows(c, [.. w.Shape[2..]]);
        bool depthwise = groups > 1 && w.Shape[1] == 1 && axes < 3 && windows.Strides.Distinct().Count() == 1;
        ConvolutionPadding padding = Padding(c, windows, x, mayBeCausal: axes == 1 && !depthwise, out bool explicitly);
        if (explicitly) { x = Padded(c, x, windows, 0); }
        string key = $"conv {w.Name} {bias?.Name} {groups} {padding} {windows}";
        Layer layer = c.Importer.Shared(key, () =>
        {
            Layer created = depthwise ? Depthwise(axes, windows, filters / (int)groups, padding, bias is not null) : Standard(axes, windows, filters, (int)groups, padding, bias is not null);
            c.Importer.AfterBuild(() =>
            {
                // both (taps, all else): a depthwise kernel (taps, channels, multiplier) has its filters in the order of ONNX
                int taps = windows.Taps, channels = w.Shape[1];
                float[] from = w.Floats();
                Span<float> to = created.Weights[0].Value.Span;
                for (int i = 0; i < to.Length; i++)
                {
                    (int rest, int filter) = Math.DivRem(i, filters);
                    (int tap, int channel) = Math.DivRem(rest, channels);
                    to[i] = from[(((filter * channels) + channel) * taps) + tap];
                }

                bias?.Floats().CopyTo(created.Weights[1].Value.Span);
            });
            return created;
        });
        return Convolved(c, x, layer, filters, (axis, length) => Windows(c, length, windows, axis, padding));
    }

    public static OnnxValue ConvTranspose(OnnxContext c)
    {
        OnnxConstant w = c.Constant(1); // (channels, filters, taps)
        OnnxConstant? bias = c.Optional(2) is null ? null : c.Constant(2);
        OnnxFlow x = ChannelsLast(c, c.Flow(0), out int axes);
        if (axes != 1 || w.Rank != 3 || !w.IsFloat || w.Shape.Contains(0) || c.Integer("group", 1) != 1) { throw c.Error("is read over one axis of places and in one group"); }
        if (c.Attribute("output_shape") is not null) { throw c.Error("names its output_shape; expected pads and output_padding"); }
        (int channels, int filters) = (w.Shape[0], w.Shape[1]);
        if (x.Dims[^1] != Dim.Of(channels)) { throw c.Error($"has a kernel of the shape {w.Describe()} for an input of the shape {x.Describe()}, channels last"); }
        Expect(c, bias, filters);
        var windows = new OnnxWindows(c, [w.Shape[2]]);
        if (windows.Auto is not ("NOTSET" or "VALID")) { throw c.Error($"has the auto_pad {windows.Auto}; expected pads"); }
        long extra = c.Attribute("output_padding") is { Integers.Count: > 0 } given ? given.Integers[0] : 0;
        if (extra < 0 || extra >= Math.Max(windows.Strides[0], windows.Dilations[0])) { throw c.Error($"has the output_padding {extra}"); }
        // Without pads, the output has all places that any window covers. Pads leave some of them out at the ends; what output_padding adds behind is
        // covered by no window, and one that is left out anyway need not be added.
        long end = windows.Pads[1] - extra;
        var layer = (Conv1DTranspose)c.Importer.Shared($"conv transpose {w.Name} {bias?.Name} {windows} {end}", () =>
        {
            var created = new Conv1DTranspose(filters, w.Shape[2])
            {
                Strides = windows.Strides,
                DilationRate = windows.Dilations,
                UseBias = bias is not null,
                OutputPadding = end < 0 ? (int)-end : 0,
                KernelInitializer = Initializers.Zeros,
            };
            c.Importer.AfterBuild(() =>
            {
                float[] from = w.Floats();
                Span<float> to = created.Weights[0].Value.Span; // (taps, filters, channels)
                for (int i = 0; i < to.Length; i++)
                {
                    (int rest, int channel) = Math.DivRem(i, channels);
                    (int tap, int filter) = Math.DivRem(rest, filters);
                    to[i] = from[(((channel * filters) + filter) * windows.Taps) + tap];
                }

                bias?.Floats().CopyTo(created.Weights[1].Value.Span);
            });
            return created;
        });
        if (-end >= windows.Strides[0]) { throw c.Error($"has the output_padding {extra}; expected one below the stride"); }
        OnnxFlow y = Convolved(c, x, layer, filters, (_, length) =>
        {
            Dim strided = windows.Strides[0] == 1 ? length : length.IsKnown ? length * Dim.Of(windows.Strides[0]) : c.Importer.Derived(length, $"*{windows.Strides[0]}");
            return c.Importer.Plus(strided, windows.Extent(0) - windows.Strides[0] + Math.Max(0, -end));
        });
        return windows.Pads[0] == 0 && end <= 0 ? y : ViewOperators.SliceAxis(c, y, 2, windows.Pads[0], end > 0 ? -end : int.MaxValue, 1);
    }

    public static OnnxValue Pool(OnnxContext c, bool averages)
    {
        if (c.Node.Outputs.Count > 1 && c.Importer.IsRead(c.Node, 1)) { throw c.Error("puts out the places of the largest, which is not read"); }
        OnnxFlow x = ChannelsLast(c, c.Flow(0), out int axes);
        var windows = new OnnxWindows(c, null);
        if (axes > 2 || windows.Size.Length != axes || windows.Dilations.Any(dilation => dilation != 1)) { throw c.Error($"has windows over {windows.Size.Length} axes of places; expected one or two, without dilations"); }
        if (c.Integer("ceil_mode", 0) != 0)
        {
            for (int axis = 0; axis < axes; axis++)
            {
                Dim length = x.Dims[axis + 1];
                if (!length.IsKnown || (length.Factor + windows.Pads[axis] + windows.Pads[axis + axes] - windows.Size[axis]) % windows.Strides[axis] != 0) { throw c.Error("rounds up the number of windows, which is not read"); }
            }
        }

        ConvolutionPadding padding = Padding(c, windows, x, mayBeCausal: false, out bool explicitly);
        bool countsPadding = averages && c.Integer("count_include_pad", 0) != 0;
        if (padding == ConvolutionPadding.Same && countsPadding) { (padding, explicitly) = (ConvolutionPadding.Valid, true); }
        if (explicitly)
        {
            if (averages && !countsPadding) { throw c.Error($"has the pads {string.Join(", ", windows.Pads)}, whose places do not count; expected count_include_pad, or pads that give an output as long as the input by the stride"); }
            if (windows.Auto is not ("NOTSET" or "VALID")) { throw c.Error("counts the places of automatic pads"); }
            x = Padded(c, x, windows, averages ? 0 : float.NegativeInfinity);
        }

        PoolPadding pool = padding == ConvolutionPadding.Same ? PoolPadding.Same : PoolPadding.Valid;
        Layer layer = (averages, axes) switch
        {
            (true, 1) => new AveragePooling1D(windows.Size[0]) { Strides = windows.Strides, Padding = pool },
            (false, 1) => new MaxPooling1D(windows.Size[0]) { Strides = windows.Strides, Padding = pool },
            (true, _) => new AveragePooling2D(windows.Size[0], windows.Size[1]) { Strides = windows.Strides, Padding = pool },
            _ => new MaxPooling2D(windows.Size[0], windows.Size[1]) { Strides = windows.Strides, Padding = pool },
        };
        return Convolved(c, x, layer, (int)x.Dims[^1].Factor, (axis, length) => Windows(c, length, windows, axis, padding));
    }

    // (batch, channels, places...) as it is, with its axes in the order (batch, places..., channels).
    private static OnnxFlow ChannelsLast(OnnxContext c, OnnxFlow flow, out int axes)
    {
        axes = flow.Rank - 2;
        if (axes is < 1 or > 3) { throw c.Error($"has an input of the shape {flow.Describe()}; expected (batch, channels, places...) with up to three axes of places"); }
        if (flow.BatchAxis != 0) { throw c.Error($"has an input of the shape {flow.Describe()}, whose first axis is not the batch B alone"); }
        if (!flow.Dims[1].IsKnown) { throw c.Error($"has an input of the shape {flow.Describe()} with an unknown number of channels"); }
        return flow.WithAxes([flow.Axes[0], .. flow.Axes[2..], flow.Axes[1]]);
    }

    private static OnnxFlow Convolved(OnnxContext c, OnnxFlow x, Layer layer, int filters, Func<int, Dim, Dim> length)
    {
        SymbolicTensor y = c.Apply(layer, c.BatchFirst(x, out _));
        Dim[] dims = [Dim.Batch, .. Enumerable.Range(0, x.Rank - 2).Select(axis => length(axis, x.Dims[axis + 1])), Dim.Of(filters)];
        OnnxFlow flow = OnnxFlow.Of(y, dims, 0);
        return flow.WithAxes([flow.Axes[0], flow.Axes[^1], .. flow.Axes[1..^1]]);
    }

    private static Dim Windows(OnnxContext c, Dim length, OnnxWindows windows, int axis, ConvolutionPadding padding)
    {
        int stride = windows.Strides[axis], extent = windows.Extent(axis);
        if (length.IsKnown) { return Dim.Of(new WindowAxis(windows.Size[axis], stride, windows.Dilations[axis], padding).Windows(checked((int)length.Factor))); }
        if (padding != ConvolutionPadding.Valid) { return stride == 1 ? length : c.Importer.Derived(length, $"/{stride}"); }
        return stride == 1 ? c.Importer.Plus(length, 1 - extent) : c.Importer.Derived(length, $"/{stride} {extent}");
    }

    // Pads that are a layer's own way to pad; otherwise they are put on before it.
    private static ConvolutionPadding Padding(OnnxContext c, OnnxWindows windows, OnnxFlow x, bool mayBeCausal, out bool explicitly)
    {
        int axes = windows.Size.Length;
        explicitly = false;
        if (windows.Auto == "SAME_UPPER") { return ConvolutionPadding.Same; }
        if (windows.Auto == "SAME_LOWER") { throw c.Error("has the auto_pad SAME_LOWER; expected SAME_UPPER or pads"); }
        if (windows.Pads.All(pad => pad == 0)) { return ConvolutionPadding.Valid; }
        bool same = true, causal = mayBeCausal;
        for (int axis = 0; axis < axes; axis++)
        {
            (long before, long after) = (windows.Pads[axis], windows.Pads[axis + axes]);
            long missing = windows.Extent(axis) - 1;
            if (windows.Strides[axis] != 1)
            {
                Dim length = x.Dims[axis + 1];
                long windowsOf = length.IsKnown ? (length.Factor + windows.Strides[axis] - 1) / windows.Strides[axis] : 0;
                missing = length.IsKnown ? Math.Max(0, ((windowsOf - 1) * windows.Strides[axis]) + windows.Extent(axis) - length.Factor) : -1;
            }

            same &= missing >= 0 && before == missing / 2 && after == missing - (missing / 2);
            causal &= before == windows.Extent(axis) - 1 && after == 0;
        }

        explicitly = !same && !causal;
        return same ? ConvolutionPadding.Same : causal ? ConvolutionPadding.Causal : ConvolutionPadding.Valid;
    }

    private static OnnxFlow Padded(OnnxContext c, OnnxFlow x, OnnxWindows windows, float value)
    {
        int axes = windows.Size.Length;
        if (axes == 2 && value == 0)
        {
            var layer = new ZeroPadding2D(windows.Pads[0], windows.Pads[2], windows.Pads[1], windows.Pads[3]);
            Dim[] dims = [x.Dims[0], c.Importer.Plus(x.Dims[1], windows.Pads[0] + windows.Pads[2]), c.Importer.Plus(x.Dims[2], windows.Pads[1] + windows.Pads[3]), x.Dims[3]];
            return OnnxFlow.Of(c.Apply(layer, c.BatchFirst(x, out _)), dims, 0);
        }

        for (int axis = 0; axis < axes; axis++) { x = ArrayOperators.Padded(c, x, axis + 1, windows.Pads[axis], windows.Pads[axis + axes], value); }
        return x;
    }

    private static Layer Standard(int axes, OnnxWindows windows, int filters, int groups, ConvolutionPadding padding, bool bias) => axes switch
    {
        1 => new Conv1D(filters, windows.Size[0])
        {
            Strides = windows.Strides,
            DilationRate = windows.Dilations,
            Groups = groups,
            Padding = padding,
            UseBias = bias,
            KernelInitializer = Initializers.Zeros,
        },
        2 => new Conv2D(filters, windows.Size)
        {
            Strides = windows.Strides,
            DilationRate = windows.Dilations,
            Groups = groups,
            Padding = padding,
            UseBias = bias,
            KernelInitializer = Initializers.Zeros,
        },
        _ => new Conv3D(filters, windows.Size)
        {
            Strides = windows.Strides,
            DilationRate = windows.Dilations,
            Groups = groups,
            Padding = padding,
            UseBias = bias,
            KernelInitializer = Initializers.Zeros,
        },
    };

    private static Layer Depthwise(int axes, OnnxWindows windows, int multiplier, ConvolutionPadding padding, bool bias) => axes == 1
        ? new DepthwiseConv1D(windows.Size[0])
        {
            Strides = windows.Strides,
            DilationRate = windows.Dilations,
            DepthMultiplier = multiplier,
            Padding = padding,
            UseBias = bias,
            DepthwiseInitializer = Initializers.Zeros,
        }
        : new DepthwiseConv2D(windows.Size)
        {
            Strides = windows.Strides,
            DilationRate = windows.Dilations,
            DepthMultiplier = multiplier,
            Padding = padding,
            UseBias = bias,
            DepthwiseInitializer = Initializers.Zeros,
        };

    private static void Expect(OnnxContext c, OnnxConstant? bias, int filters)
    {
        if (bias is not null && (!bias.IsFloat || bias.Count != filters)) { throw c.Error($"has a bias of the shape {bias.Describe()} for {filters} filters"); }
    }
}

/// <summary>The windows that a node's attributes describe.</summary>
internal sealed class OnnxWindows
{
    public OnnxWindows(OnnxContext c, int[]? size)
    {
        int[] given = List(c, "kernel_shape", size ?? [], size?.Length);
        int axes = given.Length;
        if (size is not null && !given.SequenceEqual(size)) { throw c.Error($"has the kernel_shape ({string.Join(", ", given)}) for a kernel of ({string.Join(", ", size)}) taps"); }
        Size = given;
        Strides = List(c, "strides", [.. Enumerable.Repeat(1, axes)], axes);
        Dilations = List(c, "dilations", [.. Enumerable.Repeat(1, axes)], axes);
        Pads = List(c, "pads", new int[2 * axes], 2 * axes);
        Auto = c.Attribute("auto_pad")?.Text is { Length: > 0 } text ? text : "NOTSET";
        if (axes == 0 || Size.Concat(Strides).Concat(Dilations).Any(length => length is < 1 or > 1 << 20) || Pads.Any(pad => pad is < 0 or > 1 << 20)) { throw c.Error("has windows of a length, stride, dilation or pad that is none"); }
        if (Auto is not ("NOTSET" or "VALID" or "SAME_UPPER" or "SAME_LOWER")) { throw c.Error($"has the auto_pad '{Auto}'"); }
        if (Auto != "NOTSET") { Pads = new int[2 * axes]; }
    }

    public int[] Size { get; }

    public int[] Strides { get; }

    public int[] Dilations { get; }

    /// <summary>Before each axis, then behind each.</summary>
    public int[] Pads { get; }

    public string Auto { get; }

    public int Taps => Size.Aggregate(1, (product, length) => checked(product * length));

    /// <summary>From the first tap to behind the last.</summary>
    public int Extent(int axis) => checked(((Size[axis] - 1) * Dilations[axis]) + 1);

    public override string ToString() => $"{string.Join(',', Size)} {string.Join(',', Strides)} {string.Join(',', Dilations)} {string.Join(',', Pads)} {Auto}";

    private static int[] List(OnnxContext c, string name, int[] otherwise, int? count)
    {
        if (c.Attribute(name) is not { Integers.Count: > 0 } given) { return otherwise; }
        if (given.Integers.Count > 6 || (count is not null && given.Integers.Count != count)) { throw c.Error($"has {given.Integers.Count} {name}; expected {count}"); }
        return [.. given.Integers.Select(value => value is >= 0 and <= int.MaxValue ? (int)value : throw c.Error($"has {name} of ({string.Join(", ", given.Integers)})"))];
    }
}
