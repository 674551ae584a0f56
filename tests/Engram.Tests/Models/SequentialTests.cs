using Engram.Data;
using Engram.Kernels;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Models;

public class SequentialTests
{
    [Fact]
    public void A_model_that_is_not_compiled_says_what_to_call()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Small().Fit(Uniform(8, 4, 2), new float[8]));
        Assert.Equal("sequential is not compiled; call Compile(optimizer, loss) before Fit.", error.Message);
        Assert.Throws<InvalidOperationException>(() => Small().Evaluate(Uniform(8, 4, 2), new float[8]));
        Assert.Throws<InvalidOperationException>(() => Small().TrainOnBatch(Uniform(8, 4, 2), new float[8]));
    }

    [Fact]
    public void Wrong_shapes_name_the_layer_and_both_shapes()
    {
        Sequential model = Compiled(new Lstm(3) { ReturnSequences = true }, new Lstm(3), new Dense(1));
        model.Build(new Shape(Shape.Unknown, Shape.Unknown, 5));
        var error = Assert.Throws<EngramException>(() => model.Predict(Uniform(32, 60, 4)));
        Assert.Equal("lstm: expected (batch, time, features=5), got (32, 60, 4).", error.Message);
        model = Compiled(new Lstm(3), new Dense(1));
        model.Build(new Shape(Shape.Unknown, 60, 5));
        error = Assert.Throws<EngramException>(() => model.Predict(Uniform(32, 59, 5)));
        Assert.Equal("sequential: expected an input of shape (None, 60, 5), got (32, 59, 5).", error.Message);
        error = Assert.Throws<EngramException>(() => new Sequential(new Input(4, 2), new Lstm(3), new Lstm(3)).Build());
        Assert.Equal("lstm_1: expected (batch, time, features), got (None, 3).", error.Message);
        error = Assert.Throws<EngramException>(() => Compiled(new Lstm(3), new Dense(2)).Fit(Uniform(8, 4, 2), Uniform(8, 4, 3)));
        Assert.Contains("(8, 2)", error.Message, StringComparison.Ordinal);
        Assert.Contains("(8, 4, 3)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Different_numbers_of_inputs_and_targets_are_refused()
    {
        var error = Assert.Throws<EngramException>(() => Compiled(new Lstm(3), new Dense(1)).Fit(Uniform(8, 4, 2), new float[7]));
        Assert.Equal("x has 8 samples (8, 4, 2), y has 7 (7,); there must be one target for each sample.", error.Message);
        Assert.Throws<EngramException>(() => Compiled(new Lstm(3), new Dense(1)).Fit(new float[0, 4, 2], Array.Empty<float>()));
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "∞")]
    public void A_number_that_is_not_finite_is_refused_by_its_place(float value, string name)
    {
        var x = new float[8, 4, 2];
        x[5, 3, 1] = value;
        Sequential model = Compiled(new Lstm(3), new Dense(1));
        var error = Assert.Throws<EngramException>(() => model.Fit(x, new float[8], new FitOptions { Shuffle = false }));
        Assert.Contains("x has ", error.Message, StringComparison.Ordinal);
        Assert.Contains("at sample 5, time step 3, feature 1", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<EngramException>(() => model.Predict(x));
        Assert.Contains("sample 5", error.Message, StringComparison.Ordinal);
        var y = new float[8];
        y[2] = value;
        error = Assert.Throws<EngramException>(() => model.Fit(Uniform(8, 4, 2), y, new FitOptions { Shuffle = false }));
        Assert.Contains("y has ", error.Message, StringComparison.Ordinal);
        Assert.Contains("sample 2", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(name);
    }

    [Fact]
    public void Training_that_diverges_stops_and_names_batch_and_layer()
    {
        var model = new Sequential(new SimpleRnn(4) { Activation = Activations.Linear }, new Dense(1)) { Seed = 1 };
        model.Compile(new Sgd(1e12), Loss.MeanSquaredError);
        var error = Assert.Throws<EngramException>(() => model.Fit(Uniform(64, 30, 2), new float[64], new FitOptions { BatchSize = 8 }));
        Assert.Matches(@"^Training diverged at epoch 1, batch \d+ of 8: .*(simple_rnn|dense)", error.Message);
    }

    [Fact]
    public void A_guard_against_NaN_ends_training_with_a_history()
    {
        var model = new Sequential(new SimpleRnn(4) { Activation = Activations.Linear }, new Dense(1)) { Seed = 1 };
        model.Compile(new Sgd(1e12), Loss.MeanSquaredError);
        History history = model.Fit(Uniform(64, 30, 2), new float[64], new FitOptions { BatchSize = 8, Epochs = 5, Callbacks = [new TerminateOnNaN()] });
        Assert.Equal(1, history.Epochs);
        Assert.Contains(history.Messages, message => message.Contains("training stops", StringComparison.Ordinal));
    }

    [Fact]
    public void The_validation_split_is_the_last_block_before_shuffling_and_is_announced()
    {
        using var log = new StringWriter();
        var seen = new RecordingSource(10);
        Sequential model = Compiled(new Lstm(3), new Dense(1));
        History history = model.Fit(seen, new FitOptions { BatchSize = 3, ValidationSplit = 0.25, Log = log });
        Assert.Contains("Training on samples 0 to 6, validating on samples 7 to 9 (the last 3, cut off before shuffling).", log.ToString(), StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, 7), seen.Order.Take(7).Order());
        Assert.NotEqual(Enumerable.Range(0, 7), seen.Order.Take(7));
        Assert.Equal([7, 8, 9], seen.Order.Skip(7));
        Assert.Single(history.ValidationLoss);
    }

    [Fact]
    public void Windows_on_a_series_are_fitted_without_copies_and_as_copies_would_be()
    {
        var series = new float[60];
        new RandomKey(8).FillUniform(series);
        SequenceWindows windows = SequenceWindows.ForForecast(series, inputLength: 7, horizon: 3);
        var x = new float[windows.Count, 7, 1];
        var y = new float[windows.Count, 3];
        for (int i = 0; i < windows.Count; i++)
        {
            for (int t = 0; t < 7; t++) { x[i, t, 0] = series[i + t]; }
            for (int step = 0; step < 3; step++) { y[i, step] = series[i + 7 + step]; }
        }

        var options = new FitOptions { Epochs = 2, BatchSize = 16, ValidationSplit = 0.2 };
        Sequential fromWindows = Compiled(new Lstm(5), new Dense(3)), fromArrays = Compiled(new Lstm(5), new Dense(3));
        Assert.Equal(fromArrays.Fit(x, y, options)["val_loss"], fromWindows.Fit(windows, options)["val_loss"]);
        Assert.Equal(Flat(fromArrays.Predict(x)), Flat(fromWindows.Predict(windows)));
    }

    [Fact]
    public void Samples_without_targets_are_refused_in_training()
    {
        var error = Assert.Throws<EngramException>(() => Compiled(new Lstm(3), new Dense(1)).Fit(new ArraySamples(Uniform(8, 4, 2))));
        Assert.Contains("have no targets", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<EngramException>(() => Compiled(new Lstm(3), new Dense(1)).Fit(SequenceWindows.FromSeries(new float[20], null, 5)));
        Assert.Contains("have no targets", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_and_another_seed_others()
    {
        float[] Run(long seed)
        {
            var model = new Sequential(new Lstm(5) { Dropout = 0.2f, RecurrentDropout = 0.2f }, new Dropout(0.1f), new Dense(1)) { Seed = seed };
            model.Compile(new Adam(), Loss.MeanSquaredError);
            model.Fit(Uniform(40, 6, 2), Uniform(40, 1), new FitOptions { Epochs = 3, BatchSize = 16 });
            return [.. model.Weights.SelectMany(weight => weight.Value.Span.ToArray())];
        }

        Assert.Equal(Run(5), Run(5));
        Assert.NotEqual(Run(5), Run(6));
    }

    [Fact]
    public void Predictions_do_not_depend_on_the_batch_size()
    {
        Sequential model = Compiled(new Lstm(5) { ReturnSequences = true }, new Gru(3), new Dense(2));
        float[,,] x = Uniform(37, 6, 2);
        float[] whole = Flat(model.Predict(x));
        foreach (int size in new[] { 1, 7, 16, 36, 37, 1000 }) { Assert.Equal(whole, Flat(model.Predict(x, size))); }
    }

    [Fact]
    public void Predicting_from_several_threads_gives_what_one_gives()
    {
        Sequential model = Compiled(new Lstm(5), new Dense(2));
        float[,,] x = Uniform(50, 6, 2);
        float[] expected = Flat(model.Predict(x));
        Parallel.For(0, 16, _ => Assert.Equal(expected, Flat(model.Predict(x))));
    }

    [Fact]
    public void Frozen_layers_keep_their_weights()
    {
        var frozen = new Lstm(4) { Trainable = false };
        Sequential model = Compiled(frozen, new Dense(1));
        model.Build(new Shape(8, 4, 2));
        float[] before = frozen.Weights[0].Value.Span.ToArray();
        model.Fit(Uniform(8, 4, 2), Uniform(8, 1), new FitOptions { Epochs = 2 });
        Assert.Equal(before, frozen.Weights[0].Value.Span.ToArray());
        Assert.Equal(5 * 2 + 2, model.Optimizer!.StateCount);
    }

    [Fact]
    public void A_training_step_allocates_nothing_once_its_buffers_exist()
    {
        // On one thread, so that every buffer that a thread keeps exists after the first fit.
        using Workers.Solo alone = Workers.OnThisThread();
        foreach (Layer layer in new Layer[]
        {
            new Lstm(20) { Dropout = 0.1f, RecurrentDropout = 0.1f },
            new Lstm(20) { Activation = Activations.Relu },
            new Gru(20),
            new Gru(20) { ResetAfter = false },
            new SimpleRnn(20),
            new Bidirectional(new Lstm(9)),
        })
        {
            Sequential model = Compiled(layer, new Dropout(0.1f), new Dense(1));
            var source = new RecordingSource(64) { Recording = false };
            // Epochs of different lengths allocate the same, so a step allocates nothing. A collection that another test causes counts
            // the rest of this thread's allocation buffer as allocated; the least of several tries is without one.
            long Allocated(int epochs, int batchSize)
            {
                var options = new FitOptions { Epochs = epochs, BatchSize = batchSize, Shuffle = false };
                model.Fit(source, options);
                long least = long.MaxValue;
                for (int attempt = 0; attempt < 5; attempt++)
                {
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    model.Fit(source, options);
                    least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
                }

                return least;
            }

            long few = Allocated(1, 32), many = Allocated(1, 4);
            Assert.True(many - few <= 0, $"{layer.Kind}: {many - few} bytes for 14 further steps");
        }
    }

    [Fact]
    public void A_mask_that_ends_at_a_layer_is_announced()
    {
        Sequential model = Compiled(new Masking(0), new Flatten(), new Dense(1));
        History history = model.Fit(Uniform(8, 4, 2), Uniform(8, 1));
        Assert.Contains("flatten knows no masks: padded steps count from there on as if they were data.", history.Messages);
    }

    [Fact]
    public void Evaluate_reports_what_the_last_validation_reported()
    {
        float[,,] x = Uniform(30, 4, 2);
        float[,] y = Uniform(30, 1);
        var model = new Sequential(new Lstm(4), new Dense(1)) { Seed = 2 };
        model.Compile(new Adam(), Loss.MeanSquaredError, Metrics.MeanAbsoluteError());
        History history = model.Fit(x, y, new FitOptions { ValidationData = new ArraySamples(x, y) });
        IReadOnlyDictionary<string, double> figures = model.Evaluate(x, y);
        Assert.Equal(history["val_loss"][0], figures["loss"], 12);
        Assert.Equal(history["val_mean_absolute_error"][0], figures["mean_absolute_error"], 12);
    }

    private static Sequential Small() => new(new Lstm(3), new Dense(1));

    private static Sequential Compiled(params Layer[] layers)
    {
        var model = new Sequential(layers) { Seed = 9 };
        model.Compile(new Adam(), Loss.MeanSquaredError);
        return model;
    }

    private static float[] Flat(NumericArray array) => array.Span.ToArray();

    private static float[,,] Uniform(int samples, int timeSteps, int features)
    {
        var key = new RandomKey(17);
        var values = new float[samples, timeSteps, features];
        ulong at = 0;
        for (int i = 0; i < samples; i++)
        {
            for (int t = 0; t < timeSteps; t++)
            {
                for (int f = 0; f < features; f++) { values[i, t, f] = key.Uniform(at++); }
            }
        }

        return values;
    }

    private static float[,] Uniform(int samples, int features)
    {
        var key = new RandomKey(18);
        var values = new float[samples, features];
        for (int i = 0; i < values.Length; i++) { values[i / features, i % features] = key.Uniform((ulong)i); }
        return values;
    }

    /// <summary>Samples of (4, 2) that remember in which order they were asked for.</summary>
    private sealed class RecordingSource(int count) : ISampleSource
    {
        public List<int> Order { get; } = [];

        public bool Recording { get; init; } = true;

        public int Count => count;

        public IReadOnlyList<int> InputAxes { get; } = [4, 2];

        public IReadOnlyList<int> TargetAxes { get; } = [1];

        public void CopyBatch(ReadOnlySpan<int> samples, Span<float> x, Span<float> y)
        {
            var key = new RandomKey(3);
            for (int i = 0; i < x.Length; i++) { x[i] = key.Uniform((ulong)i); }
            for (int i = 0; i < y.Length; i++) { y[i] = key.Uniform((ulong)i); }
            if (Recording) { Order.AddRange(samples); }
        }
    }
}
