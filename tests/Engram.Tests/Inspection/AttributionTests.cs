using Engram.Data;
using Engram.Inspection;
using Engram.Layers;
using Engram.Models;

namespace Engram.Tests.Inspection;

/// <summary>Against finite differences of predictions, and against the axiom that integrated gradients sum to the difference in output.</summary>
public sealed class AttributionTests
{
    private const int Rows = 3, Steps = 6, Features = 2;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Gradient_times_input_is_that_of_finite_differences(bool logarithm, bool against)
    {
        var model = new Sequential(
            new Input(Steps, Features), new Masking(9), new Dropout(0.5f), new Bidirectional(new Lstm(4) { ReturnSequences = true, ActivityRegularizer = new L2(0.5f) }),
            new BatchNormalization(), new Gru(5), new Dense(3) { Activation = Activations.Softmax })
        { Seed = 3 };
        Randomize(model, new Shape(Rows, Steps, Features));
        float[,,] x = Drawn(Rows, Steps, Features);
        (x[1, 4, 0], x[1, 4, 1]) = (9, 9);
        var options = new AttributionOptions { Unit = 2, Against = against ? 1 : null, Logarithm = logarithm };
        double F(int row)
        {
            System.Numerics.Tensors.Tensor<float> y = model.Predict(x);
            double G(int unit) => logarithm ? Math.Log(y[row, unit]) : y[row, unit];
            return G(2) - (against ? G(1) : 0);
        }

        IReadOnlyList<Attribution> all = Attribution.GradientTimesInput(model, x, options);

        Assert.Equal(Rows, all.Count);
        for (int row = 0; row < Rows; row++)
        {
            Attribution one = all[row];
            Assert.Equal((2, null, 1, null, false), (one.Unit, one.Step, one.Points, one.BaselineOutput, one.IsComplete));
            Assert.Equal(F(row), one.Output, 1e-6);
            double[,] elements = one.Elements();
            for (int t = 0; t < Steps; t++)
            {
                Assert.Equal(Enumerable.Range(0, Features).Sum(f => elements[t, f]), one.Steps[t], 1e-12);
                for (int f = 0; f < Features; f++)
                {
                    if (row == 1 && t == 4)
                    {
                        Assert.Equal(0, elements[t, f]);
                        continue;
                    }

                    const float Nudge = 0.01f;
                    float kept = x[row, t, f];
                    x[row, t, f] = kept + Nudge;
                    double up = F(row);
                    x[row, t, f] = kept - Nudge;
                    double down = F(row);
                    x[row, t, f] = kept;
                    Close(kept * (up - down) / (2 * Nudge), elements[t, f], 2e-4, $"row {row}, step {t}, feature {f}");
                }
            }
        }
    }

    [Fact]
    public void Through_an_embedding_it_is_the_vectors_that_count()
    {
        // Nudging a token's vector nudges it wherever the token stands, so each stands once.
        var embedding = new Embedding(Steps + 1, 3) { MaskZero = true };
        var model = new Sequential(new Input([Steps]), embedding, new Lstm(4), new Dense(1)) { Seed = 5 };
        Randomize(model, new Shape(1, Steps));
        float[,] x = { { 3, 1, 6, 2, 0, 0 } };

        Attribution one = Attribution.GradientTimesInput(model, x).Single();

        for (int t = 0; t < Steps; t++)
        {
            double expected = 0;
            for (int k = 0; k < 3 && t < 4; k++)
            {
                ref float element = ref embedding.Weights[0].Value.Span[((int)x[0, t] * 3) + k];
                float kept = element;
                element = kept + 0.01f;
                double up = model.Predict(x)[0, 0];
                element = kept - 0.01f;
                double down = model.Predict(x)[0, 0];
                element = kept;
                expected += kept * (up - down) / 0.02;
            }

            Close(expected, one.Steps[t], 2e-4, $"step {t}");
        }
    }

