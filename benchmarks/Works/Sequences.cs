using Engram.Data;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Benchmarks.Works;

/// <summary>Random sequences, each with a random target, and the works on them.</summary>
internal sealed record Sequences(int Samples, int TimeSteps, int Features, int BatchSize)
{
    /// <summary>Whether they end anywhere from half of the steps on, with zeros behind. Useful work is counted as if they did not.</summary>
    public bool Ragged { get; init; }

    /// <summary>Whether recurrent layers are given initial states, which are inputs of the model.</summary>
    public bool GivenStates { get; init; }

    public static readonly Sequences W1 = new(1000, 1000, 1, 64);
    public static readonly Sequences W2 = new(1024, 60, 5, 32);
    public static readonly Sequences W3 = new(256, 100, 128, 64);
    public static readonly Sequences W4 = new(100, 35, 650, 20);

    /// <summary>An epoch of training with Adam and the mean squared error.</summary>
    /// <param name="name">The work's name.</param>
    /// <param name="layers">Makes the layers before the last, which is a dense one of one unit.</param>
    public Work Training(string name, Func<Layer[]> layers)
    {
        Layer[] description = layers();
        // Backward costs twice what forward does: one product for the inputs' gradients, one for the weights'.
        return new Work(name, $"train {Samples} x {TimeSteps} x {Features}, {Describe(description)}, batch {BatchSize}", 3 * Forward(description), "epoch", () =>
        {
            Network model = Model(layers());
            model.Compile(new Adam(), Loss.MeanSquaredError);
            (NumericArray sequences, float[] y) = Data();
            NumericArrays x = WithStates(sequences, model);
            var plain = new FitOptions { BatchSize = BatchSize };
            return new Run(afterStep => model.Fit(x, y, afterStep is null ? plain : new FitOptions { BatchSize = BatchSize, Callbacks = [new AfterStep(afterStep)] }));
        });
    }

    /// <summary>A prediction of all sequences.</summary>
    /// <param name="name">The work's name.</param>
    /// <param name="layers">Makes the layers before the last, which is a dense one of one unit.</param>
    public Work Prediction(string name, Func<Layer[]> layers)
    {
        Layer[] description = layers();
        return new Work(name, $"forward {Samples} x {TimeSteps} x {Features}, {Describe(description)}", Forward(description), "pass", () =>
        {
            Network model = Model(layers());
            NumericArrays x = WithStates(Data().X, model);
            return new Run(_ => model.Predict(x, BatchSize));
        });
    }

    /// <summary>Useful operations of a layer for one row and step, forward.</summary>
    public static double Operations(Layer layer, int inputs) => layer switch
    {
        Lstm lstm => 2.0 * 4 * lstm.Units * (inputs + lstm.Units + 1),
        Gru gru => 2.0 * 3 * gru.Units * (inputs + gru.Units + 1),
        SimpleRnn rnn => 2.0 * rnn.Units * (inputs + rnn.Units + 1),
        Bidirectional both => Operations(both.ForwardLayer, inputs) + Operations(both.BackwardLayer, inputs),
        _ => 0,
    };

    private static string Describe(Layer[] layers) => string.Join(", ", layers.Select(layer => layer switch
    {
        Recurrent recurrent => $"{recurrent.Kind} {recurrent.Units}",
        Bidirectional both => $"Bidirectional {both.ForwardLayer.Kind} {both.ForwardLayer.OutputWidth}",
        _ => layer.Kind,
    }));

    private static int Width(Layer layer, int inputs) => layer switch
    {
        Recurrent recurrent => recurrent.Units,
        Bidirectional both => both.ForwardLayer.OutputWidth + both.BackwardLayer.OutputWidth,
        _ => inputs,
    };

    private double Forward(Layer[] layers)
    {
        double operations = 0;
        int inputs = Features;
        foreach (Layer layer in layers)
        {
            operations += Samples * (double)TimeSteps * Operations(layer, inputs);
            inputs = Width(layer, inputs);
        }

        return operations;
    }

    private Network Model(Layer[] layers)
    {
        if (!GivenStates) { return new Sequential([new Input(TimeSteps, Features), .. layers, new Dense(1)]) { Seed = 1 }; }
        var inputs = new List<SymbolicTensor> { new Input(TimeSteps, Features) };
        SymbolicTensor x = inputs[0];
        foreach (Recurrent layer in layers.Cast<Recurrent>())
        {
            Input[] states = [.. layer.StateWidths.Select(width => new Input([width]))];
            inputs.AddRange(states.Select(state => (SymbolicTensor)state));
            x = layer.Apply([x, .. states]);
        }

        return new Model([.. inputs], [new Dense(1).Apply(x)]) { Seed = 1 };
    }

    private NumericArrays WithStates(NumericArray x, Network model)
    {
        var arrays = new List<NumericArray> { x };
        for (int k = 1; k < model.InputNames.Count; k++)
        {
            int width = ((Model)model).Inputs[k].Shape.Last;
            var state = new float[Samples * width];
            new RandomKey(2).Derive(k).FillUniform(state);
            arrays.Add(NumericArray.Create(state, Samples, width));
        }

        return NumericArrays.Create([.. arrays]);
    }

    private (NumericArray X, float[] Y) Data()
    {
        var key = new RandomKey(1);
        var x = new float[Samples * TimeSteps * Features];
        key.FillUniform(x);
        for (int sample = 0; Ragged && sample < Samples; sample++)
        {
            int length = (TimeSteps / 2) + key.Derive(2).Integer((ulong)sample, (TimeSteps / 2) + 1);
            x.AsSpan(((sample * TimeSteps) + length) * Features, (TimeSteps - length) * Features).Clear();
        }

        var y = new float[Samples];
        key.Derive(1).FillUniform(y);
        return (NumericArray.Create(x, Samples, TimeSteps, Features), y);
    }

    private sealed class AfterStep(Action action) : Callback
    {
        public override void OnBatchEnd(TrainingRun run, int epoch, int batch, double loss) => action();
    }
}
