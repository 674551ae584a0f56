using System.Text.Json.Nodes;
using Engram.Layers;

namespace Engram.Training;

/// <summary>The learning-rate schedules that a configuration may name, and how each is written.</summary>
internal static class ScheduleTypes
{
    public static LearningRateSchedule Create(SerializedObject found)
    {
        Configuration config = found.Config;
        double Number(string name) => config.Double(name);
        config.Ignore("name");
        try
        {
            LearningRateSchedule schedule = found.ClassName switch
            {
                "ExponentialDecay" => new ExponentialDecay(Number("initial_learning_rate"), Number("decay_steps"), Number("decay_rate")) { Staircase = config.Boolean("staircase", false) },
                "InverseTimeDecay" => new InverseTimeDecay(Number("initial_learning_rate"), Number("decay_steps"), Number("decay_rate")) { Staircase = config.Boolean("staircase", false) },
                "PolynomialDecay" => new PolynomialDecay(Number("initial_learning_rate"), Number("decay_steps"), config.Double("end_learning_rate", 0.0001), config.Double("power", 1)) { Cycle = config.Boolean("cycle", false) },
                "CosineDecay" => new CosineDecay(Number("initial_learning_rate"), Number("decay_steps"))
                {
                    Alpha = config.Double("alpha", 0),
                    WarmupTarget = config.NullableDouble("warmup_target"),
                    WarmupSteps = config.Double("warmup_steps", 0),
                },
                "CosineDecayRestarts" => new CosineDecayRestarts(Number("initial_learning_rate"), Number("first_decay_steps"))
                {
                    TMul = config.Double("t_mul", 2),
                    MMul = config.Double("m_mul", 1),
                    Alpha = config.Double("alpha", 0),
                },
                "PiecewiseConstantDecay" => new PiecewiseConstantDecay(
                    (config.Numbers("boundaries") ?? []).Select(Whole), config.Numbers("values") ?? []),
                _ => throw new EngramException($"{config.Owner}: there is no learning-rate schedule {found.ClassName}."),
            };
            config.Rest();
            return schedule;
        }
        catch (ArgumentException e)
        {
            throw new EngramException($"{config.Owner}: {e.Message}", e);
        }

        long Whole(double value) => value == Math.Floor(value) && Math.Abs(value) < 1L << 53
            ? (long)value
            : throw new EngramException($"{config.Owner}: the boundary {value} is no whole number.");
    }

    /// <summary>The schedule under the names and in the order that Keras writes.</summary>
    public static JsonObject Write(LearningRateSchedule schedule) => SerializedObject.Write("keras.optimizers.schedules", schedule.Name, schedule switch
    {
        ExponentialDecay s => new() { ["initial_learning_rate"] = s.InitialLearningRate, ["decay_steps"] = s.DecaySteps, ["decay_rate"] = s.DecayRate, ["staircase"] = s.Staircase, ["name"] = "ExponentialDecay" },
        InverseTimeDecay s => new() { ["initial_learning_rate"] = s.InitialLearningRate, ["decay_steps"] = s.DecaySteps, ["decay_rate"] = s.DecayRate, ["staircase"] = s.Staircase, ["name"] = "InverseTimeDecay" },
        PolynomialDecay s => new() { ["initial_learning_rate"] = s.InitialLearningRate, ["decay_steps"] = s.DecaySteps, ["end_learning_rate"] = s.EndLearningRate, ["power"] = s.Power, ["cycle"] = s.Cycle, ["name"] = "PolynomialDecay" },
        CosineDecay s => new() { ["initial_learning_rate"] = s.InitialLearningRate, ["decay_steps"] = s.DecaySteps, ["alpha"] = s.Alpha, ["name"] = "CosineDecay", ["warmup_target"] = s.WarmupTarget, ["warmup_steps"] = s.WarmupSteps },
        CosineDecayRestarts s => new() { ["initial_learning_rate"] = s.InitialLearningRate, ["first_decay_steps"] = s.FirstDecaySteps, ["t_mul"] = s.TMul, ["m_mul"] = s.MMul, ["alpha"] = s.Alpha, ["name"] = "SGDRDecay" },
        PiecewiseConstantDecay s => new()
        {
            ["boundaries"] = new JsonArray([.. s.Boundaries.Select(boundary => (JsonNode)boundary)]),
            ["values"] = new JsonArray([.. s.Values.Select(value => (JsonNode)value)]),
            ["name"] = "PiecewiseConstant",
        },
        _ => throw new EngramException($"{schedule.Name}: a schedule of one's own has no form in a file; compile without it before saving, or save the weights alone."),
    });
}
