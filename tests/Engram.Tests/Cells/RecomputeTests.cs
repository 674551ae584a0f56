using Engram.Data;
using Engram.Kernels;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Cells;

/// <summary>Recomputation changes memory and time, and nothing else.</summary>
public class RecomputeTests
{
    public static TheoryData<string> Names => [.. Models.Keys];

    // 80 units and more make pieces of a few steps, so that 150 steps are several stretches.
    private static Dictionary<string, Func<Layer[]>> Models { get; } = new()
    {
        ["lstm"] = () => [new Lstm(80)],
        ["gru"] = () => [new Gru(90)],
        ["gru, reset before"] = () => [new Gru(90) { ResetAfter = false, RecurrentDropout = 0.1f }],
        ["simple"] = () => [new SimpleRnn(150)],
        ["relu"] = () => [new Lstm(80) { Activation = Activations.Softplus, RecurrentActivation = Activations.HardSigmoid }],
        ["backwards"] = () => [new Lstm(80) { GoBackwards = true }],
        ["dropout"] = () => [new Lstm(80) { Dropout = 0.2f }],
        ["recurrent dropout"] = () => [new Lstm(80) { RecurrentDropout = 0.2f }],
        ["both dropouts"] = () => [new Gru(90) { Dropout = 0.1f, RecurrentDropout = 0.2f, GoBackwards = true }],
        ["mask"] = () => [new Masking(0), new Lstm(80)],
        ["mask, sequences"] = () => [new Masking(0), new Lstm(80) { ReturnSequences = true, ZeroOutputForMask = true }, new Gru(90) { GoBackwards = true }],
        ["stateful"] = () => [new Lstm(80) { Stateful = true }],
        ["stack"] = () => [new Lstm(80) { ReturnSequences = true, Dropout = 0.1f }, new SimpleRnn(150)],
        ["wide"] = () => [new Lstm(260)],
        ["bidirectional"] = () => [new Bidirectional(new Lstm(80) { ReturnSequences = true }), new Bidirectional(new Gru(90))],
        ["time distributed"] = () => [new Reshaped(), new TimeDistributed(new Lstm(80)), new Flatten()],
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Losses_weights_and_predictions_keep_every_bit(string name)
    {
        const int Samples = 20, TimeSteps = 150, Features = 3;
        int batchSize = name == "stateful" ? 10 : 20;
        ShortTraining.AssertSame(
            ShortTraining.Run(Models[name], Samples, TimeSteps, Features, recompute: false, batchSize),
            ShortTraining.Run(Models[name], Samples, TimeSteps, Features, recompute: true, batchSize));
    }

    [Fact]
    public void States_and_their_gradients_keep_every_bit()
    {
        const int Rows = 18, TimeSteps = 140, Features = 3, Units = 85;
        var layer = new Lstm(Units) { ReturnSequences = true, ReturnState = true, RecurrentDropout = 0.1f };
        TensorBuffer[] inputs = [Draw(1, Rows, TimeSteps, Features), Draw(2, Rows, Units), Draw(3, Rows, Units)];
        layer.Build([.. inputs.Select(input => new Shape(input.Axes))], new RandomKey(4));
        var results = new List<float[]>();
        foreach (bool recompute in new[] { false, true })
        {
            var call = new LayerCall(layer) { Training = true, KeepForBackward = true, Recompute = recompute, Random = new RandomKey(5) };
            foreach (Weight weight in layer.Weights) { weight.Gradient.Clear(); }
            call.Forward(inputs);
            int seed = 6;
            foreach (TensorBuffer gradient in call.PrepareOutputGradients()) { new RandomKey(seed++).FillUniform(gradient.Span); }
            TensorBuffer[] dInputs = [new(0), new(0), new(0)];
            call.Backward(dInputs);
            IEnumerable<TensorBuffer> all = [.. call.Outputs, .. dInputs, .. layer.Weights.Select(weight => weight.Gradient)];
            results.Add([.. all.SelectMany(buffer => buffer.Span.ToArray())]);
        }

        Assert.All(results[0], value => Assert.True(float.IsFinite(value)));
        Assert.Equal(results[0], results[1]);
    }

    [Theory]
    [InlineData("lstm")]
    [InlineData("bidirectional")]
    [InlineData("both dropouts")]
    [InlineData("mask")]
    public void A_long_sequence_takes_a_twentieth_of_the_memory(string kind)
    {
        const int TimeSteps = 60_000, Units = 16;
        Func<Layer[]> layers = kind switch
        {
            "bidirectional" => () => [new Bidirectional(new Lstm(Units))],
            "both dropouts" => () => [new Lstm(Units) { Dropout = 0.1f, RecurrentDropout = 0.1f }],
            "mask" => () => [new Masking(-1), new Gru(2 * Units)],
            _ => () => [new Lstm(Units)],
        };
        long all = Bytes(recompute: false), few = Bytes(recompute: true);
        Assert.True(all >= 20 * few, $"{all} bytes without and {few} with recomputation");

        // What a training allocates is buffers that stay; the batch's copy of the data (and its mask) is not recomputation's to save.
        long Bytes(bool recompute)
        {
            using Workers.Solo alone = Workers.OnThisThread();
            var x = new float[TimeSteps];
            new RandomKey(3).FillUniform(x);
            NumericArray samples = NumericArray.Create(x, 1, TimeSteps, 1);
            var model = new Sequential([new Input(Shape.Unknown, 1), .. layers(), new Dense(1)]) { Seed = 1 };
            model.Compile(new Adam(), Loss.MeanSquaredError);
            model.Fit(NumericArray.Create(new float[40], 1, 40, 1), new float[1], new FitOptions { Recompute = recompute });
            long before = GC.GetAllocatedBytesForCurrentThread();
            model.Fit(samples, new float[1], new FitOptions { Recompute = recompute });
            long data = (kind == "mask" ? 2 : 1) * TimeSteps * sizeof(float);
            return GC.GetAllocatedBytesForCurrentThread() - before - data;
        }
    }

    [Fact]
    public void A_step_allocates_nothing_once_its_buffers_exist()
    {
        using Workers.Solo alone = Workers.OnThisThread();
        var layer = new Bidirectional(new Lstm(80) { Dropout = 0.1f, RecurrentDropout = 0.1f });
        TensorBuffer x = Draw(1, 18, 100, 3);
        layer.Build([new Shape(x.Axes)], new RandomKey(4));
        var mask = new Mask(18, 100);
        mask.Span.Clear();
        for (int row = 0; row < 18; row++) { mask.Span.Slice(row * 100, 3 * row).Fill(1); }
        var call = new LayerCall(layer) { Training = true, KeepForBackward = true, Recompute = true, Random = new RandomKey(5), Mask = mask };
        var dx = new TensorBuffer(0);
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 5; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            call.Forward(x);
            call.PrepareOutputGradients()[0].Span.Fill(1);
            call.Backward(dx);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    private static TensorBuffer Draw(int seed, params ReadOnlySpan<int> axes)
    {
        var buffer = new TensorBuffer(axes);
        new RandomKey(seed).FillUniform(buffer.Span);
        return buffer;
    }

    /// <summary>(batch, time, features) → (batch, 1, time, features): sequences of sequences.</summary>
    private sealed class Reshaped : Layer
    {
        public override Shape OutputShape(Shape input) => new(input[0], 1, input[1], input[2]);

        protected internal override void Forward(LayerCall call) => call.Output.CopyFrom(call.Input.Span);

        protected internal override void Backward(LayerCall call) => call.InputGradient?.CopyFrom(call.OutputGradient.Span);
    }
}
