namespace Engram.Training;

/// <summary>
/// 1 - Σ (y - p)² / Σ (y - ȳ)² for each column of the last axis; the mean of the columns. 1 is perfect, 0 no better than the mean.
/// </summary>
internal sealed class R2ScoreMetric : Metric
{
    private double[] sum = [], squares = [], residual = [], weight = [];

    public override bool? HigherIsBetter => true;

    public override double Result
    {
        get
        {
            double scores = 0;
            for (int j = 0; j < sum.Length; j++)
            {
                // As in Keras, a column that never varies scores 0 rather than minus infinity.
                double score = 1 - (residual[j] / (squares[j] - (sum[j] * sum[j] / weight[j])));
                scores += double.IsInfinity(score) ? 0 : score;
            }

            return sum.Length == 0 ? 0 : scores / sum.Length;
        }
    }

    public override void Reset()
    {
        foreach (double[] array in (ReadOnlySpan<double[]>)[sum, squares, residual, weight]) { Array.Clear(array); }
    }

    public override void SaveState(TrainingState state)
    {
        state.SetDoubles("sum", sum);
        state.SetDoubles("squares", squares);
        state.SetDoubles("residual", residual);
        state.SetDoubles("weight", weight);
    }

    public override void LoadState(TrainingState state)
    {
        sum = state.Doubles("sum");
        squares = state.Doubles("squares", sum.Length);
        residual = state.Doubles("residual", sum.Length);
        weight = state.Doubles("weight", sum.Length);
    }

    public override void Update(TensorBuffer target, TensorBuffer prediction, ReadOnlySpan<float> sampleWeights)
    {
        int columns = RowShapes.Columns(prediction.Axes);
        RowShapes.Require(Name, target.Axes, prediction.Axes, columns);
        if (sum.Length == 0)
        {
            (sum, squares) = (new double[columns], new double[columns]);
            (residual, weight) = (new double[columns], new double[columns]);
        }

        if (sum.Length != columns) { throw new EngramException($"{Name}: was fed {sum.Length} columns before and now {columns}."); }
        if (prediction.Length == 0) { return; }
        SampleWeights weights = new(sampleWeights, prediction[0], prediction.Length, Name);
        ReadOnlySpan<float> ys = target.Span, ps = prediction.Span;
        for (int i = 0; i < ps.Length; i++)
        {
            double y = ys[i], error = y - ps[i], w = weights[i];
            int j = i % columns;
            sum[j] += w * y;
            squares[j] += w * y * y;
            residual[j] += w * error * error;
            weight[j] += w;
        }
    }
}
