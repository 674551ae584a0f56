using System.Text.Json;
using System.Text.Json.Nodes;
using Engram.Layers;

namespace Engram.Training;

/// <summary>The metrics that a configuration may name, and how each is written.</summary>
internal static class MetricTypes
{
    private static readonly (string?, AucCurve)[] Curves = [("ROC", AucCurve.Roc), ("PR", AucCurve.PrecisionRecall)];

    private static readonly (string?, ClassAverage)[] Averages = [("macro", ClassAverage.Macro), ("micro", ClassAverage.Micro), ("weighted", ClassAverage.Weighted)];

    private static readonly Dictionary<string, string> Short = new(StringComparer.Ordinal)
    {
        ["acc"] = "accuracy",
        ["Accuracy"] = "exact accuracy",
        ["bce"] = "BinaryCrossentropy",
        ["BCE"] = "BinaryCrossentropy",
        ["mse"] = "MeanSquaredError",
        ["MSE"] = "MeanSquaredError",
        ["mae"] = "MeanAbsoluteError",
        ["MAE"] = "MeanAbsoluteError",
        ["mape"] = "MeanAbsolutePercentageError",
        ["MAPE"] = "MeanAbsolutePercentageError",
        ["msle"] = "MeanSquaredLogarithmicError",
        ["MSLE"] = "MeanSquaredLogarithmicError",
        ["auc"] = "AUC",
        ["r2_score"] = "R2Score",
        ["f1_score"] = "F1Score",
        ["fbeta_score"] = "FBetaScore",
        ["kl_divergence"] = "KLDivergence",
        ["top_k_categorical_accuracy"] = "TopKCategoricalAccuracy",
        ["sparse_top_k_categorical_accuracy"] = "SparseTopKCategoricalAccuracy",
    };

    /// <summary>Reads a metric's name or <c>{"class_name", "config"}</c>.</summary>
    public static Metric Create(JsonNode? node, string place, Configuration parent, IReadOnlyList<Func<Metric>> own)
    {
        bool named = node is JsonValue text && text.GetValueKind() == JsonValueKind.String;
        SerializedObject found = SerializedObject.Read(node, place, parent);
        string name = named ? node!.GetValue<string>() : found.ClassName;
        foreach (Func<Metric> create in own)
        {
            if (create() is { } metric && metric.Name == name) { return metric; }
        }

        Configuration config = found.Config;
        string className = named ? Short.GetValueOrDefault(name) ?? (name == "accuracy" ? name : found.ClassName) : found.ClassName == "Accuracy" ? "exact accuracy" : found.ClassName;
        string? called = config.Text("name");
        config.Ignore("dtype");
        try
        {
            Metric created = Create(className, name, config);
            config.Rest();
            if ((named ? name : called) is { } key) { created.Name = key; } // Keras shows a metric under the name that it was given
            return created;
        }
        catch (ArgumentException e)
        {
            throw new EngramException($"{config.Owner}: {e.Message}", e);
        }
    }

    /// <summary>The metric as Keras writes it.</summary>
    public static JsonNode Write(Metric metric)
    {
        (string className, IReadOnlyList<(string Name, JsonNode? Value)> options) = metric.Kind;
        if (className == "accuracy")
        {
            return metric.Name is "accuracy" or "acc"
                ? metric.Name
                : throw new EngramException($"{metric.Name}: the accuracy that suits the target is known to Keras only as accuracy; name it so, or take BinaryAccuracy, CategoricalAccuracy or SparseCategoricalAccuracy.");
        }

        var config = new JsonObject { ["name"] = metric.Name, ["dtype"] = "float32" };
        foreach ((string name, JsonNode? value) in options) { config[name] = value?.DeepClone(); }
        if (className == "LogCosh") { className = "LogCoshError"; }
        return className is "" or "Huber" or "Dice" or "Tversky" or "CTC" or "BinaryFocalCrossentropy" or "CategoricalFocalCrossentropy"
            ? SerializedObject.Write("engram", metric.Name, config, $"Engram>{metric.Name}")
            : SerializedObject.Write("keras.metrics", className, className is "BinaryCrossentropy" or "CosineSimilarity" ? Without(config, "axis") : config);
    }

    private static JsonObject Without(JsonObject config, string name)
    {
        config.Remove(name);
        return config;
    }

