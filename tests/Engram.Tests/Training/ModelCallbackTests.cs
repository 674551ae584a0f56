using Engram.Data;
using Engram.Formats.Safetensors;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Training;

/// <summary>Callbacks that look at a whole model, on models that are trained.</summary>
public sealed class ModelCallbackTests
{
    private static readonly float[,,] X = Values(40);
    private static readonly float[,] Y = Targets(40);

    [Fact]
    public void A_checkpoint_of_each_epoch_holds_its_weights()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        try
        {
            Network model = Nested(3);
            var seen = new List<float[]>();
            var record = new AfterEpoch(() => seen.Add(Weights(model)));
            var checkpoint = new ModelCheckpoint(Path.Combine(folder.FullName, "w-{epoch:00}-{loss:0.0000}.safetensors"));
            History history = model.Fit(X, Y, new FitOptions { Epochs = 3, Callbacks = [record, checkpoint] });
            for (int epoch = 0; epoch < 3; epoch++)
            {
                string file = Path.Combine(folder.FullName, FormattableString.Invariant($"w-{epoch + 1:00}-{history.Loss[epoch]:0.0000}.safetensors"));
                Network other = Nested(99);
                other.LoadWeights(file);
                Assert.Equal(seen[epoch], Weights(other));
                if (epoch == 2) { Assert.Equal(file, checkpoint.LastPath); }
            }

            string[] names = [.. SafetensorsFile.Read(checkpoint.LastPath!).Arrays.Select(array => array.Name)];
            Assert.Contains("encoder/lstm/lstm_cell/recurrent_kernel", names);
            Assert.Contains("dense/bias", names);
            var error = Assert.Throws<EngramException>(() => new Sequential(new Input(5, 2), new Dense(1)) { Seed = 1 }.LoadWeights(checkpoint.LastPath!));
            Assert.Contains("no weights yet", error.Message, StringComparison.Ordinal);
            var small = new Sequential(new Input(5, 2), new Dense(1));
            small.Build();
            float[] before = Weights(small);
            error = Assert.Throws<EngramException>(() => small.LoadWeights(checkpoint.LastPath!));
            Assert.Contains("the weight 'dense/kernel' has the shape", error.Message, StringComparison.Ordinal);
            Assert.Equal(before, Weights(small));
        }
        finally { folder.Delete(recursive: true); }
    }

    [Theory]
    [InlineData("w-{epoch:02d}-{loss:.2f}.safetensors", "w-01-0.00.safetensors")]
    [InlineData("w-{epoch:03}-{loss:0.0}.safetensors", "w-001-0.0.safetensors")]
    [InlineData("w-{epoch:D2}-{loss:F3}.safetensors", "w-01-0.000.safetensors")]
    [InlineData("w-{epoch}.safetensors", "w-1.safetensors")]
    public void A_checkpoint_is_named_in_formats_of_dotnet_and_of_Keras(string path, string expected)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        try
        {
            var model = new Sequential(new Dense(1) { UseBias = false }) { Seed = 1 };
            model.Compile(new Sgd(), Loss.MeanSquaredError);
            var checkpoint = new ModelCheckpoint(Path.Combine(folder.FullName, path));
            model.Fit(new float[2, 1], new float[2], new FitOptions { Callbacks = [checkpoint] });
            Assert.Equal(Path.Combine(folder.FullName, expected), checkpoint.LastPath);
        }
        finally { folder.Delete(recursive: true); }
    }

    [Fact]
    public void Only_the_best_is_kept_where_that_is_asked_for()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        try
        {
            string path = Path.Combine(folder.FullName, "best.safetensors");
            Network model = Nested(3);
            History history = model.Fit(X, Y, new FitOptions
            {
                Epochs = 6,
                ValidationSplit = 0.25,
                Callbacks = [new LearningRateScheduler((epoch, rate) => epoch < 3 ? 0.01 : 5), new ModelCheckpoint(path) { SaveBestOnly = true }],
            });
            int best = history.ValidationLoss.ToList().IndexOf(history.ValidationLoss.Min());
            Assert.NotEqual(5, best);
            Network other = Nested(99);
            other.LoadWeights(path);
            double loss = other.Evaluate(Tail(X), Tail(Y))["loss"];
            Assert.Equal(history.ValidationLoss[best], loss, 1e-6);

            string never = Path.Combine(folder.FullName, "never.safetensors");
            Nested(3).Fit(X, Y, new FitOptions { ValidationSplit = 0.25, Callbacks = [new ModelCheckpoint(never) { SaveBestOnly = true, InitialThreshold = 0 }] });
            Assert.False(File.Exists(never));
            string often = Path.Combine(folder.FullName, "b{batch}.safetensors");
            Nested(3).Fit(X, Y, new FitOptions { BatchSize = 8, Callbacks = [new ModelCheckpoint(often) { EveryBatches = 2 }] });
            Assert.Equal(["b2.safetensors", "b4.safetensors", "best.safetensors"], folder.GetFiles().Select(file => file.Name).Order());
            var error = Assert.Throws<EngramException>(() => Nested(3).Fit(X, Y, new FitOptions { Callbacks = [new ModelCheckpoint("{val_mae}.safetensors")] }));
            Assert.Contains("no figure 'val_mae'", error.Message, StringComparison.Ordinal);
        }
        finally { folder.Delete(recursive: true); }
    }

    [Fact]
    public void Averages_are_validated_and_left_in_the_model()
    {
        Sequential Create()
        {
            var created = new Sequential(new Input(5, 2), new Lstm(4), new Dense(1)) { Seed = 5 };
            created.Compile(new Adam(0.05) { UseEma = true, EmaMomentum = 0.8 }, Loss.MeanSquaredError);
            return created;
        }

        foreach (bool onEpoch in new[] { false, true })
        {
            Sequential plain = Create(), swapped = Create();
            var options = new FitOptions { Epochs = 3, BatchSize = 8, ValidationData = new ArrayDataset(X, Y) };
            History without = plain.Fit(X, Y, options);
            float[] lastSeen = [];
            History with = swapped.Fit(X, Y, new FitOptions
            {
                Epochs = 3,
                BatchSize = 8,
                ValidationData = new ArrayDataset(X, Y),
                Callbacks = [new SwapEmaWeights { SwapOnEpoch = onEpoch }, new AfterEpoch(() => lastSeen = Weights(swapped))],
            });
            Assert.Equal(without.Loss, with.Loss); // training goes on with the weights themselves
            Assert.NotEqual(without.ValidationLoss, with.ValidationLoss);
            Assert.Equal(Weights(plain), Weights(swapped)); // the averages, at the end
            Assert.Equal(with.ValidationLoss[^1], swapped.Evaluate(X, Y, 8)["loss"], 1e-9);
            Assert.Equal(onEpoch, lastSeen.SequenceEqual(Weights(swapped)));
        }

        var error = Assert.Throws<EngramException>(() => Nested(1).Fit(X, Y, new FitOptions { Callbacks = [new SwapEmaWeights()] }));
        Assert.Contains("UseEma", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gradient_statistics_are_those_of_the_weights_and_their_gradients()
    {
        var statistics = new GradientStatistics();
        var model = new Sequential(new Input(5, 2), new Lstm(4) { Trainable = false }, new Dense(3), new Dense(1)) { Seed = 5 };
        model.Compile(new Sgd(0.1), Loss.MeanSquaredError);
        float[][] before = [.. model.Layers.Select(Weights)];
        model.Fit(X, Y, new FitOptions { Epochs = 1, BatchSize = 40, Callbacks = [statistics] });
        Assert.Equal(["dense", "dense_1"], statistics.Epochs.Single().Keys);
        for (int layer = 1; layer < 3; layer++)
        {
            float[] after = Weights(model.Layers[layer]);
            LayerStatistics found = statistics.Epochs[0][model.Layers[layer].Name];
            double norm = Math.Sqrt(after.Zip(before[layer], (now, then) => Math.Pow((now - then) / 0.1, 2)).Sum()); // one step of plain descent
            Assert.Equal(norm, found.GradientNorm, 1e-3 * norm);
            Assert.Equal(found.GradientNorm, found.LargestGradientNorm);
            Assert.Equal(Math.Sqrt(after.Sum(w => (double)w * w)), found.WeightNorm, 1e-9);
            Assert.Equal(after.Average(w => (double)w), found.WeightMean, 1e-9);
            Assert.Equal(Math.Sqrt(after.Average(w => Math.Pow(w - after.Average(v => (double)v), 2))), found.WeightDeviation, 1e-6);
        }

        model = new Sequential(new Input(5, 2), new Sequential(new Lstm(4)) { Name = "encoder" }, new Dense(1));
        model.Compile(new Sgd(0.1), Loss.MeanSquaredError);
        model.Fit(X, Y, new FitOptions { Callbacks = [statistics] });
        Assert.Equal(["encoder/lstm", "dense"], statistics.Epochs.Single().Keys);
    }

    [Fact]
    public void The_learning_rate_finder_leaves_the_model_as_it_was()
    {
        Sequential Create()
        {
            var created = new Sequential(new Input(5, 2), new Lstm(4) { Dropout = 0.2f }, new Dense(1)) { Seed = 5 };
            created.Compile(new Adam(0.003), Loss.MeanSquaredError);
            created.Fit(X, Y, new FitOptions { Epochs = 2 });
            return created;
        }

        Sequential plain = Create(), swept = Create();
        float[] before = Weights(swept);
        LearningRateSweep sweep = new LearningRateFinder { Highest = 100 }.Run(swept, new ArrayDataset(X, Y), batchSize: 8);
        Assert.Equal(before, Weights(swept));
        Assert.Equal(0.003, swept.Optimizer!.LearningRate);
        plain.Fit(X, Y, new FitOptions { Epochs = 2, BatchSize = 8 });
        swept.Fit(X, Y, new FitOptions { Epochs = 2, BatchSize = 8 });
        Assert.Equal(Weights(plain), Weights(swept));

        Assert.Equal(1e-6, sweep.LearningRates[0], 1e-15);
        Assert.True(sweep.LearningRates.Zip(sweep.LearningRates.Skip(1)).All(pair => pair.Second > pair.First));
        Assert.Equal(sweep.Losses.Count, sweep.SmoothedLosses.Count);
        Assert.True(sweep.Losses.Count < 100, "a rate of 100 must end the sweep");
    }

    // For a line the loss after a step from 0 is (1 - 2 r)² of that before: it falls the fastest below r = 1/2 and runs away above 1.
    [Fact]
    public void The_suggestion_lies_where_steps_still_help()
    {
        float[] x = [.. Enumerable.Repeat(1f, 16)], y = [.. Enumerable.Repeat(3f, 16)];
        NumericArray column = NumericArray.Create(x, 16, 1);
        var model = new Sequential(new Input([1]), new Dense(1) { UseBias = false, KernelInitializer = Initializers.Zeros }) { Seed = 1 };
        model.Compile(new Sgd(0.01), Loss.MeanSquaredError);
        LearningRateSweep sweep = new LearningRateFinder { Lowest = 1e-4, Highest = 10 }.Run(model, new ArrayDataset(column, y), 16);
        Assert.InRange(sweep.Suggestion, 1e-3, 1);
        Assert.Throws<EngramException>(() => new LearningRateFinder { Lowest = 2 }.Run(model, new ArrayDataset(column, y)));
        model.Compile(new Sgd(0.01) { Schedule = new ExponentialDecay(0.1, 10, 0.9) }, Loss.MeanSquaredError);
        Assert.Throws<EngramException>(() => new LearningRateFinder().Run(model, new ArrayDataset(column, y)));
    }

    [Fact]
    public void A_figure_of_one_output_can_be_watched()
    {
        var input = new Input(5, 2);
        SymbolicTensor read = new Lstm(4).Apply(input);
        var model = new Model([input], [new Dense(1) { Name = "main" }.Apply(read), new Dense(1) { Name = "extra" }.Apply(read)]) { Seed = 4 };
        Metric error = Metrics.MeanAbsoluteError();
        error.Name = "mae";
        model.Compile(new Adam(), new OutputLoss("main", Loss.MeanSquaredError) { Metrics = [error] }, new OutputLoss("extra", Loss.MeanSquaredError));
        var stop = new EarlyStopping { Monitor = "val_main_mae", Patience = 1, MinDelta = 100 };
        Assert.Equal(2, model.Fit(X, [Y, Y], new FitOptions { Epochs = 9, ValidationSplit = 0.2, Callbacks = [stop, new EarlyStopping { Monitor = "val_extra_loss", Patience = 9 }] }).Epochs);
    }

    [Fact]
    public void A_nested_stateful_layer_begins_anew_when_told()
    {
        var model = new Sequential(new Input(5, 2), new Sequential(new Lstm(4) { Stateful = true }), new Dense(1)) { Seed = 4 };
        float[,,] x = Values(3);
        float[] first = model.Predict(x).ToArray(), second = model.Predict(x).ToArray();
        Assert.NotEqual(first, second);
        model.ResetState();
        Assert.Equal(first, model.Predict(x).ToArray());
    }

    private static Model Nested(long seed)
    {
        var input = new Input(5, 2);
        var encoder = new Sequential(new Lstm(4) { ReturnSequences = true }, new Lstm(3)) { Name = "encoder" };
        var model = new Model([input], [new Dense(1).Apply(encoder.Apply(input))]) { Seed = seed };
        model.Compile(new Adam(0.01), Loss.MeanSquaredError);
        return model;
    }

    private static float[] Weights(Layer layer) => [.. layer.Weights.SelectMany(weight => weight.Value.Span.ToArray())];

    private static float[,,] Values(int count)
    {
        var x = new float[count, 5, 2];
        for (int i = 0; i < count; i++)
        {
            for (int t = 0; t < 5; t++) { (x[i, t, 0], x[i, t, 1]) = (MathF.Sin((i * 3) + t), MathF.Cos((i * 5) + (t * 2))); }
        }

        return x;
    }

    private static float[,] Targets(int count)
    {
        var y = new float[count, 1];
        for (int i = 0; i < count; i++) { y[i, 0] = MathF.Sin((i * 3) + 5); }
        return y;
    }

    private static float[,,] Tail(float[,,] x)
    {
        var tail = new float[10, 5, 2];
        for (int i = 0; i < 10; i++)
        {
            for (int t = 0; t < 5; t++) { (tail[i, t, 0], tail[i, t, 1]) = (x[30 + i, t, 0], x[30 + i, t, 1]); }
        }

        return tail;
    }

    private static float[,] Tail(float[,] y)
    {
        var tail = new float[10, 1];
        for (int i = 0; i < 10; i++) { tail[i, 0] = y[30 + i, 0]; }
        return tail;
    }

    private sealed class AfterEpoch(Action action) : Callback
    {
        public override void OnEpochEnd(TrainingRun run, int epoch, IReadOnlyDictionary<string, double> logs) => action();
    }
}
