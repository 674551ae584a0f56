using Engram.Data;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Probe;

/// <summary>Short trainings with dropout and shuffling: their losses, final weights and predictions.</summary>
internal static class TrainingProbe
{
    public static IEnumerable<string> Lines()
    {
        // The shapes of the benchmarks made small, then other cells and options.
        yield return Line("w1", 37, 40, 1, new Lstm(50), new Dropout(0.1f));
        yield return Line("w1-dropout", 37, 40, 1, new Lstm(50) { Dropout = 0.1f, RecurrentDropout = 0.2f });
        yield return Line("w2", 33, 12, 5, new Lstm(64) { ReturnSequences = true, Dropout = 0.2f }, new Dropout(0.1f), new Lstm(64) { RecurrentDropout = 0.3f });
        yield return Line("w3", 35, 7, 128, new Lstm(67) { RecurrentDropout = 0.1f, Dropout = 0.1f });
        yield return Line("w4", 20, 5, 130, new Lstm(260) { ReturnSequences = true }, new Dropout(0.1f), new Lstm(260));
        yield return Line("wide", 37, 5, 7, new Lstm(264) { ReturnSequences = true, RecurrentDropout = 0.1f }, new Gru(300) { ResetAfter = false, RecurrentDropout = 0.1f });
        yield return Line("bidirectional", 37, 9, 5, new Bidirectional(new Lstm(21) { ReturnSequences = true, Dropout = 0.1f }), new Bidirectional(new Lstm(13)) { MergeMode = MergeMode.Average });
        yield return Line("bidirectional-wide", 20, 5, 7, new Bidirectional(new Lstm(264) { ReturnSequences = true }) { MergeMode = MergeMode.Multiply }, new Gru(5));
        yield return Line("masks", 41, 60, 2, new Masking(0), new Lstm(23) { ReturnSequences = true, Dropout = 0.1f }, new Gru(9) { GoBackwards = true });
        yield return Line("recompute", 18, 500, 2, recompute: true, new Lstm(70) { ReturnSequences = true, RecurrentDropout = 0.1f }, new SimpleRnn(9));
        yield return Line("gru", 41, 9, 3, new Gru(17) { ReturnSequences = true }, new Gru(5) { ResetAfter = false, RecurrentDropout = 0.2f });
        yield return Line("rnn", 41, 9, 3, new SimpleRnn(19) { GoBackwards = true, Dropout = 0.2f });
        yield return Line("gates", 41, 9, 3, new Gru(18) { ReturnSequences = true, Activation = Activations.Relu }, new Gru(21) { ReturnSequences = true, ResetAfter = false, RecurrentActivation = Activations.HardSigmoid }, new SimpleRnn(35) { Activation = Activations.Relu });
        yield return Line(
            "convolutions", 37, 24, 6, new Conv1D(34, 3) { Groups = 2, Padding = ConvolutionPadding.Causal, DilationRate = [2], Activation = Activations.Relu },
            new DepthwiseConv1D(3) { DepthMultiplier = 2 }, new SeparableConv1D(19, 2) { Strides = [2] }, new Conv1DTranspose(21, 3) { Strides = [2] }, new Gru(5));
        yield return Line(
            "convlstm", 37, 4, 36, new Reshape(4, 3, 4, 3), new ConvLstm2D(5, 2, 3) { Padding = ConvolutionPadding.Same, ReturnSequences = true, RecurrentDropout = 0.1f },
            new TimeDistributed(new Conv2D(7, 2)), new Flatten());
        yield return States("w1-states", 37, 40, 1, new Lstm(50) { ReturnState = true, Dropout = 0.1f });
        yield return States("w2-states", 33, 12, 5, new Lstm(64) { ReturnSequences = true, ReturnState = true, RecurrentDropout = 0.3f }, new Lstm(64) { ReturnState = true });
        yield return States("w3-states", 35, 7, 128, new Lstm(67) { ReturnState = true });
        yield return States("w4-states", 20, 5, 130, new Lstm(260) { ReturnSequences = true, ReturnState = true }, new Lstm(260) { ReturnState = true });
        yield return States("gru-states", 20, 5, 7, new Gru(300) { ReturnSequences = true, ReturnState = true }, new Gru(300) { ReturnState = true });
        yield return States("mlstm-states", 20, 9, 7, new MLstm(24) { Heads = 2, ReturnSequences = true, ReturnState = true }, new MLstm(24) { Heads = 2, ReturnState = true });
        yield return Line("relu", 41, 9, 3, new Lstm(19) { Activation = Activations.Relu, RecurrentActivation = Activations.HardSigmoid });
    }

