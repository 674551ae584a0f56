using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Engram.Cli.Options;

/// <summary>The kinds of option there are; each refuses a wrong value in a sentence that names what would be right.</summary>
internal static class OptionKinds
{
    public static Option<bool> Flag(string name, string help) => new(name) { Description = help };

    public static Option<string?> Text(string name, string value, string help) => new(name) { Description = help, HelpName = value };

    public static Option<int?> Whole(string name, string value, string help, int least = 1) => Parsed<int?>(name, value, help, $"a whole number of at least {least}",
        text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least ? number : null);

    public static Option<double?> Number(string name, string value, string help) => Parsed<double?>(name, value, help, "a number of at least 0",
        text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number >= 0 && double.IsFinite(number) ? number : null);

    public static Option<string[]?> List(string name, string value, string help) => Parsed<string[]?>(name, value, help, "names with commas between them",
        text => text.Split(',', StringSplitOptions.TrimEntries) is var names && names.All(part => part.Length > 0) ? names : null);

    public static Option<double[]?> Levels(string name, string value, string help) => Parsed<double[]?>(name, value, help, "percentages between 0 and 100, ascending, with commas between them: 80,95",
        text => text.Split(',').Select(Percentage).ToArray() is var levels && Array.TrueForAll(levels, level => level is > 0 and < 100)
            && levels.Zip(levels.Skip(1)).All(pair => pair.First < pair.Second) ? levels : null);

    /// <summary>One of a few words, each with what it stands for.</summary>
    public static Option<T?> Choice<T>(string name, string help, params (string Word, T Value)[] choices) where T : struct => Parsed<T?>(
        name, string.Join('|', choices.Select(choice => choice.Word)), help, OneOf([.. choices.Select(choice => choice.Word)]),
        text => choices.Where(choice => string.Equals(choice.Word, text, StringComparison.OrdinalIgnoreCase)).Select(choice => (T?)choice.Value).FirstOrDefault());

    /// <summary>An option whose text is turned into a value; null from <paramref name="parse"/> is a wrong text.</summary>
    public static Option<T?> Parsed<T>(string name, string value, string help, string expected, Func<string, T?> parse) => new(name)
    {
        Description = help,
        HelpName = value,
        CustomParser = result => Read(result, name, expected, parse),
    };

    private static T? Read<T>(ArgumentResult result, string name, string expected, Func<string, T?> parse)
    {
        string text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        T? value = parse(text);
        if (value is null) { result.AddError($"{name} takes {expected}; '{text}' is not."); }
        return value;
    }

    private static double Percentage(string text) =>
        double.TryParse(text.Trim().TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double level) ? level : double.NaN;

    public static string OneOf(string[] words) => $"{string.Join(", ", words[..^1])} or {words[^1]}";
}
