namespace Engram.Data;

/// <summary>Rows of a series from <see cref="Start"/> up to, but not including, <see cref="End"/>, counted from 0.</summary>
/// <param name="Start">The first row.</param>
/// <param name="End">The row after the last.</param>
public readonly record struct RowRange(int Start, int End)
{
    /// <summary>The number of rows.</summary>
    public int Count => End - Start;

    /// <summary>The range in words: <c>rows 0 to 99 (100)</c>.</summary>
    public override string ToString() => Count > 0 ? $"rows {Start} to {End - 1} ({Count})" : "no rows";
}
