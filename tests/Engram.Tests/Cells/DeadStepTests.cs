using Engram.Layers;

namespace Engram.Tests.Cells;

/// <summary>Steps at which every row of a shard is masked are not computed, and every number is the same as if they were.</summary>
public class DeadStepTests
{
    // Two pieces of an LSTM of 50 units, one of a wide layer.
    private const int TimeSteps = 32, Features = 3, Units = 50;

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (string layer in Layers.Keys)
            {
                foreach (string mask in (string[])["right", "left", "holes", "nothing valid"]) { cases.Add(layer, mask); }
            }

            return cases;
        }
    }

    private static Dictionary<string, Func<Layer>> Layers { get; } = new()
    {
        ["last"] = () => new Lstm(Units),
        ["sequences"] = () => new Lstm(Units) { ReturnSequences = true },
        ["zero output"] = () => new Gru(Units) { ReturnSequences = true, ZeroOutputForMask = true },
        ["backwards"] = () => new Lstm(Units) { ReturnSequences = true, GoBackwards = true, RecurrentDropout = 0.1f },
        ["dropout"] = () => new SimpleRnn(Units) { ReturnSequences = true, Dropout = 0.1f },
        ["both dropouts"] = () => new Gru(Units) { Dropout = 0.1f, RecurrentDropout = 0.1f, ResetAfter = false },
        ["wide"] = () => new Lstm(259) { ReturnSequences = true },
        ["bidirectional"] = () => new Bidirectional(new Lstm(Units) { ReturnSequences = true }),
    };

    // A sixteenth row without padding keeps every step of the shard alive; with no gradient of its own it adds nothing.
    [Theory]
    [MemberData(nameof(Cases))]
    public void A_row_that_needs_every_step_changes_no_bit_of_the_others(string name, string padding)
    {
        Layer layer = Layers[name]();
        layer.Build([new Shape(1, TimeSteps, Features)], new RandomKey(2));
        TensorBuffer x = Draw(3, 16, TimeSteps, Features);
        (float[] dead, float[] deadGradients) = Run(layer, x, 15, padding);
        (float[] live, float[] liveGradients) = Run(layer, x, 16, padding);
        Assert.All(dead, value => Assert.True(float.IsFinite(value)));
        Assert.Equal(live, dead);
        Assert.Equal(liveGradients, deadGradients);
    }

    // Numbers that are not finite would reach every gradient if the steps where they stand were part of a product.
    [Theory]
    [InlineData("right")]
    [InlineData("left")]
    public void The_input_of_dead_steps_is_not_looked_at(string padding)
    {
        var layer = new Lstm(Units) { ReturnSequences = true };
        layer.Build([new Shape(1, TimeSteps, Features)], new RandomKey(2));
        TensorBuffer x = Draw(3, 15, TimeSteps, Features);
        Mask mask = Padding(15, padding);
        for (int t = 0; t < TimeSteps; t++)
        {
            bool dead = Enumerable.Range(0, 15).All(row => !mask[row, t]);
            for (int row = 0; dead && row < 15; row++) { x.Span.Slice(((row * TimeSteps) + t) * Features, Features).Fill(float.NaN); }
        }

        (float[] values, float[] gradients) = Run(layer, x, 15, padding);
        Assert.All(values, value => Assert.True(float.IsFinite(value)));
        Assert.All(gradients, value => Assert.True(float.IsFinite(value)));
    }

    // Outputs and input gradients of the first fifteen rows, and the weights' gradients.
    private static (float[] Values, float[] Gradients) Run(Layer layer, TensorBuffer all, int rows, string padding)
    {
        var x = new TensorBuffer(rows, TimeSteps, Features);
        x.CopyFrom(all.Span[..x.Length]);
        var call = new LayerCall(layer) { Training = true, KeepForBackward = true, Random = new RandomKey(5), Mask = Padding(rows, padding) };
        foreach (Weight weight in layer.Weights) { weight.Gradient.Clear(); }
        call.Forward(x);
        Span<float> dy = call.PrepareOutputGradients()[0].Span;
        dy.Clear();
        int counted = dy.Length / rows * 15;
        new RandomKey(6).FillUniform(dy[..counted]);
        var dx = new TensorBuffer(0);
        call.Backward(dx);
        float[] values = [.. call.Output.Span[..counted], .. dx.Span[..(15 * TimeSteps * Features)]];
        return (values, [.. layer.Weights.SelectMany(weight => weight.Gradient.Span.ToArray())]);
    }

    private static Mask Padding(int rows, string padding)
    {
        var mask = new Mask(rows, TimeSteps);
        mask.Span.Clear();
        for (int row = 0; row < rows; row++)
        {
            Span<byte> steps = mask.Span.Slice(row * TimeSteps, TimeSteps);
            int length = 1 + (row * 3 / 4);
            switch (padding)
            {
                case "right": steps[..length].Fill(1); break;
                case "left": steps[^length..].Fill(1); break;
                case "holes":
                    steps.Slice(5, 2 + (row % 3)).Fill(1);
                    steps.Slice(23 + (row % 2), 4).Fill(1);
                    break;
                default: break;
            }
        }

        if (rows == 16) { mask.Span[(15 * TimeSteps)..].Fill(1); }
        return mask;
    }

    private static TensorBuffer Draw(int seed, params ReadOnlySpan<int> axes)
    {
        var buffer = new TensorBuffer(axes);
        new RandomKey(seed).FillUniform(buffer.Span);
        return buffer;
    }
}
