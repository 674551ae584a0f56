using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engram.Data;

/// <summary>
/// Windows on a series, as views: the series is kept by reference and never copied, and a batch is written straight into the buffers
/// that a model reads. A window holds input rows x: (<see cref="SequenceLength"/>, <see cref="Features"/>) and, where there are targets,
/// rows y: (<see cref="TargetRows"/>, <see cref="TargetFeatures"/>). A model is fitted on windows as they are: <c>model.Fit(windows)</c>.
/// </summary>
public sealed class SequenceWindows : ISampleSource
{
    private readonly Array series; // float[] with one feature, or float[,]: (rows, features)
    private readonly Array? targets;
    private readonly int[] targetColumns;
    private readonly int first;
    private readonly int stride;
    private readonly int rate;
    private readonly int targetOffset; // from a window's first input row to its first target row

    private SequenceWindows(
        Array series, Array? targets, int[] targetColumns, int count, int first, int sequenceLength, int stride, int rate, int targetOffset, int targetRows)
    {
        this.series = series;
        this.targets = targets;
        this.targetColumns = targetColumns;
        this.first = first;
        this.stride = stride;
        this.rate = rate;
        this.targetOffset = targetOffset;
        Count = count;
        SequenceLength = sequenceLength;
        TargetRows = targetRows;
    }

    /// <summary>The number of windows.</summary>
    public int Count { get; }

    /// <summary>The input rows of a window.</summary>
    public int SequenceLength { get; }

    /// <summary>The columns of an input row.</summary>
    public int Features => Width(series);

    /// <summary>The target rows of a window: 1 in Keras' form, the horizon in the forecasting form, 0 without targets.</summary>
    public int TargetRows { get; }

    /// <summary>The columns of a target row; 0 without targets.</summary>
    public int TargetFeatures => targetColumns.Length;

    /// <inheritdoc/>
    public IReadOnlyList<int> InputAxes => [SequenceLength, Features];

    /// <summary>
    /// The axes of one target as a dense layer puts it out: (target rows) for one target column, (target features) for one row, both
    /// otherwise; null without targets.
    /// </summary>
    public IReadOnlyList<int>? TargetAxes => (TargetRows, TargetFeatures) switch
    {
        (0, _) => null,
        (_, 1) => [TargetRows],
        (1, _) => [TargetFeatures],
        _ => [TargetRows, TargetFeatures],
    };

    /// <summary>
    /// Windows as Keras' <c>timeseries_dataset_from_array</c> makes them: window i starts at row start + i * stride and takes every
    /// <paramref name="samplingRate"/>-th row; its target is the one of its <em>first</em> row. Only whole windows are made, and none
    /// that starts where the targets have ended.
    /// </summary>
    /// <param name="series">The series: <c>float[]</c> or <c>float[,]</c> of (rows, features). Kept, not copied.</param>
    /// <param name="targets">A target row for each row of the series, <c>float[]</c> or <c>float[,]</c>; null for none. Kept, not copied.</param>
    /// <param name="sequenceLength">The rows of a window.</param>
    /// <param name="sequenceStride">The rows between the starts of two windows.</param>
    /// <param name="samplingRate">The distance between two rows of a window.</param>
    /// <param name="startIndex">The first row to use.</param>
    /// <param name="endIndex">The row after the last to use; null for the end of the series.</param>
    /// <exception cref="EngramException">A length or index does not fit the series, or not one window fits into it.</exception>
    public static SequenceWindows FromSeries(
        Array series, Array? targets, int sequenceLength, int sequenceStride = 1, int samplingRate = 1, int startIndex = 0, int? endIndex = null)
    {
        int rows = Rows(series, nameof(series));
        Positive(sequenceLength, nameof(sequenceLength));
        Positive(sequenceStride, nameof(sequenceStride));
        Positive(samplingRate, nameof(samplingRate));
        int end = endIndex ?? rows;
        if (startIndex < 0 || end > rows || startIndex >= end)
        {
            throw new EngramException($"Rows {startIndex} to {end} (exclusive) are not within the {rows} rows of the series.");
        }

        long starts = end - startIndex - ((sequenceLength - 1L) * samplingRate);
        if (starts < 1)
        {
            throw new EngramException($"A window of {sequenceLength} rows, every {samplingRate}., spans {((sequenceLength - 1L) * samplingRate) + 1} rows; there are {end - startIndex}.");
        }

        int targetRows = 0;
        if (targets is not null)
        {
            starts = Math.Min(starts, Rows(targets, nameof(targets)) - startIndex);
            targetRows = 1;
            if (starts < 1) { throw new EngramException($"The targets have {Rows(targets, nameof(targets))} rows, none for row {startIndex}, where the first window starts."); }
        }

        int[] columns = targets is null ? [] : [.. Enumerable.Range(0, Width(targets))];
        int count = (int)((starts + sequenceStride - 1) / sequenceStride);
        return new(series, targets, columns, count, startIndex, sequenceLength, sequenceStride, samplingRate, 0, targetRows);
    }

