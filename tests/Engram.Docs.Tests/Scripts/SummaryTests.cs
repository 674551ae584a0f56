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

    [Fact]
    public void The_summary_of_a_graph_is_that_of_Keras()
    {
        Input source = new(Shape.Unknown, 8) { Name = "source" }, target = new(Shape.Unknown, 6) { Name = "target" };
        var (_, h, c) = new Lstm(16) { Name = "encoder", ReturnState = true }.ApplyAll(source);
        SymbolicTensor read = new Lstm(16) { Name = "decoder", ReturnSequences = true }.Apply(target, h, c);
        SymbolicTensor words = new Dense(30) { Name = "words", Activation = Activations.Softmax }.Apply(read);
        var model = new Model([source, target], [words]) { Name = "translator" };
        model.Compile(new Adam(), Loss.CategoricalCrossentropy());
        Assert.Equal(Golden.Summary("seq2seq"), model.Summary());

        var answers = new float[2, 3, 30];
        for (int row = 0; row < 2; row++)
        {
            for (int t = 0; t < 3; t++) { answers[row, t, row + t] = 1; }
        }

        model.TrainOnBatch([new float[2, 4, 8], new float[2, 3, 6]], answers);
        Assert.Equal(Golden.Summary("seq2seq_trained"), model.Summary());
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
