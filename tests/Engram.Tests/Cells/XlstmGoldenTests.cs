using Engram.Layers;
using Xunit.Abstractions;

namespace Engram.Tests.Cells;

/// <summary>sLSTM and mLSTM against the authors' own package: outputs, states, gradients.</summary>
public sealed class XlstmGoldenTests(ITestOutputHelper output)
{
    [Fact]
    public void Cells_agree_with_the_authors() => Golden.Run(output, "xlstm", golden =>
    {
        if (golden.Name.StartsWith("slstm", StringComparison.Ordinal)) { CheckSLstm(golden); }
        else { return false; }
        return true;
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
