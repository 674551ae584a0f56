using Engram.Data;
using Engram.Layers;
using Xunit.Abstractions;

namespace Engram.Tests.Layers;

public sealed class NormalizationTests(ITestOutputHelper output)
{
    [Fact]
    public void Learnt_moments_are_those_of_Keras() => Golden.Run(
        output,
        "data",
        golden =>
        {
            float[,] x = Rows(golden);
            var layer = new Normalization();
            layer.Adapt(x);
            Golden.AssertClose(golden.Doubles("mean"), layer.Weights[0].Value.Span, 1e-6, "mean");
            Golden.AssertClose(golden.Doubles("variance"), layer.Weights[1].Value.Span, 1e-6, "variance");
            Golden.AssertClose(golden.Doubles("output.0"), Run(layer, x), 2e-6, "output");
        },
        golden => golden.Entry.GetProperty("function").GetString() == "Normalization");

    [Fact]
    public void Batches_teach_what_all_of_them_teach_at_once()
    {
        GoldenCase golden = Fixtures.Open("data")["normalization"];
        float[,] x = Rows(golden);
        var layer = new Normalization();
        layer.Adapt([Part(x, 0, 5), Part(x, 5, 6), Part(x, 6, x.GetLength(0))]);
        Golden.AssertClose(golden.Doubles("mean"), layer.Weights[0].Value.Span, 1e-6, "mean");
        Golden.AssertClose(golden.Doubles("variance"), layer.Weights[1].Value.Span, 1e-6, "variance");
    }

    [Fact]
    public void Inverting_gives_back_what_went_in()
    {
        float[,] x = { { 1, 20 }, { 3, -10 }, { 8, 5 } };
        double[] mean = [4, 5], variance = [2, 150];
        float[] normal = Run(new Normalization { Mean = mean, Variance = variance }, x);
        Golden.AssertClose([-3 / Math.Sqrt(2), 15 / Math.Sqrt(150)], normal.AsSpan(0, 2), 1e-6, "first row");
        float[,] again = { { normal[0], normal[1] }, { normal[2], normal[3] }, { normal[4], normal[5] } };
        Golden.AssertClose([1, 20, 3, -10, 8, 5], Run(new Normalization { Mean = mean, Variance = variance, Invert = true }, again), 1e-6, "inverted");
    }

    [Fact]
    public void What_is_wrong_is_said()
    {
        Assert.Throws<InvalidOperationException>(() => new Normalization { Mean = [1], Variance = [2] }.Adapt(new float[2, 3]));
        Assert.Throws<EngramException>(() => new Normalization().Adapt(Array.Empty<NumericArray>()));
        Assert.Throws<EngramException>(() => new Normalization { Mean = [1] }.Build([new Shape(2, 3)], default));
        Assert.Throws<EngramException>(() => new Normalization { Mean = [1, 2], Variance = [1, 2] }.Build([new Shape(2, 3)], default));
        Assert.Contains("3 elements", Assert.Throws<EngramException>(() => Adapted().Adapt(new float[2, 4])).Message, StringComparison.Ordinal);
        Assert.Throws<EngramException>(() => new LayerNormalization { Axes = [3] }.OutputShape(new Shape(2, 3)));
        Assert.Throws<EngramException>(() => new LayerNormalization { Axes = [1, -1] }.OutputShape(new Shape(2, 3)));
        Assert.Throws<EngramException>(() => new GroupNormalization(4).OutputShape(new Shape(2, 6)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GroupNormalization(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchNormalization { Momentum = 1.5 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchNormalization { Epsilon = double.NaN });

        static Normalization Adapted()
        {
            var layer = new Normalization();
            layer.Adapt(new float[2, 3]);
            return layer;
        }
    }

    [Fact]
    public void A_frozen_batch_normalization_keeps_its_averages_and_uses_them()
    {
        var layer = new BatchNormalization { Trainable = false };
        layer.Build([new Shape(3, 2)], new RandomKey(1));
        var x = new TensorBuffer(3, 2);
        x.CopyFrom([1, 2, 3, 4, 5, 6]);
        var call = new LayerCall(layer) { Training = true, KeepForBackward = true };
        call.Forward(x);
        Golden.AssertClose([.. x.Span.ToArray().Select(value => value / Math.Sqrt(1.001))], call.Output.Span, 1e-6, "output");
        Assert.Equal([0, 0], layer.Weights[2].Value.Span.ToArray());
    }

    private static float[] Run(Layer layer, float[,] x)
    {
        var input = new TensorBuffer(x.GetLength(0), x.GetLength(1));
        input.CopyFrom([.. x.Cast<float>()]);
        layer.Build([new Shape(input.Axes)], new RandomKey(1));
        var call = new LayerCall(layer);
        call.Forward(input);
        return call.Output.Span.ToArray();
    }

    private static float[,] Rows(GoldenCase golden)
    {
        float[] values = golden.Floats("x");
        var x = new float[values.Length / 2, 2];
        Buffer.BlockCopy(values, 0, x, 0, values.Length * sizeof(float));
        return x;
    }

    private static NumericArray Part(float[,] x, int from, int to) =>
        NumericArray.Create([.. x.Cast<float>().Skip(2 * from).Take(2 * (to - from))], to - from, 2);
}
