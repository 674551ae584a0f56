using Engram.Layers;

namespace Engram.Tests.Layers;

/// <summary>Convolutions against their definition, for the options that the golden cases leave out, and what is refused.</summary>
public sealed class ConvolutionTests
{
    [Theory]
    [InlineData("valid", 1, 1, 1)]
    [InlineData("valid", 3, 1, 2)]
    [InlineData("same", 2, 1, 3)]
    [InlineData("same", 1, 3, 1)]
    [InlineData("causal", 1, 2, 2)]
    [InlineData("causal", 2, 1, 6)]
    public void Conv1D_is_its_definition(string padding, int stride, int dilation, int groups) => Check(
        new Conv1D(12, 4) { Strides = [stride], DilationRate = [dilation], Padding = Padding(padding), Groups = groups, BiasInitializer = new RandomNormalInitializer() },
        padding, groups, 3, 17, 6);

    [Theory]
    [InlineData("valid", 1, 2, 1, 1, 1)]
    [InlineData("same", 2, 3, 1, 1, 2)]
    [InlineData("same", 1, 1, 2, 3, 3)]
    [InlineData("valid", 1, 1, 1, 2, 6)]
    public void Conv2D_is_its_definition(string padding, int vertical, int horizontal, int down, int across, int groups) => Check(
        new Conv2D(6, 3, 2) { Strides = [vertical, horizontal], DilationRate = [down, across], Padding = Padding(padding), Groups = groups },
        padding, groups, 2, 9, 7, 6);

    [Theory]
    [InlineData("valid", 1, 2, 1)]
    [InlineData("same", 2, 1, 2)]
    public void Conv3D_is_its_definition(string padding, int stride, int dilation, int groups) => Check(
        new Conv3D(4, 2, 1, 3) { Strides = [stride, 1, stride], DilationRate = [1, dilation, dilation], Padding = Padding(padding), Groups = groups },
        padding, groups, 2, 5, 4, 7, 2);

    [Fact]
    public void A_window_wider_than_the_input_sees_zeros() => Check(
        new Conv1D(3, 9) { DilationRate = [2], Padding = ConvolutionPadding.Same }, "same", 1, 2, 4, 3);

    [Fact]
    public void Many_windows_go_through_several_blocks_and_shards() => Check(
        new Conv2D(40, 3) { Padding = ConvolutionPadding.Same }, "same", 1, 3, 21, 19, 33);

    [Theory]
    [InlineData("valid", 2, 1, 1)]
    [InlineData("same", 1, 2, 3)]
    public void Depthwise_is_a_convolution_with_a_group_for_each_channel(string padding, int stride, int dilation, int multiplier)
    {
        TensorBuffer x = Draw(1, 2, 7, 8, 5);
        var layer = new DepthwiseConv2D(3, 2) { Strides = [stride], DilationRate = [dilation], Padding = Padding(padding), DepthMultiplier = multiplier };
        LayerCall call = Run(layer, x);
        TensorBuffer kernel = layer.Weights[0].Value;
        var grouped = new TensorBuffer(3, 2, 1, 5 * multiplier); // (taps, channels, multiplier) is (taps, 1, channels x multiplier)
        grouped.CopyFrom(kernel.Span);
        (double[] z, int[] lengths) = NaiveConvolution.Forward(x, grouped, [stride, stride], [dilation, dilation], padding, groups: 5);
        Assert.Equal([2, .. lengths, 5 * multiplier], call.Output.Axes.ToArray());
        Golden.AssertClose(z, call.Output.Span, 2e-6, "z");
    }

    [Fact]
    public void Separable_is_depthwise_then_pointwise()
    {
        TensorBuffer x = Draw(1, 2, 6, 5, 3);
        var separable = new SeparableConv2D(4, 3, 2) { DepthMultiplier = 2, Padding = ConvolutionPadding.Same };
        LayerCall call = Run(separable, x);
        var depthwise = new TensorBuffer(3, 2, 1, 6);
        depthwise.CopyFrom(separable.Weights[0].Value.Span);
        (double[] u, _) = NaiveConvolution.Forward(x, depthwise, [1, 1], [1, 1], "same", groups: 3);
        var between = new TensorBuffer(2, 6, 5, 6);
        for (int i = 0; i < u.Length; i++) { between.Span[i] = (float)u[i]; }
        (double[] z, _) = NaiveConvolution.Forward(between, separable.Weights[1].Value, [1, 1], [1, 1], "valid", groups: 1);
        Golden.AssertClose(z, call.Output.Span, 2e-6, "z");
    }

