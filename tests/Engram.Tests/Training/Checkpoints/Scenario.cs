using Engram.Data;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Training;

/// <summary>A training that can be begun again and again, in a new model each time.</summary>
internal sealed record Scenario(string Name, Func<long, Network> Model, Func<IDataset> Data)
{
    public Func<Callback[]> Callbacks { get; init; } = () => [];

    public FitOptions Options { get; init; } = new() { Epochs = 5, BatchSize = 8, ValidationSplit = 0.2 };

    public int? EveryBatches { get; init; } = 1;

    /// <summary>Fits a new model, with a backup in a folder, and gives what can be compared of it.</summary>
    public Outcome Fit(long seed, string? folder, Callback? last = null)
    {
        Network model = Model(seed);
        Callback[] own = Callbacks();
        Callback[] callbacks = [.. folder is null ? [] : (Callback[])[new BackupAndRestore(folder) { EveryBatches = EveryBatches, DeleteCheckpoint = false }], .. own, .. last is null ? [] : (Callback[])[last]];
        History history = model.Fit(Data(), With(callbacks));
        return new Outcome(model, history, own);
    }

    public FitOptions With(Callback[] callbacks, string? resumeFrom = null) => new()
    {
        Epochs = Options.Epochs,
        BatchSize = Options.BatchSize,
        ValidationSplit = Options.ValidationSplit,
        ValidationData = Options.ValidationData,
        ValidationFrequency = Options.ValidationFrequency,
        StepsPerEpoch = Options.StepsPerEpoch,
        Shuffle = Options.Shuffle,
        Callbacks = callbacks,
        ResumeFrom = resumeFrom,
    };

    public override string ToString() => Name;

    public sealed record Outcome(Network Model, History History, Callback[] Callbacks)
    {
        /// <summary>Everything that must not differ by a bit.</summary>
        public void AssertSame(Outcome other)
        {
            Assert.Equal(History.Epochs, other.History.Epochs);
            Assert.Equal(History.Names.Order(), other.History.Names.Order());
            foreach (string name in History.Names) { Assert.Equal(Bits(History[name]), Bits(other.History[name])); }
            Assert.Equal(Model.Weights.Count, other.Model.Weights.Count);
            foreach ((Weight weight, Weight twin) in Model.Weights.Zip(other.Model.Weights)) { Assert.Equal(Bits(weight.Value), Bits(twin.Value)); }
            Assert.Equal(Model.Optimizer!.Iterations, other.Model.Optimizer!.Iterations);
            Assert.Equal(Model.Optimizer.LearningRate, other.Model.Optimizer.LearningRate);
            foreach (((_, TensorBuffer value), (_, TensorBuffer twin)) in Model.Optimizer.State.Zip(other.Model.Optimizer.State)) { Assert.Equal(Bits(value), Bits(twin)); }
            foreach (((_, SequenceLayer carrier), (_, SequenceLayer twin)) in StateCarriers.Of(Model.Layers).Zip(StateCarriers.Of(other.Model.Layers)))
            {
                Assert.Equal(carrier.CarriedStates?.SelectMany(Bits), twin.CarriedStates?.SelectMany(Bits));
            }
        }

        private static uint[] Bits(TensorBuffer values) => [.. values.Span.ToArray().Select(BitConverter.SingleToUInt32Bits)];

        private static long[] Bits(IReadOnlyList<double> values) => [.. values.Select(BitConverter.DoubleToInt64Bits)];
    }
}
