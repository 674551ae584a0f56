using System.Diagnostics;
using Engram.Data;
using Engram.Kernels;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Data;

/// <summary>The same samples give the same training, whatever form they come in.</summary>
public sealed class DatasetTests
{
    private static readonly float[,,] X = Values(37);
    private static readonly float[,] Y = Targets(37);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void Reading_ahead_changes_no_bit(int prefetch)
    {
        FitOptions options = new() { Epochs = 3, BatchSize = 8, ValidationSplit = 0.2 };
        Sequential plain = Create(), ahead = Create();
        History expected = plain.Fit(X, Y, options);
        History history = ahead.Fit(new SequenceDataset(new ArraySamples(X, Y)) { Prefetch = prefetch }, options);
        Assert.Equal(expected["val_loss"], history["val_loss"]);
        Assert.Equal(Weights(plain), Weights(ahead));
        Assert.Equal(plain.Predict(X).ToArray(), ahead.Predict(new SequenceDataset(new ArraySamples(X)) { Prefetch = prefetch }, 5).ToArray());
    }

    [Fact]
    public void Batches_of_ones_own_are_trained_on_as_they_come()
    {
        int made = 0;
        IEnumerable<Batch> Batches()
        {
            for (int start = 0; start < 37; start += 8, made++) { yield return Slice(start, Math.Min(8, 37 - start)); }
        }

        async IAsyncEnumerable<Batch> Later()
        {
            foreach (Batch batch in Batches())
            {
                await Task.Yield();
                yield return batch;
            }
        }

        FitOptions options = new() { Epochs = 2, BatchSize = 8, Shuffle = false };
        Sequential plain = Create();
        double[] expected = [.. plain.Fit(X, Y, options).Loss];
        Sequential[] models = [Create(), Create(), Create()];
        Assert.Equal(expected, models[0].Fit(new BatchDataset(Batches()), options).Loss);
        Assert.Equal(10, made); // the batch that told the shapes was not made twice
        Assert.Equal(expected, models[1].Fit(new BatchDataset(new Repeat(Batches)), options).Loss);
        Assert.Equal(expected, models[2].Fit(new BatchDataset(Later()) { Prefetch = 2 }, options).Loss);
        Assert.Equal(Weights(plain), Weights(models[1]));
        Assert.Equal(Weights(plain), Weights(models[2]));
        Assert.Equal(plain.Predict(X).ToArray(), models[1].Predict(new BatchDataset(new Repeat(Batches))).ToArray());
    }

    [Fact]
    public void An_error_of_the_reader_comes_out_where_training_was_started()
    {
        var broken = new SequenceDataset(20, [5, 2], [1], (sample, x, y) =>
        {
            x.Clear();
            y[0] = 0;
            if (sample == 13) { throw new InvalidDataException("sample 13 is broken"); }
        });
        var error = Assert.Throws<InvalidDataException>(() => Create().Fit(broken, new FitOptions { BatchSize = 4, Shuffle = false }));
        Assert.Equal("sample 13 is broken", error.Message);
        Assert.Throws<EngramException>(() => Create().Fit(new BatchDataset([]), new FitOptions()));
        var weighted = Assert.Throws<EngramException>(() => Create().Fit(new BatchDataset([Slice(0, 4)]), new FitOptions { SampleWeights = new float[4] }));
        Assert.Contains("carry their sample weights themselves", weighted.Message, StringComparison.Ordinal);
        Assert.Throws<EngramException>(() => Create().Fit(new BatchDataset([Slice(0, 4)]), new FitOptions { ValidationSplit = 0.5 }));
    }

