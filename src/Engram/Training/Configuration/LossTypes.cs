using System.Text.Json;
using System.Text.Json.Nodes;
using Engram.Distributions;
using Engram.Layers;

namespace Engram.Training;

/// <summary>The losses that a configuration may name, and how each is written.</summary>
internal static class LossTypes
{
    // Keras' class and its function, which is the loss's name here, and the short names of the function.
    private static readonly (string ClassName, string Function, string[] Short)[] Known =
    [
        ("MeanSquaredError", "mean_squared_error", ["mse", "MSE"]),
        ("MeanAbsoluteError", "mean_absolute_error", ["mae", "MAE"]),
        ("MeanAbsolutePercentageError", "mean_absolute_percentage_error", ["mape", "MAPE"]),
        ("MeanSquaredLogarithmicError", "mean_squared_logarithmic_error", ["msle", "MSLE"]),
        ("LogCosh", "log_cosh", ["logcosh"]),
        ("CosineSimilarity", "cosine_similarity", []),
        ("Huber", "huber", ["huber_loss"]),
        ("Hinge", "hinge", []),
        ("SquaredHinge", "squared_hinge", []),
        ("CategoricalHinge", "categorical_hinge", []),
        ("Poisson", "poisson", []),
        ("KLDivergence", "kl_divergence", ["kld", "KLD", "kullback_leibler_divergence"]),
        ("Dice", "dice", []),
        ("Tversky", "tversky", []),
        ("BinaryCrossentropy", "binary_crossentropy", ["bce", "BCE"]),
        ("BinaryFocalCrossentropy", "binary_focal_crossentropy", []),
        ("CategoricalCrossentropy", "categorical_crossentropy", []),
        ("CategoricalFocalCrossentropy", "categorical_focal_crossentropy", []),
        ("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy", []),
        ("CTC", "ctc", []),
    ];

    /// <summary>The name of Keras' class; nothing for a loss that Keras lacks.</summary>
    public static string ClassNameOf(Loss loss) => Known.FirstOrDefault(known => known.Function == loss.Name).ClassName ?? "";

    /// <summary>Reads a function's name or <c>{"class_name", "config"}</c>.</summary>
    public static Loss Create(JsonNode node, string place, Configuration parent, IReadOnlyList<Loss> own)
    {
        if (node is JsonValue text && text.GetValueKind() == JsonValueKind.String)
        {
            string name = text.GetValue<string>();
            foreach (Loss loss in own)
            {
                if (loss.Name == name) { return loss; }
            }

            foreach (var known in Known)
            {
                if (name == known.Function || name == known.ClassName || known.Short.Contains(name)) { return Create(known.ClassName, new Configuration($"{parent.Owner}.{place}", [], parent.Types)); }
            }

            throw new EngramException($"{parent.Owner}: {place} is '{name}', which is no loss that is known; one of one's own is made known with LoadOptions.Losses.");
        }

        SerializedObject found = SerializedObject.Read(node, place, parent);
        if (found.ClassName == "function" && node["config"] is JsonValue function) { return Create(function.DeepClone(), place, parent, own); }
        foreach (Loss loss in own)
        {
            if (loss.Name == found.ClassName) { return loss; }
        }

        Configuration config = found.Config;
        if (config.Text("reduction") is { } reduction and not ("sum_over_batch_size" or "auto"))
        {
            throw new EngramException($"{config.Owner}: reduction is {reduction}; only sum_over_batch_size is supported, the mean.");
        }

        foreach (string name in (string[])["name", "dtype", "fn"]) { config.Ignore(name); }
        Loss created = Create(found.ClassName, config);
        config.Rest();
        return created;
    }

