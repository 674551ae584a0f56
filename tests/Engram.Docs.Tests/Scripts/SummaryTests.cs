using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Docs.Tests;

/// <summary>Summaries agree with Keras' character by character, before training and after a step.</summary>
public sealed class SummaryTests
{
    [Theory]
    [InlineData("seed0")]
    [InlineData("seed1")]
    [InlineData("stacked")]
    public void The_summary_is_that_of_Keras(string golden)
    {
        Sequential model = Create(golden);
        Assert.Equal(Golden.Summary(golden), model.Summary());

        Shape shape = model.InputShape!;
        model.TrainOnBatch(new float[2, shape[1], shape[2]], new float[] { 0.25f, -0.5f });
        Assert.Equal(Golden.Summary(golden + "_trained"), model.Summary());
    }

    private static Sequential Create(string golden)
    {
        var model = golden == "stacked"
            ? new Sequential(
                new Input(timeSteps: 60, features: 5),
                new Lstm(64) { ReturnSequences = true },
                new Dropout(0.2f),
                new Lstm(64),
                new Dropout(0.2f),
                new Dense(1))
            : new Sequential(new Input(timeSteps: 10, features: 1), new Lstm(50), new Dense(1));
        model.Compile(new Adam(), Loss.MeanSquaredError);
        return model;
    }
}
