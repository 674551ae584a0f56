namespace Engram.Charts.Reports;

/// <summary>A text or a number in a <see cref="ReportTable"/>; both convert to it by themselves.</summary>
public readonly struct ReportCell
{
    private ReportCell(string? text, double? number) => (Text, Number) = (text, number);

    /// <summary>The text, or null of a number.</summary>
    public string? Text { get; }

    /// <summary>The number, or null of a text.</summary>
    public double? Number { get; }

    /// <summary>A text.</summary>
    /// <param name="text">The text; null is an empty one.</param>
    public static implicit operator ReportCell(string? text) => FromString(text);

    /// <summary>A number, which its column formats.</summary>
    /// <param name="number">The number.</param>
    public static implicit operator ReportCell(double number) => FromDouble(number);

    /// <summary>A text.</summary>
    /// <param name="text">The text; null is an empty one.</param>
    public static ReportCell FromString(string? text) => new(text ?? "", null);

    /// <summary>A number, which its column formats.</summary>
    /// <param name="number">The number.</param>
    public static ReportCell FromDouble(double number) => new(null, number);
}
