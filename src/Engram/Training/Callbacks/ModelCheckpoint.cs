using System.Globalization;
using System.Text.RegularExpressions;

namespace Engram.Training;

/// <summary>
/// Writes the weights to a safetensors file while training goes on; <c>LoadWeights</c> of the same model reads them. A file is replaced as a whole, so
/// that it is complete whenever one looks, also after a crash.
/// </summary>
public sealed partial class ModelCheckpoint : MonitorCallback
{
    private readonly string path;
    private double? best;
    private int batches;

    /// <summary>Creates the callback.</summary>
    /// <param name="path">
    /// The file; its folder must exist. <c>{epoch}</c>, counted from 1, and figures such as <c>{val_loss:0.00}</c> are filled in, so that each epoch
    /// may have a file of its own. Formats are .NET's (<c>{epoch:00}</c>) or as in Keras (<c>{epoch:02d}</c>, <c>{val_loss:.2f}</c>).
    /// </param>
    public ModelCheckpoint(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        this.path = path;
    }

    /// <summary>Whether only weights are written whose watched figure is the best so far. Default false: those of each epoch.</summary>
    public bool SaveBestOnly { get; init; }

    /// <summary>What the figure must be better than from the start, with <see cref="SaveBestOnly"/>. Null, the default: anything.</summary>
    public double? InitialThreshold { get; init; }

    /// <summary>After how many batches, again and again, the weights are written. Null, the default: after each epoch.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? EveryBatches
    {
        get;
        init => field = value is null or >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(EveryBatches), value, "EveryBatches must be at least 1.");
    }

    /// <summary>The file that was written last, or null.</summary>
    public string? LastPath { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="EngramException">The best only is to be written, but after batches, which have no validation.</exception>
    public override void OnTrainBegin(TrainingRun run)
    {
        (best, batches) = (InitialThreshold, 0);
        if (SaveBestOnly && EveryBatches is not null) { throw new EngramException("ModelCheckpoint: set SaveBestOnly or EveryBatches, not both; which weights are best is known after an epoch."); }
    }

    /// <inheritdoc/>
    public override void OnBatchEnd(TrainingRun run, int epoch, int batch, double loss)
    {
        if (EveryBatches is int every && ++batches % every == 0) { Save(run, epoch, new Dictionary<string, double> { ["loss"] = loss, ["batch"] = batch + 1 }); }
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingRun run, int epoch, IReadOnlyDictionary<string, double> logs)
    {
        if (EveryBatches is not null) { return; }
        if (SaveBestOnly)
        {
            if (IsSkipped(run, epoch)) { return; }
            double current = Current(logs);
            if (!IsBetter(run, current, best)) { return; }
            best = current;
        }

        Save(run, epoch, logs);
    }

    private void Save(TrainingRun run, int epoch, IReadOnlyDictionary<string, double> logs)
    {
        string file = Placeholder().Replace(path, match =>
        {
            string name = match.Groups["name"].Value, format = match.Groups["format"].Value;
            if (name == "epoch") { return Format(epoch + 1, format); }
            return logs.TryGetValue(name, out double value)
                ? Format(value, format)
                : throw new EngramException($"ModelCheckpoint: there is no figure '{name}' for the file's name '{path}'; there are epoch, {string.Join(", ", logs.Keys)}.");
        });
        WeightFile.Write(file, run.Layers);
        LastPath = file;
    }

    private static string Format<T>(T value, string format) where T : IFormattable
    {
        Match keras = KerasFormat().Match(format);
        if (keras.Groups["width"].Success) { format = new string('0', int.Parse(keras.Groups["width"].ValueSpan, CultureInfo.InvariantCulture)); }
        if (keras.Groups["digits"].Success) { format = $"F{keras.Groups["digits"].Value}"; }
        return value.ToString(format, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^(0(?<width>[1-9])d?|\.(?<digits>[0-9])f)$")]
    private static partial Regex KerasFormat();

    [GeneratedRegex(@"\{(?<name>[A-Za-z_][A-Za-z_0-9]*)(:(?<format>[^}]*))?\}")]
    private static partial Regex Placeholder();
}
