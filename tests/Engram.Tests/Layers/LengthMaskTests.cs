using Engram.Layers;

namespace Engram.Tests.Layers;

/// <summary>The layer that makes a mask of lengths, whose derivative finite differences cannot show.</summary>
public sealed class LengthMaskTests
{
    [Fact]
    public void A_sequence_passes_with_the_mask_of_its_length_and_the_gradient_comes_back()
    {
        var layer = new LengthMask();
        layer.Build([new Shape(3, 4, 2), new Shape(3)], new RandomKey(1));
        TensorBuffer x = new(3, 4, 2), lengths = new(3);
        for (int i = 0; i < x.Length; i++) { x.Span[i] = i + 0.5f; }
        new float[] { 4, 0, 3 }.CopyTo(lengths.Span);
        var call = new LayerCall(layer) { KeepForBackward = true };
        call.Forward([x, lengths]);
        Assert.Equal(x.Span.ToArray(), call.Output.Span.ToArray());
        Assert.Equal([1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0], layer.OutputMask(call, 0)!.Span.ToArray());

        TensorBuffer dy = call.PrepareOutputGradients()[0];
        for (int i = 0; i < dy.Length; i++) { dy.Span[i] = 7 - i; }
        TensorBuffer dx = new(3, 4, 2), dLengths = new(3);
        dLengths.Span.Fill(9);
        call.Backward([dx, dLengths]);
        Assert.Equal(dy.Span.ToArray(), dx.Span.ToArray());
        Assert.Equal([0, 0, 0], dLengths.Span.ToArray());
    }

    [Theory]
    [InlineData(5)]
    [InlineData(1.5f)]
    [InlineData(float.NaN)]
    public void A_length_that_is_none_is_named(float length)
    {
        var layer = new LengthMask();
        layer.Build([new Shape(1, 4, 2), new Shape(1)], new RandomKey(1));
        TensorBuffer lengths = new(1);
        lengths.Span[0] = length;
        EngramException error = Assert.Throws<EngramException>(() => new LayerCall(layer).Forward([new TensorBuffer(1, 4, 2), lengths]));
        Assert.Contains("whole lengths from 0 to 4", error.Message, StringComparison.Ordinal);
    }
}
