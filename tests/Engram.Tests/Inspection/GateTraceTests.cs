using System.Text.Json;
using Engram.Cells;
using Engram.Cells.Reference;
using Engram.Inspection;
using Engram.Layers;
using Engram.Models;
using Engram.Tests.Cells;
using Engram.Tests.Layers;
using Xunit.Abstractions;

namespace Engram.Tests.Inspection;

/// <summary>Traced gates and states against the scalar cells in double precision, whose outputs are Keras' to 1e-12.</summary>
public sealed class GateTraceTests(ITestOutputHelper output)
{
    private const int Rows = 5, Steps = 7, Features = 3, Units = 4;

    [Fact]
    public void Gates_and_states_are_the_scalar_cells_in_every_golden_case()
    {
        int cases = 0;
        foreach (GoldenCase golden in Fixtures.Open("layers").Cases.Where(ReferenceCellTests.IsRecurrent))
        {
            if (golden.Entry.GetProperty("stateful_second_call").GetBoolean()) { continue; }
            JsonElement config = golden.Entry.GetProperty("config");
            ReferenceCall<double> reference = ReferenceCellTests.Call(
                golden, config, golden.Arrays.Find("initial_state.0")?.ToDoubles(), golden.Arrays.Find("initial_state.1")?.ToDoubles());
            var layer = (Recurrent)LayerFactory.Create(golden.Entry.GetProperty("layer").GetString()!, golden)!;
            TensorBuffer[] inputs = GoldenLayer.Inputs(golden);
            layer.Build([.. inputs.Select(input => new Shape(input.Axes))], new RandomKey(1));
            GoldenLayer.LoadWeights(golden, layer);
            var call = new LayerCall(layer) { KeepForBackward = true };
            Mask?[] masks = GoldenLayer.Masks(golden, inputs.Length);
            for (int k = 0; k < masks.Length; k++) { call.SetMask(k, masks[k]); }
            call.Forward(inputs);

            // Hundreds of steps of a simple RNN spread a rounding error a hundredfold.
            double tolerance = golden.Name switch { "simplernn_long" => 5e-4, "lstm_long" or "gru_long" => 2e-5, _ => 3e-6 };
            Compare(layer, Forward(layer, reference), ((ITracedLayer)layer).Trace(call), tolerance, golden.Name);
            cases++;
        }

        output.WriteLine($"{cases} golden cases, every gate and state of every step");
        Assert.True(cases > 80);
    }

