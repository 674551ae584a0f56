using Engram.Training;

namespace Engram.Tests.Training;

public sealed class MetricTests
{
    [Fact]
    public void Accuracy_is_chosen_by_the_shapes()
    {
        Assert.Equal(0.75, Figure(Metrics.Accuracy(), [4], [1, 0, 1, 0], [4, 1], [0.9f, 0.2f, 0.1f, 0.5f]));
        Assert.Equal(0.5, Figure(Metrics.Accuracy(), [2], [2, 0], [2, 3], [0.1f, 0.2f, 0.7f, 0.3f, 0.4f, 0.3f]));
        Assert.Equal(0.5, Figure(Metrics.Accuracy(), [2, 1], [2, 0], [2, 3], [0.1f, 0.2f, 0.7f, 0.3f, 0.4f, 0.3f]));
        Assert.Equal(0.5, Figure(Metrics.Accuracy(), [2, 3], [0, 0, 1, 1, 0, 0], [2, 3], [0.1f, 0.2f, 0.7f, 0.3f, 0.4f, 0.3f]));
        Assert.Equal("accuracy", Metrics.Accuracy().Name);
        Assert.Equal(0, Metrics.Accuracy().Result);
    }

    [Fact]
    public void Weights_of_steps_and_of_rows_are_told_apart()
    {
        float[] y = [0, 0, 0, 0, 0, 0], p = [1, 2, 3, 4, 5, 6];
        Metric byStep = Metrics.MeanAbsoluteError(), byRow = Metrics.MeanAbsoluteError();
        byStep.Update(Buffer([2, 3], y), Buffer([2, 3, 1], p), [1, 1, 0, 1, 0, 0]);
        Assert.Equal((1 + 2 + 4) / 3.0, byStep.Result, 12);
        byRow.Update(Buffer([2, 3], y), Buffer([2, 3, 1], p), [3, 1]);
        Assert.Equal(((3 * 2) + 5) / 4.0, byRow.Result, 12);
        Assert.Throws<EngramException>(() => byRow.Update(Buffer([2, 3], y), Buffer([2, 3, 1], p), [1, 1, 1]));
    }

    [Fact]
    public void What_a_loss_ignores_its_metric_ignores()
    {
        Metric metric = Metrics.SparseCategoricalCrossentropy(fromLogits: true, ignoreClass: -1);
        metric.Update(Buffer([3], [-1, 0, 1]), Buffer([3, 2], [9, 9, 0, 0, 0, 0]), []);
        Assert.Equal(Math.Log(2), metric.Result, 12);
    }

    [Fact]
    public void A_figure_of_the_whole_batch_is_the_mean_of_batches()
    {
        Metric metric = Metrics.From(Loss.Dice);
        metric.Update(Buffer([2, 1], [1, 1]), Buffer([2, 1], [1, 1]), []);
        metric.Update(Buffer([3, 1], [1, 1, 1]), Buffer([3, 1], [0, 0, 0]), []);
        Assert.Equal(0.5, metric.Result, 6);
        Assert.Throws<EngramException>(() => metric.Update(Buffer([2, 1], [1, 1]), Buffer([2, 1], [1, 1]), [1, 2]));
    }

    [Theory]
    [InlineData(1, 1.0 / 2)]
    [InlineData(2, 3.0 / 4)]
    [InlineData(3, 3.0 / 6)]
    public void Precision_can_look_at_the_largest_alone(int k, double expected)
    {
        // Rows: the largest is wrong, the second right; the largest and the second of equals right.
        Assert.Equal(expected, Figure(Metrics.Precision(topK: k), [2, 4], [0, 1, 0, 0, 1, 1, 0, 0], [2, 4], [0.9f, 0.5f, 0.2f, 0.1f, 0.4f, 0.4f, 0.4f, 0.1f]), 12);
    }

