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
    private int kind; // which was chosen, as checkpoints say it: 0 none, 1 binary, 2 sparse, 3 one-hot

    public override bool? HigherIsBetter => true;

    public override double Result => chosen?.Result ?? 0;

    public override void Reset() => chosen?.Reset();

    public override void SaveState(TrainingState state)
    {
        state.SetInteger("kind", kind);
        chosen?.SaveState(state);
    }

    public override void LoadState(TrainingState state)
    {
        Choose((int)state.Integer("kind", 0, 3));
        chosen?.LoadState(state);
    }

    public override void Update(TensorBuffer target, TensorBuffer prediction, ReadOnlySpan<float> sampleWeights)
    {
        if (chosen is null) { Choose(RowShapes.Columns(prediction.Axes) == 1 ? 1 : target.Rank < prediction.Rank || target[^1] == 1 ? 2 : 3); }
        chosen!.Update(target, prediction, sampleWeights);
    }

    private void Choose(int kind)
    {
        this.kind = kind;
        chosen = kind switch { 0 => null, 1 => new BinaryAccuracyMetric(0.5), _ => new CategoricalAccuracyMetric(sparse: kind == 2) };
        chosen?.Name = Name;
    }
}