    public static TheoryData<string, string> Directions
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string kind in (string[])["lstm", "gru", "gru before", "rnn"])
            {
                foreach (string masked in (string[])["none", "end", "start", "holes"]) { data.Add(kind, masked); }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Directions))]
    public void Both_directions_are_traced_in_the_order_of_time(string kind, string masked)
    {
        var both = new Bidirectional(Create(kind, true)) { Name = "both" };
        var model = new Sequential(new Input(Steps, Features), new Masking(9), both, new Dense(2)) { Seed = 8 };
        model.Build();
        foreach (Weight weight in model.Weights) { weight.Value.CopyFrom(Numbers(weight.Value.Length, weight.Value.Length)); }
        (float[,,] x, byte[] mask) = Masked(masked);

        GateTrace trace = model.Trace(x);

        Assert.Equal(2, trace.Layers.Count);
        Assert.Equal([ReadingDirection.Forward, ReadingDirection.Backward], trace.Layers.Select(layer => layer.Direction));
        foreach ((LayerTrace layer, SequenceLayer inner) in trace.Layers.Zip([both.ForwardLayer, both.BackwardLayer]))
        {
            Assert.Equal($"both/{inner.Name}", layer.Name);
            Assert.Equal((Rows, Steps, Units), (layer.Rows, layer.TimeSteps, layer.Units));
            Assert.Same(layer, trace[inner.Name]);
            ReferenceCall<double> reference = Reference((Recurrent)inner, x, mask);
            Compare(
                (Recurrent)inner, Forward((Recurrent)inner, reference),
                [.. layer.Series.Select(name => new TracedArray(name, layer.Units, layer[name].Values.ToArray()))], 2e-6, layer.Name);
            for (int row = 0; row < Rows; row++)
            {
                for (int t = 0; t < Steps; t++) { Assert.Equal(mask[(row * Steps) + t] != 0, layer.IsData(row, t)); }
            }
        }
    }

    [Fact]
    public void Accessors_have_the_series_and_clear_errors()
    {
        LayerTrace lstm = One(new Lstm(Units)), gru = One(new Gru(Units)), rnn = One(new SimpleRnn(Units));
        Assert.Equal(["input_gate", "forget_gate", "candidate", "output_gate", "cell_state", "hidden_state"], lstm.Series);
        Assert.Equal(["update_gate", "reset_gate", "candidate", "hidden_state"], gru.Series);
        Assert.Equal(["hidden_state"], rnn.Series);
        GateSeries[] accessors = [lstm.InputGate, lstm.ForgetGate, lstm.Candidate, lstm.OutputGate, lstm.CellState, lstm.HiddenState];
        Assert.Equal(lstm.Series, accessors.Select(series => series.Name));
        Assert.Equal(["update_gate", "reset_gate"], new[] { gru.UpdateGate.Name, gru.ResetGate.Name });
        Assert.Equal([true, true, false, true, false, false], accessors.Select(series => series.IsGate));

        string message = Assert.Throws<EngramException>(() => gru.ForgetGate).Message;
        Assert.Equal("gru: a layer of kind GRU has no forget_gate; it has update_gate, reset_gate, candidate, hidden_state.", message);
        Assert.Contains("there are lstm", Assert.Throws<EngramException>(() => new GateTrace([lstm])["gru"]).Message, StringComparison.Ordinal);
        Assert.Contains($"{Units} units, 0 to {Units - 1}", Assert.Throws<ArgumentOutOfRangeException>(() => lstm.CellState[0, 0, Units]).Message, StringComparison.Ordinal);
        Assert.Contains($"{Steps} steps", Assert.Throws<ArgumentOutOfRangeException>(() => lstm.CellState[0, -1, 0]).Message, StringComparison.Ordinal);
        Assert.Contains($"{Rows} rows", Assert.Throws<ArgumentOutOfRangeException>(() => lstm.CellState.Unit(Rows, 0)).Message, StringComparison.Ordinal);
        Assert.Equal(lstm.CellState[2, 3, 1], lstm.CellState.Unit(2, 1)[3]);
        Assert.Equal(lstm.CellState[2, 3, 1], lstm.CellState.Step(2, 3)[1]);
        Assert.Equal(lstm.CellState[2, 3, 1], lstm.CellState.ToTensor()[2, 3, 1]);

        var dense = new Sequential(new Input(Steps, Features), new Dense(2));
        Assert.Contains("has no recurrent layer", Assert.Throws<EngramException>(() => dense.Trace(new float[Rows, Steps, Features])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_pays_for_a_trace_that_is_not_asked_for()
    {
        var model = new Sequential(new Input(Steps, Features), new Lstm(Units) { ReturnSequences = true }, new Gru(Units), new Dense(2)) { Seed = 3 };
        float[,,] x = Drawn();
        float[] before = Flat(model.Predict(x));
        long allocatedBefore = Allocated(() => model.Predict(x));
        GateTrace trace = model.Trace(x);
        Assert.Equal(allocatedBefore, Allocated(() => model.Predict(x)));
        Assert.Equal(before, Flat(model.Predict(x)));
        Assert.Equal(trace.Layers[1].HiddenState.Values.ToArray(), model.Trace(x).Layers[1].HiddenState.Values.ToArray());

        // A pass by itself allocates nothing, and one that does not keep its steps has nothing to trace.
        var layer = (Recurrent)model.Layers[0];
        var call = new LayerCall(layer);
        var input = new TensorBuffer(Rows, Steps, Features);
        call.Forward(input);
        Assert.Equal(0, Allocated(() => call.Forward(input)));
        Assert.Throws<InvalidOperationException>(() => ((ITracedLayer)layer).Trace(call));
    }

    private static long Allocated(Action action)
    {
        action();
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 8; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    private static LayerTrace One(Recurrent layer) => new Sequential(new Input(Steps, Features), layer).Trace(Drawn()).Layers.Single();

    private static Recurrent Create(string kind, bool returnSequences) => kind switch
    {
        "lstm" => new Lstm(Units) { ReturnSequences = returnSequences },
        "gru" => new Gru(Units) { ReturnSequences = returnSequences },
        "gru before" => new Gru(Units) { ResetAfter = false, ReturnSequences = returnSequences },
        _ => new SimpleRnn(Units) { ReturnSequences = returnSequences },
    };

    private static ReferenceTrace<double> Forward(Recurrent layer, ReferenceCall<double> call) => layer switch
    {
        Lstm => ReferenceLstm.Forward(call),
        Gru => ReferenceGru.Forward(call),
        _ => ReferenceSimpleRnn.Forward(call),
    };

    private static ReferenceCall<double> Reference(Recurrent layer, float[,,] x, byte[] mask) => new()
    {
        Rows = Rows,
        TimeSteps = Steps,
        Features = Features,
        Units = Units,
        X = [.. x.Cast<float>().Select(value => (double)value)],
        Mask = mask,
        GoBackwards = layer.GoBackwards,
        Kernel = Doubles(layer.Weights[0]),
        RecurrentKernel = Doubles(layer.Weights[1]),
        Bias = Doubles(layer.Weights[2]),
        ResetAfter = layer is not Gru { ResetAfter: false },
    };

    private static void Compare(Recurrent layer, ReferenceTrace<double> reference, IReadOnlyList<TracedArray> arrays, double tolerance, string what)
    {
        string[] gates = layer switch { Lstm => ["input_gate", "forget_gate", "candidate", "output_gate"], Gru => ["update_gate", "reset_gate", "candidate"], _ => [] };
        string[] states = layer is Lstm ? ["cell_state", "hidden_state"] : ["hidden_state"];
        Assert.Equal([.. gates, .. states], arrays.Select(array => array.Name));
        ReferenceCall<double> call = reference.Call;
        foreach (TracedArray array in arrays)
        {
            var expected = new double[array.Values.Length];
            int gate = Array.IndexOf(gates, array.Name);
            for (int row = 0; row < call.Rows; row++)
            {
                for (int step = 0; step < call.TimeSteps; step++)
                {
                    int time = call.GoBackwards ? call.TimeSteps - 1 - step : step;
                    bool isData = call.Mask is null || call.Mask[(row * call.TimeSteps) + time] != 0;
                    for (int u = 0; u < call.Units; u++)
                    {
                        int from = ((row * call.TimeSteps) + step) * call.Units;
                        expected[(((row * call.TimeSteps) + time) * call.Units) + u] =
                            gate >= 0 ? isData ? reference.Gates[(from * gates.Length) + (gate * call.Units) + u] : double.NaN
                            : array.Name == "cell_state" ? reference.C[from + u] : reference.H[from + u];
                    }
                }
            }

            Golden.AssertClose(expected, array.Values, tolerance, $"{what}: {array.Name}");
        }
    }

    private static (float[,,] X, byte[] Mask) Masked(string where)
    {
        float[,,] x = Drawn();
        byte[] mask = [.. Enumerable.Repeat((byte)1, Rows * Steps)];
        for (int row = 0; row < Rows; row++)
        {
            for (int t = 0; t < Steps; t++)
            {
                bool masked = where switch { "end" => t >= 3 + row, "start" => t < row, "holes" => (t + row) % 3 == 0, _ => false };
                if (!masked) { continue; }
                mask[(row * Steps) + t] = 0;
                for (int f = 0; f < Features; f++) { x[row, t, f] = 9; }
            }
        }

        return (x, mask);
    }

    private static float[,,] Drawn()
    {
        var x = new float[Rows, Steps, Features];
        Buffer.BlockCopy(Numbers(x.Length, 77), 0, x, 0, x.Length * sizeof(float));
        return x;
    }

    private static float[] Flat(System.Numerics.Tensors.Tensor<float> tensor)
    {
        var values = new float[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return values;
    }

    private static double[] Doubles(Weight weight) => [.. weight.Value.Span.ToArray().Select(value => (double)value)];

    private static float[] Numbers(int count, long seed) => [.. Enumerable.Range(0, count).Select(i => (float)(0.6 * new RandomKey(seed).Normal((ulong)i)))];
}
