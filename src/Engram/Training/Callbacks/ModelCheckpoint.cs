using System.Globalization;
using System.Text.RegularExpressions;

namespace Engram.Training;

/// <summary>
/// Writes checkpoints while training goes on. What a file holds, its extension says: <c>.safetensors</c> the weights and all else that a run needs to
/// go on where it was (<see cref="FitOptions.ResumeFrom"/>; <c>LoadWeights</c> reads the weights alone), <c>.keras</c> and <c>.h5</c> the model, as
/// <c>Save</c> writes it, <c>.weights.h5</c> weights, as <c>SaveWeights</c> does. A file is replaced as a whole and is on the disk before it takes its
/// name, so that it is complete whenever one looks, also after a crash. It is written when all callbacks have seen the batch or the epoch, whatever their order.
/// </summary>
public sealed partial class ModelCheckpoint : MonitorCallback
{
    private static readonly string[] Extensions = [".safetensors", ".keras", ".weights.h5", ".h5"];

    private readonly string path;
    private readonly string[] fields; // the figures that the name has
    private readonly List<double[]> written = []; // the figures of the files that were written, the last one at the end
    private double? best;
    private int batches;
    private double[]? due;

    /// <summary>Creates the callback.</summary>
    /// <param name="path">
    /// The file; its folder must exist. <c>{epoch}</c>, counted from 1, and figures such as <c>{val_loss:0.00}</c> are filled in, so that each epoch
    /// may have a file of its own. Formats are .NET's (<c>{epoch:00}</c>) or as in Keras (<c>{epoch:02d}</c>, <c>{val_loss:.2f}</c>).
    /// </param>
    /// <exception cref="ArgumentException">The name ends in none of the extensions.</exception>
    public ModelCheckpoint(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (!Extensions.Any(extension => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase)))
        {
            throw new ArgumentException($"'{path}': a checkpoint ends in {string.Join(", ", Extensions)}, which says what is written.", nameof(path));
        }

        this.path = path;
        fields = [.. Placeholder().Matches(path).Select(match => match.Groups["name"].Value)];
    }

    /// <summary>
    /// Whether the weights alone are written, from which no run can go on; not to a <c>.keras</c> file, which always is a model. Default false: everything, as in
    /// Keras.
    /// </summary>
    public bool SaveWeightsOnly { get; init; }

    /// <summary>
    /// How many files are kept where each has a name of its own; older ones that this callback wrote are deleted when a new one is on the disk. Null,
    /// the default: all.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? KeepLast
    {
        get;
        init => field = value is null or >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(KeepLast), value, "KeepLast must be at least 1.");
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
    /// <exception cref="EngramException">The best only is to be written, but after batches, which have no validation; or weights alone to a <c>.keras</c> file.</exception>
    public override void OnTrainBegin(TrainingRun run)
    {
        (best, batches, due) = (InitialThreshold, 0, null);
        written.Clear();
        if (SaveBestOnly && EveryBatches is not null) { throw new EngramException("ModelCheckpoint: set SaveBestOnly or EveryBatches, not both; which weights are best is known after an epoch."); }
        if (SaveWeightsOnly && HasExtension(".keras")) { throw new EngramException($"ModelCheckpoint: '{path}' would be a whole model; weights alone go to .weights.h5 or .safetensors."); }
    }

    /// <inheritdoc/>
    public override void OnBatchEnd(TrainingRun run, int epoch, int batch, double loss)
    {
        if (EveryBatches is int every && ++batches % every == 0) { Decide(epoch, new Dictionary<string, double> { ["loss"] = loss, ["batch"] = batch + 1 }); }
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

        Decide(epoch, logs);
    }

    /// <inheritdoc/>
    public override void SaveState(TrainingState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.SetNumber("best", best);
        state.SetInteger("batches", batches);
        state.SetDoubles("written", [.. written.SelectMany(figures => figures)]);
        state.SetInteger("files", written.Count);
    }

    /// <inheritdoc/>
    public override void LoadState(TrainingState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        best = state.Number("best");
        batches = (int)state.Integer("batches", 0, int.MaxValue);
        double[] figures = state.Doubles("written");
        long files = state.Integer("files", 0, int.MaxValue);
        if (files * fields.Length != figures.Length) { throw state.Wrong("written", $"holds {figures.Length} figures; the names of {files} files have {fields.Length} each"); }
        written.Clear();
        for (int i = 0; i < files && fields.Length > 0; i++) { written.Add(figures.AsSpan(i * fields.Length, fields.Length).ToArray()); }
        if (fields.Length == 0 && files > 0) { written.Add([]); }
        LastPath = written.Count > 0 ? FileName(written[^1]) : null;
    }

    internal override void OnSettled(TrainingRun run, Settled settled)
    {
        if (due is not { } figures) { return; }
        due = null;
        string file = FileName(figures);
        written.RemoveAll(other => FileName(other) == file);
        written.Add(figures);
        if (SaveWeightsOnly || HasExtension(".weights.h5")) { run.Network!.SaveWeights(file); }
        else if (HasExtension(".safetensors")) { settled.Save(file); }
        else { run.Network!.Save(file); }
        LastPath = file;
        for (; written.Count > KeepLast; written.RemoveAt(0)) { CheckpointFolder.Delete(FileName(written[0])); }
    }

    private bool HasExtension(string extension) => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase);

    private void Decide(int epoch, IReadOnlyDictionary<string, double> logs) => due = [.. fields.Select(name =>
        name == "epoch" ? epoch + 1
        : logs.TryGetValue(name, out double value) ? value
        : throw new EngramException($"ModelCheckpoint: there is no figure '{name}' for the file's name '{path}'; there are epoch, {string.Join(", ", logs.Keys)}."))];

    private string FileName(double[] figures)
    {
        int next = 0;
        return Placeholder().Replace(path, match =>
        {
            (double value, string format) = (figures[next++], match.Groups["format"].Value);
            return match.Groups["name"].Value == "epoch" ? Format((int)value, format) : Format(value, format);
        });
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
