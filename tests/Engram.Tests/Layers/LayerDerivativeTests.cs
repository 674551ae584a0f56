using Engram.Cells.Reference;
using Engram.Layers;

namespace Engram.Tests.Layers;

/// <summary>
/// Each layer against a forward pass in double precision that is written down plainly here: outputs directly, gradients against
/// finite differences of it.
/// </summary>
public class LayerDerivativeTests
{
    // y of inputs and weights, all outputs one after the other.
    private delegate double[] NaiveForward(double[][] inputs, double[][] weights);

    [Theory]
    [InlineData(new[] { 7, 5 })]
    [InlineData(new[] { 3, 4, 6 })]
    [InlineData(new[] { 2, 3, 2, 5 })]
    public void Dense_is_a_product_over_the_last_axis(int[] shape) => Check(
        new Dense(3) { Activation = Activations.Sigmoid, BiasInitializer = Initializers.RandomNormal() },
        [shape],
        (inputs, weights) => [.. Product(inputs[0], weights[0], weights[1], 3).Select(z => 1 / (1 + Math.Exp(-z)))]);

    [Fact]
    public void Dense_keeps_what_a_gated_activation_needs() => Check(
        new Dense(6) { Activation = Activations.Glu, UseBias = false },
        [[4, 3]],
        (inputs, weights) =>
        {
            double[] z = Product(inputs[0], weights[0], new double[6], 6);
            return [.. Enumerable.Range(0, 12).Select(i => z[(i / 3 * 6) + (i % 3)] / (1 + Math.Exp(-z[(i / 3 * 6) + 3 + (i % 3)])))];
        });

    [Fact]
    public void TimeDistributed_treats_every_step_alike() => Check(
        new TimeDistributed(new Dense(2) { Activation = Activations.Tanh }),
        [[3, 4, 5]],
        (inputs, weights) => [.. Product(inputs[0], weights[0], weights[1], 2).Select(Math.Tanh)]);

    [Fact]
    public void TimeDistributed_runs_a_recurrent_layer_on_every_step() => Check(
        new TimeDistributed(new SimpleRnn(3)),
        [[2, 3, 4, 5]],
        (inputs, weights) => ReferenceSimpleRnn.Forward(Cell(inputs[0], 6, 4, 5, 3, weights, 0, false)).LastY);

    [Theory]
    [InlineData(MergeMode.Concat, true)]
    [InlineData(MergeMode.Sum, true)]
    [InlineData(MergeMode.Multiply, true)]
    [InlineData(MergeMode.Average, false)]
    [InlineData(MergeMode.None, true)]
    public void Bidirectional_merges_two_directions(MergeMode mode, bool sequences)
    {
        const int Rows = 3, Steps = 4, Features = 2, Units = 5;
        var mask = new Mask(Rows, Steps);
        new byte[] { 1, 1, 1, 1, 0, 1, 1, 0, 1, 0, 1, 0 }.CopyTo(mask.Span);
        Check(
            new Bidirectional(new Gru(Units) { ReturnSequences = sequences, ReturnState = true }) { MergeMode = mode },
            [[Rows, Steps, Features]],
            (inputs, weights) =>
            {
                byte[] valid = mask.Span.ToArray();
                ReferenceTrace<double> f = ReferenceGru.Forward(Cell(inputs[0], Rows, Steps, Features, Units, weights, 0, false, valid, sequences));
                ReferenceTrace<double> b = ReferenceGru.Forward(Cell(inputs[0], Rows, Steps, Features, Units, weights, 3, true, valid, sequences));
                double F(int row, int t, int u) => sequences ? f.Y[(((row * Steps) + t) * Units) + u] : f.LastY[(row * Units) + u];
                double B(int row, int t, int u) => sequences ? b.Y[(((row * Steps) + Steps - 1 - t) * Units) + u] : b.LastY[(row * Units) + u];
                var forward = new List<double>();
                var second = new List<double>();
                for (int row = 0; row < Rows; row++)
                {
                    for (int t = 0; t < (sequences ? Steps : 1); t++)
                    {
                        for (int u = 0; u < Units; u++)
                        {
                            forward.Add(mode switch
                            {
                                MergeMode.Sum => F(row, t, u) + B(row, t, u),
                                MergeMode.Multiply => F(row, t, u) * B(row, t, u),
                                MergeMode.Average => (F(row, t, u) + B(row, t, u)) / 2,
                                _ => F(row, t, u),
                            });
                        }

                        List<double> other = mode == MergeMode.Concat ? forward : second;
                        if (mode is MergeMode.Concat or MergeMode.None) { other.AddRange(Enumerable.Range(0, Units).Select(u => B(row, t, u))); }
                    }
                }

                return [.. forward, .. second, .. f.LastH, .. b.LastH];
            },
            mask);
    }

