namespace Engram.Generation;

/// <summary>
/// How the next token is chosen among those that a model thinks possible. Applied in this order: repetition penalty, temperature, top-k, top-p, draw. The four numbers that
/// are no text ([PAD], [UNK], [START], [END]) are never drawn.
/// </summary>
public sealed class SamplingOptions
{
    private readonly string[] stopStrings = [];

    /// <summary>
    /// What logits are divided by: below 1 the likely becomes likelier, above 1 the text wilder. 0 always takes the likeliest token, of equally likely ones the first.
    /// Default 1: as the model has learnt it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Temperature
    {
        get;
        init => field = value is >= 0 and < double.PositiveInfinity ? value : throw new ArgumentOutOfRangeException(nameof(Temperature), value, "The temperature is at least 0.");
    } = 1;

    /// <summary>Only the so many likeliest tokens may be drawn (Fan, Lewis and Dauphin 2018, "Hierarchical neural story generation"). Null, the default: all.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? TopK { get; init => field = value is null ? null : TextNetworkOptions.AtLeastOne(value.Value, nameof(TopK)); }

    /// <summary>
    /// Only the fewest likeliest tokens whose probabilities sum to at least this may be drawn, of those that top-k leaves (Holtzman et al. 2019, "The curious case of neural text
    /// degeneration": the nucleus). Default 1: all.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0 and at most 1.</exception>
    public double TopP
    {
        get;
        init => field = value is > 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(TopP), value, "Top-p is above 0 and at most 1.");
    } = 1;

    /// <summary>
    /// What the logits of the tokens in the last <see cref="RepetitionWindow"/> are divided by where they are positive and multiplied by where they are negative (Keskar et
    /// al. 2019, "CTRL"). Above 1 repetition becomes rarer. For words and byte pairs; characters must repeat. Default 1: nothing.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0.</exception>
    public double RepetitionPenalty
    {
        get;
        init => field = value is > 0 and < double.PositiveInfinity ? value : throw new ArgumentOutOfRangeException(nameof(RepetitionPenalty), value, "The repetition penalty is above 0.");
    } = 1;

    /// <summary>How many of the last tokens, those of the prompt included, the penalty looks at. Default 64.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int RepetitionWindow { get; init => field = TextNetworkOptions.AtLeastOne(value, nameof(RepetitionWindow)); } = 64;

    /// <summary>The number from which all draws follow: the same seed gives the same text. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>Generation ends before the first of these appears, wherever tokens begin and end. Default none.</summary>
    /// <exception cref="ArgumentException">One is empty.</exception>
    public IReadOnlyList<string> StopStrings
    {
        get => stopStrings;
        init => stopStrings = value.Any(string.IsNullOrEmpty) ? throw new ArgumentException("A stop string is empty; it would stop before the first character.", nameof(StopStrings)) : [.. value];
    }

    /// <summary>How many tokens a call draws at most: characters, for a model of characters. Default 500.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int MaximumTokens { get; init => field = TextNetworkOptions.AtLeastOne(value, nameof(MaximumTokens)); } = 500;
}
