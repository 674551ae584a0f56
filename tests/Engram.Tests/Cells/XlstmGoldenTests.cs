using Engram.Cells;
using Engram.Layers;
using Xunit.Abstractions;

namespace Engram.Tests.Cells;

/// <summary>sLSTM and mLSTM against the authors' own package: outputs, states, gradients.</summary>
public sealed unsafe class XlstmGoldenTests(ITestOutputHelper output)
{
    [Fact]
    public void Cells_agree_with_the_authors() => Golden.Run(output, "xlstm", golden =>
    {
        if (golden.Name.StartsWith("slstm", StringComparison.Ordinal)) { CheckSLstm(golden); }
        else { CheckMLstm(golden); }
    });

    private static void CheckSLstm(GoldenCase golden)
    {
        int heads = golden.Entry.GetProperty("heads").GetInt32(), units = golden.Entry.GetProperty("units").GetInt32();
        var x = new TensorBuffer(golden.Axes("input"));
        x.CopyFrom(golden.Floats("input"));
        var layer = new SLstm(units) { Heads = heads, ReturnSequences = true };
        layer.Build([new Shape(x.Axes)], new RandomKey(1));
        string[] weights = ["kernel", "recurrent_kernel", "bias"];
        for (int k = 0; k < weights.Length; k++)
        {
            Assert.Equal(golden.Axes(weights[k]), layer.Weights[k].Value.Axes.ToArray());
            layer.Weights[k].Value.CopyFrom(golden.Floats(weights[k]));
        }

        var call = new LayerCall(layer) { KeepForBackward = true };
        call.Forward(x);
        Golden.AssertClose(golden.Doubles("output"), call.Output.Span, 2e-6, "output");
        call.PrepareOutputGradients()[0].CopyFrom(golden.Floats("output_gradient"));
        var dx = new TensorBuffer(0);
        call.Backward(dx);
        Golden.AssertClose(golden.Doubles("input_gradient"), dx.Span, 2e-6, "dx");
        for (int k = 0; k < weights.Length; k++)
        {
            Golden.AssertClose(golden.Doubles($"{weights[k]}_gradient"), layer.Weights[k].Gradient.Span, 2e-6, weights[k]);
        }

        CheckStates(golden, layer, x);
    }

    private static void CheckMLstm(GoldenCase golden)
    {
        int[] axes = golden.Axes("query"); // (batch, heads, time, width)
        int heads = axes[0] * axes[1], steps = axes[2], d = axes[3];

        // q, k, v, ĩ, f̂ of a step side by side, as the layer has them.
        string[] names = ["query", "key", "value", "input_gate", "forget_gate"];
        int[] widths = [d, d, d, 1, 1];
        int stride = (3 * d) + 2;
        var gates = new TensorBuffer(steps, stride);
        var dGates = new TensorBuffer(steps, stride);
        TensorBuffer h = new(steps, d), dh = new(steps, d), c = new(d, d), n = new(d), m = new(1), stepH = new(steps, d);
        double[][] gradients = [.. names.Select(name => golden.Doubles($"{name}_gradient"))];
        var all = new List<float>();
        var recurrent = new List<float>();
        var found = names.Select(_ => new List<float>()).ToArray();
        var states = new[] { new List<float>(), new List<float>(), new List<float>() };
        for (int head = 0; head < heads; head++)
        {
            int first = 0;
            for (int k = 0; k < names.Length; first += widths[k++])
            {
                float[] values = golden.Floats(names[k]);
                for (int t = 0; t < steps; t++) { values.AsSpan(((head * steps) + t) * widths[k], widths[k]).CopyTo(gates.Span[((t * stride) + first)..]); }
            }

            golden.Floats("output_gradient").AsSpan(head * steps * d, steps * d).CopyTo(dh.Span);
            float* p = gates.Pointer, dp = dGates.Pointer;
            var arrays = new MLstmArrays
            {
                Steps = steps,
                Width = d,
                Stride = stride,
                HStride = d,
                Q = p,
                K = p + d,
                V = p + (2 * d),
                Input = p + (3 * d),
                Forget = p + (3 * d) + 1,
                H = h.Pointer,
                DH = dh.Pointer,
                DQ = dp,
                DK = dp + d,
                DV = dp + (2 * d),
                DInput = dp + (3 * d),
                DForget = dp + (3 * d) + 1,
            };
            MLstmHead.Forward(arrays);
            all.AddRange(h.Span);
            MLstmHead.Backward(arrays);
            first = 0;
            for (int k = 0; k < names.Length; first += widths[k++])
            {
                for (int t = 0; t < steps; t++) { found[k].AddRange(dGates.Span.Slice((t * stride) + first, widths[k])); }
            }

            c.Clear();
            n.Clear();
            m.Clear();
            for (int t = 0; t < steps; t++, p += stride)
            {
                MLstmHead.Step(d, p, p + d, p + (2 * d), p[3 * d], p[(3 * d) + 1], c.Pointer, n.Pointer, m.Pointer, stepH.Pointer + (t * d));
            }

            recurrent.AddRange(stepH.Span);
            states[0].AddRange(c.Span);
            states[1].AddRange(n.Span);
            states[2].AddRange(m.Span);
        }

        Golden.AssertClose(golden.Doubles("output"), [.. all], 2e-6, "output");
        Golden.AssertClose(golden.Doubles("output_recurrent"), [.. recurrent], 2e-6, "output, step by step");
        for (int k = 0; k < names.Length; k++) { Golden.AssertClose(gradients[k], [.. found[k]], 2e-6, $"d {names[k]}"); }
        Golden.AssertClose(golden.Doubles("state_c"), [.. states[0]], 2e-6, "C");
        Golden.AssertClose(golden.Doubles("state_n"), [.. states[1]], 2e-6, "n");
        Golden.AssertClose(golden.Doubles("state_m"), [.. states[2]], 2e-6, "m");
    }

    // The states after each number of steps.
    private static void CheckStates(GoldenCase golden, SLstm layer, TensorBuffer x)
    {
        int rows = x[0], steps = x[1], features = x[2];
        var states = new Recurrent[] { new SLstm(layer.Units) { Heads = layer.Heads, ReturnState = true } };
        for (int count = 1; count <= steps; count++)
        {
            var part = new TensorBuffer(rows, count, features);
            for (int row = 0; row < rows; row++)
            {
                x.Span.Slice(row * steps * features, count * features).CopyTo(part.Span[(row * count * features)..]);
            }

            Recurrent last = states[0];
            last.Build([new Shape(x.Axes)], new RandomKey(1));
            for (int k = 0; k < layer.Weights.Count; k++) { last.Weights[k].Value.CopyFrom(layer.Weights[k].Value.Span); }
            var call = new LayerCall(last);
            call.Forward(part);
            string[] names = ["c", "n", "m"];
            for (int k = 0; k < names.Length; k++)
            {
                double[] all = golden.Doubles(names[k]); // (batch, time, units)
                var expected = new double[rows * layer.Units];
                for (int row = 0; row < rows; row++) { Array.Copy(all, ((row * steps) + count - 1) * layer.Units, expected, row * layer.Units, layer.Units); }
                Golden.AssertClose(expected, call.Outputs[2 + k].Span, 2e-6, $"{names[k]} after {count} steps");
            }
        }
    }
}
