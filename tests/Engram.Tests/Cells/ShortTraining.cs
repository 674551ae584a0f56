using Engram.Data;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Cells;

/// <summary>A short training with shuffling whose every number can be compared: losses, then weights, then predictions.</summary>
internal static class ShortTraining
{
    public static (float[] Losses, float[] Weights, float[] Predictions) Run(
        Func<Layer[]> layers, int samples, int timeSteps, int features, bool recompute = false, int batchSize = 32)
    {
        var key = new RandomKey(23);
        var values = new float[samples * timeSteps * features];
        key.FillUniform(values);
        Pad(values, samples, timeSteps, features);
        var targets = new float[samples];
        key.Derive(1).FillUniform(targets);
        NumericArray x = NumericArray.Create(values, samples, timeSteps, features);
        var model = new Sequential([.. layers(), new Dense(1)]) { Seed = 7 };
        model.Compile(new Adam(), Loss.MeanSquaredError);
        History history = model.Fit(x, targets, new FitOptions { Epochs = 2, BatchSize = batchSize, Recompute = recompute });
        var weights = new List<float>();
        foreach (Weight weight in model.Weights) { weights.AddRange(weight.Value.Span); }
        return ([.. history.Loss.Select(loss => (float)loss)], [.. weights], ((NumericArray)model.Predict(x, batchSize)).Span.ToArray());
    }

    public static void AssertSame(
        (float[] Losses, float[] Weights, float[] Predictions) expected, (float[] Losses, float[] Weights, float[] Predictions) actual)
    {
        Assert.All(expected.Losses, loss => Assert.True(float.IsFinite(loss)));
        Assert.Equal(expected.Losses, actual.Losses);
        Assert.Equal(expected.Weights, actual.Weights);
        Assert.Equal(expected.Predictions, actual.Predictions);
    }

    // Rows of all lengths, and a hole in each: padding for models that begin with Masking, plain zeros for others.
    private static void Pad(float[] values, int samples, int timeSteps, int features)
    {
        for (int row = 0; row < samples; row++)
        {
            Span<float> steps = values.AsSpan(row * timeSteps * features, timeSteps * features);
            int kept = 1 + (row * 5 % timeSteps);
            steps[(kept * features)..].Clear();
            steps.Slice(kept / 2 * features, features).Clear();
        }
    }
}
