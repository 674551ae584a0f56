using Engram.Data;

namespace Engram.Training;

/// <summary>How a model is fitted. The defaults are Keras'.</summary>
public sealed class FitOptions
{
    private readonly int epochs = 1;
    private readonly int batchSize = 32;
    private readonly int validationFrequency = 1;
    private readonly double validationSplit;

    /// <summary>How many times all samples are seen. Default 1.</summary>
    public int Epochs { get => epochs; init => epochs = AtLeastOne(value, nameof(Epochs)); }

    /// <summary>How many samples make a step. Default 32.</summary>
    public int BatchSize { get => batchSize; init => batchSize = AtLeastOne(value, nameof(BatchSize)); }

    /// <summary>
    /// The share of samples, from 0 to below 1, that is kept for validation: the <em>last</em> block, cut off before any shuffling. Default 0.
    /// </summary>
    public double ValidationSplit
    {
        get => validationSplit;
        init => validationSplit = value is >= 0 and < 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ValidationSplit), value, "The validation split is a share from 0 to below 1.");
    }

    /// <summary>Samples to validate on, or null. Default null.</summary>
    public IDataset? ValidationData { get; init; }

    /// <summary>After how many epochs, again and again, the model is validated. Default 1: after each.</summary>
    public int ValidationFrequency { get => validationFrequency; init => validationFrequency = AtLeastOne(value, nameof(ValidationFrequency)); }

    /// <summary>On how many batches the model is validated. Null, the default: on all.</summary>
    public int? ValidationSteps { get; init => field = value is null ? null : AtLeastOne(value.Value, nameof(ValidationSteps)); }

    /// <summary>How many samples are computed at once while validating. Null, the default: <see cref="BatchSize"/>.</summary>
    public int? ValidationBatchSize { get; init => field = value is null ? null : AtLeastOne(value.Value, nameof(ValidationBatchSize)); }

    /// <summary>
    /// The number of the first epoch, from 0; <see cref="Epochs"/> is the number at which training ends, not how many there are. For a run
    /// that goes on where another ended. Default 0.
    /// </summary>
    public int InitialEpoch
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(InitialEpoch), value, "InitialEpoch is at least 0.");
    }

    /// <summary>
    /// How many batches make an epoch. The data go on where the last epoch stopped, and begin anew when they end. Null, the default: all
    /// batches, from the first.
    /// </summary>
    public int? StepsPerEpoch { get; init => field = value is null ? null : AtLeastOne(value.Value, nameof(StepsPerEpoch)); }

    /// <summary>
    /// Whether the samples are put in a new order before each epoch; data that come in batches keep theirs. Default true.
    /// </summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>
    /// The weight of each class in the loss, by its number (the target of a sparse loss, or the place of its largest entry); classes that
    /// are not named weigh 1. Default null.
    /// </summary>
    public IReadOnlyDictionary<int, float>? ClassWeights { get; init; }

    /// <summary>
    /// One weight for each sample in the losses and the weighted figures, or for each sample and time step (samples, timeSteps): one array for all
    /// outputs, or one for each. Default none.
    /// </summary>
    public NumericArrays? SampleWeights { get; init; }

    /// <summary>
    /// Whether training takes less memory and more time: recurrent layers keep only every sqrt(T)-th state of the T steps, and compute the
    /// gates of the stretches between them again on the way back (Chen et al. 2016, "Training deep nets with sublinear memory cost"). On
    /// long sequences a layer's memory falls by a factor of some hundreds for about a third more time; losses and weights are the same
    /// to the last bit. What still grows with T are the input and, for a layer that returns sequences, its output and the output's
    /// gradient, which the next layer needs. Default false.
    /// </summary>
    public bool Recompute { get; init; }

    /// <summary>
    /// A checkpoint that <see cref="ModelCheckpoint"/> wrote: the run goes on where that one was, with its weights, optimizer, states, draws,
    /// history and callbacks, and ends with the very numbers of a run that was never interrupted. Give the same model, data, options and callbacks;
    /// <see cref="Epochs"/> may be another. Null, the default: a run of its own. A <see cref="BackupAndRestore"/> that finds a checkpoint goes before.
    /// </summary>
    public string? ResumeFrom { get; init; }

    /// <summary>What watches the training. Default nothing.</summary>
    public IReadOnlyList<Callback> Callbacks { get; init; } = [];

    /// <summary>Where messages go, for example which rows validate. Default nowhere; they also stand in <see cref="History.Messages"/>.</summary>
    public TextWriter? Log { get; init; }

    private static int AtLeastOne(int value, string option) => value >= 1
        ? value
        : throw new ArgumentOutOfRangeException(option, value, $"{option} is at least 1.");
}
