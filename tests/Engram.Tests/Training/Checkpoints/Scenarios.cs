using Engram.Data;
using Engram.Layers;
using Engram.Models;
using Engram.Tests.Layers;
using Engram.Training;

namespace Engram.Tests.Training;

/// <summary>Trainings whose state lies in different places.</summary>
internal static class Scenarios
{
    private const int Samples = 40;

    public static IReadOnlyList<Scenario> All =>
    [
        new("dropout, normalization, averages and every callback", seed => Compiled(
            new Sequential(new Input(6, 3), new Lstm(7) { Dropout = 0.2f, RecurrentDropout = 0.1f, ReturnSequences = true }, new BatchNormalization(), new Gru(5), new Dropout(0.3f), new Dense(2) { Activation = Activations.Softmax }) { Seed = seed },
            new Adam(0.02) { UseEma = true, EmaMomentum = 0.9 }, Loss.CategoricalCrossentropy(), Metrics.Accuracy(), Metrics.Auc(), Metrics.Recall(), new FBetaScore(), Metrics.MeanSquaredError()),
            () => new ArrayDataset(Values(1, 6, 3), OneHot()))
        {
            Callbacks = () => [new EarlyStopping { Patience = 2, RestoreBestWeights = true, Monitor = "val_loss" }, new ReduceLearningRateOnPlateau { Patience = 1, Factor = 0.5, Monitor = "loss", MinDelta = 0.05 }, new SwapEmaWeights(), new GradientStatistics(), new LearningRateScheduler((epoch, rate) => rate * 0.9)],
            Options = new FitOptions { Epochs = 7, BatchSize = 8, ValidationSplit = 0.2 },
        },
        new("states from batch to batch", seed => Compiled(
            new Sequential(new Input(4, 2), new Lstm(3) { Stateful = true, ReturnSequences = true }, new Bidirectional(new Gru(4) { Stateful = true, ReturnSequences = true }),
                new Rnn(new LstmCell(3), new SimpleRnnCell(5)) { Stateful = true, ReturnSequences = true }, new Rnn(new RnnTests.OwnCell(3)) { Stateful = true }, new Dense(1)) { Seed = seed },
            new RmsProp(), Loss.MeanSquaredError, Metrics.R2Score()), () => new ArrayDataset(Values(2, 4, 2), Values(3, 1)))
        {
            Options = new FitOptions { Epochs = 3, BatchSize = 8, Shuffle = false },
        },
        new("states of convolutional layers", seed => Compiled(
            new Sequential(new Input([3, 6, 2]), new ConvLstm1D(3, 2) { Stateful = true, RecurrentDropout = 0.2f }, new Flatten(), new Dense(1)) { Seed = seed },
            new Nadam(), Loss.Huber()), () => new ArrayDataset(Values(4, 3, 6, 2), Values(5, 1)))
        {
            Options = new FitOptions { Epochs = 2, BatchSize = 10, Shuffle = false, ValidationSplit = 0.25 },
        },
        new("sequences of different lengths", seed => Compiled(
            new Sequential(new Bidirectional(new Lstm(4) { Dropout = 0.1f }), new Dense(1)) { Seed = seed }, new Sgd(0.05) { Momentum = 0.9, Nesterov = true }, Loss.MeanSquaredError),
            () => new RaggedSequences([.. Enumerable.Range(0, Samples).Select(i => Ragged(i))], (NumericArray)Flat(6))),
        new("steps that do not end with the data", seed => Compiled(
            new Sequential(new Input(5, 2), new Gru(6) { RecurrentDropout = 0.2f }, new Dense(1)) { Seed = seed },
            new AdamW { Schedule = new ExponentialDecay(0.01, 3, 0.9), GradientAccumulationSteps = 3 }, Loss.MeanSquaredError), () => Read(2))
        {
            Options = new FitOptions { Epochs = 4, BatchSize = 7, StepsPerEpoch = 4 },
        },
        new("batches made by somebody else", seed => Compiled(
            new Sequential(new Input(5, 2), new SimpleRnn(6) { Dropout = 0.2f }, new Dense(1)) { Seed = seed }, new Adam(), Loss.MeanSquaredError), () => new BatchDataset(Batches()))
        {
            Options = new FitOptions { Epochs = 3, ValidationData = new ArrayDataset(Values(2, 5, 2), Flat(3)), ValidationFrequency = 2 },
        },
        new("checkpoints after epochs alone", seed => Compiled(
            new Sequential(new Input(5, 2), new Lstm(6) { Dropout = 0.2f }, new Dense(1)) { Seed = seed }, new Adam { UseEma = true, EmaOverwriteFrequency = 4 }, Loss.MeanSquaredError), () => Read(0))
        {
            EveryBatches = null,
            Callbacks = () => [new SwapEmaWeights { SwapOnEpoch = true }],
        },
        new("checkpoints after three batches", seed => Compiled(
            Graph(seed), new Lamb { WeightDecay = 0.01, GlobalClipNorm = 1 }, Loss.MeanSquaredError), () => Read(1)) { EveryBatches = 3 },
        .. Optimizers().Select((rule, i) => new Scenario($"{rule().Name} {i}", seed => Compiled(
            new Sequential(new Input(5, 2), new Dense(3) { Activation = Activations.Tanh }, new Lstm(2), new Dropout(0.5f), new Dense(1)) { Seed = seed }, rule(), Loss.MeanSquaredError), () => Read(0))
        {
            Options = new FitOptions { Epochs = 2, BatchSize = 16 },
        }),
    ];