    [Theory]
    [InlineData("lstm")]
    [InlineData("relu")]
    [InlineData("hard")]
    [InlineData("nested")]
    public void Integrated_gradients_sum_to_the_difference_in_output(string kind)
    {
        Network model = kind switch
        {
            "lstm" => new Sequential(new Input([Steps]), new Embedding(9, 4) { MaskZero = true }, new Bidirectional(new Lstm(5)), new Dense(4) { Activation = Activations.Softmax }) { Seed = 7 },
            "relu" => new Sequential(new Input([Steps]), new Embedding(9, 4), new SimpleRnn(5) { Activation = Activations.Relu }, new Dense(4)) { Seed = 7 },
            "hard" => new Sequential(new Input([Steps]), new Embedding(9, 4), new Lstm(5) { RecurrentActivation = Activations.HardSigmoid, ReturnSequences = true }, new Dense(4)) { Seed = 7 },
            _ => new Sequential(new Sequential(new Input([Steps]), new Embedding(9, 4), new Gru(3) { ReturnSequences = true }) { Name = "inner" }, new Gru(4), new Dense(2)) { Seed = 7 },
        };
        Randomize(model, new Shape(Rows, Steps), 0.9);
        float[,] x = { { 3, 1, 6, 2, 0, 0 }, { 8, 8, 1, 2, 3, 4 }, { 5, 0, 0, 0, 0, 0 } };
        foreach (bool logarithm in kind == "lstm" ? (bool[])[false, true] : [false])
        {
            foreach (Attribution one in Attribution.IntegratedGradients(model, x, new AttributionOptions { Logarithm = logarithm }))
            {
                double difference = one.Output - one.BaselineOutput!.Value;
                Assert.True(one.IsComplete);
                if (!(Math.Abs(one.Sum - difference) <= 0.01 * Math.Abs(difference))) { Assert.Fail($"{one.Sum} is not within 1 % of {difference} after {one.Points} points."); }
            }
        }
    }

    [Fact]
    public void Of_a_linear_model_both_methods_give_weights_times_input()
    {
        var model = new Sequential(new Input([4]), new Dense(2)) { Seed = 2 };
        model.Build();
        float[,] x = { { 1, -2, 3, 0.5f } }, b = { { 0.5f, 1, 1, 2 } };
        ReadOnlySpan<float> w = model.Weights[0].Value.Span;
        Attribution gradient = Attribution.GradientTimesInput(model, x, new AttributionOptions { Unit = 1 })[0];
        Attribution integrated = Attribution.IntegratedGradients(model, x, new AttributionOptions { Unit = 1, Baseline = b })[0];
        for (int k = 0; k < 4; k++)
        {
            Assert.Equal(x[0, k] * w[(2 * k) + 1], gradient.Steps[k], 1e-6);
            Assert.Equal((x[0, k] - b[0, k]) * w[(2 * k) + 1], integrated.Steps[k], 1e-6);
        }

        Assert.Equal(model.Predict(b)[0, 1], integrated.BaselineOutput!.Value, 1e-6);
    }

