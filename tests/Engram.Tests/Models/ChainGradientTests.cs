using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Models;

/// <summary>The gradient of a whole model's loss, through every layer of the chain, against finite differences.</summary>
public class ChainGradientTests
{
    [Fact]
    public void Loss_gradients_reach_the_first_layer_of_a_stack() => Check(
        [new Lstm(7) { ReturnSequences = true }, new Lstm(6), new Dense(1)], [32, 12, 1], [32, 1]);

    [Fact]
    public void Loss_gradients_pass_through_both_directions() => Check(
        [new Gru(3) { ReturnSequences = true }, new Bidirectional(new SimpleRnn(4)), new Dense(2) { Activation = Activations.Tanh }],
        [5, 6, 2], [5, 2]);

    private static void Check(Layer[] layers, int[] inputAxes, int[] targetAxes)
    {
        var key = new RandomKey(7);
        TensorBuffer x = Draw(key.Derive(1), inputAxes), y = Draw(key.Derive(2), targetAxes);
        var model = new Sequential(layers) { Seed = 3 };
        model.Build(new Shape(inputAxes));
        NetworkPass pass = ((INetwork)model).CreatePass();
        var loss = new BatchLoss(Loss.MeanSquaredError);
        double Loss_()
        {
            pass.Forward([x], [], training: true, keepForBackward: true, default);
            return loss.Compute(y, pass.Output(0), null, default, pass.PrepareOutputGradient(0));
        }

        Loss_();
        pass.Backward([]);
        float[][] gradients = [.. model.Weights.Select(weight => weight.Gradient.Span.ToArray())];
        for (int w = 0; w < model.Weights.Count; w++)
        {
            Span<float> value = model.Weights[w].Value.Span;
            double largest = gradients[w].Max(Math.Abs);
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
                Assert.True(Math.Abs(expected - gradients[w][i]) <= (2e-4 * largest) + 2e-6, $"{model.Weights[w]} [{i}]: expected {expected}, got {gradients[w][i]}");
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
