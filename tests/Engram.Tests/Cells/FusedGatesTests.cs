using Engram.Layers;

namespace Engram.Tests.Cells;

/// <summary>
/// The gates that are compiled for their activations compute what the same activations give one by one: a function of one's own that
/// does what a ready one does takes that other way.
/// </summary>
public sealed class FusedGatesTests
{
    private const int Rows = 19, Steps = 6, Features = 3;

    public static TheoryData<string, string, string, int> Cases
    {
        get
        {
            var data = new TheoryData<string, string, string, int>();
            foreach (string cell in (string[])["lstm", "gru", "gru reset before", "rnn"])
            {
                foreach (string activation in (string[])["tanh", "relu"])
                {
                    foreach (string recurrent in (string[])["sigmoid", "hard_sigmoid"])
                    {
                        data.Add(cell, activation, recurrent, 3);
                        data.Add(cell, activation, recurrent, 37);
                    }
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gates_of_one_loop_equal_gates_one_by_one(string cell, string activation, string recurrent, int units)
    {
        ActivationFunction φ = Activations.Get(activation), σ = Activations.Get(recurrent);
        float[][] fused = Run(Create(cell, units, φ, σ), 0);
        float[][] byParts = Run(Create(cell, units, new Own(φ), new Own(σ)), 0);
        Assert.Equal(fused.Length, byParts.Length);
        for (int array = 0; array < fused.Length; array++) { AssertClose(fused[array], byParts[array]); }
    }

    [Theory]
    [InlineData("lstm")]
    [InlineData("gru")]
    [InlineData("gru reset before")]
    public void So_they_do_with_recurrent_dropout(string cell)
    {
        float[][] fused = Run(Create(cell, 21, Activations.Relu, Activations.HardSigmoid), 0.3f);
        float[][] byParts = Run(Create(cell, 21, new Own(Activations.Relu), new Own(Activations.HardSigmoid)), 0.3f);
        for (int array = 0; array < fused.Length; array++) { AssertClose(fused[array], byParts[array]); }
    }

    private static Func<float, Recurrent> Create(string cell, int units, ActivationFunction φ, ActivationFunction σ) => dropout => cell switch
    {
        "lstm" => new Lstm(units) { ReturnSequences = true, Activation = φ, RecurrentActivation = σ, RecurrentDropout = dropout },
        "rnn" => new SimpleRnn(units) { ReturnSequences = true, Activation = φ, RecurrentDropout = dropout },
        _ => new Gru(units)
        {
            ReturnSequences = true,
            Activation = φ,
            RecurrentActivation = σ,
            ResetAfter = cell == "gru",
            RecurrentDropout = dropout,
        },
    };

    // The output, the input's gradient and the weights' gradients.
    private static float[][] Run(Func<float, Recurrent> create, float dropout)
    {
        Recurrent layer = create(dropout);
        var key = new RandomKey(23);
        layer.Build([new Shape(Rows, Steps, Features)], key.Derive("weights"));
        foreach (Weight weight in layer.Weights) { Draw(key.Derive(weight.Name), weight.Value, 0.6f); }
        var x = new TensorBuffer(Rows, Steps, Features);
        Draw(key.Derive("x"), x, 3);
        var dx = new TensorBuffer(0);
        var call = new LayerCall(layer) { Training = true, KeepForBackward = true, Random = key.Derive("dropout") };
        call.Forward(x);
        Draw(key.Derive("dy"), call.PrepareOutputGradients()[0], 1);
        call.Backward(dx);
        return [call.Output.Span.ToArray(), dx.Span.ToArray(), .. layer.Weights.Select(weight => weight.Gradient.Span.ToArray())];
    }

    private static void Draw(RandomKey key, TensorBuffer buffer, float range)
    {
        key.FillUniform(buffer.Span);
        foreach (ref float value in buffer.Span) { value = range * ((2 * value) - 1); }
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        float scale = Math.Max(1, expected.Max(MathF.Abs));
        Assert.Contains(expected, value => value != 0);
        for (int i = 0; i < expected.Length; i++)
        {
            if (!(MathF.Abs(expected[i] - actual[i]) <= 1e-5f * scale)) { Assert.Fail($"element {i}: {expected[i]} and {actual[i]}"); }
        }
    }

    /// <summary>Does what another function does, but is not it.</summary>
    private sealed class Own(ActivationFunction other) : ActivationFunction
    {
        public override string Name => other.Name;

        public override void Forward(ReadOnlySpan<float> x, Span<float> y, int lastAxis) => other.Forward(x, y, lastAxis);

        public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int lastAxis) =>
            other.Backward(x, y, dy, dx, lastAxis);
    }
}
