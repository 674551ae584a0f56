using Engram.Formats.TensorBoard;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Training;

/// <summary>What the callback writes, read back.</summary>
public sealed class TensorBoardCallbackTests
{
    private static readonly float[,,] X = new float[30, 4, 2];
    private static readonly float[] Y = new float[30];

    static TensorBoardCallbackTests()
    {
        for (int i = 0; i < 240; i++) { X[i / 8, i / 2 % 4, i % 2] = MathF.Sin(i); }
        for (int i = 0; i < 30; i++) { Y[i] = X[i, 3, 0]; }
    }

    [Fact]
    public void Figures_graph_text_and_distributions_are_written()
    {
        using var folder = new TemporaryFolder();
        Sequential model = Model();
        History history = model.Fit(X, Y, new FitOptions
        {
            Epochs = 3,
            BatchSize = 6,
            ValidationSplit = 0.2,
            Callbacks = [new LearningRateScheduler((epoch, rate) => rate / 2), new TensorBoard(folder.File("logs")) { HistogramFrequency = 2, UpdateFrequency = 3, WriteStepsPerSecond = true }],
        });
        EventRecord[] train = Records(folder.File("logs/train")), validation = Records(folder.File("logs/validation"));

        Assert.Equal(["epoch_learning_rate", "epoch_loss", "epoch_mean_absolute_error", "epoch_steps_per_second"], Tags<ScalarValue>(train).Where(tag => tag.StartsWith("epoch_", StringComparison.Ordinal)));
        Assert.Equal(["epoch_loss", "epoch_mean_absolute_error", "evaluation_loss_vs_iterations", "evaluation_mean_absolute_error_vs_iterations"], Tags<ScalarValue>(validation));
        for (int epoch = 0; epoch < 3; epoch++)
        {
            Assert.Equal((float)history.Loss[epoch], Scalar(train, "epoch_loss", epoch));
            Assert.Equal((float)history["mean_absolute_error"][epoch], Scalar(train, "epoch_mean_absolute_error", epoch));
            Assert.Equal((float)history["val_loss"][epoch], Scalar(validation, "epoch_loss", epoch));
            Assert.Equal((float)history["val_mean_absolute_error"][epoch], Scalar(validation, "evaluation_mean_absolute_error_vs_iterations", 4 * (epoch + 1)));
            Assert.Equal((float)(0.001 / (2 << epoch)), Scalar(train, "epoch_learning_rate", epoch));
            Assert.True(Scalar(train, "epoch_steps_per_second", epoch) > 0);
        }

        Assert.Equal([3L, 6, 9, 12], train.Where(record => record.Values is [ScalarValue { Tag: "batch_loss" }]).Select(record => record.Step));

        GraphOperation[] graph = [.. Assert.Single(train, record => record.Graph is not null).Graph!];
        Assert.Equal(["x", "encoder/lstm", "encoder/dropout", "dense"], graph.Select(operation => operation.Name));
        Assert.Equal(["InputLayer", "LSTM", "Dropout", "Dense"], graph.Select(operation => operation.Operation));
        Assert.Equal(["", "x", "encoder/lstm", "encoder/dropout"], graph.Select(operation => string.Join(",", operation.Inputs)));
        Assert.Equal("(None, 5)", graph[1].OutputShape!.ToString());
        string text = Assert.Single(train.SelectMany(record => record.Values).OfType<TextValue>()).Texts[0];
        Assert.Contains("| encoder/lstm | LSTM | (None, 5) |", text, StringComparison.Ordinal);
        Assert.Contains("166 parameters, 166 of them trained by Adam", text, StringComparison.Ordinal);

        Assert.Equal(["dense/bias/histogram", "dense/kernel/histogram", "encoder/lstm/lstm_cell/bias/histogram", "encoder/lstm/lstm_cell/kernel/histogram", "encoder/lstm/lstm_cell/recurrent_kernel/histogram"], Tags<HistogramValue>(train));
        (long Step, HistogramValue Value)[] kernels = [.. from record in train from value in record.Values.OfType<HistogramValue>() where value.Tag == "dense/kernel/histogram" select (record.Step, value)];
        Assert.Equal([0L, 2], kernels.Select(entry => entry.Step));
        float[] kernel = model.Weights.Single(weight => weight.Name == "kernel" && weight.Value[0] == 5).Value.Span.ToArray();
        Assert.Equal((kernel.Length, kernel.Min(), kernel.Max()), ((int)kernels[1].Value.Count, (float)kernels[1].Value.Min, (float)kernels[1].Value.Max));
        Assert.Equal(kernel.Length, kernels[1].Value.Counts.Sum());
    }

