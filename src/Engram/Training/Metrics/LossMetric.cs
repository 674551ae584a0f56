namespace Engram.Training;

/// <summary>
/// The mean of a loss's elements, of what it ignores only the rest; the negative or the root of it where a metric has that.
/// </summary>
internal sealed class LossMetric : MeanMetric
{
    private readonly Loss loss;
    private readonly bool negative, root;
    private int[] targetAxes = [], predictionAxes = [];
    private int count;

    public LossMetric(string name, Loss loss, bool negative = false, bool root = false)
    {
        Name = name;
        this.loss = loss;
        this.negative = negative;
        this.root = root;
    }

    public override bool? HigherIsBetter => negative;

    public override double Result => root ? Math.Sqrt(base.Result) : negative ? -base.Result : base.Result;

    // The loss is asked for its shapes only when the batch's have changed, so that a step allocates nothing.
    protected override int CountValues(TensorBuffer target, TensorBuffer prediction)
    {
        if (target.Axes.SequenceEqual(targetAxes) && prediction.Axes.SequenceEqual(predictionAxes)) { return count; }
        int product = 1;
        foreach (int axis in loss.ElementAxes(target.Axes, prediction.Axes)) { product *= axis; }
        (targetAxes, predictionAxes, count) = (target.Axes.ToArray(), prediction.Axes.ToArray(), product);
        return count;
    }

    protected override void ComputeValues(TensorBuffer target, TensorBuffer prediction, Span<double> values, Span<byte> counts)
    {
        loss.Forward(target, prediction, values);
        if (loss.IgnoresElements) { loss.MarkIgnored(target, counts); }
    }
}
