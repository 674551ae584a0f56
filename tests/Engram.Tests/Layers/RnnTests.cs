using Engram.Inference;
using Engram.Layers;
using Engram.Models;

namespace Engram.Tests.Layers;

/// <summary>Cells over sequences: the fast way against the same cells step by step.</summary>
public sealed class RnnTests
{
    private const int Rows = 4, Steps = 6, Features = 5;

    [Theory]
    [InlineData(false, false, false, false)]
    [InlineData(true, false, true, false)]
    [InlineData(true, true, false, true)]
    [InlineData(false, true, true, true)]
    public void A_stack_gives_the_same_step_by_step_and_layer_by_layer(bool sequences, bool backwards, bool zero, bool masked)
    {
        SequenceOptions options = new(sequences, ReturnState: true, backwards, Stateful: false, zero);
        var fast = new Rnn(Stack()) { Options = options };
        StackedRnnCells stack = Stack();
        stack.Build(stack.StepShapes(Rows, Features), new RandomKey(9));
        var slow = new StepByStep(stack) { Options = options };
        List<float[]> expected = Run(slow, masked), actual = Run(fast, masked, slow.Weights);
        Assert.Equal(expected.Count, actual.Count);
        for (int k = 0; k < expected.Count; k++)
        {
            Golden.AssertClose([.. expected[k].Select(value => (double)value)], actual[k], 1e-6, $"array {k}");
        }
    }

    public static TheoryData<string> Pairs() => [.. CellsAndLayers.Keys];

    private static readonly Dictionary<string, (Func<RnnCell> Cell, Func<Recurrent> Layer)> CellsAndLayers = new()
    {
        ["Lstm"] = (() => new LstmCell(3) { RecurrentActivation = Activations.HardSigmoid },
            () => new Lstm(3) { ReturnSequences = true, ReturnState = true, RecurrentActivation = Activations.HardSigmoid }),
        ["Gru"] = (() => new GruCell(3) { ResetAfter = false }, () => new Gru(3) { ReturnSequences = true, ReturnState = true, ResetAfter = false }),
        ["SimpleRnn"] = (() => new SimpleRnnCell(3) { UseBias = false }, () => new SimpleRnn(3) { ReturnSequences = true, ReturnState = true, UseBias = false }),
        ["SLstm"] = (() => new SLstmCell(6) { Heads = 2, UnitForgetBias = false },
            () => new SLstm(6) { ReturnSequences = true, ReturnState = true, Heads = 2, UnitForgetBias = false }),
        ["SLstm relu"] = (() => new SLstmCell(3) { Activation = Activations.Relu },
            () => new SLstm(3) { ReturnSequences = true, ReturnState = true, Activation = Activations.Relu }),
        ["LayerNormLstm"] = (() => new LayerNormLstmCell(3) { Epsilon = 0.02f, RecurrentActivation = Activations.HardSigmoid },
            () => new LayerNormLstm(3) { ReturnSequences = true, ReturnState = true, Epsilon = 0.02f, RecurrentActivation = Activations.HardSigmoid }),
        ["LayerNormLstm without bias"] = (() => new LayerNormLstmCell(3) { UseBias = false },
            () => new LayerNormLstm(3) { ReturnSequences = true, ReturnState = true, UseBias = false }),
        ["MinimalGatedUnit"] = (() => new MinimalGatedCell(3) { RecurrentActivation = Activations.HardSigmoid },
            () => new MinimalGatedUnit(3) { ReturnSequences = true, ReturnState = true, RecurrentActivation = Activations.HardSigmoid }),
    };

