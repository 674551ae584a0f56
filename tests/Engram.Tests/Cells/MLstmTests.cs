using Engram.Inference;
using Engram.Layers;
using Engram.Models;

namespace Engram.Tests.Cells;

/// <summary>The mLSTM around its heads: step by step as all at once, and padding.</summary>
public sealed class MLstmTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_session_agrees_with_all_steps_at_once(int heads)
    {
        var model = new Sequential(new Input(9, 4), new MLstm(6) { Heads = heads, ReturnSequences = true }, new SLstm(6) { Heads = heads, ReturnSequences = true }) { Seed = 2 };
        model.Build();
        var x = new float[1, 9, 4];
        for (int i = 0; i < 36; i++) { x[0, i / 4, i % 4] = (float)new RandomKey(3).Normal((ulong)i); }
        float[] expected = [.. model.Predict(x)];
        using LstmSession session = model.OpenSession();
        var found = new float[expected.Length];
        for (int t = 0; t < 9; t++) { session.Step([x[0, t, 0], x[0, t, 1], x[0, t, 2], x[0, t, 3]], found.AsSpan(6 * t, 6)); }
        Golden.AssertClose([.. expected.Select(value => (double)value)], found, 2e-6, "output");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Padding_changes_nothing(bool sequences)
    {
        const int Steps = 7, Features = 3, Units = 4;
        byte[] valid = [0, 1, 1, 0, 1, 1, 0];
        var layer = new MLstm(Units) { Heads = 2, ReturnSequences = sequences, ZeroOutputForMask = sequences };
        layer.Build([new Shape(1, Steps, Features)], new RandomKey(6));
        var padded = new TensorBuffer(1, Steps, Features);
        var trimmed = new TensorBuffer(1, 4, Features);
        for (int i = 0; i < padded.Length; i++) { padded.Span[i] = (float)new RandomKey(7).Normal((ulong)i); }
        var mask = new Mask(1, Steps);
        valid.CopyTo(mask.Span);
        for (int t = 0, at = 0; t < Steps; t++)
        {
            if (valid[t] != 0) { padded.Span.Slice(t * Features, Features).CopyTo(trimmed.Span[(at++ * Features)..]); }
        }

        (float[] y, float[] dx, float[] dw) = Run(layer, padded, mask);
        (float[] expectedY, float[] expectedDx, float[] expectedDw) = Run(layer, trimmed, null);
        if (sequences)
        {
            y = [.. y.Where((_, i) => valid[i / Units] != 0)];
            Assert.Equal(4 * Units, y.Length);
        }

        Golden.AssertClose([.. expectedY.Select(value => (double)value)], y, 1e-6, "output");
        Golden.AssertClose([.. expectedDx.Select(value => (double)value)], [.. dx.Where((_, i) => valid[i / Features] != 0).Select(value => (double)value)], 1e-6, "dx");
        Assert.All(dx.Where((_, i) => valid[i / Features] == 0), value => Assert.Equal(0, value));
        Golden.AssertClose([.. expectedDw.Select(value => (double)value)], dw, 1e-6, "dW");
    }

    [Fact]
    public void Heads_must_part_the_units() => Assert.Equal(
        "7 units cannot be parted into 2 heads. (Parameter 'Heads')\nActual value was 2.",
        Assert.Throws<ArgumentOutOfRangeException>(() => new MLstm(7) { Heads = 2 }).Message.ReplaceLineEndings("\n"));

    private static (float[] Y, float[] DX, float[] DW) Run(MLstm layer, TensorBuffer x, Mask? mask)
    {
        layer.Weights[0].Gradient.Clear();
        var call = new LayerCall(layer) { KeepForBackward = true, Mask = mask };
        call.Forward(x);
        TensorBuffer dy = call.PrepareOutputGradients()[0];
        int at = 0;
        for (int i = 0; i < dy.Length; i++)
        {
            bool data = mask is null || !layer.ReturnSequences || mask[0, i / layer.Units];
            dy.Span[i] = data ? (float)new RandomKey(8).Normal((ulong)at++) : 5;
        }

        var dx = new TensorBuffer(0);
        call.Backward(dx);
        return (call.Output.Span.ToArray(), dx.Span.ToArray(), layer.Weights[0].Gradient.Span.ToArray());
    }
}
