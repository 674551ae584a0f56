using Engram.Data;
using Engram.Formats.Hdf5;
using Engram.Formats.Keras.Weights;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Formats.Keras.Weights;

/// <summary>Every optimizer's state goes into a file and comes back, and training goes on to the last bit as if nothing had happened.</summary>
public sealed class OptimizerWeightsTests
{
    private static readonly Dictionary<string, Func<Optimizer>> Optimizers = new()
    {
        ["sgd"] = () => new Sgd(0.05),
        ["momentum"] = () => new Sgd(0.05) { Momentum = 0.9, Nesterov = true },
        ["adam"] = () => new Adam(0.01),
        ["adam with all"] = () => new Adam(0.01) { AmsGrad = true, UseEma = true, EmaOverwriteFrequency = 3, GradientAccumulationSteps = 2 },
        ["adam with a schedule"] = () => new Adam { Schedule = new CosineDecay(0.01, 50) },
        ["adamw"] = () => new AdamW(0.01),
        ["rmsprop"] = () => new RmsProp(0.01) { Momentum = 0.5, Centered = true },
        ["adagrad"] = () => new Adagrad(0.01),
        ["adadelta"] = () => new Adadelta(1),
        ["adamax"] = () => new Adamax(0.01),
        ["nadam"] = () => new Nadam(0.01),
        ["ftrl"] = () => new Ftrl(0.1),
        ["lion"] = () => new Lion(0.001),
        ["lamb"] = () => new Lamb(0.01),
        ["adafactor"] = () => new Adafactor(0.01),
    };

    public static TheoryData<string, bool> Kinds()
    {
        var kinds = new TheoryData<string, bool>();
        foreach (string kind in Optimizers.Keys)
        {
            kinds.Add(kind, false);
            kinds.Add(kind, true);
        }

        return kinds;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Training_goes_on_to_the_last_bit(string kind, bool legacy)
    {
        Sequential model = NewModel(kind, 1), other = NewModel(kind, 2);
        var random = new Random(5);
        NumericArray[] batches = [.. Enumerable.Range(0, 10).Select(i => i % 2 == 0 ? RandomData.Numbers(random, 3, 5, 2) : RandomData.Numbers(random, 3, 1))];
        for (int i = 0; i < 6; i += 2) { model.TrainOnBatch(batches[i], batches[i + 1]); }
        Hdf5Group root = legacy ? LegacyWeights.Write(model) : KerasWeights.Write(model);
        Assert.True(KerasWeights.Read(root, other, "f.h5").Optimizer);
        Assert.Equal((model.Optimizer!.Iterations, model.Optimizer.LearningRate), (other.Optimizer!.Iterations, other.Optimizer.LearningRate));
        for (int i = 6; i < 10; i += 2)
        {
            model.TrainOnBatch(batches[i], batches[i + 1]);
            other.TrainOnBatch(batches[i], batches[i + 1]);
        }

        Assert.Equal(model.Weights.Select(weight => weight.Value.Span.ToArray()), other.Weights.Select(weight => weight.Value.Span.ToArray()));
        Assert.Equal(model.Optimizer.State.Select(array => array.Value.Span.ToArray()), other.Optimizer.State.Select(array => array.Value.Span.ToArray()));
    }

    /// <summary>A compiled model that was never trained has only the iteration and the rate in Keras' files.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_optimizer_that_was_never_used_is_read(bool legacy)
    {
        Sequential model = NewModel("adam", 1), other = NewModel("adam", 2);
        Hdf5Group root = legacy ? LegacyWeights.Write(model) : KerasWeights.Write(model);
        Hdf5Group state = root.Group(legacy ? "optimizer_weights/adam" : "optimizer/vars");
        Assert.Equal(2, state.Children.Count);
        other.Optimizer!.LearningRate = 0.5;
        Assert.True(KerasWeights.Read(root, other, "f.h5").Optimizer);
        Assert.Equal((0, 0.01), (other.Optimizer.Iterations, other.Optimizer.LearningRate));
    }

    /// <summary>Only what training changes has state; in a legacy file what it does not change comes last in its layer.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Frozen_layers_have_no_state(bool legacy)
    {
        static Sequential Create(int seed)
        {
            var inner = new Sequential(new Input(5, 2), new Lstm(3) { ReturnSequences = true, Trainable = false }, new BatchNormalization(), new Lstm(4)) { Name = "inner" };
            var model = new Sequential(new Input(5, 2), inner, new Dense(1)) { Seed = seed };
            model.Compile(new Adam(0.01), Loss.MeanSquaredError);
            return model;
        }

        Sequential model = Create(1), other = Create(2);
        var random = new Random(5);
        model.TrainOnBatch(RandomData.Numbers(random, 3, 5, 2), RandomData.Numbers(random, 3, 1));
        Hdf5Group root = legacy ? LegacyWeights.Write(model) : KerasWeights.Write(model);
        if (legacy) { Assert.EndsWith("moving_variance", NameLists.Read(root.Group("model_weights/inner"), "weight_names")[^1], StringComparison.Ordinal); }
        Assert.Equal(2 + (2 * 7), legacy ? root.Group("optimizer_weights/adam").Children.Count : root.Group("optimizer/vars").Children.Count);
        KerasWeights.Read(root, other, "f.h5");
        Assert.Equal(model.Weights.Select(weight => weight.Value.Span.ToArray()), other.Weights.Select(weight => weight.Value.Span.ToArray()));
        Assert.Equal(model.Optimizer!.State.Select(array => array.Value.Span.ToArray()), other.Optimizer!.State.Select(array => array.Value.Span.ToArray()));
    }

    private static Sequential NewModel(string kind, int seed)
    {
        var model = new Sequential(new Input(5, 2), new Lstm(4), new Dense(3) { Activation = Activations.Tanh }, new Dense(1)) { Seed = seed };
        model.Compile(Optimizers[kind](), Loss.MeanSquaredError);
        return model;
    }
}