    // Over sequences the cell runs as the layer does; step by step each step is a sequence of one, which adds the gradients in another order.
    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_cell_is_its_layer_to_the_last_bit(string kind)
    {
        (Func<RnnCell> cell, Func<Recurrent> create) = CellsAndLayers[kind];
        Recurrent layer = create();
        layer.Build([new Shape(Rows, Steps, Features)], new RandomKey(4));
        for (int i = 0; i < layer.Weights.Count; i++) { Fill(layer.Weights[i].Value, 50 + i); }
        var rnn = new Rnn(cell()) { ReturnSequences = true, ReturnState = true };
        List<float[]> expected = Run(layer, masked: true), actual = Run(rnn, masked: true, layer.Weights);
        Assert.Equal(expected.Count, actual.Count);
        for (int k = 0; k < expected.Count; k++) { Assert.Equal(expected[k], actual[k]); }
        Assert.Equal(layer.Weights.Select(weight => weight.Name.Split('/')[^1]), rnn.Weights.Select(weight => weight.Name.Split('/')[^1]));

        RnnCell single = cell();
        single.Build(single.StepShapes(Rows, Features), new RandomKey(4));
        var steps = new StepByStep(single) { ReturnSequences = true, ReturnState = true };
        actual = Run(steps, masked: true, layer.Weights);
        for (int k = 0; k <= layer.StateCount; k++) { Assert.Equal(expected[k], actual[k]); }
        for (int k = layer.StateCount + 1; k < expected.Count; k++)
        {
            Golden.AssertClose([.. expected[k].Select(value => (double)value)], actual[k], 2e-6, $"array {k}");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stateful_layer_continues(bool stepByStep)
    {
        StackedRnnCells stack = Stack();
        stack.Build(stack.StepShapes(Rows, Features), new RandomKey(9));
        SequenceLayer stateful = Over(stack, stepByStep, stateful: true), whole = Over(stack, stepByStep, stateful: false);
        TensorBuffer x = Drawn(Rows, Steps, Features);
        float[] expected = Output(whole, x);
        var first = new TensorBuffer(Rows, 2, Features);
        var second = new TensorBuffer(Rows, Steps - 2, Features);
        for (int row = 0; row < Rows; row++)
        {
            x.Span.Slice(row * Steps * Features, 2 * Features).CopyTo(first.Span[(row * 2 * Features)..]);
            x.Span.Slice(((row * Steps) + 2) * Features, (Steps - 2) * Features).CopyTo(second.Span[(row * (Steps - 2) * Features)..]);
        }

        for (int again = 0; again < 2; again++)
        {
            Output(stateful, first);
            Assert.Equal(expected, Output(stateful, second));
            stateful.ResetState();
        }
    }

    [Theory]
    [InlineData(MergeMode.Concat)]
    [InlineData(MergeMode.Multiply)]
    public void Both_directions_have_cells_of_their_own(MergeMode merge)
    {
        var layer = new Bidirectional(new Rnn(new LstmCell(3), new OwnCell(2)) { ReturnSequences = true }) { MergeMode = merge };
        GradientReport report = GradientCheck.Run(
            layer, [new Shape(2, 4, 3)], new GradientCheckOptions { Mask = MaskOf(2, 4) });
        Assert.True(report.Passed, report.ToString());
        Assert.Equal(8, layer.Weights.Count);
        Assert.Equal("forward_rnn/stacked_rnn_cells/lstm_cell/kernel", layer.Weights[0].Name);
    }

    [Fact]
    public void Every_time_step_may_be_a_sequence()
    {
        var inner = new Rnn(new OwnCell(3));
        GradientReport report = GradientCheck.Run(new TimeDistributed(inner), [new Shape(2, 3, 4, 2)]);
        Assert.True(report.Passed, report.ToString());
    }

    [Fact]
    public void A_session_gives_what_predicting_gives()
    {
        var model = new Sequential(
            new Input(Steps, Features), new Rnn(new GruCell(4), new OwnCell(3), new LstmCell(2)) { ReturnSequences = true }, new Dense(2))
        { Seed = 3 };
        model.Build();
        var x = new float[1, Steps, Features];
        TensorBuffer drawn = Drawn(1, Steps, Features);
        for (int t = 0; t < Steps; t++)
        {
            for (int f = 0; f < Features; f++) { x[0, t, f] = drawn.Span[(t * Features) + f]; }
        }

        float[] expected = [.. model.Predict(x)];
        using LstmSession session = model.OpenSession();
        foreach (Weight weight in model.Weights) { weight.Value.Clear(); } // a session keeps the weights it was opened with
        Span<float> y = stackalloc float[2];
        for (int t = 0; t < Steps; t++)
        {
            session.Step(drawn.Span.Slice(t * Features, Features), y);
            Assert.Equal(expected.AsSpan(2 * t, 2).ToArray(), y.ToArray());
        }

        Assert.Equal(3, session.RecurrentLayers);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var cell = new LstmCell(3);
        new Rnn(cell).Build([new Shape(2, 3, 4)], new RandomKey(1));
        EngramException error = Assert.Throws<EngramException>(() => new Rnn(cell) { Name = "second" }.Build([new Shape(2, 3, 4)], new RandomKey(1)));
        Assert.Equal("second: the cell lstm_cell belongs to another layer; give each its own.", error.Message);
        Assert.Throws<ArgumentException>(() => new StackedRnnCells(cell, cell));
        Assert.Throws<ArgumentException>(() => new StackedRnnCells());
        error = Assert.Throws<EngramException>(() => new LstmCell(3).OutputShapes([new Shape(2, 4), new Shape(2, 3)]));
        Assert.Equal("LSTMCell: a step takes its input and 2 states, got 1 states.", error.Message);
        var json = System.Text.Json.Nodes.JsonNode.Parse("""{"name": "r", "cell": {"class_name": "Dense", "config": {"units": 2}}}""")!.AsObject();
        error = Assert.Throws<EngramException>(() => LayerTypes.BuiltIn.Create("RNN", json));
        Assert.Equal("Dense (Dense) is no cell; expected one, for example LSTMCell.", error.Message);
    }

    private static StackedRnnCells Stack() => new(new LstmCell(3), new GruCell(4) { Activation = Activations.Elu() }, new OwnCell(2));

    private static SequenceLayer Over(StackedRnnCells stack, bool stepByStep, bool stateful)
    {
        if (stepByStep) { return new StepByStep(stack) { Stateful = stateful, ReturnSequences = false }; }
        var rnn = new Rnn(Stack()) { Stateful = stateful };
        rnn.Build([new Shape(Rows, Steps, Features)], new RandomKey(1));
        for (int i = 0; i < stack.Weights.Count; i++) { rnn.Weights[i].Value.CopyFrom(stack.Weights[i].Value.Span); }
        return rnn;
    }

    private static float[] Output(SequenceLayer layer, TensorBuffer x)
    {
        var call = new LayerCall(layer);
        call.Forward(x);
        return call.Output.Span.ToArray();
    }

    // Outputs, then the gradients of the inputs (the initial states among them) and of the weights.
    private static List<float[]> Run(SequenceLayer layer, bool masked, IReadOnlyList<Weight>? weights = null)
    {
        TensorBuffer[] inputs = [Drawn(Rows, Steps, Features), .. layer.StateWidths.Select((width, k) => Fill(new TensorBuffer(Rows, width), k + 5))];
        layer.Build([.. inputs.Select(input => new Shape(input.Axes))], new RandomKey(2));
        for (int i = 0; i < (weights?.Count ?? 0); i++) { layer.Weights[i].Value.CopyFrom(weights![i].Value.Span); }
        foreach (Weight weight in layer.Weights) { weight.Gradient.Clear(); }
        var call = new LayerCall(layer) { KeepForBackward = true, Mask = masked ? MaskOf(Rows, Steps) : null };
        call.Forward(inputs);
        IReadOnlyList<TensorBuffer> cotangents = call.PrepareOutputGradients();
        for (int k = 0; k < cotangents.Count; k++) { Fill(cotangents[k], 100 + k); }
        TensorBuffer[] gradients = [.. inputs.Select(_ => new TensorBuffer(0))];
        call.Backward(gradients);
        return
        [
            .. call.Outputs.Select(output => output.Span.ToArray()), .. gradients.Select(gradient => gradient.Span.ToArray()),
            .. layer.Weights.Select(weight => weight.Gradient.Span.ToArray()),
        ];
    }

    // Padding at either end, holes, and in a batch of more than two a row of nothing else.
    private static Mask MaskOf(int rows, int steps)
    {
        var mask = new Mask(rows, steps);
        for (int i = 0; i < mask.Span.Length; i++) { mask.Span[i] = (byte)(i / steps == 2 || (i * 7 % 5) < 2 ? 0 : 1); }
        return mask;
    }

    private static TensorBuffer Drawn(int rows, int steps, int features) => Fill(new TensorBuffer(rows, steps, features), 1);

    private static TensorBuffer Fill(TensorBuffer buffer, long key)
    {
        for (int i = 0; i < buffer.Length; i++) { buffer.Span[i] = (float)new RandomKey(key).Normal((ulong)i); }
        return buffer;
    }

    /// <summary>A cell of one's own: s = tanh(x W) + s' / 2, and the output is s². No output is a state.</summary>
    internal sealed class OwnCell(int units) : RnnCell
    {
        private Weight kernel = null!;

        public override IReadOnlyList<int> StateWidths { get; } = [units];

        protected override void OnBuild(IReadOnlyList<Shape> inputs) =>
            kernel = AddWeight("kernel", [inputs[0].Last, units], Initializers.GlorotUniform);

        protected internal override void Forward(LayerCall call)
        {
            int features = call.Input[1];
            for (int row = 0; row < call.Input[0]; row++)
            {
                for (int u = 0; u < units; u++)
                {
                    float z = 0;
                    for (int f = 0; f < features; f++) { z += call.Input.Span[(row * features) + f] * kernel.Value.Span[(f * units) + u]; }
                    int at = (row * units) + u;
                    float tanh = call.Scratch(0, call.Output.Axes).Span[at] = MathF.Tanh(z);
                    float state = tanh + (0.5f * call.Inputs[1].Span[at]);
                    call.Outputs[1].Span[at] = state;
                    call.Output.Span[at] = state * state;
                }
            }
        }

        protected internal override void Backward(LayerCall call)
        {
            int features = call.Input[1];
            call.InputGradient?.Clear();
            for (int row = 0; row < call.Input[0]; row++)
            {
                for (int u = 0; u < units; u++)
                {
                    int at = (row * units) + u;
                    float tanh = call.Scratch(0, call.Output.Axes).Span[at];
                    float state = tanh + (0.5f * call.Inputs[1].Span[at]); // not the output: of a masked row that is the state before
                    float ds = call.OutputGradients[1].Span[at] + (2 * state * call.OutputGradient.Span[at]);
                    if (call.InputGradients[1] is { } before) { before.Span[at] = 0.5f * ds; }
                    float dz = ds * (1 - (tanh * tanh));
                    for (int f = 0; f < features; f++)
                    {
                        kernel.Gradient.Span[(f * units) + u] += dz * call.Input.Span[(row * features) + f];
                        if (call.InputGradient is { } dx) { dx.Span[(row * features) + f] += dz * kernel.Value.Span[(f * units) + u]; }
                    }
                }
            }
        }
    }
}