    // <Tx, y> = <x, Cy> for the convolution C of which T is the transpose.
    [Theory]
    [InlineData(ConvolutionPadding.Valid, 2, 1, null, 7, 17)]
    [InlineData(ConvolutionPadding.Valid, 4, 1, null, 7, 28)] // a stride longer than the window
    [InlineData(ConvolutionPadding.Valid, 1, 2, null, 7, 11)]
    [InlineData(ConvolutionPadding.Same, 2, 1, null, 7, 14)]
    [InlineData(ConvolutionPadding.Same, 3, 1, null, 5, 15)]
    [InlineData(ConvolutionPadding.Same, 2, 1, 0, 7, 13)]
    [InlineData(ConvolutionPadding.Same, 2, 1, 1, 7, 14)]
    [InlineData(ConvolutionPadding.Valid, 2, 1, 1, 7, 16)]
    public void Conv1DTranspose_is_the_transpose(ConvolutionPadding padding, int stride, int dilation, int? outputPadding, int steps, int length)
    {
        int taps = padding == ConvolutionPadding.Valid && outputPadding is null && stride == 2 ? 5 : 3;
        var layer = new Conv1DTranspose(3, taps) { Padding = padding, Strides = [stride], DilationRate = [dilation], OutputPadding = outputPadding, UseBias = false };
        TensorBuffer x = Draw(1, 2, steps, 4);
        LayerCall call = Run(layer, x);
        Assert.Equal([2, length, 3], call.Output.Axes.ToArray());

        TensorBuffer y = Draw(2, 2, length, 3);
        (double[] convolved, int[] lengths) = NaiveConvolution.Forward(
            y, layer.Weights[0].Value, [stride], [dilation], padding == ConvolutionPadding.Same ? "same" : "valid", groups: 1);
        Assert.Equal(steps, lengths[0]);
        double left = 0;
        double right = 0;
        for (int i = 0; i < y.Length; i++) { left += (double)call.Output.Span[i] * y.Span[i]; }
        for (int i = 0; i < x.Length; i++) { right += x.Span[i] * convolved[i]; }
        Assert.Equal(right, left, 1e-4);
    }

    [Fact]
    public void Causal_windows_see_no_later_step()
    {
        var layer = new Conv1D(3, 3) { Padding = ConvolutionPadding.Causal, DilationRate = [2] };
        TensorBuffer x = Draw(1, 2, 8, 2);
        float[] before = Run(layer, x).Output.Span.ToArray();
        for (int i = 5 * 2; i < 8 * 2; i++) { x.Span[i] += 1; }
        LayerCall call = new(layer);
        call.Forward(x);
        Assert.Equal(before[..(5 * 3)], call.Output.Span[..(5 * 3)].ToArray());
        Assert.NotEqual(before[5 * 3], call.Output.Span[5 * 3]);
    }

    [Fact]
    public void Layers_without_a_name_get_the_one_that_Keras_gives()
    {
        Layer[] layers = [new Conv1D(1, 1), new Conv1DTranspose(1, 1), new SeparableConv2D(1, 1), new DepthwiseConv1D(1), new ConvLstm2D(1, 1)];
        Assert.Equal(
            ["conv1d", "conv1d_transpose", "separable_conv2d", "depthwise_conv1d", "conv_lstm2d"],
            layers.Select(layer => LayerNames.SnakeCase(layer.Kind)));
    }

