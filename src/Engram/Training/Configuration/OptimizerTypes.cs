using System.Text.Json.Nodes;
using Engram.Layers;

namespace Engram.Training;

/// <summary>The optimizers that a configuration may name, and how each is written.</summary>
internal static class OptimizerTypes
{
    /// <summary>Reads <c>{"class_name", "config"}</c>, or a mere name for one with its defaults.</summary>
    public static Optimizer Create(SerializedObject found, IReadOnlyList<Func<Optimizer>> own)
    {
        Configuration config = found.Config;
        foreach (Func<Optimizer> create in own)
        {
            if (create() is { } optimizer && string.Equals(optimizer.Name, found.ClassName, StringComparison.OrdinalIgnoreCase)) { return optimizer; }
        }

        try
        {
            Optimizer optimizer = Create(found.ClassName, config);
            foreach (string name in (string[])["name", "jit_compile", "is_legacy_optimizer"]) { config.Ignore(name); }
            if (config.Has("decay")) { config.Only("decay", config.Double("decay", 0) == 0 ? config.Json["decay"]!.ToJsonString() : "0"); }
            config.Only("loss_scale_factor", "null");
            config.Rest();
            return optimizer;
        }
        catch (ArgumentException e)
        {
            throw new EngramException($"{config.Owner}: {e.Message}", e);
        }
    }

    /// <summary>The optimizer under the names and in the order that Keras writes.</summary>
    public static JsonObject Write(Optimizer optimizer)
    {
        if (optimizer.ExcludeFromWeightDecay is not null)
        {
            throw new EngramException($"{optimizer.Name}: ExcludeFromWeightDecay is a function and has no form in a file; save the weights alone, or compile without it first.");
        }

        var config = new Configuration();
        config.Set("name", LayerNames.SnakeCase(optimizer.Name));
        if (optimizer.Schedule is { } schedule) { config.Json["learning_rate"] = ScheduleTypes.Write(schedule); }
        else { config.Set("learning_rate", (double?)(float)optimizer.LearningRate); } // Keras keeps it in single precision
        config.Set("weight_decay", optimizer.WeightDecay);
        config.Set("clipnorm", optimizer.ClipNorm);
        config.Set("global_clipnorm", optimizer.GlobalClipNorm);
        config.Set("clipvalue", optimizer.ClipValue);
        config.Set("use_ema", optimizer.UseEma);
        config.Set("ema_momentum", (double?)optimizer.EmaMomentum);
        config.Set("ema_overwrite_frequency", optimizer.EmaOverwriteFrequency);
        config.SetNull("loss_scale_factor");
        config.Set("gradient_accumulation_steps", optimizer.GradientAccumulationSteps);
        bool known = WriteOwn(optimizer, config);
        return known
            ? SerializedObject.Write("keras.optimizers", optimizer.Name, config.Json)
            : SerializedObject.Write("engram", optimizer.Name, config.Json, $"Engram>{optimizer.Name}");
    }

    private static Optimizer Create(string kind, Configuration config)
    {
        var common = new OptimizerOptions(config);
        double Number(string name, double absent) => config.Double(name, absent);
        double rate = common.LearningRate;
        return kind.ToUpperInvariant() switch
        {
            "SGD" => new Sgd(rate) { Common = common, Momentum = Number("momentum", 0), Nesterov = config.Boolean("nesterov", false) },
            "ADAM" => new Adam(rate) { Common = common, Beta1 = Number("beta_1", 0.9), Beta2 = Number("beta_2", 0.999), Epsilon = Number("epsilon", 1e-7), AmsGrad = config.Boolean("amsgrad", false) },
            "ADAMW" => new AdamW(rate) { Common = common, Beta1 = Number("beta_1", 0.9), Beta2 = Number("beta_2", 0.999), Epsilon = Number("epsilon", 1e-7), AmsGrad = config.Boolean("amsgrad", false) },
            "RMSPROP" => new RmsProp(rate) { Common = common, Rho = Number("rho", 0.9), Momentum = Number("momentum", 0), Epsilon = Number("epsilon", 1e-7), Centered = config.Boolean("centered", false) },
            "ADAGRAD" => new Adagrad(rate) { Common = common, InitialAccumulatorValue = Number("initial_accumulator_value", 0.1), Epsilon = Number("epsilon", 1e-7) },
            "ADADELTA" => new Adadelta(rate) { Common = common, Rho = Number("rho", 0.95), Epsilon = Number("epsilon", 1e-7) },
            "ADAMAX" => new Adamax(rate) { Common = common, Beta1 = Number("beta_1", 0.9), Beta2 = Number("beta_2", 0.999), Epsilon = Number("epsilon", 1e-7) },
            "NADAM" => new Nadam(rate) { Common = common, Beta1 = Number("beta_1", 0.9), Beta2 = Number("beta_2", 0.999), Epsilon = Number("epsilon", 1e-7) },
            "LAMB" => new Lamb(rate) { Common = common, Beta1 = Number("beta_1", 0.9), Beta2 = Number("beta_2", 0.999), Epsilon = Number("epsilon", 1e-7) },
            "LION" => new Lion(rate) { Common = common, Beta1 = Number("beta_1", 0.9), Beta2 = Number("beta_2", 0.99) },
            "FTRL" => new Ftrl(rate)
            {
                Common = common,
                LearningRatePower = Number("learning_rate_power", -0.5),
                InitialAccumulatorValue = Number("initial_accumulator_value", 0.1),
                L1 = Number("l1_regularization_strength", 0),
                L2 = Number("l2_regularization_strength", 0),
                L2Shrinkage = Number("l2_shrinkage_regularization_strength", 0),
                Beta = Number("beta", 0),
            },
            "ADAFACTOR" => AdafactorOf(rate, common, config),
            _ => throw new EngramException($"{config.Owner}: there is no optimizer {kind}; one of one's own is made known with LoadOptions.Optimizers."),
        };
    }

