using Engram.Layers;

namespace Engram.Tests.Layers;

public class GradientCheckTests
{
    [Fact]
    public void Masks_several_inputs_and_whole_numbers_are_handled()
    {
        var mask = new Mask(2, 4);
        new byte[] { 1, 0, 1, 0, 0, 1, 1, 1 }.CopyTo(mask.Span);
        GradientCheck.Run(
            new Lstm(3) { ReturnSequences = true }, [new Shape(2, 4, 5), new Shape(2, 3), new Shape(2, 3)],
            new GradientCheckOptions { Mask = mask }).ThrowIfFailed();

        var tokens = new TensorBuffer(2, 3);
        tokens.CopyFrom([0, 2, 1, 2, 2, 3]);
        GradientReport report = GradientCheck.Run(
            new Embedding(4, 2), [new Shape(2, 3)], new GradientCheckOptions { Inputs = [tokens], CheckInputs = false });
        report.ThrowIfFailed();
        Assert.Equal(8, report.Compared);
    }

    [Fact]
    public void Where_there_is_nothing_to_compare_the_rules_are_checked()
    {
        GradientReport report = GradientCheck.Run(new Dropout(0.5f), [new Shape(2, 3)], new GradientCheckOptions { CheckInputs = false });
        report.ThrowIfFailed();
        Assert.Equal(0, report.Compared);
        Assert.Contains("nothing was compared", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_and_their_gradients_are_put_back()
    {
        var layer = new Dense(2);
        layer.Build([new Shape(3, 4)], new RandomKey(9));
        layer.Weights[0].Gradient.Span.Fill(7);
        float[] before = layer.Weights[0].Value.Span.ToArray();
        GradientCheck.Run(layer, [new Shape(3, 4)]).ThrowIfFailed();
        Assert.Equal(before, layer.Weights[0].Value.Span.ToArray());
        Assert.All(layer.Weights[0].Gradient.Span.ToArray(), gradient => Assert.Equal(7, gradient));
    }

    [Fact]
    public void A_wrong_input_gradient_is_found() => AssertFails(new Scale { InputFactor = 1.01f }, "input 0[");

    [Fact]
    public void A_wrong_weight_gradient_is_found() => AssertFails(new Scale { WeightFactor = -1 }, "scale[");

    [Fact]
    public void NaN_is_found() => AssertFails(new Scale { InputFactor = float.NaN }, "NaN");

    [Fact]
    public void Overwriting_a_weight_gradient_is_found() => AssertFails(new Scale { Overwrites = true }, "scale[");

    [Fact]
    public void Changing_the_input_is_found() => AssertFails(new Scale { ChangesInput = true }, "forward changed input 0");

    [Fact]
    public void A_layer_that_answers_differently_each_time_does_not_pass() => AssertFails(new Scale { Restless = true }, "skipped");

    [Fact]
    public void The_right_layer_of_ones_own_passes() => GradientCheck.Run(new Scale(), [new Shape(3, 4)]).ThrowIfFailed();

    [Fact]
    public void Unknown_axes_are_errors() =>
        Assert.Throws<EngramException>(() => GradientCheck.Run(new Scale(), [new Shape(Shape.Unknown, 4)]));

    private static void AssertFails(Layer layer, string expected)
    {
        GradientReport report = GradientCheck.Run(layer, [new Shape(3, 4)]);
        Assert.False(report.Passed, report.ToString());
        string message = Assert.Throws<EngramException>(report.ThrowIfFailed).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    // y = scale x, with faults to choose from.
    private sealed class Scale : Layer
    {
        private Weight scale = null!;
        private int calls;

        public float InputFactor { get; init; } = 1;

        public float WeightFactor { get; init; } = 1;

        public bool Overwrites { get; init; }

        public bool ChangesInput { get; init; }

        public bool Restless { get; init; }

        public override Shape OutputShape(Shape input) => input;

        protected override void OnBuild(IReadOnlyList<Shape> inputs) => scale = AddWeight("scale", [inputs[0].Last], Initializers.Ones);

        protected internal override void Forward(LayerCall call)
        {
            float noise = Restless ? 1 + (0.01f * (calls++ % 7)) : 1;
            for (int i = 0; i < call.Input.Length; i++) { call.Output.Span[i] = call.Input.Span[i] * scale.Value.Span[i % scale.Value.Length] * noise; }
            if (ChangesInput) { call.Input.Span[0] += 1; }
        }

        protected internal override void Backward(LayerCall call)
        {
            if (Overwrites) { scale.Gradient.Clear(); }
            for (int i = 0; i < call.Input.Length; i++)
            {
                float dy = call.OutputGradient.Span[i];
                if (call.InputGradient is { } dx) { dx.Span[i] = dy * scale.Value.Span[i % scale.Value.Length] * InputFactor; }
                scale.Gradient.Span[i % scale.Value.Length] += dy * call.Input.Span[i] * WeightFactor;
            }
        }
    }
}