    /// <summary>
    /// Windows for forecasting: <paramref name="inputLength"/> rows in, the <paramref name="horizon"/> rows that follow out.
    /// </summary>
    /// <param name="series">The series: <c>float[]</c> or <c>float[,]</c> of (rows, features). Kept, not copied.</param>
    /// <param name="inputLength">The rows a model sees.</param>
    /// <param name="horizon">The rows it is to forecast.</param>
    /// <param name="targetColumns">The columns it is to forecast; null for all.</param>
    /// <param name="targetRows">
    /// Where target rows may lie, for example the test part of a <see cref="Split"/>; inputs may reach back before it. Null for anywhere.
    /// </param>
    /// <param name="stride">The rows between the starts of two windows.</param>
    /// <exception cref="EngramException">A length, column or range does not fit the series, or not one window fits into it.</exception>
    public static SequenceWindows ForForecast(
        Array series, int inputLength, int horizon, int[]? targetColumns = null, RowRange? targetRows = null, int stride = 1)
    {
        int rows = Rows(series, nameof(series));
        Positive(inputLength, nameof(inputLength));
        Positive(horizon, nameof(horizon));
        Positive(stride, nameof(stride));
        RowRange allowed = targetRows ?? new RowRange(0, rows);
        if (allowed.Start < 0 || allowed.End > rows || allowed.Count < 1) { throw new EngramException($"The target rows {allowed.Start} to {allowed.End} (exclusive) are not within the {rows} rows of the series."); }

        int[] columns = targetColumns is null ? [.. Enumerable.Range(0, Width(series))] : [.. targetColumns];
        if (columns.Length == 0) { throw new EngramException("There must be at least one target column."); }
        foreach (int column in columns)
        {
            if ((uint)column >= (uint)Width(series)) { throw new EngramException($"There is no target column {column}: the series has {Width(series)}, counted from 0."); }
        }

        int first = Math.Max(0, allowed.Start - inputLength);
        long starts = (long)allowed.End - first - inputLength - horizon + 1;
        if (starts < 1)
        {
            throw new EngramException($"{inputLength} input rows and {horizon} to forecast do not fit: the series has {rows} rows, and targets may lie in {allowed}.");
        }

        int count = (int)((starts + stride - 1) / stride);
        return new(series, series, columns, count, first, inputLength, stride, 1, inputLength, horizon);
    }

    /// <summary>The rows between a window's first and last input row, both included.</summary>
    public RowRange InputRange(int window)
    {
        int start = StartOf(window);
        return new RowRange(start, start + ((SequenceLength - 1) * rate) + 1);
    }

    /// <summary>A window's target rows; an empty range without targets.</summary>
    public RowRange TargetRange(int window)
    {
        int start = StartOf(window) + targetOffset;
        return new RowRange(start, start + TargetRows);
    }

    /// <summary>Writes windows one behind the other.</summary>
    /// <param name="samples">Which windows, in any order.</param>
    /// <param name="x">Overwritten: (windows, sequence length, features).</param>
    /// <param name="y">Overwritten: (windows, target rows, target features); empty when the targets are not wanted.</param>
    /// <exception cref="ArgumentException">A buffer has another length, or there is no such window.</exception>
    public void CopyBatch(ReadOnlySpan<int> samples, Span<float> x, Span<float> y = default)
    {
        int features = Features;
        int xLength = SequenceLength * features;
        int yLength = TargetRows * TargetFeatures;
        if (x.Length != samples.Length * xLength) { throw new ArgumentException($"{samples.Length} windows of {SequenceLength} x {features} need {samples.Length * xLength} elements; there are {x.Length}.", nameof(x)); }
        if (!y.IsEmpty && y.Length != samples.Length * yLength) { throw new ArgumentException($"{samples.Length} targets of {TargetRows} x {TargetFeatures} need {samples.Length * yLength} elements; there are {y.Length}.", nameof(y)); }

        ReadOnlySpan<float> from = Elements(series);
        ReadOnlySpan<float> fromTargets = targets is null ? default : Elements(targets);
        int targetWidth = targets is null ? 0 : Width(targets);
        for (int i = 0; i < samples.Length; i++)
        {
            int start = StartOf(samples[i]);
            Span<float> rows = x.Slice(i * xLength, xLength);
            if (rate == 1) { from.Slice(start * features, xLength).CopyTo(rows); }
            else
            {
                for (int k = 0; k < SequenceLength; k++) { from.Slice((start + (k * rate)) * features, features).CopyTo(rows[(k * features)..]); }
            }

            if (y.IsEmpty) { continue; }
            int at = i * yLength;
            for (int k = 0; k < TargetRows; k++)
            {
                int row = (start + targetOffset + k) * targetWidth;
                foreach (int column in targetColumns) { y[at++] = fromTargets[row + column]; }
            }
        }
    }

    /// <summary>The number of windows and their form, for the debugger.</summary>
    public override string ToString() => $"{Count} windows of {SequenceLength} x {Features}, targets {TargetRows} x {TargetFeatures}";

    private int StartOf(int window) => (uint)window < (uint)Count
        ? first + (window * stride)
        : throw new ArgumentOutOfRangeException(nameof(window), window, $"There are {Count} windows, counted from 0.");

    private static int Rows(Array array, string name)
    {
        if (array is not (float[] or float[,])) { throw new ArgumentException($"Expected float[] or float[,] of (rows, features), got {array.GetType().Name}.", name); }
        return array.GetLength(0);
    }

    private static int Width(Array array) => array.Rank == 1 ? 1 : array.GetLength(1);

    private static ReadOnlySpan<float> Elements(Array array)
    {
        ref float first = ref Unsafe.As<byte, float>(ref MemoryMarshal.GetArrayDataReference(array));
        return MemoryMarshal.CreateReadOnlySpan(ref first, array.Length);
    }

    private static void Positive(int value, string name)
    {
        if (value < 1) { throw new EngramException($"{name} is {value}; it must be 1 or more."); }
    }
}
