using Engram.Data;
using Engram.Inspection;
using Engram.Layers;
using Engram.Models;

namespace Engram.Tests.Inspection;

/// <summary>Which layers a trace has, under which names, in models of every form; and sequences of different lengths.</summary>
public sealed class TracedModelTests
{
    private const int Rows = 3, Steps = 5, Features = 2;

    [Fact]
    public void Every_recurrent_layer_is_there_by_its_path()
    {
        var encoder = new Sequential(new Input(Steps, Features), new Lstm(3) { ReturnSequences = true, Name = "inner" }, new Dense(Features)) { Name = "encoder" };
        var input = new Input(Steps, Features);
        var shared = new Gru(4) { ReturnSequences = true, Name = "shared" };
        SymbolicTensor encoded = encoder.Apply(input);
        SymbolicTensor first = shared.Apply(input), second = shared.Apply(encoded);
        SymbolicTensor both = new Bidirectional(new SimpleRnn(2) { ReturnSequences = true }) { Name = "both" }.Apply(new Concatenate().Apply(first, second));
        SymbolicTensor stack = new Rnn(new LstmCell(3) { Name = "low" }, new GruCell(5) { Name = "high" }) { Name = "stack", ReturnSequences = true }.Apply(both);
        SymbolicTensor each = new TimeDistributed(new Sequential(new Input(5, 1), new Lstm(2) { Name = "deep" }) { Name = "small" }) { Name = "each" }.Apply(new Reshape(Steps, 5, 1).Apply(stack));
        var model = new Model([input], [each]) { Seed = 2 };
        GateTrace trace = model.Trace(Drawn(Rows, Steps, Features));
        Assert.Equal(
            ["encoder/inner", "shared", "shared#2", "both/forward_simple_rnn", "both/backward_simple_rnn", "stack/low", "stack/high", "each/small/deep"],
            trace.Layers.Select(layer => layer.Name).OrderBy(name => Array.IndexOf(
                ["encoder/inner", "shared", "shared#2", "both/forward_simple_rnn", "both/backward_simple_rnn", "stack/low", "stack/high", "each/small/deep"], name)));
        Assert.Equal(Rows * Steps, trace["deep"].Rows);
        Assert.Equal(5, trace["deep"].TimeSteps);
        Assert.Equal(("LSTM", "GRU"), (trace["low"].Kind, trace["high"].Kind));
        Assert.NotEqual(trace["shared"].HiddenState.Values.ToArray(), trace["shared#2"].HiddenState.Values.ToArray());
    }

    [Fact]
    public void The_layers_above_the_first_of_a_backward_stack_are_in_the_order_of_time_too()
    {
        var stack = new Rnn(new GruCell(3) { Name = "low" }, new GruCell(4) { Name = "high" }) { GoBackwards = true, ReturnSequences = true };
        var model = new Sequential(new Input(Steps, Features), new Masking(9), stack) { Seed = 4 };
        float[,,] x = Drawn(Rows, Steps, Features);
        (x[1, 4, 0], x[1, 4, 1]) = (9, 9);
        GateTrace trace = model.Trace(x);
        Assert.All(trace.Layers, layer => Assert.Equal(ReadingDirection.Backward, layer.Direction));
        System.Numerics.Tensors.Tensor<float> y = model.Predict(x); // in the order of reading
        LayerTrace high = trace["high"];
        for (int t = 0; t < Steps; t++)
        {
            Assert.Equal(t != 4, high.IsData(1, t));
            Assert.Equal(t == 4, float.IsNaN(high.UpdateGate[1, t, 0]));
            for (int u = 0; u < 4; u++) { Assert.Equal(y[0, Steps - 1 - t, u], high.HiddenState[0, t, u]); }
        }
    }

