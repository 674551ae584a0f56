namespace Engram.Charts.Reports;

/// <summary>Which value of a column is emphasised.</summary>
public enum BestValue
{
    /// <summary>None.</summary>
    None,
    /// <summary>The lowest, as for errors.</summary>
    Lowest,
    /// <summary>The highest, as for accuracies.</summary>
    Highest,
}

/// <summary>A column of a <see cref="ReportTable"/>.</summary>
public sealed class ReportColumn
{
    private ReportColumn(string name, bool isNumeric, int? decimals, BestValue best)
    {
        ArgumentNullException.ThrowIfNull(name);
        (Name, IsNumeric, Decimals, Best) = (name, isNumeric, decimals, best);
    }

    /// <summary>The heading.</summary>
    public string Name { get; }

    /// <summary>Whether it is set flush right.</summary>
    public bool IsNumeric { get; }

    /// <summary>Digits after the point, or null for four significant digits.</summary>
    public int? Decimals { get; }

    /// <summary>Which of its values is emphasised.</summary>
    public BestValue Best { get; }

    /// <summary>A column of texts.</summary>
    /// <param name="name">The heading.</param>
    public static ReportColumn Text(string name) => new(name, isNumeric: false, null, BestValue.None);

    /// <summary>A column of numbers, flush right.</summary>
    /// <param name="name">The heading.</param>
    /// <param name="decimals">Digits after the point, from 0 to 15; null (the default) for four significant digits.</param>
    /// <param name="best">Which value is emphasised; default none.</param>
    /// <exception cref="ArgumentOutOfRangeException">decimals is not from 0 to 15.</exception>
    public static ReportColumn Number(string name, int? decimals = null, BestValue best = BestValue.None) => decimals is < 0 or > 15
        ? throw new ArgumentOutOfRangeException(nameof(decimals), decimals, "Decimals must be from 0 to 15.")
        : new ReportColumn(name, isNumeric: true, decimals, best);
}
