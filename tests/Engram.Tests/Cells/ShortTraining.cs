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
        NumericArray x = NumericArray.Create(values, samples, timeSteps, features);
        return Run(new Sequential([.. layers(), new Dense(1)]) { Seed = 7 }, x, Uniform(key.Derive(1), samples), recompute, batchSize);
    }

    /// <summary>The same where the first layer's initial states are inputs, and each layer's last states the next one's initial ones.</summary>
    public static (float[] Losses, float[] Weights, float[] Predictions) RunWithStates(Func<Recurrent[]> create, int samples, int timeSteps, int features, bool recompute = false)
    {
        Recurrent[] layers = create();
        var x = new Input(timeSteps, features) { Name = "x" };
        Input[] states = [.. layers[0].StateWidths.Select((width, k) => new Input([width]) { Name = $"state_{k}" })];
        IReadOnlyList<SymbolicTensor> outputs = [x, .. states];
        foreach (Recurrent layer in layers) { outputs = layer.ApplyAll([.. outputs]); }
        var key = new RandomKey(23);
        NumericArray[] arrays = [NumericArray.Create(Uniform(key, samples * timeSteps * features), samples, timeSteps, features),
            .. layers[0].StateWidths.Select((width, k) => NumericArray.Create(Uniform(key.Derive(2 + k), samples * width), samples, width))];
        var model = new Model([x, .. states], [new Dense(1).Apply(new Concatenate().Apply([.. outputs]))]) { Seed = 7 };
        return Run(model, NumericArrays.Create(arrays), Uniform(key.Derive(1), samples), recompute, batchSize: 32);
    }

    private static float[] Uniform(RandomKey key, int count)
    {
        var values = new float[count];
        key.FillUniform(values);
        return values;
    }

    private static (float[] Losses, float[] Weights, float[] Predictions) Run(Network model, NumericArrays x, float[] targets, bool recompute, int batchSize)
    {
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