    private static Metric Create(string className, string name, Configuration config)
    {
        bool fromLogits = config.Boolean("from_logits", false);
        double smoothing = config.Double("label_smoothing", 0);
        if (config.Has("axis")) { config.Only("axis", "-1"); }
        double? Threshold() => config.Numbers("thresholds") switch
        {
            null => null,
            [double only] => only,
            _ => throw new EngramException($"{config.Owner}: thresholds has several; expected one, a metric for each."),
        };
        return className switch
        {
            "accuracy" => Metrics.Accuracy(),
            "MeanSquaredError" => Metrics.MeanSquaredError(),
            "RootMeanSquaredError" => Metrics.RootMeanSquaredError(),
            "MeanAbsoluteError" => Metrics.MeanAbsoluteError(),
            "MeanAbsolutePercentageError" => Metrics.MeanAbsolutePercentageError(),
            "MeanSquaredLogarithmicError" => Metrics.MeanSquaredLogarithmicError(),
            "LogCoshError" => Metrics.LogCoshError(),
            "CosineSimilarity" => Metrics.CosineSimilarity(),
            "R2Score" => R2(config),
            "Poisson" => Metrics.Poisson(),
            "KLDivergence" => Metrics.KLDivergence(),
            "Hinge" => Metrics.Hinge(),
            "SquaredHinge" => Metrics.SquaredHinge(),
            "CategoricalHinge" => Metrics.CategoricalHinge(),
            "BinaryAccuracy" => Metrics.BinaryAccuracy(config.Double("threshold", 0.5)),
            "CategoricalAccuracy" => Metrics.CategoricalAccuracy(),
            "SparseCategoricalAccuracy" => Metrics.SparseCategoricalAccuracy(),
            "TopKCategoricalAccuracy" => Metrics.TopKCategoricalAccuracy(config.Int32("k", 5)),
            "SparseTopKCategoricalAccuracy" => Metrics.SparseTopKCategoricalAccuracy(config.Int32("k", 5)),
            "BinaryCrossentropy" => Metrics.BinaryCrossentropy(fromLogits, smoothing),
            "CategoricalCrossentropy" => Metrics.CategoricalCrossentropy(fromLogits, smoothing),
            "SparseCategoricalCrossentropy" => Metrics.SparseCategoricalCrossentropy(fromLogits, config.NullableInt32("ignore_class")),
            "Precision" => Metrics.Precision(Threshold(), config.NullableInt32("top_k"), config.NullableInt32("class_id")),
            "Recall" => Metrics.Recall(Threshold(), config.NullableInt32("top_k"), config.NullableInt32("class_id")),
            "TruePositives" => Metrics.TruePositives(Threshold() ?? 0.5),
            "FalsePositives" => Metrics.FalsePositives(Threshold() ?? 0.5),
            "TrueNegatives" => Metrics.TrueNegatives(Threshold() ?? 0.5),
            "FalseNegatives" => Metrics.FalseNegatives(Threshold() ?? 0.5),
            "AUC" => Auc(config, fromLogits),
            "F1Score" => Metrics.F1Score(config.NullableDouble("threshold"), Average(config)),
            "FBetaScore" => Metrics.FBetaScore(config.Double("beta", 1), config.NullableDouble("threshold"), Average(config)),
            _ => throw new EngramException($"{config.Owner}: there is no metric {name}; one of one's own is made known with LoadOptions.Metrics."),
        };
    }

    private static Metric R2(Configuration config)
    {
        if (config.Has("class_aggregation")) { config.Only("class_aggregation", "\"uniform_average\""); }
        if (config.Has("num_regressors")) { config.Only("num_regressors", "0"); }
        return Metrics.R2Score();
    }

    private static Metric Auc(Configuration config, bool fromLogits)
    {
        config.Only("summation_method", "\"interpolation\"");
        config.Only("multi_label", "false");
        config.Only("num_labels", "null");
        config.Only("label_weights", "null");
        int thresholds = config.Int32("num_thresholds", 200);
        return thresholds <= 1_000_000
            ? Metrics.Auc(config.Choice("curve", Curves), thresholds, fromLogits)
            : throw new EngramException($"{config.Owner}: num_thresholds is {thresholds}; expected at most 1000000.");
    }

    // Keras' default is a figure for each class; one figure is shown here, and the classes' own are FBetaScore.PerClass.
    private static ClassAverage Average(Configuration config) => config.Has("average") && config.Json["average"] is not null
        ? config.Choice("average", Averages)
        : ClassAverageOfNull(config);

    private static ClassAverage ClassAverageOfNull(Configuration config)
    {
        config.Ignore("average");
        return ClassAverage.Macro;
    }
}