    private static string Line(string name, int samples, int timeSteps, int features, params Layer[] recurrent) =>
        Line(name, samples, timeSteps, features, recompute: false, recurrent);

    // The first layer's initial states are inputs, each layer's last states the next one's initial ones, and the last ones count in the loss.
    private static string States(string name, int samples, int timeSteps, int features, params SequenceLayer[] layers)
    {
        var x = new Input(timeSteps, features) { Name = "x" };
        Input[] states = [.. layers[0].StateWidths.Select((width, k) => new Input([width]) { Name = $"state_{k}" })];
        IReadOnlyList<SymbolicTensor> outputs = [x, .. states];
        foreach (SequenceLayer layer in layers) { outputs = layer.ApplyAll([.. outputs]); }
        var model = new Model([x, .. states], [new Dense(1).Apply(new Concatenate().Apply([.. outputs]))]) { Seed = 11 };
        var key = new RandomKey(3).Derive(name);
        NumericArray[] arrays = [NumericArray.Create(Uniform(key.Derive(2), samples * timeSteps * features), samples, timeSteps, features),
            .. layers[0].StateWidths.Select((width, k) => NumericArray.Create(Uniform(key.Derive(3 + k), samples * width), samples, width))];
        return Fitted(name, model, NumericArrays.Create(arrays), Uniform(key.Derive(1), samples), recompute: false);
    }

    private static float[] Uniform(RandomKey key, int count)
    {
        var values = new float[count];
        key.FillUniform(values);
        return values;
    }

    private static string Line(string name, int samples, int timeSteps, int features, bool recompute, params Layer[] recurrent)
    {
        var key = new RandomKey(3).Derive(name);
        var values = new float[samples * timeSteps * features];
        key.FillUniform(values);
        if (recurrent[0] is Masking) { PadEnds(values, samples, timeSteps * features); }
        NumericArray x = NumericArray.Create(values, samples, timeSteps, features);
        return Fitted(name, new Sequential([.. recurrent, new Dense(1)]) { Seed = 11 }, x, Uniform(key.Derive(1), samples), recompute);
    }

    private static string Fitted(string name, Network model, NumericArrays x, float[] targets, bool recompute)
    {
        model.Compile(new Adam { GlobalClipNorm = 1 }, Loss.MeanSquaredError);
        History history = model.Fit(x, targets, new FitOptions { Epochs = 2, BatchSize = 20, ValidationSplit = 0.1, Recompute = recompute });
        var digest = new Digest();
        foreach (double loss in history.Loss) { digest.Add(loss); }
        foreach (double loss in history.ValidationLoss) { digest.Add(loss); }
        foreach (Weight weight in model.Weights) { digest.Add(weight.Value.Span); }
        NumericArray prediction = model.Predict(x, batchSize: 9);
        digest.Add(prediction.Span);
        return $"{name} {history.Loss[^1]:R} {digest}";
    }

    // Padding of every length up to nearly the whole row.
    private static void PadEnds(float[] values, int samples, int perSample)
    {
        for (int row = 0; row < samples; row++)
        {
            int kept = 1 + (row * 7 % perSample);
            values.AsSpan((row * perSample) + kept, perSample - kept).Clear();
        }
    }
}