    [Fact]
    public void Precision_and_recall_can_look_at_one_class()
    {
        float[] y = [1, 0, 1, 1, 0, 0], p = [0.9f, 0.9f, 0.2f, 0.9f, 0.9f, 0.9f];
        Assert.Equal(0.5, Figure(Metrics.Recall(classId: 0), [3, 2], y, [3, 2], p));
        Assert.Equal(1.0 / 3, Figure(Metrics.Precision(classId: 1), [3, 2], y, [3, 2], p), 12);
        Assert.Throws<EngramException>(() => Figure(Metrics.Recall(classId: 2), [3, 2], y, [3, 2], p));
        Assert.Equal(0, Figure(Metrics.Precision(), [1, 1], [1], [1, 1], [0.1f]));
    }

    [Fact]
    public void The_area_under_the_curve_needs_probabilities()
    {
        Assert.Equal(1, Figure(Metrics.Auc(), [4], [0, 0, 1, 1], [4, 1], [0, 0.4f, 0.6f, 1]), 12);
        Assert.Equal(1, Figure(Metrics.Auc(fromLogits: true), [4], [0, 0, 1, 1], [4, 1], [-3, -1, 1, 3]), 12);
        Assert.Throws<EngramException>(() => Figure(Metrics.Auc(), [2], [0, 1], [2, 1], [-1, 1]));
        Assert.True(double.IsNaN(Figure(Metrics.Auc(), [2], [0, 1], [2, 1], [0, float.NaN])));
    }

    [Theory]
    [InlineData(ClassAverage.Micro, 2.0 / 3)]
    [InlineData(ClassAverage.Macro, (1 + (2.0 / 3) + 0) / 3)]
    [InlineData(ClassAverage.Weighted, ((1 * 1) + (2 * 2.0 / 3)) / 3)]
    public void Scores_of_classes_are_averaged_as_asked(ClassAverage average, double expected)
    {
        // Class 0 scores 1; class 1 has precision 1 and recall 1/2; class 2 does not occur and is named once.
        float[] y = [1, 0, 0, 0, 1, 0, 0, 1, 0], p = [0.9f, 0, 0, 0, 0.8f, 0, 0.1f, 0.2f, 0.3f];
        Assert.Equal(expected, Figure(Metrics.F1Score(average: average), [3, 3], y, [3, 3], p), 1e-6);
    }

    [Fact]
    public void A_metric_of_ones_own_is_one_method()
    {
        var metric = new Largest { Name = "largest" };
        metric.Update(Buffer([2, 2], [0, 0, 0, 0]), Buffer([2, 2], [1, 2, 5, 3]), [1, 3]);
        Assert.Equal((2 + (3 * 5)) / 4.0, metric.Result, 12);
        var error = Assert.Throws<EngramException>(() => metric.Update(Buffer([2], [0, 0]), Buffer([2, 2], [1, 2, 5, 3]), []));
        Assert.Contains("largest: expected a target of shape (2, 2) for a prediction of shape (2, 2), got (2,)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        TensorBuffer y = Buffer([2, 2], [0, 1, 1, 0]), p = Buffer([2, 2], [0.1f, 0.9f, 0.4f, 0.6f]);
        float[] weights = [1, 2];
        foreach (Metric metric in (Metric[])
            [Metrics.MeanAbsoluteError(), Metrics.Accuracy(), Metrics.Auc(), Metrics.Precision(topK: 1), Metrics.F1Score(), Metrics.R2Score(), Metrics.CategoricalCrossentropy()])
        {
            metric.Update(y, p, weights);
            long before = GC.GetAllocatedBytesForCurrentThread();
            metric.Update(y, p, weights);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    private static double Figure(Metric metric, int[] targetAxes, float[] y, int[] predictionAxes, float[] p)
    {
        metric.Update(Buffer(targetAxes, y), Buffer(predictionAxes, p), []);
        return metric.Result;
    }

    private static TensorBuffer Buffer(int[] axes, float[] values)
    {
        var buffer = new TensorBuffer(axes);
        buffer.CopyFrom(values);
        return buffer;
    }

    private sealed class Largest : RowMetric
    {
        protected override double Row(ReadOnlySpan<float> y, ReadOnlySpan<float> p) => Math.Max(p[0], p[1]);
    }
}
