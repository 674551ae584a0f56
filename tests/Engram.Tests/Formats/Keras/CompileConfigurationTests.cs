using System.Text.Json;
using System.Text.Json.Nodes;
using Engram.Distributions;
using Engram.Formats;
using Engram.Layers;
using Engram.Models;
using Engram.Training;
using Xunit.Abstractions;

namespace Engram.Tests.Formats.Keras;

/// <summary>Optimizers, schedules, losses and metrics in the form of Keras, there and back.</summary>
public sealed class CompileConfigurationTests(ITestOutputHelper output)
{
    public static TheoryData<string, Loss> Losses
    {
        get
        {
            var data = new TheoryData<string, Loss>();
            foreach (Loss loss in (Loss[])[
                Loss.MeanSquaredError, Loss.MeanAbsoluteError, Loss.MeanAbsolutePercentageError, Loss.MeanSquaredLogarithmicError, Loss.LogCosh, Loss.CosineSimilarity,
                Loss.Hinge, Loss.SquaredHinge, Loss.CategoricalHinge, Loss.Poisson, Loss.KLDivergence, Loss.Dice, Loss.Huber(), Loss.Huber(0.3), Loss.Tversky(), Loss.Tversky(0.2, 0.7),
                Loss.BinaryCrossentropy(), Loss.BinaryCrossentropy(true, 0.1), Loss.BinaryFocalCrossentropy(true, 0.3, 1.5), Loss.CategoricalCrossentropy(),
                Loss.CategoricalCrossentropy(true), Loss.CategoricalFocalCrossentropy(0.3, 1), Loss.SparseCategoricalCrossentropy(), Loss.SparseCategoricalCrossentropy(true, -1),
                Loss.Ctc(), Loss.Ctc(2), Loss.Quantile(0.1, 0.9), DistributionHead.Gaussian.Loss, DistributionHead.StudentT.Loss, DistributionHead.NegativeBinomial.Loss,
                DistributionHead.Mixture(4).Loss, DistributionHead.Quantiles(0.2, 0.5).Loss, DistributionHead.CumulatedQuantiles(0.2, 0.5).Loss])
            {
                data.Add(loss.Name, loss);
            }

            return data;
        }
    }