    [Fact]
    public void Nothing_is_written_that_was_not_asked_for()
    {
        using var folder = new TemporaryFolder();
        Model().Fit(X, Y, new FitOptions { Epochs = 2, Callbacks = [new TensorBoard(folder.Path) { WriteGraph = false }] });
        EventRecord[] train = Records(folder.File("train"));
        Assert.Equal(["epoch_learning_rate", "epoch_loss", "epoch_mean_absolute_error"], Tags<ScalarValue>(train));
        Assert.DoesNotContain(train, record => record.Graph is not null || record.Values.Any(value => value is not ScalarValue));
        Assert.False(Directory.Exists(folder.File("validation")));
    }

    [Fact]
    public void A_graph_names_each_use_of_a_layer_and_each_output()
    {
        var x = new Input(4, 3);
        var shared = new Dense(3) { Name = "shared" };
        IReadOnlyList<SymbolicTensor> states = new Lstm(3) { Name = "lstm", ReturnState = true }.ApplyAll(shared.Apply(shared.Apply(x)));
        var model = new Model([x], [new Add { Name = "sum" }.Apply(states[0], states[2])]);
        GraphOperation[] graph = [.. ((INetwork)model).Operations];
        Assert.Equal(["shared", "shared_1", "lstm", "sum"], graph.Skip(1).Select(operation => operation.Name));
        Assert.Equal(["lstm", "lstm:2"], graph[^1].Inputs);
        Assert.Equal(["shared"], graph[2].Inputs);
    }

    [Fact]
    public void A_resumed_run_adds_a_file()
    {
        using var folder = new TemporaryFolder();
        string checkpoint = folder.File("run.safetensors"), logs = folder.File("logs");
        Model().Fit(X, Y, new FitOptions { Epochs = 2, Callbacks = [new TensorBoard(logs), new ModelCheckpoint(checkpoint)] });
        Model().Fit(X, Y, new FitOptions { Epochs = 3, ResumeFrom = checkpoint, Callbacks = [new TensorBoard(logs)] });
        string[] files = [.. Directory.GetFiles(Path.Combine(logs, "train")).Order(StringComparer.Ordinal)];
        Assert.Equal(2, files.Length);
        Assert.Equal([0L, 1, 2], files.SelectMany(file => EventFile.Read(file)).Where(record => record.Values is [ScalarValue { Tag: "epoch_loss" }]).Select(record => record.Step).Order());
    }

    private static Sequential Model()
    {
        var encoder = new Sequential(new Lstm(5), new Dropout(0.1f)) { Name = "encoder" };
        var model = new Sequential(encoder, new Dense(1)) { Seed = 3 };
        model.Compile(new Adam(), Loss.MeanSquaredError, Metrics.MeanAbsoluteError());
        return model;
    }

    private static EventRecord[] Records(string folder) => [.. EventFile.Read(Assert.Single(Directory.GetFiles(folder)))];

    private static IEnumerable<string> Tags<T>(EventRecord[] records) where T : SummaryValue =>
        records.SelectMany(record => record.Values).OfType<T>().Select(value => value.Tag).Distinct().Where(tag => tag != "batch_loss").Order(StringComparer.Ordinal);

    private static double Scalar(EventRecord[] records, string tag, long step) =>
        Assert.Single(records.Where(record => record.Step == step).SelectMany(record => record.Values).OfType<ScalarValue>(), value => value.Tag == tag).Value;
}
