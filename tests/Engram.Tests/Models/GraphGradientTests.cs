using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Models;

/// <summary>Gradients of losses at several outputs, through shared layers, skips and nested models, against finite differences.</summary>
public class GraphGradientTests
{
    [Fact]
    public void A_layer_that_is_used_twice_gets_both_gradients() => Check(
        () =>
        {
            Input a = new(5, 3), b = new(5, 3);
            var shared = new Lstm(4);
            var last = new Dense(2);
            return new Model([a, b], [last.Apply(shared.Apply(a)), last.Apply(shared.Apply(b))]);
        },
        [[6, 5, 3], [6, 5, 3]], [[6, 2], [6, 2]]);

    [Fact]
    public void An_output_that_several_read_gets_the_sum() => Check(
        () =>
        {
            var input = new Input(5, 3);
            SymbolicTensor first = new Lstm(4) { ReturnSequences = true }.Apply(input);
            SymbolicTensor second = new Gru(4) { ReturnSequences = true }.Apply(first);
            SymbolicTensor third = new Lstm(4).Apply(second, new SimpleRnn(4).Apply(first), new Gru(4).Apply(second));
            return new Model([input], [new Dense(2).Apply(third), first, first]);
        },
        [[6, 5, 3]], [[6, 2], [6, 5, 4], [6, 5, 4]]);

    [Fact]
    public void States_carry_gradients_from_decoder_to_encoder() => Check(
        () => ModelTests.Translator().Model, [[4, 3, 8], [4, 5, 6]], [[4, 5, 30]]);

    [Fact]
    public void Nested_models_hand_gradients_through() => Check(
        () =>
        {
            Input a = new(5, 3), b = new([4]), inner = new(5, 3), start = new([4]);
            (SymbolicTensor y, SymbolicTensor h) = new Gru(4) { ReturnSequences = true, ReturnState = true }.ApplyAll(inner, start);
            var nested = new Model([inner, start], [y, h, start]);
            var tail = new Sequential(new Dense(3) { Activation = Activations.Tanh }, new Dense(2));
            SymbolicTensor begun = new Dense(4).Apply(b);
            IReadOnlyList<SymbolicTensor> once = nested.ApplyAll(a, begun), twice = nested.ApplyAll(a, once[1]);
            return new Model([a, b], [tail.Apply(once[0]), tail.Apply(twice[0]), twice[2]]);
        },
        [[6, 5, 3], [6, 4]], [[6, 5, 2], [6, 5, 2], [6, 4]]);

    [Fact]
    public void The_gradient_check_takes_a_model_for_a_layer()
    {
        Input a = new(5, 3), b = new([4]);
        var model = new Model([a, b], [new Gru(4).Apply(a, b), b]);
        GradientReport report = GradientCheck.Run(model, [new Shape(2, 5, 3), new Shape(2, 4)]);
        Assert.True(report.Passed, report.ToString());
    }

    private static void Check(Func<Model> create, int[][] inputAxes, int[][] targetAxes)
    {
        var key = new RandomKey(7);
        TensorBuffer[] x = [.. inputAxes.Select((axes, i) => Draw(key.Derive(i), axes))], y = [.. targetAxes.Select((axes, i) => Draw(key.Derive(100 + i), axes))];
        Model model = create();
        model.Build();
        NetworkPass pass = ((INetwork)model).CreatePass();
        BatchLoss[] losses = [.. y.Select(_ => new BatchLoss(Loss.MeanSquaredError))];
        double Loss_()
        {
            pass.Forward(x, [], training: true, keepForBackward: true, default);
            return losses.Select((loss, i) => loss.Compute(y[i], pass.Output(i), null, default, pass.PrepareOutputGradient(i))).Sum();
        }

        Loss_();
        pass.Backward([]);
        float[][] gradients = [.. model.Weights.Select(weight => weight.Gradient.Span.ToArray())];
        for (int w = 0; w < model.Weights.Count; w++)
        {
            Span<float> value = model.Weights[w].Value.Span;
            double largest = gradients[w].Max(Math.Abs);
            Assert.True(largest > 0, $"{model.Weights[w]} has no gradient");
            for (int i = 0; i < value.Length; i += 1 + (value.Length / 5))
            {
                float start = value[i];
                double difference = 0;
                const float Step = 0.01f;
                foreach ((int steps, double factor) in new[] { (1, 8.0), (-1, -8.0), (2, -1.0), (-2, 1.0) })
                {
                    value[i] = start + (steps * Step);
                    difference += factor * Loss_();
                }

                value[i] = start;
                double expected = difference / (12 * Step);
                Assert.True(Math.Abs(expected - gradients[w][i]) <= (2e-4 * largest) + 4e-6, $"{model.Weights[w]} [{i}]: expected {expected}, got {gradients[w][i]}");
            }
        }
    }

    private static TensorBuffer Draw(RandomKey key, int[] axes)
    {
        var buffer = new TensorBuffer(axes);
        for (int i = 0; i < buffer.Length; i++) { buffer.Span[i] = (float)key.Normal((ulong)i); }
        return buffer;
    }
}
