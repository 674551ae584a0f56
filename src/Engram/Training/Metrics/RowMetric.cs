namespace Engram.Training;

/// <summary>
/// The weighted mean of a figure of each row of the last axis. A metric of one's own overrides <see cref="Row"/>. Where the target has
/// one column, its last axis may be missing.
/// </summary>
public abstract class RowMetric : MeanMetric
{
    /// <summary>The length of the target's last axis for a prediction's; the same unless overridden.</summary>
    /// <param name="predictionColumns">The length of the prediction's last axis.</param>
    protected virtual int TargetColumns(int predictionColumns) => predictionColumns;

    /// <summary>The figure of one row.</summary>
    /// <param name="y">The target's row: (target columns,).</param>
    /// <param name="p">The prediction's row: (prediction columns,).</param>
    protected abstract double Row(ReadOnlySpan<float> y, ReadOnlySpan<float> p);

    /// <inheritdoc/>
    protected sealed override int CountValues(TensorBuffer target, TensorBuffer prediction)
    {
        int columns = RowShapes.Columns(prediction.Axes);
        RowShapes.Require(Name, target.Axes, prediction.Axes, TargetColumns(columns));
        return columns == 0 ? 0 : prediction.Length / columns;
    }

    /// <inheritdoc/>
    protected sealed override void ComputeValues(TensorBuffer target, TensorBuffer prediction, Span<double> values, Span<byte> counts)
    {
        int columns = RowShapes.Columns(prediction.Axes), targetColumns = TargetColumns(columns);
        ReadOnlySpan<float> y = target.Span, p = prediction.Span;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Row(y.Slice(i * targetColumns, targetColumns), p.Slice(i * columns, columns));
        }
    }
}
