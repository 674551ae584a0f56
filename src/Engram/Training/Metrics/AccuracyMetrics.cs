using System.Numerics.Tensors;

namespace Engram.Training;

/// <summary>The share of numbers on the right side of a threshold.</summary>
internal sealed class BinaryAccuracyMetric(double threshold) : RowMetric
{
    public override bool? HigherIsBetter => true;

    protected override double Row(ReadOnlySpan<float> y, ReadOnlySpan<float> p)
    {
        int right = 0;
        for (int i = 0; i < p.Length; i++) { right += (p[i] > threshold ? 1 : 0) == y[i] ? 1 : 0; }
        return (double)right / p.Length;
    }
}

/// <summary>The share of rows whose largest prediction is that of the right class.</summary>
internal sealed class CategoricalAccuracyMetric(bool sparse) : RowMetric
{
    public override bool? HigherIsBetter => true;

    protected override int TargetColumns(int predictionColumns) => sparse ? 1 : predictionColumns;

    protected override double Row(ReadOnlySpan<float> y, ReadOnlySpan<float> p)
    {
        float right = sparse ? y[0] : TensorPrimitives.IndexOfMax(y);
        return TensorPrimitives.IndexOfMax(p) == right ? 1 : 0;
    }
}

/// <summary>The share of rows in which fewer than k classes have a larger prediction than the right class.</summary>
internal sealed class TopKAccuracyMetric(int k, bool sparse) : RowMetric
{
    public override bool? HigherIsBetter => true;

    protected override int TargetColumns(int predictionColumns) => sparse ? 1 : predictionColumns;

    protected override double Row(ReadOnlySpan<float> y, ReadOnlySpan<float> p)
    {
        int right = sparse ? (int)y[0] : TensorPrimitives.IndexOfMax(y);
        if (right < 0 || right >= p.Length || !float.IsFinite(p[right])) { return 0; }
        int larger = 0;
        foreach (float value in p) { larger += value > p[right] ? 1 : 0; }
        return larger < k ? 1 : 0;
    }
}

/// <summary>Binary, sparse or categorical accuracy, chosen by the shapes of the first batch as Keras chooses for "accuracy".</summary>
internal sealed class AccuracyMetric : Metric
{
    private Metric? chosen;

    public override bool? HigherIsBetter => true;

    public override double Result => chosen?.Result ?? 0;

    public override void Reset() => chosen?.Reset();

    public override void Update(TensorBuffer target, TensorBuffer prediction, ReadOnlySpan<float> sampleWeights)
    {
        chosen ??= Choose(target, prediction);
        chosen.Update(target, prediction, sampleWeights);
    }

    private Metric Choose(TensorBuffer target, TensorBuffer prediction)
    {
        Metric metric = RowShapes.Columns(prediction.Axes) == 1 ? new BinaryAccuracyMetric(0.5)
            : new CategoricalAccuracyMetric(sparse: target.Rank < prediction.Rank || target[^1] == 1);
        metric.Name = Name;
        return metric;
    }
}
