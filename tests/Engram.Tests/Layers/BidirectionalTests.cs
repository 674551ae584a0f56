using Engram.Kernels;
using Engram.Layers;

namespace Engram.Tests.Layers;

/// <summary>Both directions at once give what each gives by itself, to the last bit, on any number of threads.</summary>
public class BidirectionalTests
{
    [Theory]
    [InlineData(1, 21, 1)]
    [InlineData(37, 21, 2)]
    [InlineData(37, 21, 3)]
    [InlineData(5, 260, 1)]
    [InlineData(5, 260, 2)]
    [InlineData(5, 260, 3)]
    public void The_directions_are_those_of_two_layers_run_one_after_the_other(int rows, int units, int threads)
    {
        const int TimeSteps = 11, Features = 6;
        var layer = new Bidirectional(new Lstm(units) { ReturnSequences = true }) { MergeMode = MergeMode.None };
        layer.Build([new Shape(rows, TimeSteps, Features)], new RandomKey(2));
        var x = new TensorBuffer(rows, TimeSteps, Features);
        new RandomKey(3).FillUniform(x.Span);
        var dy = new TensorBuffer(rows, TimeSteps, units);
        new RandomKey(4).FillUniform(dy.Span);
        TensorBuffer reversed = Reversed(dy);
        int before = Workers.ThreadCount;
        try
        {
            Workers.ThreadCount = 1;
            (float[] y, float[] dx, float[] gradients) forward = Alone(layer.ForwardLayer, x, dy);
            (float[] y, float[] dx, float[] gradients) backward = Alone(layer.BackwardLayer, x, reversed);

            Workers.ThreadCount = threads;
            var call = new LayerCall(layer) { Training = true, KeepForBackward = true };
            Clear(layer);
            call.Forward(x);
            foreach (TensorBuffer gradient in call.PrepareOutputGradients()) { gradient.CopyFrom(dy.Span); }
            var together = new TensorBuffer(0);
            call.Backward(together);
            Assert.Equal(forward.y, call.Outputs[0].Span.ToArray());
            Assert.Equal(backward.y, Reversed(call.Outputs[1]).Span.ToArray());
            Assert.Equal(forward.gradients, Gradients(layer.ForwardLayer));
            Assert.Equal(backward.gradients, Gradients(layer.BackwardLayer));
            Assert.Equal(forward.dx.Zip(backward.dx, (a, b) => a + b), together.Span.ToArray());
        }
        finally
        {
            Workers.ThreadCount = before;
        }
    }

    private static (float[] Y, float[] Dx, float[] Gradients) Alone(Layer layer, TensorBuffer x, TensorBuffer dy)
    {
        var call = new LayerCall(layer) { Training = true, KeepForBackward = true };
        Clear(layer);
        call.Forward(x);
        call.PrepareOutputGradients()[0].CopyFrom(dy.Span);
        var dx = new TensorBuffer(0);
        call.Backward(dx);
        return (call.Output.Span.ToArray(), dx.Span.ToArray(), Gradients(layer));
    }

    private static void Clear(Layer layer)
    {
        foreach (Weight weight in layer.Weights) { weight.Gradient.Clear(); }
    }

    private static float[] Gradients(Layer layer) => [.. layer.Weights.SelectMany(weight => weight.Gradient.Span.ToArray())];

    // (batch, time, units) with time turned round.
    private static TensorBuffer Reversed(TensorBuffer buffer)
    {
        var result = new TensorBuffer(buffer.Axes);
        int width = buffer[^1], steps = buffer[1];
        for (int row = 0; row < buffer[0]; row++)
        {
            for (int t = 0; t < steps; t++)
            {
                buffer.Span.Slice(((row * steps) + t) * width, width).CopyTo(result.Span[(((row * steps) + steps - 1 - t) * width)..]);
            }
        }

        return result;
    }
}
