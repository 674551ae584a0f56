using Engram.Layers;
using Xunit.Abstractions;

namespace Engram.Tests.Cells;

/// <summary>Cells that Keras lacks against ONNX Runtime (peepholes, coupled gates) and PyTorch (projection).</summary>
public sealed class CellGoldenTests(ITestOutputHelper output)
{
    // ONNX has the gates in the order i, o, f, c and its weights transposed.
    private static readonly int[] AllGates = [0, 2, 3, 1];
    private static readonly int[] CoupledGates = [0, 3, 1];

    [Fact]
    public void Cells_agree_with_ONNX_Runtime_and_PyTorch() => Golden.Run(output, "cells", golden =>
    {
        if (golden.Entry.GetProperty("source").GetString() == "pytorch") { CheckProjection(golden); }
        else { CheckOnnx(golden); }
    });

    private static void CheckOnnx(GoldenCase golden)
    {
        int directions = golden.Axes("weight.W")[0];
        int units = golden.Axes("weight.R")[2];
        bool peepholes = golden.Arrays.Find("weight.P") is not null;
        bool coupled = golden.Name.Contains("coupled", StringComparison.Ordinal);
        int[] x = golden.Axes("input.X"); // (time, batch, features)
        for (int direction = 0; direction < directions; direction++)
        {
            var layer = new Lstm(units)
            {
                Peepholes = peepholes,
                CoupledGates = coupled,
                ReturnSequences = true,
                ReturnState = true,
                GoBackwards = direction == 1,
            };
            layer.Build([new Shape(x[1], x[0], x[2])], new RandomKey(1));
            int[] gates = coupled ? CoupledGates : AllGates;
            Transpose(Part(golden, "weight.W", direction, directions), gates, units, x[2], layer.Weights[0]);
            Transpose(Part(golden, "weight.R", direction, directions), gates, units, units, layer.Weights[1]);
            float[] b = Part(golden, "weight.B", direction, directions);
            for (int k = 0; k < gates.Length; k++)
            {
                for (int u = 0; u < units; u++) { layer.Weights[2].Value.Span[(k * units) + u] = b[(gates[k] * units) + u] + b[((4 + gates[k]) * units) + u]; }
            }

            if (peepholes)
            {
                float[] p = Part(golden, "weight.P", direction, directions); // i, o, f
                int[] order = coupled ? [0, 1] : [0, 2, 1];
                for (int k = 0; k < order.Length; k++) { p.AsSpan(order[k] * units, units).CopyTo(layer.Weights[3].Value.Span[(k * units)..]); }
            }

            LayerCall call = Run(layer, golden.Floats("input.X"), x);
            double[] y = golden.Doubles("output.Y"); // (time, directions, batch, units)
            var expected = new double[y.Length / directions];
            for (int row = 0; row < x[1]; row++)
            {
                for (int t = 0; t < x[0]; t++)
                {
                    int time = direction == 1 ? x[0] - 1 - t : t;
                    Array.Copy(y, ((((time * directions) + direction) * x[1]) + row) * units, expected, ((row * x[0]) + t) * units, units);
                }
            }

            Golden.AssertClose(expected, call.Output.Span, 2e-6, "Y");
            Golden.AssertClose(Half(golden.Doubles("output.Y_h"), direction, directions), call.Outputs[1].Span, 2e-6, "Y_h");
            Golden.AssertClose(Half(golden.Doubles("output.Y_c"), direction, directions), call.Outputs[2].Span, 2e-6, "Y_c");
        }
    }

    private static void CheckProjection(GoldenCase golden)
    {
        int units = golden.Axes("weight.weight_hr_l0")[1], projected = golden.Axes("weight.weight_hr_l0")[0];
        int[] axes = golden.Axes("input.0"); // (batch, time, features)
        var x = new TensorBuffer(axes);
        x.CopyFrom(golden.Floats("input.0"));
        for (int layerNumber = 0; layerNumber < 2; layerNumber++)
        {
            var layer = new Lstm(units) { ProjectionUnits = projected, ReturnSequences = true, ReturnState = true };
            layer.Build([new Shape(x.Axes)], new RandomKey(1));
            int[] gates = [0, 1, 2, 3];
            Transpose(golden.Floats($"weight.weight_ih_l{layerNumber}"), gates, units, x[2], layer.Weights[0]);
            Transpose(golden.Floats($"weight.weight_hh_l{layerNumber}"), gates, units, projected, layer.Weights[1]);
            float[] input = golden.Floats($"weight.bias_ih_l{layerNumber}"), recurrent = golden.Floats($"weight.bias_hh_l{layerNumber}");
            for (int i = 0; i < input.Length; i++) { layer.Weights[2].Value.Span[i] = input[i] + recurrent[i]; }
            float[] v = golden.Floats($"weight.weight_hr_l{layerNumber}");
            for (int u = 0; u < units; u++)
            {
                for (int p = 0; p < projected; p++) { layer.Weights[3].Value.Span[(u * projected) + p] = v[(p * units) + u]; }
            }

            var call = new LayerCall(layer);
            call.Forward(x);
            Golden.AssertClose(Half(golden.Doubles("output.1"), layerNumber, 2), call.Outputs[1].Span, 2e-6, "h");
            Golden.AssertClose(Half(golden.Doubles("output.2"), layerNumber, 2), call.Outputs[2].Span, 2e-6, "c");
            x = call.Output;
        }

        Golden.AssertClose(golden.Doubles("output.0"), x.Span, 2e-6, "output");
    }

    private static LayerCall Run(Lstm layer, float[] x, int[] axes)
    {
        var rows = new TensorBuffer(axes[1], axes[0], axes[2]);
        for (int t = 0; t < axes[0]; t++)
        {
            for (int row = 0; row < axes[1]; row++)
            {
                x.AsSpan(((t * axes[1]) + row) * axes[2], axes[2]).CopyTo(rows.Span[(((row * axes[0]) + t) * axes[2])..]);
            }
        }

        var call = new LayerCall(layer);
        call.Forward(rows);
        return call;
    }

    // From (gates x units, inputs), gate by gate, to (inputs, gates x units).
    private static void Transpose(float[] source, int[] gates, int units, int inputs, Weight target)
    {
        for (int k = 0; k < gates.Length; k++)
        {
            for (int u = 0; u < units; u++)
            {
                for (int i = 0; i < inputs; i++)
                {
                    target.Value.Span[(i * gates.Length * units) + (k * units) + u] = source[(((gates[k] * units) + u) * inputs) + i];
                }
            }
        }
    }

    private static float[] Part(GoldenCase golden, string name, int part, int parts) => Half(golden.Floats(name), part, parts);

    private static T[] Half<T>(T[] all, int part, int parts) => all.AsSpan(part * all.Length / parts, all.Length / parts).ToArray();
}
