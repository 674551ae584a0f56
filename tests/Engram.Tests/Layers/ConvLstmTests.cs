using Engram.Layers;

namespace Engram.Tests.Layers;

/// <summary>What a convolutional LSTM does with states, masks and directions, against itself on other input and against the LSTM.</summary>
public sealed class ConvLstmTests
{
    private const int Rows = 3, Steps = 5, Width = 4, Channels = 2, Filters = 3;

    [Fact]
    public void With_one_place_it_is_an_LSTM()
    {
        var convolutional = new ConvLstm2D(Filters, 1) { ReturnSequences = true, ReturnState = true };
        var plain = new Lstm(Filters) { ReturnSequences = true, ReturnState = true };
        TensorBuffer x = Draw(1, Rows, Steps, 1, 1, Channels);
        var flat = new TensorBuffer(Rows, Steps, Channels);
        flat.CopyFrom(x.Span);
        LayerCall left = Call(convolutional, x);
        LayerCall right = Call(plain, flat);
        for (int k = 0; k < 3; k++) { plain.Weights[k].Value.CopyFrom(convolutional.Weights[k].Value.Span); }
        right.Forward(flat);
        for (int k = 0; k < 3; k++) { Golden.AssertClose(Doubles(right.Outputs[k]), left.Outputs[k].Span, 2e-6, $"output {k}"); }
    }

    [Fact]
    public void States_carry_a_sequence_from_call_to_call()
    {
        TensorBuffer x = Draw(1, Rows, Steps, Width, Channels);
        var whole = new ConvLstm1D(Filters, 3) { Padding = ConvolutionPadding.Same, ReturnState = true };
        LayerCall expected = Call(whole, x);

        var stateful = new ConvLstm1D(Filters, 3) { Padding = ConvolutionPadding.Same, ReturnState = true, Stateful = true };
        LayerCall call = Call(stateful, Part(x, 0, 2));
        call.Forward(Part(x, 2, Steps));
        Golden.AssertClose(Doubles(expected.Outputs[0]), call.Outputs[0].Span, 1e-6, "h");
        Golden.AssertClose(Doubles(expected.Outputs[2]), call.Outputs[2].Span, 1e-6, "c");

        stateful.ResetState();
        call.Forward(x);
        Assert.Equal(expected.Output.Span.ToArray(), call.Output.Span.ToArray());
        Assert.Contains("ResetState", Assert.Throws<EngramException>(() => call.Forward(Draw(1, Rows + 1, Steps, Width, Channels))).Message, StringComparison.Ordinal);

        // The same by hand: the states of the first part are the initial states of the second.
        LayerCall first = Call(whole, Part(x, 0, 2));
        TensorBuffer[] states = [Copy(first.Outputs[1]), Copy(first.Outputs[2])];
        var second = new LayerCall(whole);
        second.Forward(Part(x, 2, Steps), states[0], states[1]);
        Golden.AssertClose(Doubles(expected.Outputs[0]), second.Outputs[0].Span, 1e-6, "h");
    }

    [Fact]
    public void Padding_at_the_end_changes_nothing()
    {
        TensorBuffer x = Draw(1, Rows, Steps, Width, Channels);
        var layer = new ConvLstm1D(Filters, 3) { Padding = ConvolutionPadding.Same, ReturnState = true };
        LayerCall expected = Call(layer, Part(x, 0, 3));
        LayerCall call = Call(layer, x, MaskOf(1, 1, 1, 0, 0));
        for (int k = 0; k < 3; k++) { Golden.AssertClose(Doubles(expected.Outputs[k]), call.Outputs[k].Span, 1e-6, $"output {k}"); }
    }

