namespace Engram.Generation;

/// <summary>
/// How a <see cref="TextGenerator"/> is trained: Adam with a learning rate that rises shortly and then falls along half a cosine, by truncated backpropagation through
/// time on streams of text whose states are carried from batch to batch.
/// </summary>
public sealed class TextFitOptions
{
    /// <summary>
    /// How many updates are made. Null, the default: as many as <see cref="Minutes"/> allow or, without these, as <see cref="Passes"/> take, but at least 1,000.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? Steps { get; init => field = value is null ? null : TextNetworkOptions.AtLeastOne(value.Value, nameof(Steps)); }

    /// <summary>
    /// About how long training may take. How fast this machine is gets measured before training begins, and that alone decides the number of steps: it stands in
    /// <see cref="TextTraining.Steps"/>, and the same number as <see cref="Steps"/> gives the same weights again, to the last bit. Null, the default: no such limit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0.</exception>
    public double? Minutes
    {
        get;
        init => field = value is null or (> 0 and < double.PositiveInfinity) ? value : throw new ArgumentOutOfRangeException(nameof(Minutes), value, "Minutes is above 0.");
    }

    /// <summary>How many times the training part is read, where neither steps nor minutes are set. Default 5.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0.</exception>
    public double Passes
    {
        get;
        init => field = value is > 0 and <= 1e6 ? value : throw new ArgumentOutOfRangeException(nameof(Passes), value, "Passes is above 0 and at most a million.");
    } = 5;

    /// <summary>How many places of the text are read side by side. Null, the default: 16, or as many as a short text has windows for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? Streams { get; init => field = value is null ? null : TextNetworkOptions.AtLeastOne(value.Value, nameof(Streams)); }

    /// <summary>How many tokens of each stream make an update, through which gradients go back; states go on further. Default 64.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int TimeSteps { get; init => field = TextNetworkOptions.AtLeastOne(value, nameof(TimeSteps)); } = 64;

    /// <summary>The highest learning rate. Default 0.003.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0.</exception>
    public double LearningRate
    {
        get;
        init => field = value is > 0 and < double.PositiveInfinity ? value : throw new ArgumentOutOfRangeException(nameof(LearningRate), value, "The learning rate is above 0.");
    } = 0.003;

    /// <summary>The greatest length of all gradients together; longer ones are scaled down. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0.</exception>
    public double ClipNorm
    {
        get;
        init => field = value is > 0 and < double.PositiveInfinity ? value : throw new ArgumentOutOfRangeException(nameof(ClipNorm), value, "The limit of the gradients is above 0.");
    } = 1;

    /// <summary>The share at the end of the text that is held out of training and measures the model, from 0 to 0.5. Default 0.1. With 0 nothing is measured and nothing stops early.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside [0, 0.5].</exception>
    public double HeldOut
    {
        get;
        init => field = value is >= 0 and <= 0.5 ? value : throw new ArgumentOutOfRangeException(nameof(HeldOut), value, "The held-out share is from 0 to 0.5.");
    } = 0.1;

    /// <summary>How many times the held-out text is measured on the way; the weights of the best time stay. Default 10.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Evaluations { get; init => field = TextNetworkOptions.AtLeastOne(value, nameof(Evaluations)); } = 10;

    /// <summary>After how many measurements without a better one training stops. Default 3.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Patience { get; init => field = TextNetworkOptions.AtLeastOne(value, nameof(Patience)); } = 3;
}