    [Fact]
    public void A_cell_of_ones_own_shows_what_it_puts_out()
    {
        var model = new Sequential(new Input(Steps, Features), new Masking(9), new Rnn(new Counter { Name = "counter" }) { Name = "rnn" });
        var x = new float[1, Steps, Features];
        for (int t = 0; t < Steps; t++) { (x[0, t, 0], x[0, t, 1]) = t == 2 ? (9, 9) : (t + 1, 0); }
        LayerTrace trace = model.Trace(x).Layers.Single();
        Assert.Equal("rnn/counter", trace.Name);
        Assert.Equal(["output", "state_0"], trace.Series);
        Assert.Equal([2, 6, float.NaN, 14, 24], trace["output"].Unit(0, 0));
        Assert.Equal([1, 3, 3, 7, 12], trace["state_0"].Unit(0, 0));
        Assert.Contains("it has output, state_0", Assert.Throws<EngramException>(() => trace.HiddenState).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sequences_of_different_lengths_are_each_as_if_alone()
    {
        int[] lengths = [4, 7, 2, 6];
        float[][] tokens = [.. lengths.Select((length, row) => Enumerable.Range(0, length).Select(t => (float)((t + (3 * row)) % 9)).ToArray())];
        var model = new Sequential(new Input([Shape.Unknown]), new Embedding(9, 3), new Bidirectional(new Lstm(4) { ReturnSequences = true }), new Gru(3)) { Seed = 12 };
        foreach (SequenceEnd padding in Enum.GetValues<SequenceEnd>())
        {
            GateTrace trace = model.Trace(new RaggedSequences(tokens) { Padding = padding });
            for (int row = 0; row < lengths.Length; row++)
            {
                var alone = new float[1, lengths[row]];
                for (int t = 0; t < lengths[row]; t++) { alone[0, t] = tokens[row][t]; }
                GateTrace expected = model.Trace(alone);
                int first = padding == SequenceEnd.Pre ? 7 - lengths[row] : 0;
                foreach ((LayerTrace one, LayerTrace all) in expected.Layers.Zip(trace.Layers))
                {
                    Assert.Equal((4, 7), (all.Rows, all.TimeSteps));
                    for (int t = 0; t < 7; t++)
                    {
                        bool isData = t >= first && t < first + lengths[row];
                        Assert.Equal(isData, all.IsData(row, t));
                        foreach (string name in all.Series)
                        {
                            if (isData) { Assert.Equal(one[name].Step(0, t - first).ToArray(), all[name].Step(row, t).ToArray()); }
                            else if (!name.EndsWith("_state", StringComparison.Ordinal)) { Assert.All(all[name].Step(row, t).ToArray(), value => Assert.True(float.IsNaN(value))); }
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void A_stateful_layer_goes_on()
    {
        var model = new Sequential(new Input(Steps, Features), new Lstm(3) { Stateful = true }) { Seed = 1 };
        float[,,] x = Drawn(Rows, Steps, Features);
        float[] once = model.Trace(x).Layers[0].HiddenState.Values.ToArray();
        Assert.NotEqual(once, model.Trace(x).Layers[0].HiddenState.Values.ToArray());
        model.ResetState();
        Assert.Equal(once, model.Trace(x).Layers[0].HiddenState.Values.ToArray());
    }

    /// <summary>Adds up its first feature, and puts out twice the sum.</summary>
    private sealed class Counter : RnnCell
    {
        public override IReadOnlyList<int> StateWidths => [1];

        protected internal override void Forward(LayerCall call)
        {
            for (int row = 0; row < call.Input[0]; row++)
            {
                float sum = call.Inputs[1].Span[row] + call.Input.Span[row * call.Input[1]];
                (call.Outputs[0].Span[row], call.Outputs[1].Span[row]) = (2 * sum, sum);
            }
        }

        protected internal override void Backward(LayerCall call) => throw new NotSupportedException();
    }

    private static float[,,] Drawn(int rows, int steps, int features)
    {
        var x = new float[rows, steps, features];
        for (int i = 0; i < x.Length; i++) { x[i / (steps * features), i / features % steps, i % features] = (float)(0.6 * new RandomKey(77).Normal((ulong)i)); }
        return x;
    }
}
