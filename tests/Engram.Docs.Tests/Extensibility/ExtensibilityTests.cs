using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Docs.Tests.Extensibility;

/// <summary>What a user writes of their own, with the public members alone, works like what is built in.</summary>
public sealed class ExtensibilityTests
{
    [Theory]
    [InlineData(new[] { 3, 5 })]
    [InlineData(new[] { 2, 4, 3 })]
    public void The_gradient_check_passes_for_a_right_layer(int[] axes)
    {
        GradientReport report = GradientCheck.Run(new LearnedScaling(), [new Shape(axes)]);
        Assert.True(report.Passed, report.ToString());
        Assert.Equal(new Shape(axes).Count + axes[^1], report.Compared);
    }

    [Fact]
    public void A_layer_learns_its_factors()
    {
        var random = new Random(5);
        var x = new float[64, 3];
        var y = new float[64, 3];
        float[] factors = [3, -2, 0.5f];
        for (int i = 0; i < 64; i++)
        {
            for (int j = 0; j < 3; j++)
            {
                x[i, j] = random.NextSingle() - 0.5f;
                y[i, j] = factors[j] * x[i, j];
            }
        }

        var model = new Sequential(new LearnedScaling()) { Seed = 2 };
        model.Compile(new Adam(0.1), Loss.MeanSquaredError);
        model.Fit(x, y, new FitOptions { Epochs = 200 });
        float[] learnt = model.Weights[0].Value.Span.ToArray();
        for (int j = 0; j < 3; j++) { Assert.Equal(factors[j], learnt[j], 0.01f); }
    }

    [Fact]
    public void A_layer_passes_gradients_and_masks_between_others()
    {
        // Two steps of padding at the end of each sequence.
        var x = new float[8, 5, 2];
        var y = new float[8];
        var random = new Random(3);
        for (int i = 0; i < 8; i++)
        {
            y[i] = i / 8f;
            for (int t = 0; t < 5; t++) { (x[i, t, 0], x[i, t, 1]) = t < 3 ? (random.NextSingle() + 0.1f, random.NextSingle()) : (0, 0); }
        }

        var model = new Sequential(new Input(5, 2), new Masking(), new LearnedScaling(), new Lstm(6), new Dense(1)) { Seed = 4 };
        model.Compile(new Adam(0.02), Loss.MeanSquaredError);
        History history = model.Fit(x, y, new FitOptions { Epochs = 150 });
        Assert.True(history.Loss[^1] < 0.1 * history.Loss[0], $"{history.Loss[0]} -> {history.Loss[^1]}");
        Assert.NotEqual([1f, 1f], model.Layers[1].Weights[0].Value.Span.ToArray());

        var shorter = new float[8, 3, 2];
        for (int i = 0; i < 8; i++)
        {
            for (int t = 0; t < 3; t++) { (shorter[i, t, 0], shorter[i, t, 1]) = (x[i, t, 0], x[i, t, 1]); }
        }

        var trimmed = new Sequential(new Input(3, 2), new LearnedScaling(), new Lstm(6), new Dense(1));
        trimmed.Build();
        for (int i = 0; i < model.Weights.Count; i++) { trimmed.Weights[i].Value.CopyFrom(model.Weights[i].Value.Span); }
        Assert.Equal(trimmed.Predict(shorter).ToArray(), model.Predict(x).ToArray());
    }

    [Fact]
    public void A_wrong_shape_is_refused_in_the_words_of_the_built_in_layers()
    {
        var model = new Sequential(new LearnedScaling());
        EngramException error = Assert.Throws<EngramException>(() => model.Build(new Shape(Shape.Unknown, Shape.Unknown)));
        Assert.Equal("learned_scaling: expected (batch, ..., features) with a known number of features, got (None, None).", error.Message);
    }

    // With inputs of 0 only the bias b speaks. Over targets 0 and 1 in equal parts, 4 b² + (1 - b)² is least at b = 1/5.
    [Fact]
    public void A_loss_leads_where_its_formula_says()
    {
        var x = new float[8, 1];
        float[] y = [0, 1, 0, 1, 0, 1, 0, 1];
        var model = new Sequential(new Dense(1)) { Seed = 1 };
        model.Compile(new Sgd(0.05), new CautiousSquaredError());
        History history = model.Fit(x, y, new FitOptions { Epochs = 300, BatchSize = 8 });
        Assert.Equal(0.2f, model.Predict(x)[0, 0], 1e-4f);
        Assert.Equal(((4 * 0.04) + 0.64) / 2, history.Loss[^1], 1e-4);
    }

    [Fact]
    public void A_metric_is_watched_on_training_and_validation_samples()
    {
        var x = new float[10, 1];
        var y = new float[10];
        for (int i = 0; i < 10; i++) { y[i] = i is 0 or 8 ? -1 : 1; }
        var model = new Sequential(new Dense(1) { UseBias = false }) { Seed = 1 };
        model.Compile(new Sgd(), Loss.MeanSquaredError, new ShareTooHigh());
        History history = model.Fit(x, y, new FitOptions { ValidationSplit = 0.2 });
        Assert.Equal(1 / 8.0, history["share_too_high"][0], 1e-12);
        Assert.Equal(1 / 2.0, history["val_share_too_high"][0], 1e-12);
        Assert.Equal(2 / 10.0, model.Evaluate(x, y)["share_too_high"], 1e-12);
    }

    [Fact]
    public void A_callback_is_called_in_order_and_stops_the_training()
    {
        var callback = new StopBelow(double.PositiveInfinity);
        var model = new Sequential(new Dense(1)) { Seed = 1 };
        model.Compile(new Sgd(), Loss.MeanSquaredError);
        History history = model.Fit(new float[6, 2], new float[6], new FitOptions { Epochs = 9, BatchSize = 4, Callbacks = [callback] });
        Assert.Equal(1, history.Epochs);
        Assert.Equal(["train begin", "epoch 0 begin", "batch 0 end", "batch 1 end", "epoch 0 end", "train end"], callback.Calls);
    }

    [Fact]
    public void An_optimizer_takes_its_steps()
    {
        var model = new Sequential(new Dense(1)) { Seed = 1 };
        model.Compile(new SignDescent(0.125), Loss.MeanSquaredError);
        var x = new float[1, 2] { { 1, -2 } };
        model.Build(new Shape(1, 2));
        float[] before = model.Weights[0].Value.Span.ToArray();
        model.TrainOnBatch(x, new float[] { 100 }); // far too low: the first weight rises, the second falls
        Assert.Equal([before[0] + 0.125f, before[1] - 0.125f], model.Weights[0].Value.Span.ToArray());
    }
}
