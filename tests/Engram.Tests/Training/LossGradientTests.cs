using Engram.Training;

namespace Engram.Tests.Training;

/// <summary>Every loss's gradient against differences of its values, with weights, at points that are floats exactly.</summary>
public sealed class LossGradientTests
{
    private const float H = 1f / 4096;

    public static TheoryData<string, int[], string> Losses()
    {
        var data = new TheoryData<string, int[], string>();
        foreach (int[] shape in (int[][])[[5, 3], [2, 4, 3], [3, 1]])
        {
            foreach (string name in (string[])["mse", "mae", "mape", "logcosh", "cosine", "huber", "hinge", "squared_hinge", "bce_logits", "bce_logits_smooth", "own"])
            {
                data.Add(name, shape, "any");
            }

            foreach (string name in (string[])["msle", "poisson", "bce", "bce_smooth", "focal", "focal_balanced", "focal_0", "dice", "tversky"]) { data.Add(name, shape, "probability"); }
            data.Add("focal_logits", shape, "logit");
        }

        foreach (int[] shape in (int[][])[[5, 4], [2, 3, 11], [3, 17]])
        {
            foreach (string name in (string[])["cce_logits", "cce_logits_smooth", "cfocal_logits", "categorical_hinge"]) { data.Add(name, shape, "classes"); }
            foreach (string name in (string[])["kld", "cce", "cce_smooth", "cfocal", "cfocal_0"]) { data.Add(name, shape, "class probabilities"); }
            data.Add("scce_logits", shape, "class numbers");
            data.Add("scce_logits_ignore", shape, "class numbers");
            data.Add("scce", shape, "class numbers of probabilities");
        }

        data.Add("quantile", [5, 6], "quantiles");
        data.Add("quantile", [2, 4, 3], "quantiles");
        return data;
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Gradients_are_the_differences_of_values(string name, int[] shape, string kind)
    {
        Loss loss = Create(name);
        var random = new Random(name.Length + shape.Length);
        (TensorBuffer y, TensorBuffer p) = Data(random, shape, kind);
        int count = loss.ElementAxes(y.Axes, p.Axes).Aggregate(1, (product, axis) => product * axis);
        double[] weights = [.. Enumerable.Range(0, count).Select(i => i == 1 ? 0 : random.NextDouble() - 0.3)];

        var gradient = new TensorBuffer(1);
        loss.Backward(y, p, weights, gradient);
        var expected = new double[p.Length];
        for (int i = 0; i < p.Length; i++)
        {
            float at = p.Span[i];
            double Value(float shifted)
            {
                p.Span[i] = shifted;
                var elements = new double[count];
                loss.Forward(y, p, elements);
                p.Span[i] = at;
                return elements.Zip(weights, (element, weight) => element * weight).Sum();
            }

            expected[i] = ((8 * (Value(at + H) - Value(at - H))) - (Value(at + (2 * H)) - Value(at - (2 * H)))) / (12 * H);
        }

        Golden.AssertClose(expected, gradient.Span, 1e-6, name);
    }

    private static (TensorBuffer Y, TensorBuffer P) Data(Random random, int[] shape, string kind)
    {
        var p = new TensorBuffer(shape);
        bool probabilities = kind.Contains("probabilit", StringComparison.Ordinal);
        for (int i = 0; i < p.Length; i++) { p.Span[i] = H * (probabilities ? random.Next(200, 3900) : random.Next(-9000, 9000)); }
        int columns = shape[^1];
        var y = kind switch
        {
            "class numbers" or "class numbers of probabilities" => new TensorBuffer(shape.AsSpan()[..^1]),
            "quantiles" => new TensorBuffer([.. shape.AsSpan()[..^1], columns / 3]),
            _ => new TensorBuffer(shape),
        };
        for (int i = 0; i < y.Length; i++)
        {
            y.Span[i] = kind switch
            {
                "class numbers" or "class numbers of probabilities" => random.Next(columns),
                "class probabilities" => random.Next(1, 3) / (1.5f * columns),
                "classes" => i % columns == 2 ? 1 : 0,
                "probability" or "logit" => random.Next(2),
                _ => random.NextSingle() - 0.5f,
            };
        }

        return (y, p);
    }

    private static Loss Create(string name) => name switch
    {
        "mse" => Loss.MeanSquaredError,
        "mae" => Loss.MeanAbsoluteError,
        "mape" => Loss.MeanAbsolutePercentageError,
        "msle" => Loss.MeanSquaredLogarithmicError,
        "logcosh" => Loss.LogCosh,
        "cosine" => Loss.CosineSimilarity,
        "huber" => Loss.Huber(0.7),
        "hinge" => Loss.Hinge,
        "squared_hinge" => Loss.SquaredHinge,
        "categorical_hinge" => Loss.CategoricalHinge,
        "poisson" => Loss.Poisson,
        "kld" => Loss.KLDivergence,
        "bce" => Loss.BinaryCrossentropy(),
        "bce_smooth" => Loss.BinaryCrossentropy(labelSmoothing: 0.2),
        "bce_logits" => Loss.BinaryCrossentropy(fromLogits: true),
        "bce_logits_smooth" => Loss.BinaryCrossentropy(fromLogits: true, labelSmoothing: 0.2),
        "focal" => Loss.BinaryFocalCrossentropy(labelSmoothing: 0.1),
        "focal_0" => Loss.BinaryFocalCrossentropy(gamma: 0),
        "focal_balanced" => Loss.BinaryFocalCrossentropy(applyClassBalancing: true, alpha: 0.3, gamma: 1.5),
        "focal_logits" => Loss.BinaryFocalCrossentropy(fromLogits: true, gamma: 1.5),
        "cce" => Loss.CategoricalCrossentropy(),
        "cce_smooth" => Loss.CategoricalCrossentropy(labelSmoothing: 0.2),
        "cce_logits" => Loss.CategoricalCrossentropy(fromLogits: true),
        "cce_logits_smooth" => Loss.CategoricalCrossentropy(fromLogits: true, labelSmoothing: 0.2),
        "cfocal" => Loss.CategoricalFocalCrossentropy(labelSmoothing: 0.1),
        "cfocal_0" => Loss.CategoricalFocalCrossentropy(gamma: 0),
        "cfocal_logits" => Loss.CategoricalFocalCrossentropy(fromLogits: true, gamma: 1.5),
        "scce" => Loss.SparseCategoricalCrossentropy(),
        "scce_logits" => Loss.SparseCategoricalCrossentropy(fromLogits: true),
        "scce_logits_ignore" => Loss.SparseCategoricalCrossentropy(fromLogits: true, ignoreClass: 1),
        "dice" => Loss.Dice,
        "tversky" => Loss.Tversky(0.3, 0.7),
        "quantile" => Loss.Quantile(0.1, 0.5, 0.9),
        "own" => new Cubed(),
        _ => throw new ArgumentException($"An unknown loss: {name}."),
    };

    /// <summary>A loss of one's own, as short as it gets.</summary>
    private sealed class Cubed : RowLoss
    {
        public override string Name => "cubed";

        protected override double Row(ReadOnlySpan<float> y, ReadOnlySpan<float> p) => Math.Pow(Math.Abs((double)p[^1] - y[^1]), 3);

        protected override void RowGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> p, double weight, Span<float> dp)
        {
            dp.Clear();
            double error = (double)p[^1] - y[^1];
            dp[^1] = (float)(weight * 3 * error * Math.Abs(error));
        }
    }
}