    [Fact]
    public void A_masked_step_repeats_the_output_before_it_or_is_zero()
    {
        TensorBuffer x = Draw(1, Rows, Steps, Width, Channels);
        Mask mask = MaskOf(0, 1, 0, 1, 0);
        var repeats = new ConvLstm1D(Filters, 2) { ReturnSequences = true };
        var zeros = new ConvLstm1D(Filters, 2) { ReturnSequences = true, ZeroOutputForMask = true };
        LayerCall repeated = Call(repeats, x, mask);
        LayerCall zeroed = Call(zeros, x, mask);
        int length = (Width - 1) * Filters;
        for (int row = 0; row < Rows; row++)
        {
            float[] Step(LayerCall call, int step) => call.Output.Span.Slice(((row * Steps) + step) * length, length).ToArray();
            Assert.All(Step(repeated, 0), value => Assert.Equal(0, value));
            Assert.Equal(Step(repeated, 1), Step(repeated, 2));
            Assert.Equal(Step(repeated, 3), Step(repeated, 4));
            Assert.NotEqual(Step(repeated, 1), Step(repeated, 3));
            Assert.Equal(Step(repeated, 3), Step(zeroed, 3));
            Assert.All(Step(zeroed, 2), value => Assert.Equal(0, value));
        }

        Assert.Same(mask, repeats.OutputMask(repeated, 0));
    }

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    [InlineData(false, true, true)]
    public void Gradients_are_right_with_masks(bool sequences, bool zero, bool backwards)
    {
        var layer = new ConvLstm1D(2, 2)
        {
            ReturnSequences = sequences,
            ZeroOutputForMask = zero,
            GoBackwards = backwards,
            ReturnState = true,
            Activation = Activations.Get("gelu"),
            Dropout = 0.25f,
            RecurrentDropout = 0.25f,
        };
        Shape[] shapes = [new Shape(Rows, Steps, 3, 2), new Shape(Rows, 2, 2), new Shape(Rows, 2, 2)];
        layer.Build(shapes, new RandomKey(1));
        var mask = new Mask(Rows, Steps);
        ((ReadOnlySpan<byte>)[1, 1, 0, 1, 0, /**/ 0, 1, 1, 0, 1, /**/ 1, 0, 0, 0, 1]).CopyTo(mask.Span);
        GradientReport report = GradientCheck.Run(layer, shapes, new GradientCheckOptions { Masks = [mask] });
        Assert.True(report.Passed, report.ToString());
    }

    [Fact]
    public void Reading_backwards_is_reading_the_reversed_sequence()
    {
        TensorBuffer x = Draw(1, Rows, Steps, Width, Channels);
        TensorBuffer reversed = Draw(1, Rows, Steps, Width, Channels);
        int length = Width * Channels;
        for (int i = 0; i < Rows * Steps; i++)
        {
            int mirrored = (i / Steps * Steps) + Steps - 1 - (i % Steps);
            x.Span.Slice(i * length, length).CopyTo(reversed.Span[(mirrored * length)..]);
        }

        LayerCall forwards = Call(new ConvLstm1D(Filters, 3) { ReturnSequences = true }, reversed);
        LayerCall backwards = Call(new ConvLstm1D(Filters, 3) { ReturnSequences = true, GoBackwards = true }, x);
        Assert.Equal(forwards.Output.Span.ToArray(), backwards.Output.Span.ToArray());
    }

    [Fact]
    public void Prediction_without_backward_gives_the_same()
    {
        TensorBuffer x = Draw(1, Rows, Steps, Width, Channels);
        var layer = new ConvLstm1D(Filters, 3) { ReturnSequences = true, Activation = Activations.Get("gelu") };
        float[] kept = Call(layer, x).Output.Span.ToArray();
        var call = new LayerCall(layer);
        call.Forward(x);
        Assert.Equal(kept, call.Output.Span.ToArray());
    }

    [Fact]
    public void The_forget_gates_bias_starts_at_one()
    {
        var layer = new ConvLstm1D(2, 3);
        Call(layer, Draw(1, Rows, Steps, Width, Channels));
        Assert.Equal([0f, 0, 1, 1, 0, 0, 0, 0], layer.Weights[2].Value.Span.ToArray());
    }

    private static LayerCall Call(Layer layer, TensorBuffer x, Mask? mask = null)
    {
        layer.Build([new Shape(x.Axes)], new RandomKey(5));
        var call = new LayerCall(layer) { KeepForBackward = true, Mask = mask };
        call.Forward(x);
        return call;
    }

    private static Mask MaskOf(params byte[] steps)
    {
        var mask = new Mask(Rows, steps.Length);
        for (int row = 0; row < Rows; row++) { steps.CopyTo(mask.Span[(row * steps.Length)..]); }
        return mask;
    }

    private static TensorBuffer Part(TensorBuffer x, int first, int end)
    {
        int length = Width * Channels;
        var part = new TensorBuffer(Rows, end - first, Width, Channels);
        for (int row = 0; row < Rows; row++)
        {
            x.Span.Slice(((row * Steps) + first) * length, (end - first) * length).CopyTo(part.Span[(row * (end - first) * length)..]);
        }

        return part;
    }

    private static TensorBuffer Copy(TensorBuffer source)
    {
        var copy = new TensorBuffer(source.Axes);
        copy.CopyFrom(source.Span);
        return copy;
    }

    private static double[] Doubles(TensorBuffer buffer) => [.. buffer.Span.ToArray().Select(value => (double)value)];

    private static TensorBuffer Draw(int seed, params int[] axes)
    {
        var buffer = new TensorBuffer(axes);
        for (int i = 0; i < buffer.Length; i++) { buffer.Span[i] = (float)new RandomKey(seed).Normal((ulong)i); }
        return buffer;
    }
}