    private static Adafactor AdafactorOf(double rate, OptimizerOptions common, Configuration config)
    {
        config.Boolean("relative_step", true); // limits the rate a second time, which changes nothing
        return new Adafactor(rate)
        {
            Common = common,
            Beta2Decay = config.Double("beta_2_decay", -0.8),
            Epsilon1 = config.Double("epsilon_1", 1e-30),
            Epsilon2 = config.Double("epsilon_2", 1e-3),
            ClipThreshold = config.Double("clip_threshold", 1),
        };
    }

    private static bool WriteOwn(Optimizer optimizer, Configuration config)
    {
        void Set(params ReadOnlySpan<(string Name, JsonNode Value)> options)
        {
            foreach ((string name, JsonNode value) in options) { config.Json[name] = value; }
        }

        switch (optimizer)
        {
            case Sgd o: Set(("momentum", o.Momentum), ("nesterov", o.Nesterov)); return true;
            case AdamBase o: Set(("beta_1", o.Beta1), ("beta_2", o.Beta2), ("epsilon", o.Epsilon), ("amsgrad", o.AmsGrad)); return true;
            case RmsProp o: Set(("rho", o.Rho), ("momentum", o.Momentum), ("epsilon", o.Epsilon), ("centered", o.Centered)); return true;
            case Adagrad o: Set(("initial_accumulator_value", o.InitialAccumulatorValue), ("epsilon", o.Epsilon)); return true;
            case Adadelta o: Set(("rho", o.Rho), ("epsilon", o.Epsilon)); return true;
            case Adamax o: Set(("beta_1", o.Beta1), ("beta_2", o.Beta2), ("epsilon", o.Epsilon)); return true;
            case Nadam o: Set(("beta_1", o.Beta1), ("beta_2", o.Beta2), ("epsilon", o.Epsilon)); return true;
            case Lamb o: Set(("beta_1", o.Beta1), ("beta_2", o.Beta2), ("epsilon", o.Epsilon)); return true;
            case Lion o: Set(("beta_1", o.Beta1), ("beta_2", o.Beta2)); return true;
            case Ftrl o:
                Set(("learning_rate_power", o.LearningRatePower), ("initial_accumulator_value", o.InitialAccumulatorValue), ("l1_regularization_strength", o.L1),
                    ("l2_regularization_strength", o.L2), ("l2_shrinkage_regularization_strength", o.L2Shrinkage), ("beta", o.Beta));
                return true;
            case Adafactor o:
                Set(("beta_2_decay", o.Beta2Decay), ("epsilon_1", o.Epsilon1), ("epsilon_2", o.Epsilon2), ("clip_threshold", o.ClipThreshold), ("relative_step", true));
                return true;
            default: return false;
        }
    }
}

/// <summary>What all optimizers have, read at once.</summary>
internal sealed class OptimizerOptions
{
    public OptimizerOptions(Configuration config)
    {
        if (config.Json["learning_rate"] is JsonObject)
        {
            Schedule = ScheduleTypes.Create(SerializedObject.Read(config.Json["learning_rate"], "learning_rate", config));
            config.Ignore("learning_rate");
        }
        else { LearningRate = config.NullableDouble("learning_rate") ?? config.NullableDouble("lr") ?? (config.Owner.EndsWith("SGD", StringComparison.OrdinalIgnoreCase) ? 0.01 : 0.001); }

        WeightDecay = config.NullableDouble("weight_decay");
        HasWeightDecay = config.Has("weight_decay");
        ClipNorm = config.NullableDouble("clipnorm");
        GlobalClipNorm = config.NullableDouble("global_clipnorm");
        ClipValue = config.NullableDouble("clipvalue");
        UseEma = config.Boolean("use_ema", false);
        EmaMomentum = config.Double("ema_momentum", 0.99);
        EmaOverwriteFrequency = config.NullableInt32("ema_overwrite_frequency");
        GradientAccumulationSteps = config.NullableInt32("gradient_accumulation_steps");
    }

    public double LearningRate { get; } = 0.001;

    public LearningRateSchedule? Schedule { get; }

    public double? WeightDecay { get; }

    public bool HasWeightDecay { get; }

    public double? ClipNorm { get; }

    public double? GlobalClipNorm { get; }

    public double? ClipValue { get; }

    public bool UseEma { get; }

    public double EmaMomentum { get; }

    public int? EmaOverwriteFrequency { get; }

    public int? GradientAccumulationSteps { get; }
}
