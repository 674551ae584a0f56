using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Training;

/// <summary>What a fit says about options that would otherwise do nothing.</summary>
public sealed class FitMessageTests
{
    [Fact]
    public void A_layer_that_is_frozen_after_compile_is_told_of()
    {
        var first = new Dense(3);
        var model = new Sequential(new Input([2]), first, new Dense(1)) { Seed = 1 };
        model.Compile(new Adam(), Loss.MeanSquaredError);
        Assert.Empty(model.Fit(new float[4, 2], new float[4]).Messages);
        first.Trainable = false;
        Assert.Equal(["Trainable was changed after Compile, which has no effect yet; compile the model again."], model.Fit(new float[4, 2], new float[4]).Messages);
        model.Compile(new Adam(), Loss.MeanSquaredError);
        Assert.Empty(model.Fit(new float[4, 2], new float[4]).Messages);
    }

    [Fact]
    public void Class_weights_are_refused_where_targets_are_no_classes()
    {
        var options = new FitOptions { ClassWeights = new Dictionary<int, float> { [0] = 2 } };
        var model = new Sequential(new Dense(1)) { Seed = 1 };
        model.Compile(new Adam(), Loss.MeanSquaredError);
        EngramException error = Assert.Throws<EngramException>(() => model.Fit(new float[2, 2], new float[] { 1, 0.5f }, options));
        Assert.Equal("Class weights are by the number of a class, but a target is 0.5; give sample weights instead.", error.Message);

        var steps = new Sequential(new Lstm(3) { ReturnSequences = true }) { Seed = 1 };
        steps.Compile(new Adam(), Loss.CategoricalCrossentropy());
        error = Assert.Throws<EngramException>(() => steps.Fit(new float[2, 4, 1], new float[2, 4, 3], options));
        Assert.Equal("Class weights are for targets with one class for each sample, got (2, 4, 3); give sample weights for each step instead.", error.Message);
    }
}
