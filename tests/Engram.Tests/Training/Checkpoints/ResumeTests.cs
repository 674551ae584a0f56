using Engram.Data;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Training;

/// <summary>A run that is interrupted and goes on ends with the bits of one that is not.</summary>
public sealed class ResumeTests
{
    public static TheoryData<string> Names => [.. Scenarios.All.Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_interrupted_run_equals_one_that_is_not(string name)
    {
        Scenario scenario = Scenarios.All.Single(scenario => scenario.Name == name);
        using var folder = new TemporaryFolder();
        Scenario.Outcome expected = scenario.Fit(5, null);
        int lives = 0;
        for (int after = 1; ; after += 2)
        {
            // Each life goes a little further than the one before, so every step is once the last.
            lives++;
            var interrupt = new Interrupt { After = after % 7 };
            bool fresh = Directory.GetFiles(folder.Path, "checkpoint*").Length == 0;
            try
            {
                // Another seed: what a checkpoint holds goes before it.
                Scenario.Outcome outcome = scenario.Fit(fresh ? 5 : 100 + lives, folder.Path, scenario.EveryBatches is null && lives > 8 ? null : interrupt);
                expected.AssertSame(outcome);
                Assert.True(lives > 2, "The run was never interrupted.");
                Assert.Contains(outcome.History.Messages, message => message.StartsWith("Going on from", StringComparison.Ordinal));
                foreach ((Callback callback, Callback twin) in expected.Callbacks.Zip(outcome.Callbacks))
                {
                    if (callback is EarlyStopping stopping) { Assert.Equal((stopping.BestEpoch, stopping.StoppedEpoch), (((EarlyStopping)twin).BestEpoch, ((EarlyStopping)twin).StoppedEpoch)); }
                    if (callback is GradientStatistics statistics) { Assert.Equal(statistics.Epochs.SelectMany(epoch => epoch), ((GradientStatistics)twin).Epochs.SelectMany(epoch => epoch)); }
                }

                return;
            }
            catch (InterruptedException) { }
            Assert.True(lives < 200, "The run does not come to its end.");
        }
    }

    [Fact]
    public void A_finished_run_is_found_finished()
    {
        Scenario scenario = Scenarios.All[0];
        using var folder = new TemporaryFolder();
        Scenario.Outcome expected = scenario.Fit(5, folder.Path), again = scenario.Fit(6, folder.Path);
        expected.AssertSame(again);
    }

    [Fact]
    public void Any_file_of_a_model_checkpoint_can_be_resumed_from()
    {
        Scenario scenario = Scenarios.All[0];
        using var folder = new TemporaryFolder();
        Scenario.Outcome expected = scenario.Fit(5, null);
        Network first = scenario.Model(5);
        first.Fit(scenario.Data(), scenario.With([new ModelCheckpoint(folder.File("{epoch}.safetensors")), .. scenario.Callbacks()]));
        string[] files = Directory.GetFiles(folder.Path);
        Assert.True(files.Length >= 3);
        foreach (string file in files)
        {
            Network model = scenario.Model(77);
            Callback[] callbacks = scenario.Callbacks();
            History history = model.Fit(scenario.Data(), scenario.With(callbacks, resumeFrom: file));
            expected.AssertSame(new Scenario.Outcome(model, history, callbacks));
        }
    }

    [Fact]
    public void A_run_may_go_on_for_more_epochs_and_with_other_callbacks()
    {
        using var folder = new TemporaryFolder();
        float[,,] x = new float[12, 3, 1];
        for (int i = 0; i < 36; i++) { x[i / 3, i % 3, 0] = MathF.Sin(i); }
        float[] y = [.. Enumerable.Range(0, 12).Select(i => x[i, 2, 0])];
        Sequential Model(int seed)
        {
            var model = new Sequential(new Lstm(3) { Dropout = 0.2f }, new Dense(1)) { Seed = seed };
            model.Compile(new Adam(), Loss.MeanSquaredError);
            return model;
        }

        Sequential whole = Model(1);
        History expected = whole.Fit(x, y, new FitOptions { Epochs = 6, BatchSize = 4 });
        string file = folder.File("last.safetensors"), table = folder.File("table.csv");
        Model(1).Fit(x, y, new FitOptions { Epochs = 2, BatchSize = 4, Callbacks = [new ModelCheckpoint(file), new EarlyStopping { Monitor = "loss", Patience = 9 }, new CsvLogger(table)] });
        Sequential second = Model(2);
        History history = second.Fit(x, y, new FitOptions { Epochs = 6, BatchSize = 4, ResumeFrom = file, Callbacks = [new CsvLogger(table), new ReduceLearningRateOnPlateau { Monitor = "loss" }] });
        Assert.Equal(expected.Loss, history.Loss);
        Assert.Equal(6, history.Epochs);
        Assert.Equal(7, File.ReadAllLines(table).Length);
        Assert.Contains(history.Messages, message => message.Contains("had the callback EarlyStopping", StringComparison.Ordinal));
        Assert.Contains(history.Messages, message => message.Contains("had no ReduceLearningRateOnPlateau", StringComparison.Ordinal));
    }

    [Fact]
    public void What_does_not_fit_the_run_is_refused_and_changes_nothing()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("run.safetensors");
        float[,,] x = new float[10, 3, 1];
        for (int i = 0; i < 30; i++) { x[i / 3, i % 3, 0] = MathF.Sin(i); }
        float[] y = [.. Enumerable.Range(0, 10).Select(i => x[i, 2, 0])];
        Sequential Model(Optimizer? optimizer = null, int units = 3, Metric? metric = null)
        {
            var model = new Sequential(new Input(3, 1), new Lstm(units) { Stateful = true }, new Dense(1)) { Seed = 4 };
            model.Compile(optimizer ?? new Adam(), Loss.MeanSquaredError, metric is null ? [] : [metric]);
            return model;
        }

        void Fit(Sequential model, int batch = 5, int samples = 10) => model.Fit(
            (NumericArray)Enumerable.Range(0, samples).Aggregate(new float[samples, 3, 1], (all, i) => { all[i, 0, 0] = x[i, 0, 0]; return all; }), y[..samples],
            new FitOptions { Epochs = 2, BatchSize = batch, ResumeFrom = file });

        Model().Fit(x, y, new FitOptions { Epochs = 1, BatchSize = 5, Callbacks = [new ModelCheckpoint(file) { EveryBatches = 1 }] });
        foreach ((Action action, string says) in new (Action, string)[]
        {
            (() => Fit(Model(new RmsProp())), "the run had the optimizer Adam; the model was compiled with RMSprop"),
            (() => Fit(Model(new Adam { Schedule = new ExponentialDecay(0.1, 10, 0.5) })), "the run had no learning-rate schedule"),
            (() => Fit(Model(new Adam { AmsGrad = true })), "velocity_hat' is missing"),
            (() => Fit(Model(units: 4)), "has the shape (1, 12); the model's is (1, 16)"),
            (() => Fit(Model(metric: Metrics.MeanAbsoluteError())), "is missing"),
            (() => Fit(Model(), batch: 2), "with BatchSize 5 and StepsPerEpoch null; this fit has 2"),
            (() => Fit(Model(), samples: 5), "the order of samples is that of 10; the data have 5"),
        })
        {
            var error = Assert.Throws<EngramException>(action);
            Assert.StartsWith(file, error.Message, StringComparison.Ordinal);
            Assert.Contains(says, error.Message, StringComparison.Ordinal);
        }

        Sequential kept = Model(new RmsProp());
        float[] before = [.. kept.Weights.SelectMany(weight => weight.Value.Span.ToArray())];
        Assert.Throws<EngramException>(() => Fit(kept));
        Assert.Equal(before, kept.Weights.SelectMany(weight => weight.Value.Span.ToArray()));
        Assert.Equal(0, kept.Optimizer!.Iterations);

        kept.SaveWeights(file);
        Assert.Contains("is no checkpoint of a training run", Assert.Throws<EngramException>(() => Fit(Model())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_metric_of_ones_own_says_what_it_lacks()
    {
        using var folder = new TemporaryFolder();
        var model = new Sequential(new Dense(1)) { Seed = 1 };
        model.Compile(new Sgd(), Loss.MeanSquaredError, new Counting { Name = "mine" });
        var error = Assert.Throws<EngramException>(() => model.Fit(new float[4, 2], new float[4], new FitOptions { Callbacks = [new BackupAndRestore(folder.File("backup")) { EveryBatches = 1 }] }));
        Assert.StartsWith("mine: the metric does not say what it has seen", error.Message, StringComparison.Ordinal);
        model.Fit(new float[4, 2], new float[4], new FitOptions { Callbacks = [new BackupAndRestore(folder.File("backup"))] });
        Assert.False(Directory.Exists(folder.File("backup")));
    }

    private sealed class Counting : Metric
    {
        public override double Result => 0;

        public override void Reset() { }

        public override void Update(TensorBuffer target, TensorBuffer prediction, ReadOnlySpan<float> sampleWeights) { }
    }

    private sealed class InterruptedException : Exception;

    /// <summary>Ends a run after some batches or, where there are none left of the count, after an epoch.</summary>
    private sealed class Interrupt : Callback
    {
        private int seen;

        public required int After { get; init; }

        public override void OnBatchEnd(TrainingRun run, int epoch, int batch, double loss)
        {
            if (++seen > After) { throw new InterruptedException(); }
        }

        public override void OnEpochEnd(TrainingRun run, int epoch, IReadOnlyDictionary<string, double> logs)
        {
            if (seen == After) { throw new InterruptedException(); }
        }
    }
}