    [Fact]
    public void Bidirectional_hands_initial_states_to_their_directions()
    {
        const int Rows = 2, Steps = 3, Features = 4, Units = 2;
        Check(
            new Bidirectional(new Lstm(Units) { ReturnState = true }),
            [[Rows, Steps, Features], [Rows, Units], [Rows, Units], [Rows, Units], [Rows, Units]],
            (inputs, weights) =>
            {
                ReferenceTrace<double> f = ReferenceLstm.Forward(
                    Cell(inputs[0], Rows, Steps, Features, Units, weights, 0, false, h: inputs[1], c: inputs[2]));
                ReferenceTrace<double> b = ReferenceLstm.Forward(
                    Cell(inputs[0], Rows, Steps, Features, Units, weights, 3, true, h: inputs[3], c: inputs[4]));
                double[] y = [.. Enumerable.Range(0, Rows).SelectMany(row =>
                    f.LastY.Skip(row * Units).Take(Units).Concat(b.LastY.Skip(row * Units).Take(Units)))];
                return [.. y, .. f.LastH, .. f.LastC, .. b.LastH, .. b.LastC];
            });
    }

    [Fact]
    public void Dropout_scales_what_it_keeps()
    {
        var key = new RandomKey(5);
        Check(
            new Dropout(0.3f),
            [[4, 9]],
            (inputs, _) => [.. inputs[0].Select((x, i) => key.Uniform((ulong)i) < 0.3f ? 0 : x / 0.7)],
            random: key);
    }

    [Fact]
    public void Embedding_looks_up_and_adds_gradients_of_equal_tokens()
    {
        float[] tokens = [1, 4, 1, 0, 2, 4, 4, 1];
        Check(
            new Embedding(5, 3) { EmbeddingsInitializer = Initializers.RandomNormal(0, 1) },
            [[2, 4]],
            (_, weights) => [.. tokens.SelectMany(token => weights[0].Skip((int)token * 3).Take(3))],
            given: tokens);
    }

    [Theory]
    [InlineData(1, 33, 37)]
    [InlineData(19, 5, 37)]
    [InlineData(50, 3, 9)]
    [InlineData(20, 3, 300)] // wide enough to be split by units
    public void Recurrent_layers_agree_with_the_reference_cells(int rows, int steps, int units)
    {
        const int Features = 11;
        foreach (Recurrent layer in new Recurrent[]
        {
            new Lstm(units) { ReturnSequences = true },
            new Gru(units) { ReturnSequences = true, GoBackwards = true },
            new Gru(units) { ReturnSequences = true, ResetAfter = false },
            new SimpleRnn(units) { ReturnSequences = true, RecurrentInitializer = Initializers.Orthogonal(0.5f) },
        })
        {
            var key = new RandomKey(3);
            layer.Build([new Shape(rows, steps, Features)], key);
            TensorBuffer x = Draw(new TensorBuffer(rows, steps, Features), key.Derive("x"));
            var call = new LayerCall(layer) { KeepForBackward = true };
            call.Forward(x);
            TensorBuffer dy = Draw(call.PrepareOutputGradients()[0], key.Derive("dy"));
            var dx = new TensorBuffer(0);
            call.Backward(dx);

            double[][] weights = [.. layer.Weights.Select(weight => Wide(weight.Value.Span))];
            ReferenceCall<double> reference = Cell(
                Wide(x.Span), rows, steps, Features, units, weights, 0, layer.GoBackwards, resetAfter: layer is Gru { ResetAfter: true });
            ReferenceTrace<double> trace = layer switch
            {
                Lstm => ReferenceLstm.Forward(reference),
                Gru => ReferenceGru.Forward(reference),
                _ => ReferenceSimpleRnn.Forward(reference),
            };
            ReferenceGradients<double> gradients = layer switch
            {
                Lstm => ReferenceLstm.Backward(trace, Wide(dy.Span)),
                Gru => ReferenceGru.Backward(trace, Wide(dy.Span)),
                _ => ReferenceSimpleRnn.Backward(trace, Wide(dy.Span)),
            };
            Golden.AssertClose(trace.Y, call.Output.Span, 3e-6, $"{layer.Kind} y");
            Golden.AssertClose(gradients.X, dx.Span, 3e-6, $"{layer.Kind} dx");
            Golden.AssertClose(gradients.Kernel, layer.Weights[0].Gradient.Span, 3e-6, $"{layer.Kind} dW");
            Golden.AssertClose(gradients.RecurrentKernel, layer.Weights[1].Gradient.Span, 3e-6, $"{layer.Kind} dU");
            Golden.AssertClose(gradients.Bias, layer.Weights[2].Gradient.Span, 3e-6, $"{layer.Kind} db");
        }
    }

