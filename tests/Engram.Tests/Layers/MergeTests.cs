using Engram.Layers;

namespace Engram.Tests.Layers;

/// <summary>Several inputs with masks, and inputs that do not fit.</summary>
public sealed class MergeTests
{
    // (rows 1, steps 4, features 1): a is data at steps 0 and 1, b at 0 and 2.
    private static readonly byte[] MaskA = [1, 1, 0, 0];
    private static readonly byte[] MaskB = [1, 0, 1, 0];

    public static TheoryData<Layer, float[], float[]> Masked() => new()
    {
        // What Keras gives: a padded input does not count, and where both are padding maximum has the first one's value, the product 0.
        { new Maximum(), [5, -2, 7, 4], [0, 1, 0, 1] },
        { new Minimum(), [3, -2, 7, 4], [1, 1, 0, 1] },
        { new Multiply(), [15, -2, 7, 0], [5, 1, 0, 0] },
        { new Add(), [8, 4, 16, 12], [1, 1, 1, 1] },
    };

    [Theory]
    [MemberData(nameof(Masked))]
    public void Padded_steps_count_as_in_Keras(Layer layer, float[] expected, float[] firstGradient)
    {
        (LayerCall call, TensorBuffer[] inputs) = Call(layer, [3, -2, 9, 4], [5, 6, 7, 8]);
        call.Forward(inputs);
        Assert.Equal(expected, call.Output.Span.ToArray());
        Assert.Equal([1, 1, 1, 0], layer.OutputMask(call, 0)!.Span.ToArray());

        call.PrepareOutputGradients()[0].Span.Fill(1);
        var dx = new TensorBuffer(0);
        call.Backward(dx, null);
        Assert.Equal(firstGradient, dx.Span.ToArray());
        call.SetMask(1, null);
        Assert.Null(layer.OutputMask(call, 0));
    }

    [Fact]
    public void Masks_are_concatenated_along_time_and_joined_along_features()
    {
        (LayerCall call, TensorBuffer[] inputs) = Call(new Concatenate(1), [3, -2, 9, 4], [5, 6, 7, 8]);
        call.Forward(inputs);
        Assert.Equal([1, 1, 0, 0, 1, 0, 1, 0], call.Layer.OutputMask(call, 0)!.Span.ToArray());
        call.SetMask(1, null);
        Assert.Equal([1, 1, 0, 0, 1, 1, 1, 1], call.Layer.OutputMask(call, 0)!.Span.ToArray());

        (call, inputs) = Call(new Concatenate(), [3, -2, 9, 4], [5, 6, 7, 8]);
        call.Forward(inputs);
        Assert.Equal([1, 1, 1, 0], call.Layer.OutputMask(call, 0)!.Span.ToArray());
        call.SetMask(0, null);
        call.SetMask(1, null);
        Assert.Null(call.Layer.OutputMask(call, 0));
    }

    [Theory]
    [InlineData(new[] { 2, 3, 4 }, new[] { 2, 3, 5 })]
    [InlineData(new[] { 2, 3, 4 }, new[] { 3, 3, 4 })]
    [InlineData(new[] { 2, 3, 4 }, new[] { 2, 3 })]
    public void Inputs_that_do_not_fit_are_refused_with_their_shapes(int[] first, int[] second)
    {
        string message = Assert.Throws<EngramException>(() => new Add { Name = "sum" }.OutputShapes([new Shape(first), new Shape(second)])).Message;
        Assert.StartsWith("sum: ", message, StringComparison.Ordinal);
        Assert.Contains(Shape.Format(second), message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shapes_are_inferred_as_in_Keras()
    {
        static Shape Of(Layer layer, params int[][] inputs) => layer.OutputShapes([.. inputs.Select(input => new Shape(input))])[0];
        Assert.Equal(new Shape(-1, 3, 4), Of(new Add(), [-1, 3, 4], [-1, 4]));
        Assert.Equal(new Shape(7, -1, 4), Of(new Add(), [-1, -1, 4], [7, 1, 4]));
        Assert.Equal(new Shape(-1, 3, 5), Of(new Concatenate(), [-1, 3, 4], [-1, 3, 1]));
        Assert.Equal(new Shape(-1, -1, 4), Of(new Concatenate(1), [-1, 3, 4], [-1, -1, 4]));
        Assert.Equal(new Shape(-1, 3, 5), Of(new Dot(2, 1), [-1, 3, 4], [-1, 4, 5]));
        Assert.Equal(new Shape(-1, 1), Of(new Dot(1), [-1, 4], [-1, 4]));
        Assert.Throws<EngramException>(() => Of(new Dot(2), [-1, 3, 4], [-1, 3, 5]));
        Assert.Throws<EngramException>(() => Of(new Subtract(), [-1, 3]));
        Assert.Throws<EngramException>(() => Of(new Concatenate(), [-1, 3, 4], [-1, 2, 4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Concatenate(0));
    }

    private static (LayerCall Call, TensorBuffer[] Inputs) Call(Layer layer, float[] first, float[] second)
    {
        var a = new TensorBuffer(1, 4, 1);
        var b = new TensorBuffer(1, 4, 1);
        a.CopyFrom(first);
        b.CopyFrom(second);
        layer.Build([new Shape(a.Axes), new Shape(b.Axes)], new RandomKey(1));
        var call = new LayerCall(layer) { KeepForBackward = true };
        call.SetMask(0, Mask(MaskA));
        call.SetMask(1, Mask(MaskB));
        return (call, [a, b]);
    }

    private static Mask Mask(byte[] steps)
    {
        var mask = new Mask(1, steps.Length);
        steps.CopyTo(mask.Span);
        return mask;
    }
}