    public static TheoryData<string, Metric> AllMetrics
    {
        get
        {
            var data = new TheoryData<string, Metric>();
            foreach (Metric metric in (Metric[])[
                Metrics.Accuracy(), Metrics.MeanSquaredError(), Metrics.RootMeanSquaredError(), Metrics.MeanAbsoluteError(), Metrics.MeanAbsolutePercentageError(),
                Metrics.MeanSquaredLogarithmicError(), Metrics.LogCoshError(), Metrics.CosineSimilarity(), Metrics.R2Score(), Metrics.Poisson(), Metrics.KLDivergence(),
                Metrics.Hinge(), Metrics.SquaredHinge(), Metrics.CategoricalHinge(), Metrics.BinaryAccuracy(0.3), Metrics.CategoricalAccuracy(), Metrics.SparseCategoricalAccuracy(),
                Metrics.TopKCategoricalAccuracy(3), Metrics.SparseTopKCategoricalAccuracy(2), Metrics.BinaryCrossentropy(true, 0.1), Metrics.CategoricalCrossentropy(true),
                Metrics.SparseCategoricalCrossentropy(false, 3), Metrics.Precision(0.4), Metrics.Recall(topK: 2, classId: 1), Metrics.TruePositives(0.2), Metrics.FalsePositives(),
                Metrics.TrueNegatives(), Metrics.FalseNegatives(), Metrics.Auc(AucCurve.PrecisionRecall, 100), Metrics.F1Score(0.5, ClassAverage.Micro), Metrics.FBetaScore(2)])
            {
                data.Add(metric.Name, metric);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void A_loss_comes_back(string name, Loss loss)
    {
        JsonNode written = LossTypes.Write(loss);
        Loss again = LossTypes.Create(written.DeepClone(), "loss", new Configuration(), []);
        Assert.Equal(name, again.Name);
        Assert.Equal(written.ToJsonString(), LossTypes.Write(again).ToJsonString());
        Assert.Equal(loss.Options.Select(option => option.Value?.ToJsonString()), again.Options.Select(option => option.Value?.ToJsonString()));
    }

    [Theory]
    [MemberData(nameof(AllMetrics))]
    public void A_metric_comes_back(string name, Metric metric)
    {
        JsonNode written = MetricTypes.Write(metric);
        Metric again = MetricTypes.Create(written.DeepClone(), "metrics[0]", new Configuration(), []);
        Assert.Equal(name, again.Name);
        Assert.Equal(metric.GetType(), again.GetType());
        Assert.Equal(written.ToJsonString(), MetricTypes.Write(again).ToJsonString());
    }

    [Fact]
    public void Optimizers_and_schedules_are_written_as_Keras_does() => Golden.Run(output, "optimizers", golden =>
    {
        JsonObject config = JsonNode.Parse(golden.Entry.GetProperty("config").GetRawText())!.AsObject();
        if (golden.Entry.TryGetProperty("schedule", out JsonElement schedule))
        {
            LearningRateSchedule read = ScheduleTypes.Create(SerializedObject.Read(new JsonObject { ["class_name"] = schedule.GetString(), ["config"] = config.DeepClone() }, "learning_rate", new Configuration()));
            Assert.Null(KerasFixtures.Difference(KerasFixtures.Comparable(config), KerasFixtures.Comparable(ScheduleTypes.Write(read)["config"])));
            return;
        }

        Optimizer optimizer = OptimizerTypes.Create(SerializedObject.Read(new JsonObject { ["class_name"] = golden.Entry.GetProperty("optimizer").GetString(), ["config"] = config.DeepClone() }, "optimizer", new Configuration()), []);
        JsonObject written = OptimizerTypes.Write(optimizer);
        Assert.Equal(golden.Entry.GetProperty("optimizer").GetString(), (string?)written["class_name"]);
        written["config"]!.AsObject().Remove("name"); // which the golden file leaves out
        if (config["learning_rate"] is JsonValue rate) { config["learning_rate"] = (double)(float)rate.GetValue<double>(); } // Keras keeps it in single precision
        Assert.Null(KerasFixtures.Difference(KerasFixtures.Comparable(config), KerasFixtures.Comparable(written["config"])));
    }, golden => golden.Entry.TryGetProperty("optimizer", out _) || golden.Entry.TryGetProperty("schedule", out _));

    [Theory]
    [InlineData("""{"optimizer": "adamm", "loss": "mse"}""", "Adamm")]
    [InlineData("""{"optimizer": "adam", "loss": "mean_square"}""", "mean_square")]
    [InlineData("""{"optimizer": "adam", "loss": "mse", "metrics": ["os.system"]}""", "os.system")]
    [InlineData("""{"optimizer": "adam"}""", "loss is missing")]
    [InlineData("""{"optimizer": "adam", "loss": {"other": "mse"}}""", "other")]
    [InlineData("""{"optimizer": "adam", "loss": ["mse", "mse"]}""", "2 entries")]
    [InlineData("""{"optimizer": "adam", "loss": "mse", "loss_weights": [-1]}""", "-1")]
    [InlineData("""{"optimizer": "adam", "loss": "mse", "unheard": 1}""", "unheard")]
    [InlineData("""{"optimizer": {"class_name": "Adam", "config": {"beta_1": 7}}, "loss": "mse"}""", "Beta1")]
    [InlineData("""{"optimizer": {"class_name": "Adam", "config": {"gamma": 7}}, "loss": "mse"}""", "gamma")]
    public void What_is_not_known_is_named(string json, string message)
    {
        var model = new Sequential(new Input(4, 3), new Lstm(2), new Dense(1));
        EngramException e = Assert.Throws<EngramException>(() => CompileConfiguration.Apply(model, JsonNode.Parse(json)!.AsObject(), "test.keras", LoadOptions.Default));
        Assert.StartsWith("test.keras", e.Message, StringComparison.Ordinal);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_ones_own_is_made_known()
    {
        var model = new Sequential(new Input(4, 3), new Lstm(2), new Dense(1));
        Loss own = Loss.Quantile(0.3);
        var options = new LoadOptions { Losses = [own], Metrics = [() => new FBetaScore { Name = "mine" }], Optimizers = [() => new Sgd(0.3)] };
        CompileConfiguration.Apply(model, JsonNode.Parse($$"""{"optimizer": "sgd", "loss": "{{own.Name}}", "metrics": ["mine"]}""")!.AsObject(), "test.keras", options);
        Assert.Same(own, model.Losses[0]!.Loss);
        Assert.Equal(0.3, model.Optimizer!.LearningRate);
    }
}
