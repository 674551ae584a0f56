namespace Engram.Charts.Reports;

/// <summary>A number worth reading first.</summary>
/// <param name="Value">The number as it is to be shown, with its unit.</param>
/// <param name="Caption">What it is.</param>
/// <param name="Detail">A quieter line under the caption, such as what it compares with; null for none.</param>
public sealed record KeyFigure(string Value, string Caption, string? Detail = null);
