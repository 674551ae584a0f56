namespace Engram.Data;

/// <summary>What is done with values that are missing between the first and the last one.</summary>
public enum MissingValues
{
    /// <summary>Filled in on the straight line between the neighbours. The default.</summary>
    Interpolate,

    /// <summary>The value before is repeated.</summary>
    Previous,

    /// <summary>Zero, for example where nothing was sold.</summary>
    Zero,

    /// <summary>Any missing value is an error.</summary>
    Refuse,
}

/// <summary>How a series is read from a table. Everything has a default that is found out from the file and told in the series' notes.</summary>
public sealed class SeriesOptions
{
    /// <summary>The column to forecast; null to choose one.</summary>
    public string? Target { get; init; }

    /// <summary>The column of the times; null to choose the first one that has times.</summary>
    public string? Time { get; init; }

    /// <summary>Further columns to read beside the target; none by default.</summary>
    public IReadOnlyList<string> Covariates { get; init; } = [];

    /// <summary>What is done with missing values; interpolation by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the policies.</exception>
    public MissingValues Missing
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "No such policy.");
    }

    /// <summary>What stands between two fields; null to find out.</summary>
    public char? Delimiter { get; init; }

    /// <summary>Whether the first row holds the names of the columns; null to find out.</summary>
    public bool? Header { get; init; }

    /// <summary>'.' or ','; null to find out.</summary>
    /// <exception cref="ArgumentException">Another character.</exception>
    public char? DecimalMark
    {
        get;
        init => field = value is null or '.' or ',' ? value : throw new ArgumentException($"The decimal mark must be '.' or ',', not '{value}'.", nameof(value));
    }

    /// <summary>How times are written, as .NET formats them: <c>dd/MM/yyyy</c>; null to find out.</summary>
    public string? DateFormat { get; init; }
}