    /// <summary>The loss as Keras writes it: by its function's name where no option differs from its default.</summary>
    public static JsonNode Write(Loss loss)
    {
        string className = ClassNameOf(loss);
        if (className.Length > 0 && HasDefaults(loss, className)) { return loss.Name; }
        var config = new JsonObject { ["name"] = loss.Name == "huber" ? "huber_loss" : loss.Name, ["reduction"] = "sum_over_batch_size" };
        foreach ((string name, JsonNode? value) in loss.Options) { config[name] = value?.DeepClone(); }
        return className.Length > 0 && !config.ContainsKey("blank_index")
            ? SerializedObject.Write("keras.losses", className, config)
            : SerializedObject.Write("engram", loss.Name, config, $"Engram>{loss.Name}");
    }

    private static bool HasDefaults(Loss loss, string className)
    {
        Loss plain = Create(className, new Configuration());
        return plain.Options.Count == loss.Options.Count && plain.Options.Zip(loss.Options).All(pair => JsonNode.DeepEquals(pair.First.Value, pair.Second.Value));
    }

    private static Loss Create(string className, Configuration config)
    {
        bool fromLogits = config.Boolean("from_logits", false);
        double smoothing = config.Double("label_smoothing", 0);
        try
        {
            Loss loss = className switch
            {
                "MeanSquaredError" => Loss.MeanSquaredError,
                "MeanAbsoluteError" => Loss.MeanAbsoluteError,
                "MeanAbsolutePercentageError" => Loss.MeanAbsolutePercentageError,
                "MeanSquaredLogarithmicError" => Loss.MeanSquaredLogarithmicError,
                "LogCosh" => Loss.LogCosh,
                "CosineSimilarity" => Loss.CosineSimilarity,
                "Huber" => Loss.Huber(config.Double("delta", 1)),
                "Hinge" => Loss.Hinge,
                "SquaredHinge" => Loss.SquaredHinge,
                "CategoricalHinge" => Loss.CategoricalHinge,
                "Poisson" => Loss.Poisson,
                "KLDivergence" => Loss.KLDivergence,
                "Dice" => Loss.Dice,
                "Tversky" => Loss.Tversky(config.Double("alpha", 0.5), config.Double("beta", 0.5)),
                "BinaryCrossentropy" => Loss.BinaryCrossentropy(fromLogits, smoothing),
                "BinaryFocalCrossentropy" => Loss.BinaryFocalCrossentropy(
                    config.Boolean("apply_class_balancing", false), config.Double("alpha", 0.25), config.Double("gamma", 2), fromLogits, smoothing),
                "CategoricalCrossentropy" => Loss.CategoricalCrossentropy(fromLogits, smoothing),
                "CategoricalFocalCrossentropy" => Loss.CategoricalFocalCrossentropy(config.Double("alpha", 0.25), config.Double("gamma", 2), fromLogits, smoothing),
                "SparseCategoricalCrossentropy" => Loss.SparseCategoricalCrossentropy(fromLogits, config.NullableInt32("ignore_class")),
                "CTC" => Loss.Ctc(),
                "ctc" => Loss.Ctc(config.Int32("blank_index", 0)),
                "quantile" or "quantile_loss" => Loss.Quantile(config.Numbers("quantiles") ?? []),
                "gaussian_loss" => DistributionHead.Gaussian.Loss,
                "student_t_loss" => DistributionHead.StudentT.Loss,
                "negative_binomial_loss" => DistributionHead.NegativeBinomial.Loss,
                "mixture_loss" => DistributionHead.Mixture(config.Int32("components")).Loss,
                "quantiles_loss" when config.Boolean("cumulated", false) => DistributionHead.CumulatedQuantiles(config.Numbers("levels") ?? []).Loss,
                "quantiles_loss" => DistributionHead.Quantiles(config.Numbers("levels") ?? []).Loss,
                _ => throw new EngramException($"{config.Owner}: there is no loss {className}; one of one's own is made known with LoadOptions.Losses."),
            };
            if (config.Has("axis")) { config.Only("axis", loss.Options.FirstOrDefault(option => option.Name == "axis").Value?.ToJsonString() ?? "null"); }
            return loss;
        }
        catch (ArgumentException e)
        {
            throw new EngramException($"{config.Owner}: {e.Message}", e);
        }
    }
}
