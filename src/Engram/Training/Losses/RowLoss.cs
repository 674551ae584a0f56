namespace Engram.Training;

/// <summary>
/// A loss whose element is a function of one row of the last axis: the target's row and the prediction's. A loss of one's own is two
/// short methods:
/// <code>
/// sealed class Cubed : RowLoss
/// {
///     public override string Name => "cubed";
///     protected override double Row(ReadOnlySpan&lt;float> y, ReadOnlySpan&lt;float> p) => Math.Pow(Math.Abs(p[0] - y[0]), 3);
///     protected override void RowGradient(ReadOnlySpan&lt;float> y, ReadOnlySpan&lt;float> p, double weight, Span&lt;float> dp)
///     {
///         double error = p[0] - y[0];
///         dp[0] = (float)(weight * 3 * error * Math.Abs(error));
///     }
/// }
/// </code>
/// Where the target has one column, its last axis may be missing: (rows,) goes with a prediction (rows, 1), and (rows, time) with
/// (rows, time, 1).
/// </summary>
public abstract class RowLoss : Loss
{
    /// <summary>The length of the target's last axis for a prediction's; the same unless overridden.</summary>
    /// <param name="predictionColumns">The length of the prediction's last axis.</param>
    /// <returns>The length, or a negative number where the prediction itself does not fit.</returns>
    protected virtual int TargetColumns(int predictionColumns) => predictionColumns;

    /// <summary>The loss of one row.</summary>
    /// <param name="y">The target's row: (target columns,).</param>
    /// <param name="p">The prediction's row: (prediction columns,).</param>
    protected abstract double Row(ReadOnlySpan<float> y, ReadOnlySpan<float> p);

    /// <summary>The derivative of one row's loss.</summary>
    /// <param name="y">The target's row.</param>
    /// <param name="p">The prediction's row.</param>
    /// <param name="weight">What the derivative is multiplied by; never 0.</param>
    /// <param name="dp">Overwritten: weight times the derivative with respect to <paramref name="p"/>.</param>
    protected abstract void RowGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> p, double weight, Span<float> dp);

    /// <inheritdoc/>
    public sealed override int[] ElementAxes(ReadOnlySpan<int> target, ReadOnlySpan<int> prediction)
    {
        Columns(target, prediction);
        return RowShapes.Leading(prediction).ToArray();
    }

    /// <inheritdoc/>
    public sealed override void Forward(TensorBuffer target, TensorBuffer prediction, Span<double> elements)
    {
        (int targetColumns, int columns) = Columns(target.Axes, prediction.Axes);
        ReadOnlySpan<float> y = target.Span, p = prediction.Span;
        for (int i = 0; i < elements.Length; i++)
        {
            elements[i] = Row(y.Slice(i * targetColumns, targetColumns), p.Slice(i * columns, columns));
        }
    }

    /// <inheritdoc/>
    public sealed override void Backward(TensorBuffer target, TensorBuffer prediction, ReadOnlySpan<double> weights, TensorBuffer gradient)
    {
        (int targetColumns, int columns) = Columns(target.Axes, prediction.Axes);
        gradient.Resize(prediction.Axes);
        ReadOnlySpan<float> y = target.Span, p = prediction.Span;
        Span<float> dp = gradient.Span;
        for (int i = 0; i < weights.Length; i++)
        {
            Span<float> row = dp.Slice(i * columns, columns);
            if (weights[i] == 0) { row.Clear(); }
            else { RowGradient(y.Slice(i * targetColumns, targetColumns), p.Slice(i * columns, columns), weights[i], row); }
        }
    }

    private (int Target, int Prediction) Columns(ReadOnlySpan<int> target, ReadOnlySpan<int> prediction)
    {
        int columns = RowShapes.Columns(prediction), targetColumns = TargetColumns(columns);
        RowShapes.Require(Name, target, prediction, targetColumns);
        return (targetColumns, columns);
    }
}
