using System.Text.Json;
using Engram.Training;
using Xunit.Abstractions;

namespace Engram.Tests.Training;

/// <summary>Every learning-rate schedule against Keras, step by step.</summary>
public sealed class ScheduleGoldenTests(ITestOutputHelper output)
{
    [Fact]
    public void Learning_rates_are_those_of_Keras() => Golden.Run(output, "optimizers", golden =>
    {
        LearningRateSchedule schedule = Create(golden.Entry.GetProperty("schedule").GetString()!, golden.Entry.GetProperty("config"));
        long[] steps = golden.Arrays["step"].ToInt64s();
        Golden.AssertClose(golden.Doubles("learning_rate"), [.. steps.Select(schedule.At)], 1e-6, "learning_rate");
    }, golden => golden.Entry.TryGetProperty("schedule", out _));

    [Fact]
    public void The_learning_rate_of_an_optimizer_with_a_schedule_cannot_be_set()
    {
        var optimizer = new Adam { Schedule = new ExponentialDecay(0.1, 10, 0.5) };
        Assert.Equal(0.1, optimizer.LearningRate);
        Assert.Throws<InvalidOperationException>(() => optimizer.LearningRate = 0.2);
    }

    [Fact]
    public void Boundaries_and_values_must_fit()
    {
        Assert.Throws<ArgumentException>(() => new PiecewiseConstantDecay([5, 12], [0.1, 0.05]));
        Assert.Throws<ArgumentException>(() => new PiecewiseConstantDecay([12, 5], [0.1, 0.05, 0.01]));
    }

    internal static LearningRateSchedule Create(string kind, JsonElement config)
    {
        double Number(string name) => config.GetProperty(name).GetDouble();
        bool Flag(string name) => config.GetProperty(name).GetBoolean();
        return kind switch
        {
            "ExponentialDecay" => new ExponentialDecay(Number("initial_learning_rate"), Number("decay_steps"), Number("decay_rate")) { Staircase = Flag("staircase") },
            "InverseTimeDecay" => new InverseTimeDecay(Number("initial_learning_rate"), Number("decay_steps"), Number("decay_rate")) { Staircase = Flag("staircase") },
            "PiecewiseConstantDecay" => new PiecewiseConstantDecay(
                config.GetProperty("boundaries").EnumerateArray().Select(b => b.GetInt64()), config.GetProperty("values").EnumerateArray().Select(v => v.GetDouble())),
            "PolynomialDecay" => new PolynomialDecay(Number("initial_learning_rate"), Number("decay_steps"), Number("end_learning_rate"), Number("power")) { Cycle = Flag("cycle") },
            "CosineDecay" => new CosineDecay(Number("initial_learning_rate"), Number("decay_steps"))
            {
                Alpha = Number("alpha"),
                WarmupTarget = config.GetProperty("warmup_target").ValueKind == JsonValueKind.Null ? null : Number("warmup_target"),
                WarmupSteps = Number("warmup_steps"),
            },
            "CosineDecayRestarts" => new CosineDecayRestarts(Number("initial_learning_rate"), Number("first_decay_steps"))
            {
                TMul = Number("t_mul"),
                MMul = Number("m_mul"),
                Alpha = Number("alpha"),
            },
            _ => throw new ArgumentException($"An unknown schedule: {kind}."),
        };
    }
}
