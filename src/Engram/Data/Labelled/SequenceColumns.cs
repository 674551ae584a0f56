namespace Engram.Data;

/// <summary>Which columns of a table in long form (one row for each step of each sequence) are what.</summary>
public sealed class SequenceColumns
{
    /// <summary>The column that says to which sequence a row belongs.</summary>
    public required string Id { get; init; }

    /// <summary>The column of dates, times or numbers that the steps of a sequence are ordered by; null, the default, where they stand in their order.</summary>
    public string? Time { get; init; }

    /// <summary>The column of the class, the same in all rows of a sequence; null, the default, for one that is called label, class, category or the like.</summary>
    public string? Label { get; init; }

    /// <summary>Whether the classes are read. Default true; otherwise the sequences have none, as those to ask a classifier about.</summary>
    public bool IsLabelled { get; init; } = true;

    /// <summary>The columns of numbers that make a step; empty, the default, for all that are nothing else, which must then have numbers.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>What becomes of missing values, within each sequence and column. Default: they are refused.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such way.</exception>
    public MissingValues Missing
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Missing), value, "There is no such way.");
    } = MissingValues.Refuse;
}
