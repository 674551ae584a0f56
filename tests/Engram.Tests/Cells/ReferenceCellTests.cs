using System.Text.Json;
using Engram.Cells.Reference;
using Xunit.Abstractions;

namespace Engram.Tests.Cells;

/// <summary>The oracle against Keras' numbers in double precision, and its gradients against finite differences.</summary>
public sealed class ReferenceCellTests(ITestOutputHelper output)
{
    internal delegate ReferenceTrace<double> ForwardPass(ReferenceCall<double> call);

    private delegate ReferenceGradients<double> BackwardPass(ReferenceTrace<double> trace, double[]? dY, double[]? dLastH, double[]? dLastC);

    private static (ForwardPass Forward, BackwardPass Backward, bool HasC) Cell(string layer) => layer switch
    {
        "LSTM" => (ReferenceLstm.Forward, ReferenceLstm.Backward, true),
        "GRU" => (ReferenceGru.Forward, (trace, dY, dH, _) => ReferenceGru.Backward(trace, dY, dH), false),
        _ => (ReferenceSimpleRnn.Forward, (trace, dY, dH, _) => ReferenceSimpleRnn.Backward(trace, dY, dH), false),
    };

    internal static bool IsRecurrent(GoldenCase golden) => golden.Entry.GetProperty("layer").GetString() is "LSTM" or "GRU" or "SimpleRNN";

    [Fact]
    public void Agrees_with_Keras_in_double_precision()
    {
        int ran = 0;
        foreach (GoldenCase golden in Fixtures.Open("layers").Cases.Where(IsRecurrent))
        {
            ran++;
            JsonElement config = golden.Entry.GetProperty("config");
            (ForwardPass forward, BackwardPass backward, bool hasC) = Cell(golden.Entry.GetProperty("layer").GetString()!);
            double[]? h0 = golden.Arrays.Find("initial_state.0")?.ToDoubles();
            double[]? c0 = golden.Arrays.Find("initial_state.1")?.ToDoubles();
            ReferenceCall<double> call = Call(golden, config, h0, c0);
            if (golden.Entry.GetProperty("stateful_second_call").GetBoolean())
            {
                ReferenceTrace<double> first = forward(call);
                call = Call(golden, config, first.LastH, first.LastC);
            }

            ReferenceTrace<double> trace = forward(call);
            bool sequences = config.GetProperty("return_sequences").GetBoolean();
            Close(golden, "output.0", sequences ? trace.Y : trace.LastY);
            Close(golden, "output.1", trace.LastH);
            Close(golden, "output.2", trace.LastC);

            double[] dOutput = golden.Doubles("output_gradient.0");
            double[] dY = sequences ? dOutput : AtLastStep(call, dOutput);
            ReferenceGradients<double> gradients = backward(
                trace, dY, golden.Arrays.Find("output_gradient.1")?.ToDoubles(), golden.Arrays.Find("output_gradient.2")?.ToDoubles());
            string cell = CellName(golden);
            Close(golden, "input_gradient.0", gradients.X);
            Close(golden, $"weight_gradient.{cell}/kernel", gradients.Kernel);
            Close(golden, $"weight_gradient.{cell}/recurrent_kernel", gradients.RecurrentKernel);
            Close(golden, $"weight_gradient.{cell}/bias", gradients.Bias);
            if (!golden.Entry.GetProperty("stateful_second_call").GetBoolean())
            {
                Close(golden, "initial_state_gradient.0", gradients.InitialH);
                if (hasC) { Close(golden, "initial_state_gradient.1", gradients.InitialC); }
            }
        }

        output.WriteLine($"{ran} recurrent cases agree to 1e-12");
        Assert.True(ran >= 90, $"only {ran} cases");
    }

