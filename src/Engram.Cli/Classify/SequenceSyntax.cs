using System.CommandLine;
using Engram.Cli.Options;
using Engram.Data;

namespace Engram.Cli.Classify;

/// <summary>The options by which both commands read sequences of numbers out of a CSV file.</summary>
internal sealed class SequenceSyntax
{
    public Option<string?> Id { get; } = OptionKinds.Text("--id", "COLUMN", "A CSV file has sequences of numbers, a row for each step; this column says to which sequence a row belongs. Default: a CSV file has texts.");

    public Option<string?> Time { get; } = OptionKinds.Text("--time", "COLUMN", "The column of numbers or dates by which the steps of a sequence are ordered. Default: they stand in their order.");

    public Option<string[]?> Features { get; } = OptionKinds.List("--features", "A,B", "The columns of numbers that make a step. Default: all that are nothing else; to predict, those that were learnt from.");

    public Option<MissingValues?> Missing { get; } = OptionKinds.Choice("--missing", "What fills in missing values, within each sequence. Default: refuse, they are an error.",
        ("refuse", MissingValues.Refuse), ("interpolate", MissingValues.Interpolate), ("previous", MissingValues.Previous), ("zero", MissingValues.Zero));

    public Option[] All => [Id, Time, Features, Missing];

    /// <summary>The columns that the command line names; null where it names no column of sequences.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="label">The column of labels, or null to find it.</param>
    /// <param name="features">The features where the command line names none; null for all columns that are nothing else.</param>
    /// <param name="isLabelled">Whether labels are read.</param>
    /// <exception cref="UsageException">An option needs another.</exception>
    public SequenceColumns? Columns(ParseResult arguments, string? label, IReadOnlyList<string>? features, bool isLabelled)
    {
        if (arguments.GetValue(Id) is not { } id)
        {
            return All.FirstOrDefault(option => arguments.GetResult(option) is not null) is { } lone
                ? throw new UsageException($"{lone.Name} is for sequences in a CSV file; --id says which column tells them apart. Give both.")
                : null;
        }

        return new SequenceColumns
        {
            Id = id,
            Time = arguments.GetValue(Time),
            Label = label,
            IsLabelled = isLabelled,
            Features = arguments.GetValue(Features) is { Length: > 0 } named ? named : features ?? [],
            Missing = arguments.GetValue(Missing) ?? MissingValues.Refuse,
        };
    }
}
