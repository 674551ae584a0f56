using Engram.Inference;
using Engram.Inspection;
using Engram.Layers;
using Engram.Models;

namespace Engram.Tests.Inspection;

/// <summary>The cells that others have added: each step again by hand from the traced states before it, and every state as a session has it.</summary>
public sealed class TracedCellTests
{
    private const int Rows = 3, Steps = 6, Features = 2, Units = 4;

    public static TheoryData<string> Kinds => ["plain", "peepholes", "coupled", "projection", "zoneout", "layer norm", "slstm", "minimal", "gru"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_step_by_hand_gives_the_same(string kind)
    {
        Recurrent layer = Create(kind);
        Sequential model = Model(layer);
        float[,,] x = Drawn();
        LayerTrace trace = model.Trace(x).Layers.Single();
        for (int row = 0; row < Rows; row++)
        {
            for (int t = 0; t < Steps; t++)
            {
                Dictionary<string, double[]> expected = Step(
                    kind, layer, [.. Enumerable.Range(0, Features).Select(f => (double)x[row, t, f])], name => Before(trace, name, row, t));
                Assert.Equal(trace.Series.Order(StringComparer.Ordinal), expected.Keys.Order(StringComparer.Ordinal));
                foreach (string name in trace.Series)
                {
                    Golden.AssertClose(expected[name], trace[name].Step(row, t), 3e-6, $"{name} of row {row} at step {t}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void States_are_a_sessions_to_the_last_bit(string kind)
    {
        Sequential model = Model(Create(kind));
        float[,,] x = Drawn();
        LayerTrace trace = model.Trace(x).Layers.Single();
        string[] states = [.. trace.Series.Where(name => name.EndsWith("_state", StringComparison.Ordinal)).OrderBy(name => name != "hidden_state")];
        using LstmSession session = model.OpenSession(Rows);
        var y = new float[Rows * session.OutputWidth];
        for (int t = 0; t < Steps; t++)
        {
            session.Step([.. Enumerable.Range(0, Rows * Features).Select(i => x[i / Features, t, i % Features])], y);
            for (int row = 0; row < Rows; row++)
            {
                // A session has h, and beside it the other states of a row side by side.
                GateSeries hidden = trace.HiddenState;
                Assert.Equal(session.State(0).Slice(row * hidden.Units, hidden.Units).ToArray(), hidden.Step(row, t).ToArray());
                int others = (states.Length - 1) * Units;
                if (others == 0) { continue; }
                Assert.Equal(session.State(0, 1).Slice(row * others, others).ToArray(), states[1..].SelectMany(name => trace[name].Step(row, t).ToArray()));
            }
        }
    }

    [Fact]
    public void The_gates_of_an_mLSTM_are_those_of_its_steps()
    {
        const int Heads = 2;
        var layer = new MLstm(Units) { Heads = Heads, ReturnSequences = true };
        Sequential model = Model(layer);
        float[,,] x = Drawn();
        LayerTrace trace = model.Trace(x).Layers.Single();
        Assert.Equal(["input_gate", "forget_gate", "output_gate", "stabilizer_state", "hidden_state"], trace.Series);
        Assert.Equal([Heads, Heads, Units, Heads, Units], trace.Series.Select(name => trace[name].Units));
        using LstmSession session = model.OpenSession(Rows);
        var y = new float[Rows * Units];
        for (int t = 0; t < Steps; t++)
        {
            session.Step([.. Enumerable.Range(0, Rows * Features).Select(i => x[i / Features, t, i % Features])], y);
            for (int row = 0; row < Rows; row++)
            {
                Golden.AssertClose(Doubles(y.AsSpan(row * Units, Units)), trace.HiddenState.Step(row, t), 3e-6, "what is put out");
                double[] z = Sum(Product([.. Enumerable.Range(0, Features).Select(f => (double)x[row, t, f])], layer.Weights[0]), Doubles(layer.Weights[1].Value.Span));
                for (int head = 0; head < Heads; head++)
                {
                    double i = z[(4 * Units) + head], f = z[(4 * Units) + Heads + head];
                    double before = t == 0 ? double.NegativeInfinity : trace["stabilizer_state"][row, t - 1, head];
                    double carried = Math.Log(Sigmoid(f)) + before, m = Math.Max(carried, i);
                    Golden.AssertClose([m, Math.Exp(i - m), Math.Exp(carried - m)], [trace["stabilizer_state"][row, t, head], trace.InputGate[row, t, head], trace.ForgetGate[row, t, head]], 3e-6, "m, i, f");
                }

                for (int u = 0; u < Units; u++) { Golden.AssertClose([Sigmoid(z[(3 * Units) + u])], [trace.OutputGate[row, t, u]], 3e-6, "o"); }
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_convolutional_LSTM_has_a_unit_for_each_filter_at_each_place(bool backwards)
    {
        const int Places = 5, Channels = 2, Filters = 3;
        var layer = new ConvLstm1D(Filters, 3) { Padding = ConvolutionPadding.Same, ReturnSequences = true, GoBackwards = backwards };
        layer.Build([new Shape(Rows, Steps, Places, Channels)], new RandomKey(4));
        var mask = new Mask(Rows, Steps);
        mask.Span.Fill(1);
        mask.Span[2] = 0;
        var call = new LayerCall(layer) { KeepForBackward = true, Mask = mask };
        var x = new TensorBuffer(Rows, Steps, Places, Channels);
        x.CopyFrom(Numbers(x.Length, 5));
        call.Forward(x);
        GateTrace trace = TraceReader.Read(new Sequential(), [call], null);
        LayerTrace one = trace.Layers.Single();
        Assert.Equal((Rows, Steps, Places * Filters), (one.Rows, one.TimeSteps, one.Units));
        Assert.Equal(backwards ? ReadingDirection.Backward : ReadingDirection.Forward, one.Direction);
        for (int row = 0; row < Rows; row++)
        {
            for (int t = 0; t < Steps; t++)
            {
                int before = backwards ? t + 1 : t - 1;
                bool isData = one.IsData(row, t);
                Assert.Equal(row != 0 || t != 2, isData);
                for (int u = 0; u < one.Units; u++)
                {
                    float cBefore = before is >= 0 and < Steps ? one.CellState[row, before, u] : 0, c = one.CellState[row, t, u];
                    Assert.Equal(!isData, float.IsNaN(one.ForgetGate[row, t, u]));
                    if (isData)
                    {
                        Assert.Equal((one.ForgetGate[row, t, u] * (double)cBefore) + (one.InputGate[row, t, u] * (double)one.Candidate[row, t, u]), c, 1e-6);
                        Assert.Equal(one.OutputGate[row, t, u] * Math.Tanh(c), one.HiddenState[row, t, u], 1e-6);
                    }
                    else { Assert.Equal(cBefore, c); }

                    int at = backwards ? Steps - 1 - t : t;
                    Assert.Equal(call.Output.Span[(((row * Steps) + at) * one.Units) + u], one.HiddenState[row, t, u]);
                }
            }
        }
    }

    private static Dictionary<string, double[]> Step(string kind, Recurrent layer, double[] x, Func<string, double[]> before)
    {
        double[] h0 = before("hidden_state");
        if (kind == "gru")
        {
            double[] bias = Doubles(layer.Weights[2].Value.Span), a = Sum(Product(x, layer.Weights[0]), bias[..(3 * Units)]), b = Sum(Product(h0, layer.Weights[1]), bias[(3 * Units)..]);
            double[] z = Each(u => Sigmoid(a[u] + b[u])), r = Each(u => Sigmoid(a[Units + u] + b[Units + u])), g = Each(u => Math.Tanh(a[(2 * Units) + u] + (r[u] * b[(2 * Units) + u])));
            return new() { ["update_gate"] = z, ["reset_gate"] = r, ["candidate"] = g, ["hidden_state"] = Each(u => (z[u] * h0[u]) + ((1 - z[u]) * g[u])) };
        }

        if (kind == "minimal")
        {
            double[] z = Sum(Product(x, layer.Weights[0]), Doubles(layer.Weights[2].Value.Span)), f = Each(u => Sigmoid(z[u] + Product(h0, layer.Weights[1])[u]));
            double[] q = Product(Each(u => f[u] * h0[u]), layer.Weights[1]), g = Each(u => Math.Tanh(z[Units + u] + q[Units + u]));
            return new() { ["forget_gate"] = f, ["candidate"] = g, ["hidden_state"] = Each(u => h0[u] + (f[u] * (g[u] - h0[u]))) };
        }

        double[] c0 = before("cell_state"), all = PreGates(kind, layer, x, h0);
        if (kind == "slstm")
        {
            double[] n0 = before("normalizer_state"), m0 = before("stabilizer_state");
            double[] a = Each(u => Math.Log(Sigmoid(all[Units + u])) + m0[u]), m = Each(u => n0[u] == 0 ? all[u] : Math.Max(a[u], all[u]));
            double[] i = Each(u => Math.Exp(all[u] - m[u])), f = Each(u => Math.Exp(Math.Min(a[u] - m[u], 0))), g = Each(u => Math.Tanh(all[(2 * Units) + u])), o = Each(u => Sigmoid(all[(3 * Units) + u]));
            double[] c = Each(u => (f[u] * c0[u]) + (i[u] * g[u])), n = Each(u => (f[u] * n0[u]) + i[u]);
            return new()
            {
                ["input_gate"] = i,
                ["forget_gate"] = f,
                ["candidate"] = g,
                ["output_gate"] = o,
                ["cell_state"] = c,
                ["normalizer_state"] = n,
                ["stabilizer_state"] = m,
                ["hidden_state"] = Each(u => o[u] * c[u] / n[u]),
            };
        }

        var lstm = layer as Lstm;
        bool coupled = lstm is { CoupledGates: true };
        int last = coupled ? 2 : 3;
        double[] p = lstm is { Peepholes: true } ? Doubles(layer.Weights[3].Value.Span) : new double[3 * Units];
        double[] input = Each(u => Sigmoid(all[u] + (p[u] * c0[u])));
        double[] forget = coupled ? Each(u => 1 - input[u]) : Each(u => Sigmoid(all[Units + u] + (p[Units + u] * c0[u])));
        double[] candidate = Each(u => Math.Tanh(all[((last - 1) * Units) + u])), k = Each(u => (forget[u] * c0[u]) + (input[u] * candidate[u]));
        double[] output = Each(u => Sigmoid(all[(last * Units) + u] + (p[((last - 1) * Units) + u] * k[u])));
        double[] outward = k;
        if (kind == "layer norm")
        {
            double[] n = Normalized(k, 0.001);
            outward = Each(u => (layer.Weights[5].Value.Span[u] * n[u]) + layer.Weights[6].Value.Span[u]);
        }

        double[] h = Each(u => output[u] * Math.Tanh(outward[u]));
        if (kind == "projection") { h = Product(h, layer.Weights[3]); }
        if (kind == "zoneout") { (k, h) = (Each(u => (0.3f * c0[u]) + (0.7f * k[u])), Each(u => (0.2f * h0[u]) + (0.8f * h[u]))); }
        return new() { ["input_gate"] = input, ["forget_gate"] = forget, ["candidate"] = candidate, ["output_gate"] = output, ["cell_state"] = k, ["hidden_state"] = h };
    }

    private static double[] PreGates(string kind, Recurrent layer, double[] x, double[] h)
    {
        double[] fromX = Product(x, layer.Weights[0]), fromH = Product(h, layer.Weights[1]), bias = Doubles(layer.Weights[2].Value.Span);
        if (kind != "layer norm") { return Sum(Sum(fromX, fromH), bias); }
        (fromX, fromH) = (Normalized(fromX, 0.001), Normalized(fromH, 0.001));
        return [.. bias.Select((b, i) => b + (layer.Weights[3].Value.Span[i] * fromX[i]) + (layer.Weights[4].Value.Span[i] * fromH[i]))];
    }

    private static double[] Before(LayerTrace trace, string name, int row, int t) =>
        t == 0 ? new double[trace[name].Units] : Doubles(trace[name].Step(row, t - 1));

    private static Recurrent Create(string kind) => kind switch
    {
        "plain" => new Lstm(Units),
        "peepholes" => new Lstm(Units) { Peepholes = true },
        "coupled" => new Lstm(Units) { Peepholes = true, CoupledGates = true },
        "projection" => new Lstm(Units) { ProjectionUnits = 3 },
        "zoneout" => new Lstm(Units) { ZoneoutCell = 0.3f, ZoneoutHidden = 0.2f },
        "layer norm" => new LayerNormLstm(Units),
        "slstm" => new SLstm(Units),
        "minimal" => new MinimalGatedUnit(Units),
        _ => new Gru(Units),
    };

    private static Sequential Model(Layer layer)
    {
        var model = new Sequential(new Input(Steps, Features), layer) { Seed = 6 };
        model.Build();
        for (int i = 0; i < layer.Weights.Count; i++) { layer.Weights[i].Value.CopyFrom(Numbers(layer.Weights[i].Value.Length, 31 + i)); }
        return model;
    }

    private static float[,,] Drawn()
    {
        var x = new float[Rows, Steps, Features];
        Buffer.BlockCopy(Numbers(x.Length, 7), 0, x, 0, x.Length * sizeof(float));
        return x;
    }

    private static double[] Product(double[] v, Weight matrix)
    {
        int columns = matrix.Value[^1];
        return [.. Enumerable.Range(0, columns).Select(column => v.Select((value, k) => value * matrix.Value.Span[(k * columns) + column]).Sum())];
    }

    private static double[] Normalized(double[] v, double epsilon)
    {
        double mean = v.Average(), variance = v.Average(value => (value - mean) * (value - mean));
        return [.. v.Select(value => (value - mean) / Math.Sqrt(variance + epsilon))];
    }

    private static double[] Each(Func<int, double> of) => [.. Enumerable.Range(0, Units).Select(of)];

    private static double[] Sum(double[] a, double[] b) => [.. a.Select((value, k) => value + b[k])];

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double[] Doubles(ReadOnlySpan<float> values) => [.. values.ToArray().Select(value => (double)value)];

    private static float[] Numbers(int count, long seed) => [.. Enumerable.Range(0, count).Select(i => (float)(0.7 * new RandomKey(seed).Normal((ulong)i)))];
}