    [Fact]
    public void Several_inputs_each_have_their_share_and_shared_tokens_are_summed()
    {
        Input words = new([Steps]) { Name = "words" }, numbers = new(2, 3) { Name = "numbers" };
        SymbolicTensor first = new Lstm(3).Apply(new Embedding(5, 2).Apply(words)), second = new Gru(3).Apply(new Embedding(5, 4).Apply(words));
        SymbolicTensor third = new Lstm(2).Apply(numbers);
        var model = new Model([words, numbers], [new Dense(1).Apply(new Concatenate().Apply(first, second, third))]) { Seed = 9 };
        float[,] w = { { 1, 2, 3, 4, 0, 1 } };
        float[,,] n = Drawn(1, 2, 3);
        model.Predict([w, n]);
        Randomize(model, null, 0.8);
        Attribution one = Attribution.IntegratedGradients(model, [w, n]).Single();
        Assert.Equal((Steps, 6), (one.Elements(0).GetLength(0), one.Elements(0).GetLength(1)));
        Assert.Equal((2, 3), (one.Elements(1).GetLength(0), one.Elements(1).GetLength(1)));
        double difference = one.Output - one.BaselineOutput!.Value;
        Close(difference, one.OfInput(0).Sum() + one.OfInput(1).Sum(), 0.01 * Math.Abs(difference), "the sum");
        Assert.Contains("2 inputs", Assert.Throws<ArgumentOutOfRangeException>(() => one.OfInput(2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_step_that_is_data_is_asked_by_default_and_nothing_is_changed()
    {
        var lstm = new Lstm(4) { ReturnSequences = true, Stateful = true };
        var model = new Sequential(new Input([Steps]), new Embedding(9, 3) { MaskZero = true }, lstm, new Dense(9) { Activation = Activations.Softmax }) { Seed = 6 };
        float[,] x = { { 3, 1, 6, 2, 0, 0 }, { 8, 8, 1, 2, 3, 4 } };
        Randomize(model, new Shape(2, Steps));
        foreach (Weight weight in model.Weights) { weight.Gradient.Span.Fill(7); }
        float[] Next() => [.. model.Predict(x).ToArray()];
        float[] first = Next();
        float[] second = Next();
        model.ResetState();
        Assert.Equal(first, Next());

        IReadOnlyList<Attribution> all = Attribution.IntegratedGradients(model, x);

        Assert.Equal([3, 5], all.Select(one => one.Step!.Value));
        Assert.Equal(second, Next()); // the states went on from where they were
        Assert.All(model.Weights, weight => Assert.All(weight.Gradient.Span.ToArray(), value => Assert.Equal(7f, value)));
        Assert.Equal(2, Attribution.GradientTimesInput(model, x, new AttributionOptions { Step = 2, Unit = 1 })[1].Step);
        for (int t = 3; t < Steps; t++) { Assert.Equal(0, Attribution.GradientTimesInput(model, x, new AttributionOptions { Step = 2, Unit = 1 })[1].Steps[t]); }
    }

    [Fact]
    public void What_cannot_be_attributed_is_an_error_that_says_so()
    {
        var model = new Sequential(new Input([Steps]), new Embedding(9, 3), new Lstm(2), new Dense(3)) { Seed = 6 };
        float[,] x = { { 3, 1, 6, 2, 0, 0 } };
        void Fails(string part, AttributionOptions options) => Assert.Contains(
            part, Assert.Throws<EngramException>(() => Attribution.IntegratedGradients(model, x, options)).Message, StringComparison.Ordinal);
        Fails("there is no unit 3", new AttributionOptions { Unit = 3 });
        Fails("there is no unit 5", new AttributionOptions { Against = 5 });
        Fails("no output 1", new AttributionOptions { Output = 1 });
        Fails("without steps", new AttributionOptions { Step = 1 });
        Fails("no logarithm", new AttributionOptions { Logarithm = true, Unit = Negative() });
        Fails("shape of the input", new AttributionOptions { Baseline = new float[2, Steps] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AttributionOptions { Unit = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AttributionOptions { Tolerance = double.NaN });
        var hidden = new Sequential(new Input([Steps]), new Rescaling(1), new Embedding(9, 3), new Lstm(2)) { Seed = 6 };
        Assert.Contains("no derivative", Assert.Throws<EngramException>(() => Attribution.GradientTimesInput(hidden, x)).Message, StringComparison.Ordinal);

        int Negative()
        {
            var y = model.Predict(x);
            for (int unit = 0; unit < 3; unit++)
            {
                if (y[0, unit] < 0) { return unit; }
            }

            model.Weights[^1].Value.Span.Fill(-5);
            return 0;
        }
    }

    private static void Randomize(Network model, Shape? shape, double scale = 0.5)
    {
        if (shape is { } given) { model.Predict(NumericArray.Create(new float[given.Count], given.Axes)); }
        int number = 40;
        foreach (Weight weight in model.Weights)
        {
            number++;
            if (weight.IsTrainable)
            {
                for (int i = 0; i < weight.Value.Length; i++) { weight.Value.Span[i] = (float)(scale * new RandomKey(number).Normal((ulong)i)); }
            }
        }

        model.ResetState();
    }

    private static float[,,] Drawn(int rows, int steps, int features)
    {
        var x = new float[rows, steps, features];
        for (int i = 0; i < x.Length; i++) { x[i / (steps * features), i / features % steps, i % features] = (float)(0.6 * new RandomKey(77).Normal((ulong)i)); }
        return x;
    }

    private static void Close(double expected, double actual, double tolerance, string what)
    {
        if (!(Math.Abs(expected - actual) <= tolerance)) { Assert.Fail($"{what}: expected {expected:R}, got {actual:R}."); }
    }
}
