using System.Globalization;
using Engram.Charts;
using Engram.Data;

namespace Engram.Cli.Series;

/// <summary>Numbers and counts in texts, the same in every culture.</summary>
internal static class Words
{
    /// <summary>A measured number to four digits.</summary>
    public static string Number(double value) => NumberText.Significant(value);

    /// <summary>Values of a series, all with the same decimals: five significant digits of the largest, at most the decimals that the data have.</summary>
    public static Func<double, string> Like(double[] values)
    {
        double largest = values.Max(Math.Abs);
        int size = largest > 0 ? (int)Math.Floor(Math.Log10(largest)) : 0;
        int decimals = Math.Clamp(4 - size, 0, 10);
        int own = 0;
        while (own < decimals && !Array.TrueForAll(values, value => Math.Abs(Math.Round(value, own) - value) <= 1e-9 * largest)) { own++; }
        decimals = Math.Min(decimals, own + 1);
        return value => NumberText.Decimals(value, decimals);
    }

    /// <summary>What a progress bar says of the losses.</summary>
    public static string Losses(double loss, double? validationLoss) =>
        validationLoss is double value ? $"loss {Number(loss)}, validation {Number(value)}" : $"loss {Number(loss)}";

    /// <summary>A percentage.</summary>
    public static string Percent(double percent) => double.IsNaN(percent) ? "–" : $"{percent.ToString("0.#", CultureInfo.InvariantCulture)} %";

    /// <summary>A level of an interval: 80, 97.5.</summary>
    public static string Level(double level) => level.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A count with its noun: 1 row, 2 rows.</summary>
    public static string Count(int count, string noun, string? plural = null) => $"{NumberText.Decimals(count, 0)} {(count == 1 ? noun : plural ?? noun + "s")}";

    /// <summary>A step of a series: month, day, hour; step where there is no word.</summary>
    public static string Step(Frequency frequency) => (frequency.Unit, frequency.Step) switch
    {
        (FrequencyUnit.Month, 1) => "month",
        (FrequencyUnit.Month, 3) => "quarter",
        (FrequencyUnit.Month, 12) => "year",
        (FrequencyUnit.Day, 1) => "day",
        (FrequencyUnit.Day, 7) => "week",
        (FrequencyUnit.BusinessDay, 1) => "business day",
        (FrequencyUnit.Second, 3600) => "hour",
        (FrequencyUnit.Second, 60) => "minute",
        (FrequencyUnit.Second, 1) => "second",
        _ => "step",
    };

    /// <summary>A text whose numbers stay on one line with their percent signs.</summary>
    public static string Unbroken(string text) => text.Replace(" %", "\u00A0%", StringComparison.Ordinal);

    /// <summary>Seconds, with a digit after the point while they are few.</summary>
    public static string Seconds(double seconds) => $"{NumberText.Decimals(seconds, seconds < 10 ? 1 : 0)} s";

    /// <summary>Names with commas and a last "and".</summary>
    public static string And(IReadOnlyList<string> names) => names.Count <= 1 ? string.Concat(names) : $"{string.Join(", ", names.SkipLast(1))} and {names[^1]}";

    /// <summary>A command line, to be given once more.</summary>
    public static string CommandLine(System.CommandLine.ParseResult arguments) => string.Join(' ', arguments.Tokens.Select(token => Quoted(token.Value)).Prepend("engram"));

    /// <summary>An argument as a shell takes it.</summary>
    public static string Quoted(string argument) =>
        argument.Length > 0 && argument.All(c => char.IsLetterOrDigit(c) || "-_./,=%:+".Contains(c, StringComparison.Ordinal)) ? argument : $"'{argument.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
