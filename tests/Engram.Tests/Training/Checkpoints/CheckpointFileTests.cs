using Engram.Formats.Safetensors;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Training;

/// <summary>Which files there are, what they hold, and what is said when one is damaged.</summary>
public sealed class CheckpointFileTests
{
    private static readonly float[,,] X = new float[20, 3, 2];
    private static readonly float[] Y = new float[20];

    static CheckpointFileTests()
    {
        for (int i = 0; i < 120; i++) { X[i / 6, i / 2 % 3, i % 2] = MathF.Sin(i); }
        for (int i = 0; i < 20; i++) { Y[i] = X[i, 2, 1]; }
    }

    [Fact]
    public void A_damaged_checkpoint_is_refused_and_the_one_before_it_offered()
    {
        using var folder = new TemporaryFolder();
        Sequential whole = Model();
        History expected = whole.Fit(X, Y, new FitOptions { Epochs = 5, BatchSize = 8 });
        string backup = folder.File("backup");
        Model().Fit(X, Y, new FitOptions { Epochs = 3, BatchSize = 8, Callbacks = [new BackupAndRestore(backup) { DeleteCheckpoint = false }] });
        string[] files = [.. Directory.GetFiles(backup).Order(StringComparer.Ordinal)];
        Assert.Equal(["checkpoint-0000000006.safetensors", "checkpoint-0000000009.safetensors"], files.Select(Path.GetFileName));

        byte[] last = File.ReadAllBytes(files[1]);
        File.WriteAllBytes(files[1], last[..^100]); // as a power loss may leave it
        FitOptions Options(bool skip = false) => new() { Epochs = 5, BatchSize = 8, Callbacks = [new BackupAndRestore(backup) { DeleteCheckpoint = false, SkipDamaged = skip }] };
        var error = Assert.Throws<EngramException>(() => Model().Fit(X, Y, Options()));
        Assert.StartsWith(files[1], error.Message, StringComparison.Ordinal);
        Assert.Contains($"The checkpoint before it, '{files[0]}', is whole (epoch 3, 0 batches done): delete the damaged file, or set SkipDamaged", error.Message, StringComparison.Ordinal);

        last[^1] ^= 1; // one bit of a number
        File.WriteAllBytes(files[1], last);
        error = Assert.Throws<EngramException>(() => Model().Fit(X, Y, Options()));
        Assert.Contains("is damaged: its numbers are not those whose SHA-256 digest stands in its header. The checkpoint before it", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<EngramException>(() => Model().LoadWeights(files[1]));
        Assert.Contains("is damaged", error.Message, StringComparison.Ordinal);

        byte[] before = File.ReadAllBytes(files[0]);
        File.WriteAllBytes(files[0], []);
        error = Assert.Throws<EngramException>(() => Model().Fit(X, Y, Options(skip: true)));
        Assert.Contains("There is no whole checkpoint before it; delete it to begin anew.", error.Message, StringComparison.Ordinal);

        File.WriteAllBytes(files[0], before);
        Sequential model = Model();
        History history = model.Fit(X, Y, Options(skip: true));
        Assert.Equal(expected.Loss, history.Loss);
        Assert.Equal(Values(whole), Values(model));
        Assert.Contains(history.Messages, message => message.StartsWith(files[1], StringComparison.Ordinal) && message.EndsWith("The checkpoint is passed over.", StringComparison.Ordinal));
    }

    [Fact]
    public void A_backup_keeps_the_last_and_goes_when_training_ends()
    {
        using var folder = new TemporaryFolder();
        string backup = folder.File("backup");
        Directory.CreateDirectory(backup);
        File.WriteAllText(Path.Combine(backup, ".checkpoint-0000000001.safetensors.0.tmp"), "left by a writer that was killed");
        var seen = new List<string>();
        var watch = new AfterBatch(() => seen.Add(string.Join(" ", Directory.GetFiles(backup).Select(file => Path.GetFileNameWithoutExtension(file)[^2..]).Order())));
        Model().Fit(X, Y, new FitOptions { BatchSize = 2, Callbacks = [watch, new BackupAndRestore(backup) { EveryBatches = 2, KeepLast = 3 }] });
        Assert.Equal(["", "", "02", "02", "02 04", "02 04", "02 04 06", "02 04 06", "04 06 08", "04 06 08"], seen);
        Assert.False(Directory.Exists(backup));
    }

    [Fact]
    public void A_model_checkpoint_keeps_as_many_files_as_it_is_told()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("0.safetensors"), "somebody else's");
        ModelCheckpoint Keep() => new(folder.File("{epoch}.safetensors")) { KeepLast = 2 };
        Model().Fit(X, Y, new FitOptions { Epochs = 4, Callbacks = [Keep()] });
        Assert.Equal(["0.safetensors", "3.safetensors", "4.safetensors"], Names(folder));
        var again = Keep();
        Model().Fit(X, Y, new FitOptions { Epochs = 5, ResumeFrom = folder.File("4.safetensors"), Callbacks = [again] });
        Assert.Equal(["0.safetensors", "4.safetensors", "5.safetensors"], Names(folder));
        Assert.Equal(folder.File("5.safetensors"), again.LastPath);
    }

    [Fact]
    public void The_extension_says_what_is_written()
    {
        using var folder = new TemporaryFolder();
        Sequential model = Model();
        model.Fit(X, Y, new FitOptions
        {
            Callbacks = [
            new ModelCheckpoint(folder.File("m.keras")), new ModelCheckpoint(folder.File("m.h5")), new ModelCheckpoint(folder.File("m.weights.h5")),
            new ModelCheckpoint(folder.File("all.safetensors")), new ModelCheckpoint(folder.File("w.safetensors")) { SaveWeightsOnly = true }]
        });
        float[] expected = Values(model);
        Assert.Equal(expected, Values(Network.Load(folder.File("m.keras"))));
        Assert.Equal(expected, Values(Network.Load(folder.File("m.h5"))));
        foreach (string name in (string[])["m.weights.h5", "all.safetensors", "w.safetensors"])
        {
            Sequential other = Model(9);
            other.LoadWeights(folder.File(name));
            Assert.Equal(expected, Values(other));
        }

        Assert.DoesNotContain(SafetensorsFile.Read(folder.File("w.safetensors")).Arrays, array => array.Name.StartsWith("training:", StringComparison.Ordinal));
        Assert.Contains("training:optimizer/arrays/0/lstm_cell/kernel/momentum", SafetensorsFile.Read(folder.File("all.safetensors")).Arrays.Select(array => array.Name));
        Assert.Contains("which says what is written", Assert.Throws<ArgumentException>(() => new ModelCheckpoint("model.ckpt")).Message, StringComparison.Ordinal);
        var error = Assert.Throws<EngramException>(() => Model().Fit(X, Y, new FitOptions { Callbacks = [new ModelCheckpoint(folder.File("x.keras")) { SaveWeightsOnly = true }] }));
        Assert.Contains("would be a whole model", error.Message, StringComparison.Ordinal);
    }

    private static string[] Names(TemporaryFolder folder) => [.. Directory.GetFiles(folder.Path).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    private static float[] Values(Network model) => [.. model.Weights.SelectMany(weight => weight.Value.Span.ToArray())];

    private static Sequential Model(int seed = 3)
    {
        var model = new Sequential(new Input(3, 2), new Lstm(4) { Dropout = 0.1f }, new Dense(1)) { Seed = seed };
        model.Build();
        model.Compile(new Adam(), Loss.MeanSquaredError);
        return model;
    }

    private sealed class AfterBatch(Action action) : Callback
    {
        public override void OnBatchEnd(TrainingRun run, int epoch, int batch, double loss) => action();
    }
}
