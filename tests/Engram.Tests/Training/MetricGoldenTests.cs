using System.Text.Json;
using Engram.Training;
using Xunit.Abstractions;

namespace Engram.Tests.Training;

/// <summary>Every metric against Keras: three batches, the figure after each.</summary>
public sealed class MetricGoldenTests(ITestOutputHelper output)
{
    [Fact]
    public void Figures_are_those_of_Keras() => Golden.Run(output, "metrics", golden =>
    {
        Metric metric = Create(golden.Entry.GetProperty("metric").GetString()!, golden.Entry.GetProperty("config"));
        for (int round = 0; round < 2; round++) // again after a reset: the same figures
        {
            for (int batch = 0; batch < 3; batch++)
            {
                metric.Update(
                    LossGoldenTests.Buffer(golden, $"y_true.{batch}"), LossGoldenTests.Buffer(golden, $"y_pred.{batch}"),
                    golden.Arrays.Find($"sample_weight.{batch}")?.ToFloats());
                double[] expected = golden.Doubles($"result.{batch}");
                double[] actual = expected.Length > 1 ? [.. ((FBetaScore)metric).PerClass] : [metric.Result];
                Golden.AssertClose(expected, actual, 1e-6, $"result {batch}");
            }

            metric.Reset();
        }
    });

    private static Metric Create(string kind, JsonElement config) => kind switch
    {
        "MeanSquaredError" => Metrics.MeanSquaredError(),
        "RootMeanSquaredError" => Metrics.RootMeanSquaredError(),
        "MeanAbsoluteError" => Metrics.MeanAbsoluteError(),
        "MeanAbsolutePercentageError" => Metrics.MeanAbsolutePercentageError(),
        "MeanSquaredLogarithmicError" => Metrics.MeanSquaredLogarithmicError(),
        "CosineSimilarity" => Metrics.CosineSimilarity(),
        "LogCoshError" => Metrics.LogCoshError(),
        "R2Score" => Metrics.R2Score(),
        "CategoricalAccuracy" => Metrics.CategoricalAccuracy(),
        "SparseCategoricalAccuracy" => Metrics.SparseCategoricalAccuracy(),
        "BinaryAccuracy" => Metrics.BinaryAccuracy(config.GetProperty("threshold").GetDouble()),
        "CategoricalCrossentropy" => Metrics.CategoricalCrossentropy(),
        "SparseCategoricalCrossentropy" => Metrics.SparseCategoricalCrossentropy(),
        "BinaryCrossentropy" => Metrics.BinaryCrossentropy(),
        "TopKCategoricalAccuracy" => Metrics.TopKCategoricalAccuracy(config.GetProperty("k").GetInt32()),
        "SparseTopKCategoricalAccuracy" => Metrics.SparseTopKCategoricalAccuracy(config.GetProperty("k").GetInt32()),
        "Precision" => Metrics.Precision(),
        "Recall" => Metrics.Recall(),
        "AUC" => Metrics.Auc(config.GetProperty("curve").GetString() == "PR" ? AucCurve.PrecisionRecall : AucCurve.Roc, config.GetProperty("num_thresholds").GetInt32()),
        "TruePositives" => Metrics.TruePositives(),
        "FalsePositives" => Metrics.FalsePositives(),
        "TrueNegatives" => Metrics.TrueNegatives(),
        "FalseNegatives" => Metrics.FalseNegatives(),
        "F1Score" => Metrics.F1Score(),
        "FBetaScore" => Metrics.FBetaScore(config.GetProperty("beta").GetDouble(), config.GetProperty("threshold").GetDouble()),
        "KLDivergence" => Metrics.KLDivergence(),
        "Poisson" => Metrics.Poisson(),
        "Hinge" => Metrics.Hinge(),
        _ => throw new ArgumentException($"An unknown metric: {kind}."),
    };
}