    [Theory]
    [InlineData("LSTM", false)]
    [InlineData("GRU", true)]
    [InlineData("GRU", false)]
    [InlineData("SimpleRNN", false)]
    public void Gradients_are_those_of_the_forward_pass(string layer, bool resetAfter)
    {
        (ForwardPass forward, BackwardPass backward, bool hasC) = Cell(layer);
        const int Rows = 2, Steps = 5, Features = 3, Units = 4;
        int gates = layer switch { "LSTM" => 4, "GRU" => 3, _ => 1 };
        var random = new RandomKey(17).Derive(layer);
        double[] Draw(string name, int count) => [.. Enumerable.Range(0, count).Select(i => 0.7 * random.Derive(name).Normal((ulong)i))];
        var call = new ReferenceCall<double>
        {
            Rows = Rows,
            TimeSteps = Steps,
            Features = Features,
            Units = Units,
            X = Draw("x", Rows * Steps * Features),
            Kernel = Draw("W", Features * gates * Units),
            RecurrentKernel = Draw("U", Units * gates * Units),
            Bias = Draw("b", (resetAfter ? 2 : 1) * gates * Units),
            Mask = [1, 1, 0, 1, 0, 0, 1, 0, 1, 1],
            InitialH = Draw("h", Rows * Units),
            InitialC = Draw("c", Rows * Units),
            GoBackwards = true,
            ResetAfter = resetAfter,
            RecurrentActivation = ReferenceActivation<double>.Tanh, // smooth, and not what the candidate has
            Activation = ReferenceActivation<double>.Sigmoid,
        };
        double[] dY = Draw("dY", Rows * Steps * Units);
        double[] dH = Draw("dH", Rows * Units);
        double[] dC = Draw("dC", Rows * Units);
        double Loss()
        {
            ReferenceTrace<double> trace = forward(call);
            return Dot(trace.Y, dY) + Dot(trace.LastH, dH) + (hasC ? Dot(trace.LastC, dC) : 0);
        }

        ReferenceGradients<double> gradients = backward(forward(call), dY, dH, dC);
        var checks = new List<(string Name, double[] Value, double[] Gradient)>
        {
            ("X", call.X, gradients.X), ("W", call.Kernel, gradients.Kernel), ("U", call.RecurrentKernel, gradients.RecurrentKernel),
            ("b", call.Bias, gradients.Bias!), ("h0", call.InitialH, gradients.InitialH),
        };
        if (hasC) { checks.Add(("c0", call.InitialC, gradients.InitialC)); }
        foreach ((string name, double[] value, double[] gradient) in checks)
        {
            for (int i = 0; i < value.Length; i++)
            {
                // 4th-order central difference: the error is of the order of step⁴.
                const double Step = 3e-4;
                double at = value[i];
                double Shifted(double by)
                {
                    value[i] = at + (by * Step);
                    double loss = Loss();
                    value[i] = at;
                    return loss;
                }

                double numeric = ((8 * (Shifted(1) - Shifted(-1))) - (Shifted(2) - Shifted(-2))) / (12 * Step);
                Assert.True(Math.Abs(numeric - gradient[i]) <= 1e-9 * Math.Max(1, Math.Abs(numeric)), $"d{name}[{i}] is {gradient[i]}, numerically {numeric}");
            }
        }
    }

    [Fact]
    public void An_unknown_activation_is_an_error() =>
        Assert.Contains("tanh", Assert.Throws<EngramException>(() => ReferenceActivation<double>.Get("swosh")).Message, StringComparison.Ordinal);

    internal static ReferenceCall<double> Call(GoldenCase golden, JsonElement config, double[]? h0, double[]? c0)
    {
        int[] x = golden.Axes("input.0");
        string cell = CellName(golden);
        return new ReferenceCall<double>
        {
            Rows = x[0],
            TimeSteps = x[1],
            Features = x[2],
            Units = config.GetProperty("units").GetInt32(),
            X = golden.Doubles("input.0"),
            Kernel = golden.Doubles($"weight.{cell}/kernel"),
            RecurrentKernel = golden.Doubles($"weight.{cell}/recurrent_kernel"),
            Bias = golden.Arrays.Find($"weight.{cell}/bias")?.ToDoubles(),
            Mask = golden.Arrays.Find("mask.0")?.Bytes.ToArray(),
            InitialH = h0,
            InitialC = c0,
            GoBackwards = config.GetProperty("go_backwards").GetBoolean(),
            ZeroOutputForMask = config.GetProperty("zero_output_for_mask").GetBoolean(),
            ResetAfter = config.TryGetProperty("reset_after", out JsonElement after) && after.GetBoolean(),
            Activation = ReferenceActivation<double>.Get(config.GetProperty("activation").GetString()!),
            RecurrentActivation = ReferenceActivation<double>.Get(
                config.TryGetProperty("recurrent_activation", out JsonElement name) ? name.GetString()! : "sigmoid"),
        };
    }

    private static string CellName(GoldenCase golden) => golden.Entry.GetProperty("layer").GetString() switch
    {
        "LSTM" => "lstm_cell",
        "GRU" => "gru_cell",
        _ => "simple_rnn_cell",
    };

    private static double[] AtLastStep(ReferenceCall<double> call, double[] dLast)
    {
        var dY = new double[call.Rows * call.TimeSteps * call.Units];
        for (int row = 0; row < call.Rows; row++)
        {
            dLast.AsSpan(row * call.Units, call.Units).CopyTo(dY.AsSpan(((row * call.TimeSteps) + call.TimeSteps - 1) * call.Units));
        }

        return dY;
    }

    private static void Close(GoldenCase golden, string array, double[]? actual)
    {
        if (golden.Arrays.Find(array) is { } expected) { Golden.AssertClose(expected.ToDoubles(), actual, 1e-12, $"{golden} {array}"); }
    }

    private static double Dot(double[] x, double[] y) => x.Zip(y, (a, b) => a * b).Sum();
}
