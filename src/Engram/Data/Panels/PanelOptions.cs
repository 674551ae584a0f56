namespace Engram.Data;

/// <summary>Which columns of a table in long form are what.</summary>
public sealed class PanelOptions
{
    /// <summary>What stands for all columns of numbers in <see cref="Targets"/>.</summary>
    public const string All = "all";

    /// <summary>The category that tells the targets apart where there are several.</summary>
    public const string TargetCategory = "target";

    /// <summary>The column that tells the series apart; null, the default, where the table has one series.</summary>
    public string? Id { get; init; }

    /// <summary>
    /// The columns to forecast, each a series of its own; <see cref="All"/> for all columns of numbers that are nothing else. Empty, the default,
    /// for the only such column.
    /// </summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>The column of the times; null, the default, for the first one that has times, or none.</summary>
    public string? Time { get; init; }

    /// <summary>Columns whose past may be looked at; a target may be among them, then all series of an id see it. Default none.</summary>
    public IReadOnlyList<string> Past { get; init; } = [];

    /// <summary>
    /// Columns known ahead of time, for example prices or holidays. Rows behind the last value of the target hold what is known of them. Default none.
    /// </summary>
    public IReadOnlyList<string> Future { get; init; } = [];

    /// <summary>Columns of numbers that hold for a whole series. Default none.</summary>
    public IReadOnlyList<string> Statics { get; init; } = [];

    /// <summary>Columns of words that hold for a whole series; the id may be among them. Default none.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>How times are written, as .NET formats them: <c>dd/MM/yyyy</c>; null to find out.</summary>
    public string? DateFormat { get; init; }

    /// <summary>'.' or ','; null to find out.</summary>
    /// <exception cref="ArgumentException">Another character.</exception>
    public char? DecimalMark
    {
        get;
        init => field = value is null or '.' or ',' ? value : throw new ArgumentException($"The decimal mark must be '.' or ',', not '{value}'.", nameof(value));
    }
}
