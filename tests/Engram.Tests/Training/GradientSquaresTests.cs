using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Training;

/// <summary>
/// Gradients that come in shares, as an embedding's do: 3, -1 and 2 for one number, 1 for the other. What each rule makes of them is worked
/// out by hand from its formula.
/// </summary>
public sealed class GradientSquaresTests
{
    private const double Sum = 4, Squares = 14;

    public static TheoryData<string, double> FirstSteps() => new()
    {
        { "adam", 0.1 * Sum / Math.Sqrt(Squares) },
        { "amsgrad", 0.1 * Sum / Math.Sqrt(Squares) },
        { "rmsprop", 0.1 * Sum / Math.Sqrt(0.1 * Squares) },
        { "adagrad", 0.1 * Sum / Math.Sqrt(0.1 + Squares) },
        { "adadelta", Sum * Math.Sqrt(1e-7) / Math.Sqrt(0.05 * Squares) },
        { "nadam", NadamStep() },
        { "lamb", 0.1 * Math.Sqrt(5) / Math.Sqrt((Sum * Sum / Squares) + 1) * Sum / Math.Sqrt(Squares) },
        { "adafactor", 0.1 * Math.Sqrt(2.5) * Sum / Math.Sqrt(Squares) }, // the root mean square of the shares over √v is 1
        { "sgd", 0.1 * Sum },
        { "lion", 0.1 },
        { "global clip", 0.1 }, // all shares added before they are squared: Adam's step of any single gradient
        { "clip", 0.1 * Sum / Math.Sqrt(Squares) },
        { "accumulation", 0.1 },
    };

    [Theory]
    [MemberData(nameof(FirstSteps))]
    public void Every_rule_squares_each_share_by_itself(string kind, double step)
    {
        Weight w = WithShares(null);
        Optimizer optimizer = kind switch
        {
            "adam" => new Adam(0.1),
            "amsgrad" => new Adam(0.1) { AmsGrad = true },
            "rmsprop" => new RmsProp(0.1),
            "adagrad" => new Adagrad(0.1),
            "adadelta" => new Adadelta(1),
            "nadam" => new Nadam(0.1),
            "lamb" => new Lamb(0.1),
            "adafactor" => new Adafactor(0.1),
            "sgd" => new Sgd(0.1),
            "lion" => new Lion(0.1),
            "global clip" => new Adam(0.1) { GlobalClipNorm = 0.5 },
            "clip" => new Adam(0.1) { ClipNorm = 0.5 },
            _ => new Adam(0.1) { GradientAccumulationSteps = 2 },
        };
        optimizer.Build([w]);
        optimizer.Step();
        if (kind == "accumulation") { optimizer.Step(); }
        Assert.True(Math.Abs(step - (2 - w.Value.Span[0])) <= 1e-6, $"{kind}: expected {step}, got {2 - w.Value.Span[0]}");
        if (kind == "adadelta") { Golden.AssertClose([0.05 * 1e-7 / (0.05 * Squares) * Squares], [optimizer.State.Last().Value.Span[0]], 1e-5, "squared steps"); }
        if (kind is "clip" or "global clip") { Golden.AssertClose([0.5 * Sum / Math.Sqrt(15)], [w.Gradient.Span[0]], 1e-6, kind); }
    }

    [Fact]
    public void Ftrl_too()
    {
        Weight w = WithShares(null);
        var optimizer = new Ftrl(0.1);
        optimizer.Build([w]);
        optimizer.Step();
        double root = Math.Sqrt(0.1 + Squares), z = Sum - ((root - Math.Sqrt(0.1)) / 0.1 * 2);
        Golden.AssertClose([-z / (root / 0.1)], [w.Value.Span[0]], 1e-6, "ftrl");
    }

    [Fact]
    public void A_penalty_adds_the_shares_first()
    {
        Weight w = WithShares(new L2(1e-6f));
        var optimizer = new Adam(0.1);
        optimizer.Build([w]);
        optimizer.Step();
        Golden.AssertClose([0.1], [2 - w.Value.Span[0]], 1e-5, "adam");
    }

    [Fact]
    public void Each_batch_starts_anew()
    {
        var embedding = new Embedding(4, 3);
        var model = new Sequential(new Input([5]), embedding, new Flatten(), new Dense(1)) { Seed = 3 };
        model.Compile(new Adam(), Loss.MeanSquaredError);
        float[,] x = { { 0, 1, 1, 3, 1 }, { 3, 3, 0, 0, 1 } };
        float[,] y = { { 1 }, { -2 } };
        Weight table = embedding.Weights[0];
        for (int batch = 0; batch < 2; batch++)
        {
            model.TrainOnBatch(x, y);
            Assert.All(table.GradientSquares!.Span.ToArray()[6..9], square => Assert.Equal(0, square)); // no token 2
            Assert.All(table.GradientSquares!.Span.ToArray()[..3], square => Assert.True(square > 0));
            // By Cauchy and Schwarz: (Σ g)² ≤ n Σ g² with the n of the token.
            for (int i = 0; i < 12; i++) { Assert.True(table.Gradient.Span[i] * table.Gradient.Span[i] <= (4.001f * table.GradientSquares!.Span[i]) + 1e-12f); }
        }
    }

    private static double NadamStep()
    {
        double u1 = 0.9 * (1 - (0.5 * 0.96)), u2 = 0.9 * (1 - (0.5 * 0.96 * 0.96));
        double m = (u2 * 0.1 * Sum / (1 - (u1 * u2))) + Sum;
        return 0.1 * m / Math.Sqrt(Squares);
    }

    private static Weight WithShares(Regularizer? regularizer)
    {
        var w = new Weight("w", [2], true, regularizer, null);
        w.KeepGradientSquares();
        w.Value.CopyFrom([2, 1]);
        w.Gradient.CopyFrom([(float)Sum, 1]);
        w.GradientSquares!.CopyFrom([(float)Squares, 1]);
        return w;
    }
}
