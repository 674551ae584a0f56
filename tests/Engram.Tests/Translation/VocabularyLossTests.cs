using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Translation;

/// <summary>The losses of large vocabularies against those of small ones, and against finite differences.</summary>
public sealed class VocabularyLossTests
{
    private const int Rows = 5, Classes = 19;

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    [InlineData(0.35)]
    public void Smoothing_is_that_of_one_hot_targets(double smoothing)
    {
        (TensorBuffer numbers, TensorBuffer oneHot, TensorBuffer logits) = Sample();
        var loss = new SmoothedCrossentropyLoss(smoothing);
        Loss reference = Loss.CategoricalCrossentropy(fromLogits: true, labelSmoothing: smoothing);
        double[] mine = new double[Rows], expected = new double[Rows], weights = [0.5, 0, 1.5, 0.25, 2];
        loss.Forward(numbers, logits, mine);
        reference.Forward(oneHot, logits, expected);
        for (int i = 0; i < Rows; i++) { Assert.True(Math.Abs(mine[i] - expected[i]) <= 1e-6, $"{mine[i]}, expected {expected[i]}"); }
        TensorBuffer dMine = new(0), dExpected = new(0);
        loss.Backward(numbers, logits, weights, dMine);
        reference.Backward(oneHot, logits, weights, dExpected);
        for (int i = 0; i < dMine.Length; i++) { Assert.True(Math.Abs(dMine.Span[i] - dExpected.Span[i]) <= 1e-6, $"{i}: {dMine.Span[i]}, expected {dExpected.Span[i]}"); }
    }

    [Fact]
    public void Perplexity_is_without_smoothing_and_without_what_does_not_count()
    {
        (TensorBuffer numbers, _, TensorBuffer logits) = Sample();
        var loss = new SmoothedCrossentropyLoss(0.2);
        double[] elements = new double[Rows];
        loss.Forward(numbers, logits, elements);
        loss.Backward(numbers, logits, [1, 0, 1, 0, 1], new TensorBuffer(0));
        double sum = 0;
        foreach (int row in (int[])[0, 2, 4])
        {
            float[] z = logits.Span.Slice(row * Classes, Classes).ToArray();
            sum += Math.Log(z.Sum(value => Math.Exp(value))) - z[(int)numbers.Span[row]];
        }

        Assert.Equal(Math.Exp(sum / 3), loss.Perplexity, 6);
        loss.Reset();
        Assert.Equal(1, loss.Perplexity);
    }

    [Fact]
    public void A_target_that_is_no_class_is_refused()
    {
        (TensorBuffer numbers, _, TensorBuffer logits) = Sample();
        numbers.Span[3] = Classes;
        Assert.Contains("from 0 to 18", Assert.Throws<EngramException>(() => new SmoothedCrossentropyLoss(0).Forward(numbers, logits, new double[Rows])).Message);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void The_gradient_of_the_sampled_softmax_is_that_of_finite_differences(bool training, bool bias)
    {
        // A layer before it shows whether the features' gradient is right.
        var features = new Input([Shape.Unknown, 3]);
        var classes = new Input([Shape.Unknown]);
        SymbolicTensor loss = new SampledSoftmax(new Dense(Classes) { UseBias = bias, KernelInitializer = Initializers.GlorotNormal }, 6).Apply(new Dense(4).Apply(features), classes);
        var model = new Model([features, classes], [loss]);
        var x = new TensorBuffer(2, 3, 3);
        for (int i = 0; i < x.Length; i++) { x.Span[i] = (float)new RandomKey(5).Normal((ulong)i); }
        var y = new TensorBuffer(2, 3);
        new float[] { 0, 17, 3, 1, 0, 9 }.CopyTo(y.Span);
        GradientCheck.Run(model, [new Shape(2, 3, 3), new Shape(2, 3)], new GradientCheckOptions { Training = training, Inputs = [x, y], CheckInputs = false }).ThrowIfFailed();
    }

    [Fact]
    public void Without_training_the_softmax_is_taken_over_all_classes()
    {
        (TensorBuffer numbers, _, TensorBuffer x) = Sample();
        var dense = new Dense(7);
        var layer = new SampledSoftmax(dense, 3);
        layer.Build([new Shape(Rows, Classes), new Shape(Rows)], new RandomKey(2));
        for (int i = 0; i < Rows; i++) { numbers.Span[i] = i; }
        var call = new LayerCall(layer);
        call.Forward(x, numbers);
        var logits = new LayerCall(dense);
        logits.Forward(x);
        double[] expected = new double[Rows];
        Loss.SparseCategoricalCrossentropy(fromLogits: true).Forward(numbers, logits.Output, expected);
        for (int i = 0; i < Rows; i++) { Assert.True(Math.Abs(call.Output.Span[i] - expected[i]) <= 1e-5, $"{call.Output.Span[i]}, expected {expected[i]}"); }
    }

    [Fact]
    public void Samples_estimate_the_whole_sum()
    {
        // exp(-loss) = e_y / (e_y + Σ others), each over its expected count: its odds, corrected, are on average those of the full softmax.
        (TensorBuffer numbers, _, TensorBuffer x) = Sample();
        numbers.Span.Clear();
        var dense = new Dense(30);
        var layer = new SampledSoftmax(dense, 12);
        layer.Build([new Shape(Rows, Classes), new Shape(Rows)], new RandomKey(4));
        var logits = new LayerCall(dense);
        logits.Forward(x);
        var sums = new double[Rows];
        const int Draws = 4000;
        var call = new LayerCall(layer) { Training = true };
        for (int draw = 0; draw < Draws; draw++)
        {
            call.Random = new RandomKey(9).Derive(draw);
            call.Forward(x, numbers);
            for (int row = 0; row < Rows; row++) { sums[row] += (Math.Exp(call.Output.Span[row]) - 1) / Draws; }
        }

        double expectedCount = 12 * Math.Log(2) / Math.Log(31);
        for (int row = 0; row < Rows; row++)
        {
            double[] z = [.. logits.Output.Span.Slice(row * 30, 30).ToArray().Select(value => (double)value)];
            double odds = z.Skip(1).Sum(value => Math.Exp(value - z[0])) * expectedCount;
            Assert.True(Math.Abs((sums[row] / odds) - 1) <= 0.1, $"row {row}: {sums[row]} on average, {odds} over all");
        }
    }

    private static (TensorBuffer Numbers, TensorBuffer OneHot, TensorBuffer Logits) Sample()
    {
        TensorBuffer numbers = new(Rows), oneHot = new(Rows, Classes), logits = new(Rows, Classes);
        for (int i = 0; i < logits.Length; i++) { logits.Span[i] = 2 * (float)new RandomKey(1).Normal((ulong)i); }
        for (int row = 0; row < Rows; row++)
        {
            numbers.Span[row] = (row * 7) % Classes;
            oneHot.Span[(row * Classes) + ((row * 7) % Classes)] = 1;
        }

        return (numbers, oneHot, logits);
    }
}
