using System.Globalization;
using System.Text;
using Engram.Formats.TensorBoard;
using Engram.Layers;

namespace Engram.Training;

/// <summary>
/// Writes event files that TensorBoard shows (<c>tensorboard --logdir FOLDER</c>), as Keras' callback of this name does: the figures of each epoch in
/// <c>train/</c> and <c>validation/</c> under <c>epoch_loss</c> and so on, the learning rate, the model's graph and its layers as a table, and, where asked
/// for, figures of batches and the distribution of each weight. A run that is resumed adds files, which TensorBoard shows as one run.
/// <code>
/// model.Fit(x, y, new FitOptions { Epochs = 20, Callbacks = [new TensorBoard("logs") { HistogramFrequency = 1 }] });
/// </code>
/// </summary>
public sealed class TensorBoard : Callback, IDisposable
{
    private readonly string logFolder;
    private EventFileWriter? train, validation;
    private long began;
    private int batches, stepsSinceBegan;

    /// <summary>Creates the callback.</summary>
    /// <param name="logFolder">The folder, one for each run that is to be compared; it is created when it is missing. Default <c>logs</c>.</param>
    public TensorBoard(string logFolder = "logs")
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(logFolder);
        this.logFolder = logFolder;
    }

    /// <summary>After how many epochs, again and again, the distribution of each weight is written. 0, the default: never.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int HistogramFrequency
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(HistogramFrequency), value, "HistogramFrequency must be at least 0.");
    }

    /// <summary>Whether the graph and the table of layers are written. Default true.</summary>
    public bool WriteGraph { get; init; } = true;

    /// <summary>Whether it is written how many steps a second were done. Default false.</summary>
    public bool WriteStepsPerSecond { get; init; }

    /// <summary>
    /// After how many batches, again and again, the loss is written, under <c>batch_loss</c>. Null, the default: figures are written after epochs alone.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? UpdateFrequency
    {
        get;
        init => field = value is null or >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(UpdateFrequency), value, "UpdateFrequency must be at least 1.");
    }

    /// <summary>The clock; tests have their own.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <inheritdoc/>
    /// <exception cref="EngramException">The files cannot be written.</exception>
    public override void OnTrainBegin(TrainingRun run)
    {
        Close();
        batches = 0;
        train = new EventFileWriter(Path.Combine(logFolder, "train"), Clock);
        if (WriteGraph && run.Network?.Operations is { } operations)
        {
            train.Graph(operations);
            train.Text("model", Table(run, operations), 0);
            train.Flush();
        }

        Mark();
    }

    /// <inheritdoc/>
    public override void OnEpochBegin(TrainingRun run, int epoch) => Mark();

    /// <inheritdoc/>
    /// <exception cref="EngramException">The files cannot be written.</exception>
    public override void OnBatchEnd(TrainingRun run, int epoch, int batch, double loss)
    {
        stepsSinceBegan++;
        if (UpdateFrequency is not int every || ++batches % every != 0) { return; }
        train!.Scalar("batch_loss", loss, run.Optimizer.Iterations);
        train.Flush();
    }

    /// <inheritdoc/>
    /// <exception cref="EngramException">The files cannot be written.</exception>
    public override void OnEpochEnd(TrainingRun run, int epoch, IReadOnlyDictionary<string, double> logs)
    {
        foreach ((string name, double value) in logs)
        {
            if (!name.StartsWith("val_", StringComparison.Ordinal))
            {
                train!.Scalar($"epoch_{name}", value, epoch);
                continue;
            }

            validation ??= new EventFileWriter(Path.Combine(logFolder, "validation"), Clock);
            validation.Scalar($"epoch_{name[4..]}", value, epoch);
            validation.Scalar($"evaluation_{name[4..]}_vs_iterations", value, run.Optimizer.Iterations);
        }

        train!.Scalar("epoch_learning_rate", run.Optimizer.LearningRate, epoch);
        if (WriteStepsPerSecond) { train.Scalar("epoch_steps_per_second", stepsSinceBegan / Clock.GetElapsedTime(began).TotalSeconds, epoch); }
        if (HistogramFrequency > 0 && epoch % HistogramFrequency == 0)
        {
            foreach ((string path, Weight weight) in WeightFile.Paths(run.Layers)) { train.Histogram($"{path}/histogram", weight.Value.Span, epoch); }
        }

        train.Flush();
        validation?.Flush();
    }

    /// <inheritdoc/>
    public override void OnTrainEnd(TrainingRun run) => Close();

    /// <inheritdoc/>
    public override void SaveState(TrainingState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.SetInteger("batches", batches);
    }

    /// <inheritdoc/>
    public override void LoadState(TrainingState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        batches = (int)state.Integer("batches", 0, int.MaxValue);
    }

    /// <summary>Closes the files, which the end of a training does by itself: for trainings that an error ended.</summary>
    public void Dispose() => Close();

    private void Mark() => (began, stepsSinceBegan) = (Clock.GetTimestamp(), 0);

    private void Close()
    {
        train?.Dispose();
        validation?.Dispose();
        (train, validation) = (null, null);
    }

    private static string Table(TrainingRun run, IReadOnlyList<GraphOperation> operations)
    {
        var text = new StringBuilder("| Layer | Kind | Output shape |\n|---|---|---|\n");
        foreach (GraphOperation operation in operations) { text.Append(CultureInfo.InvariantCulture, $"| {operation.Name} | {operation.Operation} | {operation.OutputShape?.ToString() ?? "?"} |\n"); }
        long weights = 0, trained = 0;
        foreach (Weight weight in run.Weights) { weights += weight.Value.Length; }
        foreach (Weight weight in run.TrainableWeights) { trained += weight.Value.Length; }
        return text.Append(CultureInfo.InvariantCulture, $"\n{weights} parameters, {trained} of them trained by {run.Optimizer.Name}\n").ToString();
    }
}
