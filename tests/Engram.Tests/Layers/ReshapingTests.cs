using Engram.Layers;

namespace Engram.Tests.Layers;

/// <summary>Shapes that are asked for wrongly, and interpolation against its formula.</summary>
public sealed class ReshapingTests
{
    [Fact]
    public void Bilinear_pictures_are_interpolated_between_the_middles_of_pixels()
    {
        // One row of three pixels, three times as wide: places (i + 1/2) / 3 - 1/2.
        var layer = new UpSampling2D(1, 3) { Interpolation = Interpolation.Bilinear };
        float[] y = Run(layer, [0, 3, 9], 1, 1, 3, 1);
        Golden.AssertClose([0, 0, 1, 2, 3, 5, 7, 9, 9], y, 1e-6, "row");
        Golden.AssertClose([0, 0.75, 2.25, 3], Run(new UpSampling2D(2, 1) { Interpolation = Interpolation.Bilinear }, [0, 3], 1, 2, 1, 1), 1e-6, "column");
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Assert.Equal(new Shape(-1, 6, 2), new Reshape(-1, 2).OutputShape(new Shape(-1, 3, 4)));
        Assert.Equal(new Shape(-1, -1, 2), new Reshape(-1, 2).OutputShape(new Shape(-1, -1, 4)));
        Assert.Contains("12", Assert.Throws<EngramException>(() => new Reshape(3, 4).OutputShape(new Shape(-1, 3, 5))).Message, StringComparison.Ordinal);
        Assert.Throws<EngramException>(() => new Reshape(-1, 4).OutputShape(new Shape(-1, 3, 5)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Reshape(-1, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Reshape(0));
        Assert.Throws<ArgumentException>(() => new Permute(1, 3));
        Assert.Throws<EngramException>(() => new Permute(2, 1).OutputShape(new Shape(2, 3)));
        Assert.Throws<EngramException>(() => new Cropping1D(2, 1).OutputShape(new Shape(2, 3, 4)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ZeroPadding1D(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new UpSampling1D(0));
    }

    [Fact]
    public void Windows_that_find_no_place_are_refused()
    {
        Assert.Equal(new Shape(-1, -1, 4), new MaxPooling1D().OutputShape(new Shape(-1, -1, 4)));
        Assert.Contains("at least 3", Assert.Throws<EngramException>(() => new MaxPooling1D(3).OutputShape(new Shape(-1, 2, 4))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new AveragePooling2D(2, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MaxPooling1D { Strides = [0] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new MaxPooling1D { Strides = [1, 1] });
    }

    private static float[] Run(Layer layer, float[] x, params int[] shape)
    {
        var input = new TensorBuffer(shape);
        input.CopyFrom(x);
        layer.Build([new Shape(shape)], new RandomKey(1));
        var call = new LayerCall(layer);
        call.Forward(input);
        return call.Output.Span.ToArray();
    }
}
