using System.CommandLine;
using Engram.Cli.Options;
using Engram.Data;

namespace Engram.Cli.Series;

/// <summary>The series that a command is about, and where it came from.</summary>
/// <param name="Series">The series.</param>
/// <param name="Path">The file, or null for the series that comes with the library.</param>
internal sealed record SeriesInput(TimeSeries Series, string? Path)
{
    /// <summary>The file's name without its folder, or what the series is.</summary>
    public string Source => Path is null ? "the airline passengers that come with engram" : System.IO.Path.GetFileName(Path);
}

/// <summary>The argument and the options by which a command reads its series.</summary>
internal sealed class SeriesSyntax
{
    public Argument<string?> File { get; } = new("FILE.csv") { Arity = ArgumentArity.ZeroOrOne };

    public Option<string?> Target { get; } = OptionKinds.Text("--target", "COLUMN",
        "The column to forecast. Default: the only column of numbers, else the one named like a target (close, sales, value, ...), else the last. Set it when the file has several.");

    public Option<string?> Time { get; } = OptionKinds.Text("--time", "COLUMN",
        "The column of dates or times. Default: the first column that reads as such. Set it when there are two, or when a bare year is the time.");

    public Option<string[]?> Covariates { get; } = OptionKinds.List("--covariates", "A,B",
        "Further columns whose past the network may look at. Default: none. Try it when another column moves before the target does.");

    public Option<MissingValues?> Missing { get; } = OptionKinds.Choice("--missing",
        "What fills in missing values. Default: interpolate, a straight line. Take zero where no row means nothing happened, refuse to be told instead.",
        ("interpolate", MissingValues.Interpolate), ("previous", MissingValues.Previous), ("zero", MissingValues.Zero), ("refuse", MissingValues.Refuse));

    public Option<string?> DateFormat { get; } = OptionKinds.Text("--date-format", "FORMAT",
        "How dates are written, in .NET's letters: dd/MM/yyyy. Default: found out. Set it when 03/04/2024 could be April or March.");

    public Option<char?> DecimalMark { get; } = OptionKinds.Choice("--decimal",
        "The decimal mark. Default: found out. Set it when 1,234 could be either.", ("point", '.'), ("comma", ','));

    /// <summary>The options that read any column's text.</summary>
    public Option[] Reading => [Time, Missing, DateFormat, DecimalMark];

    /// <summary>Reads the series.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="target">The target where the command line names none; null to choose.</param>
    /// <param name="covariates">The covariates where the command line names none.</param>
    /// <exception cref="UsageException">Columns are named, but no file.</exception>
    /// <exception cref="EngramException">The file cannot be read.</exception>
    public SeriesInput Read(ParseResult arguments, string? target = null, IReadOnlyList<string>? covariates = null)
    {
        if (arguments.GetValue(File) is not { } path)
        {
            Option? given = ((Option[])[Target, Covariates, .. Reading]).FirstOrDefault(option => arguments.GetResult(option) is not null);
            return given is null ? new SeriesInput(SampleSeries.AirlinePassengers, null) : throw new UsageException($"{given.Name} needs a file to read from; name a CSV file.");
        }

        if (!System.IO.File.Exists(path))
        {
            string what = Directory.Exists(path) ? "is a folder, not a CSV file" : "there is no such file";
            throw new EngramException($"{path}: {what}.");
        }

        return new SeriesInput(TimeSeries.ReadCsv(path, new SeriesOptions
        {
            Target = arguments.GetValue(Target) ?? target,
            Time = arguments.GetValue(Time),
            Covariates = arguments.GetValue(Covariates) is { Length: > 0 } named ? named : covariates ?? [],
            Missing = arguments.GetValue(Missing) ?? MissingValues.Interpolate,
            DateFormat = arguments.GetValue(DateFormat),
            DecimalMark = arguments.GetValue(DecimalMark),
        }), path);
    }
}
