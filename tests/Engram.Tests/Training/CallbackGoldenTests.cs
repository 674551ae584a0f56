using Engram.Training;
using Xunit.Abstractions;

namespace Engram.Tests.Training;

/// <summary>
/// Early stopping and plateaus against Keras: where training stops, whose weights remain, the learning rate after each epoch.
/// </summary>
public sealed class CallbackGoldenTests(ITestOutputHelper output)
{
    [Fact]
    public void Decisions_are_those_of_Keras() => Golden.Run(output, "callbacks", golden =>
    {
        // The index has no options; those are the ones with which Keras decides as recorded.
        Callback callback = golden.Name[..^2] switch
        {
            "early_stopping" => new EarlyStopping(),
            "early_stopping_patience" => new EarlyStopping { Patience = 3, MinDelta = 0.05, RestoreBestWeights = true },
            "early_stopping_start" => new EarlyStopping { Patience = 2, StartFromEpoch = 4, RestoreBestWeights = true },
            "early_stopping_baseline" => new EarlyStopping { Patience = 3, Baseline = 0.5 },
            "reduce_lr" => new ReduceLearningRateOnPlateau { Factor = 0.5, Patience = 2 },
            "reduce_lr_cooldown" => new ReduceLearningRateOnPlateau { Factor = 0.3, Patience = 1, Cooldown = 2, MinLearningRate = 1e-4 },
            string other => throw new ArgumentException($"An unknown case: {other}."),
        };
        var fake = new FakeRun();
        var rates = new List<double>();
        int last = fake.Train(callback, "val_loss", golden.Doubles("val_loss"), _ => rates.Add(fake.Run.Optimizer.LearningRate));
        int stopped = golden.Entry.GetProperty("stopped_after_epoch").GetInt32();
        Assert.Equal(stopped >= 0, fake.Run.StopTraining);
        if (stopped >= 0) { Assert.Equal(stopped, last); }
        if (callback is EarlyStopping early) { Assert.Equal(stopped, early.StoppedEpoch); }
        Golden.AssertClose(golden.Doubles("learning_rate_after_epoch"), [.. rates], 1e-7, "learning_rate_after_epoch");
        double weights = golden.Entry.GetProperty("weights_of_epoch_at_end").GetDouble();
        Golden.AssertClose([weights, weights, weights], fake.Weight.Value.Span, 0, "weights_of_epoch_at_end");
    });
}