    [Fact]
    public void Steps_per_epoch_go_on_where_the_last_epoch_stopped()
    {
        Sequential parts = Create();
        var seen = new List<int>();
        var source = new SequenceDataset(10, [5, 2], [1], (sample, x, y) =>
        {
            seen.Add(sample);
            x.Fill(sample * 0.1f);
            y[0] = sample;
        })
        { Prefetch = 0 };
        History history = parts.Fit(source, new FitOptions { Epochs = 3, StepsPerEpoch = 2, BatchSize = 4, Shuffle = false });
        Assert.Equal(3, history.Epochs);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9], seen);
    }

    [Fact]
    public void Validation_comes_as_often_as_asked_for_and_epochs_count_from_the_first()
    {
        var callback = new EarlyStopping { Patience = 1 };
        History history = Create().Fit(X, Y, new FitOptions
        {
            InitialEpoch = 2,
            Epochs = 7,
            ValidationData = new ArrayDataset(X, Y),
            ValidationFrequency = 3,
            ValidationSteps = 2,
            ValidationBatchSize = 5,
            Callbacks = [callback],
        });
        Assert.Equal(5, history.Epochs);
        Assert.Equal(2, history.ValidationLoss.Count); // after the third and the sixth
        Sequential model = Create();
        History one = model.Fit(X, Y, new FitOptions { ValidationData = new ArrayDataset(X, Y), ValidationSteps = 2, ValidationBatchSize = 5 });
        Assert.Equal(model.Evaluate(new ArrayDataset(X, Y), 5, steps: 2)["loss"], one.ValidationLoss[0], 12);
    }

    [Fact]
    public void Validation_data_may_have_weights()
    {
        float[] weights = [.. Enumerable.Range(0, 37).Select(i => i * 0.1f)];
        Sequential model = Create();
        History history = model.Fit(X, Y, new FitOptions { ValidationData = new ArrayDataset(X, Y, weights) });
        Assert.Equal(model.Evaluate(X, Y, sampleWeights: weights)["loss"], history.ValidationLoss[0], 12);
        Assert.NotEqual(model.Evaluate(X, Y)["loss"], history.ValidationLoss[0], 1e-3);
    }

    [Fact]
    public void Windows_in_a_file_are_those_in_memory()
    {
        string path = Path.GetTempFileName();
        try
        {
            var series = new float[50, 3];
            using (var writer = new BinaryWriter(File.Create(path)))
            {
                writer.Write(12345); // a header
                for (int i = 0; i < 150; i++) { writer.Write(series[i / 3, i % 3] = MathF.Sin(i * i)); }
            }

            using var file = new FileWindows(path, features: 3, inputLength: 7, horizon: 4, targetColumns: [2, 0], stride: 3, offset: 4);
            SequenceWindows memory = SequenceWindows.ForForecast(series, 7, 4, [2, 0], stride: 3);
            Assert.Equal(memory.Count, file.Count);
            Assert.Equal(memory.TargetAxes, file.TargetAxes);
            int[] samples = [4, 0, file.Count - 1];
            float[] x = new float[3 * 21], y = new float[3 * 8], expectedX = new float[3 * 21], expectedY = new float[3 * 8];
            file.CopyBatch(samples, x, y);
            memory.CopyBatch(samples, expectedX, expectedY);
            Assert.Equal(expectedX, x);
            Assert.Equal(expectedY, y);
            Assert.Contains("no whole number of rows", Assert.Throws<EngramException>(() => new FileWindows(path, 3, 7, 4)).Message, StringComparison.Ordinal);
            Assert.Contains("do not fit into 50 rows", Assert.Throws<EngramException>(() => new FileWindows(path, 3, 49, 2, offset: 4)).Message, StringComparison.Ordinal);
            Assert.Throws<EngramException>(() => new FileWindows(path + ".no", 3, 7, 4));
        }
        finally { File.Delete(path); }
    }

    [Fact]
    public void Files_are_read_one_for_each_sample()
    {
        string[] files = ["b", "a"];
        var dataset = SequenceDataset.FromFiles(files, [3], null, (file, x, _) => x.Fill(file[0]));
        var model = new Sequential(new Flatten());
        Assert.Equal(["b", "b", "b", "a", "a", "a"], model.Predict(dataset).ToArray().Select(value => ((char)value).ToString()));
    }

    [Fact]
    public async Task A_data_set_ten_times_larger_than_the_memory_trains()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Engram.Probe.dll"), "--stream"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_GCHeapHardLimit"] = "0x1900000"; // 25 MiB
        start.Environment["ENGRAM_THREADS"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string line = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        string[] words = line.Split(' ');
        Assert.True(long.Parse(words[3]) >= 10 * long.Parse(words[1]), line);
        Assert.True(double.Parse(words[5]) < 1, line);
    }

    [Fact]
    public void A_step_on_data_read_ahead_allocates_nothing()
    {
        using Workers.Solo alone = Workers.OnThisThread();
        Sequential model = Create();
        var data = new SequenceDataset(new ArraySamples(Values(64), Targets(64))) { Prefetch = 0 };
        long Allocated(int batchSize)
        {
            var options = new FitOptions { BatchSize = batchSize, Shuffle = false };
            model.Fit(data, options);
            long least = long.MaxValue;
            for (int attempt = 0; attempt < 5; attempt++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                model.Fit(data, options);
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            return least;
        }

        long few = Allocated(32), many = Allocated(4);
        Assert.True(many - few <= 0, $"{many - few} bytes for 14 further steps");
    }

    private static Sequential Create()
    {
        var model = new Sequential(new Lstm(4) { Dropout = 0.1f }, new Dense(1)) { Seed = 7 };
        model.Compile(new Adam(0.01), Loss.MeanSquaredError);
        return model;
    }

    private static float[] Weights(Network model) => [.. model.Weights.SelectMany(weight => weight.Value.Span.ToArray())];

    private static Batch Slice(int start, int count)
    {
        var x = new float[count, 5, 2];
        var y = new float[count, 1];
        for (int i = 0; i < count; i++)
        {
            y[i, 0] = Y[start + i, 0];
            for (int t = 0; t < 5; t++) { (x[i, t, 0], x[i, t, 1]) = (X[start + i, t, 0], X[start + i, t, 1]); }
        }

        return new Batch(x, y);
    }

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

    private sealed class Repeat(Func<IEnumerable<Batch>> make) : IEnumerable<Batch>
    {
        public IEnumerator<Batch> GetEnumerator() => make().GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