    [Fact]
    public void What_cannot_be_is_refused_with_the_reason()
    {
        Assert.Contains("both above 1", Refused(() => new Conv2D(4, 3) { Strides = [2], DilationRate = [1, 2] }), StringComparison.Ordinal);
        Assert.Contains("both above 1", Refused(() => new ConvLstm1D(4, 3) { DilationRate = [2], Strides = [2] }), StringComparison.Ordinal);
        Assert.Contains("5 filters", Refused(() => new Conv1D(5, 3) { Groups = 2 }), StringComparison.Ordinal);
        Assert.Contains("causal", Refused(() => new Conv2D(4, 3) { Padding = ConvolutionPadding.Causal }), StringComparison.Ordinal);
        Assert.Contains("causal", Refused(() => new ConvLstm2D(4, 3) { Padding = ConvolutionPadding.Causal }), StringComparison.Ordinal);
        Assert.Contains("3 numbers", Refused(() => new Conv2D(4, 3, 3, 3)), StringComparison.Ordinal);
        Assert.Contains("2 numbers", Refused(() => new Conv1D(4, 3) { Strides = [1, 2] }), StringComparison.Ordinal);
        Assert.Contains("kernelSize", Refused(() => new Conv1D(4, 0)), StringComparison.Ordinal);
        Assert.Contains("filters", Refused(() => new Conv3D(0, 1)), StringComparison.Ordinal);
        Assert.Contains("glu", Refused(() => new ConvLstm1D(4, 3) { Activation = Activations.Get("glu") }), StringComparison.Ordinal);
        Assert.Contains("Dropout", Refused(() => new ConvLstm1D(4, 3) { RecurrentDropout = 1 }), StringComparison.Ordinal);

        Assert.Contains("3 channels", Unbuildable(new Conv1D(4, 3) { Groups = 2 }, 2, 8, 3), StringComparison.Ordinal);
        Assert.Contains("at least 5 places along axis 2", Unbuildable(new Conv2D(4, 3) { DilationRate = [2] }, 2, 8, 4, 3), StringComparison.Ordinal);
        Assert.Contains("(batch, rows, columns, channels)", Unbuildable(new Conv2D(4, 3), 2, 8, 4), StringComparison.Ordinal);
        Assert.Contains("at least 3 places along axis 3", Unbuildable(new ConvLstm2D(4, 1, 3), 2, 8, 4, 2, 1), StringComparison.Ordinal);
        Assert.Contains("below the stride", Unbuildable(new Conv1DTranspose(4, 3) { OutputPadding = 1 }, 2, 8, 4), StringComparison.Ordinal);
    }

    private static string Refused(Func<Layer> create) => Assert.ThrowsAny<ArgumentException>(create).Message;

    private static string Unbuildable(Layer layer, params int[] shape) =>
        Assert.Throws<EngramException>(() => layer.Build([new Shape(shape)], new RandomKey(1))).Message;

    private static void Check(StandardConvolution layer, string padding, int groups, params int[] shape)
    {
        TensorBuffer x = Draw(1, shape);
        LayerCall call = Run(layer, x);
        (double[] z, int[] lengths) = NaiveConvolution.Forward(
            x, layer.Weights[0].Value, [.. layer.Strides], [.. layer.DilationRate], padding, groups);
        Assert.Equal([shape[0], .. lengths, layer.Filters], call.Output.Axes.ToArray());
        ReadOnlySpan<float> bias = layer.Weights[1].Value.Span;
        for (int i = 0; i < z.Length; i++) { z[i] += bias[i % bias.Length]; }
        Golden.AssertClose(z, call.Output.Span, 2e-6, "z");

        // The transposes of a linear function: <dz, P(x)> is <dx, x>, and is <dW, W> + <db, b>.
        TensorBuffer dz = call.PrepareOutputGradients()[0];
        Draw(2, dz.Axes.ToArray()).Span.CopyTo(dz.Span);
        var dx = new TensorBuffer(0);
        call.Backward(dx);
        double output = 0;
        double ofBias = 0;
        for (int i = 0; i < z.Length; i++)
        {
            output += z[i] * dz.Span[i];
            ofBias += (double)bias[i % bias.Length] * dz.Span[i];
        }

        Assert.Equal(output - ofBias, Dot(dx, x), 1e-5 * z.Length);
        Assert.Equal(output - ofBias, Dot(layer.Weights[0].Gradient, layer.Weights[0].Value), 1e-5 * z.Length);
        Assert.Equal(ofBias, Dot(layer.Weights[1].Gradient, layer.Weights[1].Value), 1e-5 * z.Length);
    }

    private static double Dot(TensorBuffer a, TensorBuffer b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) { sum += (double)a.Span[i] * b.Span[i]; }
        return sum;
    }

    private static LayerCall Run(Layer layer, TensorBuffer x)
    {
        layer.Build([new Shape(x.Axes)], new RandomKey(3));
        var call = new LayerCall(layer) { KeepForBackward = true };
        call.Forward(x);
        return call;
    }

    private static TensorBuffer Draw(int seed, params int[] axes)
    {
        var buffer = new TensorBuffer(axes);
        for (int i = 0; i < buffer.Length; i++) { buffer.Span[i] = (float)new RandomKey(seed).Normal((ulong)i); }
        return buffer;
    }

    private static ConvolutionPadding Padding(string word) => word switch
    {
        "valid" => ConvolutionPadding.Valid,
        "same" => ConvolutionPadding.Same,
        _ => ConvolutionPadding.Causal,
    };
}
