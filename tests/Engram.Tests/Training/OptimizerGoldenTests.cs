using System.Text.Json;
using Engram.Layers;
using Engram.Training;
using Xunit.Abstractions;

namespace Engram.Tests.Training;

/// <summary>Every optimizer against Keras: two weights, twelve given gradients, the values after every step.</summary>
public sealed class OptimizerGoldenTests(ITestOutputHelper output)
{
    [Fact]
    public void Steps_are_those_of_Keras() => Golden.Run(output, "optimizers", golden =>
    {
        Optimizer optimizer = Create(golden.Entry.GetProperty("optimizer").GetString()!, golden.Entry.GetProperty("config"));
        Weight a = NewWeight(golden, "a"), b = NewWeight(golden, "b");
        optimizer.Build([a, b]);
        int steps = golden.Axes("a.gradient")[0];
        for (int step = 0; step < steps; step++)
        {
            Load(golden, "a", a, step);
            Load(golden, "b", b, step);
            optimizer.Step();
            AssertClose(golden, "a", a, step);
            AssertClose(golden, "b", b, step);
        }
    }, golden => golden.Entry.TryGetProperty("optimizer", out _));

    private static Weight NewWeight(GoldenCase golden, string name)
    {
        var weight = new Weight(name, golden.Axes($"{name}.start"), true, null, null);
        weight.Value.CopyFrom(golden.Floats($"{name}.start"));
        return weight;
    }

    private static void Load(GoldenCase golden, string name, Weight weight, int step) =>
        weight.Gradient.CopyFrom(golden.Floats($"{name}.gradient").AsSpan(step * weight.Value.Length, weight.Value.Length));

    private static ReadOnlySpan<double> Row(GoldenCase golden, string array, Weight weight, int step) =>
        golden.Doubles(array).AsSpan(step * weight.Value.Length, weight.Value.Length);

    // The golden values are single precision themselves: where a step makes weights a thousand times smaller, as Ftrl's first does, they
    // carry the rounding errors of the weights before.
    private static void AssertClose(GoldenCase golden, string name, Weight weight, int step)
    {
        ReadOnlySpan<double> expected = Row(golden, $"{name}.value", weight, step);
        double before = golden.Doubles($"{name}.start").Max(Math.Abs), largest = 0;
        foreach (double value in expected) { largest = Math.Max(largest, Math.Abs(value)); }
        Golden.AssertClose(expected, weight.Value.Span, Math.Max(1e-5, 1.5e-7 * before / largest), $"{name} after step {step}");
    }

    internal static Optimizer Create(string kind, JsonElement config)
    {
        double? Optional(string name) => config.GetProperty(name).ValueKind == JsonValueKind.Null ? null : config.GetProperty(name).GetDouble();
        double Number(string name) => config.GetProperty(name).GetDouble();
        int? Whole(string name) => (int?)Optional(name);
        bool Flag(string name) => config.GetProperty(name).GetBoolean();
        bool scheduled = config.GetProperty("learning_rate").ValueKind == JsonValueKind.Object;
        LearningRateSchedule? schedule = scheduled
            ? ScheduleGoldenTests.Create(config.GetProperty("learning_rate").GetProperty("class_name").GetString()!, config.GetProperty("learning_rate").GetProperty("config"))
            : null;
        double rate = scheduled ? 0 : Number("learning_rate");
        double? decay = Optional("weight_decay"), clipNorm = Optional("clipnorm"), globalClipNorm = Optional("global_clipnorm"), clipValue = Optional("clipvalue");
        bool ema = Flag("use_ema");
        double emaMomentum = Number("ema_momentum");
        int? overwrite = Whole("ema_overwrite_frequency"), accumulate = Whole("gradient_accumulation_steps");
        return kind switch
        {
            "SGD" => new Sgd(rate) { Momentum = Number("momentum"), Nesterov = Flag("nesterov"), ClipNorm = clipNorm, GlobalClipNorm = globalClipNorm, ClipValue = clipValue },
            "Adam" => new Adam(rate)
            {
                Beta1 = Number("beta_1"),
                Beta2 = Number("beta_2"),
                Epsilon = Number("epsilon"),
                AmsGrad = Flag("amsgrad"),
                Schedule = schedule,
                WeightDecay = decay,
                ClipNorm = clipNorm,
                GlobalClipNorm = globalClipNorm,
                ClipValue = clipValue,
                UseEma = ema,
                EmaMomentum = emaMomentum,
                EmaOverwriteFrequency = overwrite,
                GradientAccumulationSteps = accumulate,
            },
            "AdamW" => new AdamW(rate) { Beta1 = Number("beta_1"), Beta2 = Number("beta_2"), Epsilon = Number("epsilon"), AmsGrad = Flag("amsgrad"), WeightDecay = decay },
            "RMSprop" => new RmsProp(rate) { Rho = Number("rho"), Momentum = Number("momentum"), Epsilon = Number("epsilon"), Centered = Flag("centered") },
            "Adagrad" => new Adagrad(rate) { InitialAccumulatorValue = Number("initial_accumulator_value"), Epsilon = Number("epsilon") },
            "Adadelta" => new Adadelta(rate) { Rho = Number("rho"), Epsilon = Number("epsilon") },
            "Adamax" => new Adamax(rate) { Beta1 = Number("beta_1"), Beta2 = Number("beta_2"), Epsilon = Number("epsilon") },
            "Nadam" => new Nadam(rate) { Beta1 = Number("beta_1"), Beta2 = Number("beta_2"), Epsilon = Number("epsilon") },
            "Ftrl" => new Ftrl(rate)
            {
                LearningRatePower = Number("learning_rate_power"),
                InitialAccumulatorValue = Number("initial_accumulator_value"),
                L1 = Number("l1_regularization_strength"),
                L2 = Number("l2_regularization_strength"),
                L2Shrinkage = Number("l2_shrinkage_regularization_strength"),
                Beta = Number("beta"),
            },
            "Lion" => new Lion(rate) { Beta1 = Number("beta_1"), Beta2 = Number("beta_2") },
            "Lamb" => new Lamb(rate) { Beta1 = Number("beta_1"), Beta2 = Number("beta_2"), Epsilon = Number("epsilon") },
            "Adafactor" => new Adafactor(rate)
            {
                Beta2Decay = Number("beta_2_decay"),
                Epsilon1 = Number("epsilon_1"),
                Epsilon2 = Number("epsilon_2"),
                ClipThreshold = Number("clip_threshold"),
            },
            _ => throw new ArgumentException($"An unknown optimizer: {kind}."),
        };
    }
}