    private static void Check(
        Layer layer, int[][] shapes, NaiveForward naive, Mask? mask = null, RandomKey random = default, float[]? given = null)
    {
        var key = new RandomKey(29);
        layer.Build([.. shapes.Select(shape => new Shape(shape))], key);
        foreach (Weight weight in layer.Weights) { Draw(weight.Value, key.Derive(weight.Name)); }
        TensorBuffer[] inputs = [.. shapes.Select((shape, i) => Draw(new TensorBuffer(shape), key.Derive(i)))];
        if (given is not null) { inputs[0].CopyFrom(given); }
        double[][] wideInputs = [.. inputs.Select(input => Wide(input.Span))];
        double[][] wideWeights = [.. layer.Weights.Select(weight => Wide(weight.Value.Span))];

        var call = new LayerCall(layer) { Training = true, KeepForBackward = true, Random = random, Mask = mask };
        call.Forward(inputs);
        double[] y = [.. call.Outputs.SelectMany(output => Wide(output.Span))];
        Golden.AssertClose(naive(wideInputs, wideWeights), y, 1e-6, $"{layer.Kind} outputs");

        foreach (TensorBuffer gradient in call.PrepareOutputGradients()) { Draw(gradient, key.Derive(gradient.Length + 100)); }
        double[] cotangent = [.. call.OutputGradients.SelectMany(gradient => Wide(gradient.Span))];
        TensorBuffer[] inputGradients = [.. inputs.Select(_ => new TensorBuffer(0))];
        foreach (Weight weight in layer.Weights) { weight.Gradient.Span.Fill(0.25f); } // backward adds
        call.Backward(inputGradients);

        double Loss() => naive(wideInputs, wideWeights).Zip(cotangent, (a, b) => a * b).Sum();
        for (int i = 0; i < inputs.Length; i++)
        {
            Golden.AssertClose(Differences(wideInputs[i], Loss), inputGradients[i].Span, 3e-6, $"{layer.Kind} gradient of input {i}");
        }

        for (int i = 0; i < layer.Weights.Count; i++)
        {
            double[] expected = [.. Differences(wideWeights[i], Loss).Select(gradient => gradient + 0.25)];
            Golden.AssertClose(expected, layer.Weights[i].Gradient.Span, 3e-6, $"{layer.Kind} gradient of {layer.Weights[i].Name}");
        }
    }

    private static double[] Differences(double[] values, Func<double> loss)
    {
        const double Step = 1e-3;
        var gradient = new double[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            double at = values[i];
            double Shifted(int by)
            {
                values[i] = at + (by * Step);
                return loss();
            }

            gradient[i] = ((8 * (Shifted(1) - Shifted(-1))) - (Shifted(2) - Shifted(-2))) / (12 * Step);
            values[i] = at;
        }

        return gradient;
    }

    private static ReferenceCall<double> Cell(
        double[] x, int rows, int steps, int features, int units, double[][] weights, int firstWeight, bool backwards,
        byte[]? mask = null, bool zeroOutput = false, double[]? h = null, double[]? c = null, bool resetAfter = true) => new()
        {
            Rows = rows,
            TimeSteps = steps,
            Features = features,
            Units = units,
            X = x,
            Kernel = weights[firstWeight],
            RecurrentKernel = weights[firstWeight + 1],
            Bias = weights[firstWeight + 2],
            Mask = mask,
            GoBackwards = backwards,
            ZeroOutputForMask = zeroOutput,
            InitialH = h,
            InitialC = c,
            ResetAfter = resetAfter,
        };

    private static double[] Product(double[] x, double[] kernel, double[] bias, int units)
    {
        int features = kernel.Length / units;
        var z = new double[x.Length / features * units];
        for (int i = 0; i < z.Length; i++)
        {
            z[i] = bias[i % units];
            for (int f = 0; f < features; f++) { z[i] += x[(i / units * features) + f] * kernel[(f * units) + (i % units)]; }
        }

        return z;
    }

    private static TensorBuffer Draw(TensorBuffer buffer, RandomKey key)
    {
        for (int i = 0; i < buffer.Length; i++) { buffer.Span[i] = (float)(0.8 * key.Normal((ulong)i)); }
        return buffer;
    }

    private static double[] Wide(ReadOnlySpan<float> values)
    {
        var wide = new double[values.Length];
        for (int i = 0; i < wide.Length; i++) { wide[i] = values[i]; }
        return wide;
    }
}
