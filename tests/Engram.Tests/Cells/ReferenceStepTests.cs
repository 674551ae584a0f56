using Engram.Cells.Reference;
using Engram.Layers;

namespace Engram.Tests.Cells;

/// <summary>The cells that have no golden numbers against the scalar reference, states included.</summary>
public sealed class ReferenceStepTests
{
    private const int Rows = 3, Steps = 6, Features = 4;

    [Fact]
    public void Zoneout_outside_training_is_the_expectation() => Check(
        new Lstm(5) { ZoneoutHidden = 0.25f, ZoneoutCell = 0.125f, ReturnSequences = true, ReturnState = true },
        (x, states, w) => ReferenceSteps.ZoneoutLstm(x, states[0], states[1], w, 0.25, 0.125));

    [Fact]
    public void The_layer_normalised_LSTM() => Check(
        new LayerNormLstm(5) { Epsilon = 0.01f, ReturnSequences = true, ReturnState = true },
        (x, states, w) => ReferenceSteps.LayerNormLstm(x, states[0], states[1], w, 0.01f));

    [Fact]
    public void The_minimal_gated_unit() => Check(
        new MinimalGatedUnit(5) { ReturnSequences = true, ReturnState = true },
        (x, states, w) => ReferenceSteps.MinimalGatedUnit(x, states[0], w));

    // In training each unit of c either keeps its value to the last bit or takes the new one, at about the rate.
    [Fact]
    public void Zoneout_in_training_keeps_the_share_that_was_asked_for()
    {
        const int Units = 300;
        var layer = new Lstm(Units) { ZoneoutCell = 0.3f, ZoneoutHidden = 0.6f, ReturnState = true };
        var x = Drawn(new TensorBuffer(8, 1, Features), 1);
        TensorBuffer h = Drawn(new TensorBuffer(8, Units), 2), c = Drawn(new TensorBuffer(8, Units), 3);
        layer.Build([new Shape(x.Axes)], new RandomKey(4));
        var call = new LayerCall(layer) { Training = true, Random = new RandomKey(5) };
        call.Forward(x, h, c);
        Assert.InRange(Kept(h, call.Outputs[1]), 0.55, 0.65);
        Assert.InRange(Kept(c, call.Outputs[2]), 0.25, 0.35);
    }

    private static double Kept(TensorBuffer before, TensorBuffer after)
    {
        int kept = 0;
        for (int i = 0; i < before.Length; i++) { kept += Math.Abs(before.Span[i] - after.Span[i]) <= 1e-6f ? 1 : 0; }
        return (double)kept / before.Length;
    }

    private static void Check(Recurrent layer, Action<double[], double[][], double[][]> step)
    {
        TensorBuffer[] inputs =
        [
            Drawn(new TensorBuffer(Rows, Steps, Features), 1), .. layer.StateWidths.Select((width, k) => Drawn(new TensorBuffer(Rows, width), 2 + k)),
        ];
        layer.Build([.. inputs.Select(input => new Shape(input.Axes))], new RandomKey(1));
        for (int k = 0; k < layer.Weights.Count; k++) { Drawn(layer.Weights[k].Value, 20 + k); }
        var call = new LayerCall(layer);
        call.Forward(inputs);
        double[][] weights = [.. layer.Weights.Select(weight => Doubles(weight.Value.Span))];
        var outputs = new List<double>();
        var last = layer.StateWidths.Select(_ => new List<double>()).ToArray();
        for (int row = 0; row < Rows; row++)
        {
            double[][] states = [.. layer.StateWidths.Select((width, k) => Doubles(inputs[k + 1].Span.Slice(row * width, width)))];
            for (int t = 0; t < Steps; t++)
            {
                step(Doubles(inputs[0].Span.Slice(((row * Steps) + t) * Features, Features)), states, weights);
                outputs.AddRange(states[0]);
            }

            for (int k = 0; k < last.Length; k++) { last[k].AddRange(states[k]); }
        }

        Golden.AssertClose([.. outputs], call.Output.Span, 2e-6, "output");
        for (int k = 0; k < last.Length; k++) { Golden.AssertClose([.. last[k]], call.Outputs[k + 1].Span, 2e-6, $"state {k}"); }
    }

    private static double[] Doubles(ReadOnlySpan<float> values)
    {
        var wide = new double[values.Length];
        for (int i = 0; i < wide.Length; i++) { wide[i] = values[i]; }
        return wide;
    }

    private static TensorBuffer Drawn(TensorBuffer buffer, long key)
    {
        for (int i = 0; i < buffer.Length; i++) { buffer.Span[i] = (float)(0.7 * new RandomKey(key).Normal((ulong)i)); }
        return buffer;
    }
}
