using Engram.Cells.Reference;
using Engram.Inspection;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Inspection;

/// <summary>The oracle: the scalar cells in double precision, their states nudged between two steps.</summary>
public sealed class GradientFlowTests
{
    private const int Rows = 3, Steps = 7, Features = 2, Units = 5;
    private const double Nudge = 1e-5;

    public static TheoryData<string, bool, bool> Cases => new()
    {
        { "lstm", false, false }, { "lstm", true, false }, { "lstm", false, true },
        { "gru", false, false }, { "gru", true, true }, { "gru before", false, false }, { "rnn", false, false }, { "rnn", true, false },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Agrees_with_finite_differences(string kind, bool returnSequences, bool goBackwards)
    {
        Recurrent layer = Create(kind, returnSequences, goBackwards);
        Randomize(layer, 11);
        float[] x = Numbers(Rows * Steps * Features, 12);
        float[] g = Numbers(Rows * (returnSequences ? Steps : 1) * Units, 13);

        GradientFlow flow = GradientFlow.Measure(
            layer,
            Engram.Data.NumericArray.Create(x, Rows, Steps, Features),
            returnSequences ? Engram.Data.NumericArray.Create(g, Rows, Steps, Units) : Engram.Data.NumericArray.Create(g, Rows, Units));

        Assert.Equal(Steps, flow.Hidden.Count);
        Assert.Equal(kind == "lstm" ? Steps : 0, flow.Cell.Count);
        double[] read = [.. goBackwards ? Reversed(x) : x.Select(value => (double)value)];
        for (int t = 0; t < Steps; t++)
        {
            Close(Expected(layer, read, g, t, ofCell: false), flow.Hidden[t], $"h at step {t}");
            if (kind == "lstm") { Close(Expected(layer, read, g, t, ofCell: true), flow.Cell[t], $"c at step {t}"); }
        }
    }

    [Fact]
    public void In_a_model_the_loss_of_a_row_goes_back_through_the_layers_behind()
    {
        var lstm = new Lstm(Units);
        var dense = new Dense(1);
        var model = new Sequential(new Input(Steps, Features), lstm, dense) { Seed = 5 };
        model.Build();
        Randomize(lstm, 21);
        float[] x = Numbers(Rows * Steps * Features, 22);
        float[] y = Numbers(Rows, 23);
        var inputs = Engram.Data.NumericArray.Create(x, Rows, Steps, Features);
        foreach (Weight weight in model.Weights) { weight.Gradient.Span.Fill(7); }

        GradientFlow flow = GradientFlow.Measure(model, inputs, Engram.Data.NumericArray.Create(y, Rows, 1), Loss.MeanSquaredError);

        // d (p - y)^2 / dh = 2 (p - y) w
        float[] predicted = new float[Rows];
        model.Predict(inputs).FlattenTo(predicted);
        float[] g = [.. Enumerable.Range(0, Rows * Units).Select(i => 2 * (predicted[i / Units] - y[i / Units]) * dense.Weights[0].Value.Span[i % Units])];
        GradientFlow expected = GradientFlow.Measure(lstm, inputs, Engram.Data.NumericArray.Create(g, Rows, Units));
        for (int t = 0; t < Steps; t++)
        {
            Close(expected.Hidden[t], flow.Hidden[t], $"h at step {t}");
            Close(expected.Cell[t], flow.Cell[t], $"c at step {t}");
        }

        Assert.All(model.Weights, weight => Assert.All(weight.Gradient.Span.ToArray(), value => Assert.Equal(7f, value)));
    }

    [Fact]
    public void What_cannot_be_measured_is_an_error_that_says_so()
    {
        var x = new float[Rows, Steps, Features];
        Assert.Contains("build it first", Assert.Throws<EngramException>(() => GradientFlow.Measure(new Lstm(2), x, new float[Rows, 2])).Message, StringComparison.Ordinal);
        Recurrent layer = Create("gru", false, false);
        Assert.Contains("(3, 5)", Assert.Throws<EngramException>(() => GradientFlow.Measure(layer, x, new float[Rows, 4])).Message, StringComparison.Ordinal);
        var dense = new Sequential(new Input(Steps, Features), new Dense(1));
        Assert.Contains("no Lstm", Assert.Throws<EngramException>(() => GradientFlow.Measure(dense, x, new float[Rows, Steps, 1], Loss.MeanSquaredError)).Message, StringComparison.Ordinal);
        var masked = new Sequential(new Input(Steps, Features), new Masking(), new Lstm(3));
        Assert.Contains("masks steps", Assert.Throws<EngramException>(() => GradientFlow.Measure(masked, x, new float[Rows, 3], Loss.MeanSquaredError)).Message, StringComparison.Ordinal);
    }

    private static Recurrent Create(string kind, bool returnSequences, bool goBackwards)
    {
        Recurrent layer = kind switch
        {
            "lstm" => new Lstm(Units) { ReturnSequences = returnSequences, GoBackwards = goBackwards },
            "gru" => new Gru(Units) { ReturnSequences = returnSequences, GoBackwards = goBackwards },
            "gru before" => new Gru(Units) { ResetAfter = false, ReturnSequences = returnSequences, GoBackwards = goBackwards },
            _ => new SimpleRnn(Units) { ReturnSequences = returnSequences, GoBackwards = goBackwards },
        };
        layer.Build([new Shape(Shape.Unknown, Steps, Features)], new RandomKey(3));
        return layer;
    }

    private static void Randomize(Layer layer, long seed)
    {
        for (int i = 0; i < layer.Weights.Count; i++) { layer.Weights[i].Value.CopyFrom(Numbers(layer.Weights[i].Value.Length, seed + (100 * i))); }
    }

    /// <summary>The mean over rows of ||dL/dh_t|| by central differences, for L = the sum of g times the outputs.</summary>
    private static double Expected(Recurrent layer, double[] x, float[] g, int t, bool ofCell)
    {
        ReferenceTrace<double> until = Run(layer, x, 0, t + 1, null, null);
        (double[] h, double[] c) = (until.LastH, layer.StateCount == 2 ? until.LastC : []);
        double sum = 0;
        for (int row = 0; row < Rows; row++)
        {
            double squares = 0;
            for (int unit = 0; unit < Units; unit++)
            {
                double[] nudged = ofCell ? c : h;
                int at = (row * Units) + unit;
                double kept = nudged[at];
                nudged[at] = kept + Nudge;
                double up = LossOf(layer, x, g, t, h, c, row);
                nudged[at] = kept - Nudge;
                double down = LossOf(layer, x, g, t, h, c, row);
                nudged[at] = kept;
                squares += Math.Pow((up - down) / (2 * Nudge), 2);
            }

            sum += Math.Sqrt(squares);
        }

        return sum / Rows;
    }

    private static double LossOf(Recurrent layer, double[] x, float[] g, int t, double[] h, double[] c, int row)
    {
        double[] later = t == Steps - 1 ? [] : layer.ReturnSequences ? Run(layer, x, t + 1, Steps, h, c).Y : Run(layer, x, t + 1, Steps, h, c).LastY;
        double loss = 0;
        for (int step = layer.ReturnSequences ? t : Steps - 1; step < Steps; step++)
        {
            for (int unit = 0; unit < Units; unit++)
            {
                float weight = g[layer.ReturnSequences ? (((row * Steps) + step) * Units) + unit : (row * Units) + unit];
                int perRow = layer.ReturnSequences ? Steps - 1 - t : 1;
                double output = step == t ? h[(row * Units) + unit]
                    : later[((((row * perRow) + (layer.ReturnSequences ? step - t - 1 : 0)) * Units) + unit)];
                loss += weight * output;
            }
        }

        return loss;
    }

    private static ReferenceTrace<double> Run(Recurrent layer, double[] x, int from, int to, double[]? h, double[]? c)
    {
        var call = new ReferenceCall<double>
        {
            Rows = Rows,
            TimeSteps = to - from,
            Features = Features,
            Units = Units,
            X = [.. Enumerable.Range(0, Rows).SelectMany(row => x[(((row * Steps) + from) * Features)..(((row * Steps) + to) * Features)])],
            Kernel = Doubles(layer.Weights[0]),
            RecurrentKernel = Doubles(layer.Weights[1]),
            Bias = Doubles(layer.Weights[2]),
            InitialH = h,
            InitialC = c,
            ResetAfter = layer is not Gru { ResetAfter: false },
        };
        return layer switch { Lstm => ReferenceLstm.Forward(call), Gru => ReferenceGru.Forward(call), _ => ReferenceSimpleRnn.Forward(call) };
    }

    private static double[] Doubles(Weight weight) => [.. weight.Value.Span.ToArray().Select(value => (double)value)];

    private static float[] Numbers(int count, long seed) => [.. Enumerable.Range(0, count).Select(i => (float)(0.6 * new RandomKey(seed).Normal((ulong)i)))];

    private static IEnumerable<double> Reversed(float[] x) => Enumerable.Range(0, Rows)
        .SelectMany(row => Enumerable.Range(0, Steps).Reverse().SelectMany(step => Enumerable.Range(0, Features).Select(f => (double)x[(((row * Steps) + step) * Features) + f])));

    private static void Close(double expected, double actual, string what)
    {
        if (!(Math.Abs(expected - actual) <= 1e-5 + (2e-5 * Math.Abs(expected)))) { Assert.Fail($"{what}: expected {expected:R}, got {actual:R}."); }
    }
}
