namespace Engram.Formats.TensorBoard;

/// <summary>One record of an event file: what was written at a time, for a step.</summary>
/// <param name="WallTime">When, in seconds since 1970 (UTC).</param>
/// <param name="Step">The step or epoch that the values belong to.</param>
public sealed record EventRecord(double WallTime, long Step)
{
    /// <summary>The format's version, which the first record of a file states; else null.</summary>
    public string? FileVersion { get; init; }

    /// <summary>The values.</summary>
    public IReadOnlyList<SummaryValue> Values { get; init; } = [];

    /// <summary>The operations of a graph, where the record holds one; else null.</summary>
    public IReadOnlyList<GraphOperation>? Graph { get; init; }
}

/// <summary>A value under a name.</summary>
/// <param name="Tag">The name.</param>
public abstract record SummaryValue(string Tag);

/// <summary>A number.</summary>
/// <param name="Tag">The name.</param>
/// <param name="Value">The number, in single precision in most files.</param>
public sealed record ScalarValue(string Tag, double Value) : SummaryValue(Tag);

/// <summary>How numbers are distributed.</summary>
/// <param name="Tag">The name.</param>
/// <param name="Min">The least number.</param>
/// <param name="Max">The greatest number.</param>
/// <param name="Count">How many numbers there are.</param>
/// <param name="Limits">The upper end of each bucket; each begins where the one before it ends, the first at <paramref name="Min"/> or below.</param>
/// <param name="Counts">How many numbers lie in each bucket.</param>
public sealed record HistogramValue(
    string Tag, double Min, double Max, double Count, IReadOnlyList<double> Limits, IReadOnlyList<double> Counts) : SummaryValue(Tag)
{
    /// <summary>The sum of the numbers, or null where the file does not say.</summary>
    public double? Sum { get; init; }

    /// <summary>The sum of their squares, or null where the file does not say.</summary>
    public double? SumOfSquares { get; init; }
}

/// <summary>Texts, which TensorBoard shows as Markdown.</summary>
/// <param name="Tag">The name.</param>
/// <param name="Texts">The texts; one in most files.</param>
public sealed record TextValue(string Tag, IReadOnlyList<string> Texts) : SummaryValue(Tag);

/// <summary>A value of another kind, for example a picture; its contents are not read.</summary>
/// <param name="Tag">The name.</param>
/// <param name="Kind">The kind: the plugin that shows it, or the field that holds it.</param>
public sealed record OtherValue(string Tag, string Kind) : SummaryValue(Tag);

/// <summary>An operation of a graph: here a layer.</summary>
/// <param name="Name">Its name, unique in the graph; parts are set apart by slashes.</param>
/// <param name="Operation">What it is, for example <c>LSTM</c>.</param>
/// <param name="Inputs">The operations that it reads; <c>name:1</c> is the second output of one.</param>
/// <param name="OutputShape">The shape of its first output, or null where it is not known.</param>
public sealed record GraphOperation(string Name, string Operation, IReadOnlyList<string> Inputs, Shape? OutputShape = null);
