using System.CommandLine;
using System.Globalization;
using Engram.Cli.Options;
using Engram.Generation;

namespace Engram.Cli.Generate;

/// <summary>The options of how the next token is chosen.</summary>
internal sealed class GenerateSampling
{
    public Option<int?> Length { get; } = OptionKinds.Whole("--length", "COUNT", "How many tokens are written at most: characters, for a model of characters. Default: 500.");

    public Option<double?> Temperature { get; } = OptionKinds.Number("--temperature", "NUMBER", "Below 1 the likely becomes likelier, above 1 the text wilder; 0 always takes the likeliest. Default: 1, as it was learnt.");

    public Option<int?> TopK { get; } = OptionKinds.Whole("--top-k", "COUNT", "Draw among the so many likeliest tokens only. Default: among all.");

    public Option<double?> TopP { get; } = OptionKinds.Parsed<double?>("--top-p", "SHARE", "Draw among the fewest likeliest tokens whose probabilities sum to this. Default: 1, among all.", "a share above 0 and at most 1, such as 0.9",
        text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double share) && share is > 0 and <= 1 ? share : null);

    public Option<double?> Penalty { get; } = OptionKinds.Parsed<double?>("--repetition-penalty", "NUMBER", "Above 1, what was written lately is drawn more rarely. For words and byte pairs. Default: 1, no penalty.", "a number above 0, such as 1.2",
        text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double penalty) && penalty > 0 ? penalty : null);

    public Option<int?> Window { get; } = OptionKinds.Whole("--repetition-window", "COUNT", "How many of the last tokens the penalty looks at. Default: 64.");

    public Option<string[]> Stop { get; } = new("--stop") { Description = "Stop before this text appears; may be given several times. Default: none.", HelpName = "TEXT" };

    public Option<int?> Seed { get; } = OptionKinds.Whole("--seed", "NUMBER", "The number from which all draws follow: the same seed gives the same text. Default: 0.", least: 0);

    public Option[] All => [Length, Temperature, TopK, TopP, Penalty, Window, Stop, Seed];

    /// <summary>The options that the command line asks for.</summary>
    public SamplingOptions Options(ParseResult arguments)
    {
        string[] stops = arguments.GetValue(Stop) ?? [];
        if (stops.Any(string.IsNullOrEmpty)) { throw new UsageException("--stop takes a text; an empty one would stop before the first character."); }
        if (arguments.GetValue(Window) is not null && arguments.GetValue(Penalty) is null) { throw new UsageException("--repetition-window is for --repetition-penalty; give both."); }
        return new SamplingOptions
        {
            MaximumTokens = arguments.GetValue(Length) ?? 500,
            Temperature = arguments.GetValue(Temperature) ?? 1,
            TopK = arguments.GetValue(TopK),
            TopP = arguments.GetValue(TopP) ?? 1,
            RepetitionPenalty = arguments.GetValue(Penalty) ?? 1,
            RepetitionWindow = arguments.GetValue(Window) ?? 64,
            StopStrings = stops,
            Seed = arguments.GetValue(Seed) ?? 0,
        };
    }
}