    private static IEnumerable<Func<Optimizer>> Optimizers() =>
    [
        () => new Sgd(), () => new Sgd { Momentum = 0.5 }, () => new Adam { AmsGrad = true }, () => new AdamW(), () => new Adamax(), () => new Nadam(), () => new Adagrad(), () => new Adadelta(),
        () => new RmsProp { Momentum = 0.3, Centered = true }, () => new Ftrl(), () => new Lion(), () => new Lamb(), () => new Adafactor(),
    ];

    private static Network Compiled(Network model, Optimizer optimizer, Loss loss, params Metric[] metrics)
    {
        model.Compile(optimizer, loss, metrics);
        return model;
    }

    private static Model Graph(long seed)
    {
        var x = new Input(5, 2);
        SymbolicTensor nested = new Dropout(0.2f).Apply(new Sequential(new Input(5, 2), new Gru(4)).Apply(x));
        return new Model([x], [new Dense(1).Apply(nested)]) { Seed = seed };
    }

    private static SequenceDataset Read(int prefetch)
    {
        float[] x = Numbers(7, 5 * 2), y = Numbers(8, 1);
        return new SequenceDataset(Samples, [5, 2], [1], (sample, into, target) =>
        {
            x.AsSpan(sample * 10, 10).CopyTo(into);
            target[0] = y[sample];
        })
        { Prefetch = prefetch };
    }

    private static IEnumerable<Batch> Batches()
    {
        for (int batch = 0; batch < 5; batch++)
        {
            var x = new float[4 + batch, 5, 2];
            var y = new float[4 + batch];
            for (int row = 0; row < y.Length; row++)
            {
                for (int i = 0; i < 10; i++) { x[row, i / 2, i % 2] = MathF.Sin((batch * 31) + (row * 7) + i); }
                y[row] = x[row, 4, 1] - x[row, 2, 0];
            }

            yield return new Batch(x, y);
        }
    }

    private static float[,] Ragged(int sample)
    {
        var values = new float[1 + (sample * 7 % 9), 2];
        for (int i = 0; i < values.Length; i++) { values[i / 2, i % 2] = MathF.Cos((sample * 3) + i); }
        return values;
    }

    private static float[,] OneHot()
    {
        var targets = new float[Samples, 2];
        for (int i = 0; i < Samples; i++) { targets[i, i * 5 % 7 % 2] = 1; }
        return targets;
    }

    private static NumericArray Values(int seed, params int[] axes) => NumericArray.Create(Numbers(seed, axes.Aggregate(1, (a, b) => a * b)), [Samples, .. axes]);

    private static float[] Flat(int seed) => Numbers(seed, 1);

    private static float[] Numbers(int seed, int each)
    {
        var values = new float[Samples * each];
        new RandomKey(seed).FillUniform(values);
        return values;
    }
}
