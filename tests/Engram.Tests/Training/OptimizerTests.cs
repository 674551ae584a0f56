using Engram.Layers;
using Engram.Training;

namespace Engram.Tests.Training;

public sealed class OptimizerTests
{
    // Those whose numbers do not meet, and all.
    private static readonly string[] ElementWise =
        ["sgd", "momentum", "nesterov", "adam", "amsgrad", "adamw", "rmsprop", "rmsprop_all", "adagrad", "adadelta", "adamax", "nadam", "ftrl", "lion"];

    public static TheoryData<string> ElementWiseKinds() => new(ElementWise);

    public static TheoryData<string> Kinds() => new([.. ElementWise, "lamb", "adafactor"]);

    /// <summary>The vector loop's tails: a weight of any length is updated as its numbers are when each is a weight of its own.</summary>
    [Theory]
    [MemberData(nameof(ElementWiseKinds))]
    public void Every_number_is_updated_alike(string kind)
    {
        foreach (int length in (int[])[1, 3, 7, 8, 9, 15, 16, 17, 31, 33])
        {
            var random = new Random(length);
            Weight whole = NewWeight(random, length);
            Weight[] parts = [.. Enumerable.Range(0, length).Select(_ => new Weight("w", [1], true, null, null))];
            for (int i = 0; i < length; i++) { parts[i].Value.Span[0] = whole.Value.Span[i]; }
            Optimizer one = Create(kind), many = Create(kind);
            one.Build([whole]);
            many.Build(parts);
            for (int step = 0; step < 3; step++)
            {
                for (int i = 0; i < length; i++) { whole.Gradient.Span[i] = parts[i].Gradient.Span[0] = random.NextSingle() - 0.5f; }
                one.Step();
                many.Step();
            }

            for (int i = 0; i < length; i++) { Assert.Equal(parts[i].Value.Span[0], whole.Value.Span[i]); }
        }
    }

    /// <summary>A weight so large that the engine's threads share it is updated as its pieces are, which are too small to be shared.</summary>
    [Theory]
    [MemberData(nameof(ElementWiseKinds))]
    public void Large_weights_are_updated_as_their_pieces_are(string kind)
    {
        const int Piece = 7001, Pieces = 29;
        var random = new Random(3);
        Weight whole = NewWeight(random, Piece * Pieces);
        Weight[] parts = [.. Enumerable.Range(0, Pieces).Select(_ => new Weight("w", [Piece], true, null, null))];
        for (int i = 0; i < Pieces; i++) { parts[i].Value.CopyFrom(whole.Value.Span.Slice(i * Piece, Piece)); }
        Optimizer one = Create(kind), many = Create(kind);
        one.Build([whole]);
        many.Build(parts);
        for (int step = 0; step < 2; step++)
        {
            foreach (ref float g in whole.Gradient.Span) { g = random.NextSingle() - 0.5f; }
            for (int i = 0; i < Pieces; i++) { parts[i].Gradient.CopyFrom(whole.Gradient.Span.Slice(i * Piece, Piece)); }
            one.Step();
            many.Step();
        }

        for (int i = 0; i < Pieces; i++) { Assert.Equal(parts[i].Value.Span, whole.Value.Span.Slice(i * Piece, Piece)); }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_optimizer_goes_downhill_and_allocates_nothing(string kind)
    {
        var random = new Random(1);
        Weight a = NewWeight(random, 5, 3), b = NewWeight(random, 7);
        double before = Squares(a) + Squares(b);
        Optimizer optimizer = Create(kind);
        optimizer.Build([a, b]);
        for (int step = 0; step < 20; step++)
        {
            foreach (Weight weight in (Weight[])[a, b]) { weight.Value.Span.CopyTo(weight.Gradient.Span); } // the gradient of Σ w² / 2
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            optimizer.Step();
            if (step > 0) { Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - allocated); }
        }

        Assert.Equal(20, optimizer.Iterations);
        Assert.True(Squares(a) + Squares(b) < before);
    }

    [Theory]
    [InlineData("adam", 2 * 22, 2)]
    [InlineData("amsgrad", 3 * 22, 2)]
    [InlineData("sgd", 0, 2)]
    [InlineData("momentum", 22, 2)]
    [InlineData("rmsprop_all", 3 * 22, 2)]
    [InlineData("nadam", (2 * 22) + 1, 2)]
    [InlineData("adafactor", 22 + 5 + 3 + 2, 2)] // rows, columns and, for the vector, a number in place of each
    public void The_state_is_what_a_summary_calls_optimizer_params(string kind, int arrays, int scalars)
    {
        var random = new Random(1);
        Optimizer optimizer = Create(kind);
        optimizer.Build([NewWeight(random, 5, 3), NewWeight(random, 7)]);
        Assert.Equal(arrays, optimizer.State.Sum(state => state.Value.Length));
        Assert.Equal(arrays + scalars, optimizer.StateCount);
        Assert.Equal(optimizer.State.Count(), optimizer.State.Select(state => state.Path).Distinct().Count());
    }

    [Fact]
    public void Adam_keeps_20904_numbers_for_10451_weights()
    {
        var optimizer = new Adam();
        optimizer.Build([.. new int[][] { [1, 200], [50, 200], [200], [50, 1], [1] }.Select(shape => new Weight("w", shape, true, null, null))]);
        Assert.Equal(20904, optimizer.StateCount);
        Assert.Equal(["0/w/momentum", "0/w/velocity", "1/w/momentum"], optimizer.State.Take(3).Select(state => state.Path));
    }

    /// <summary>Every array of the state and the iteration, carried to another optimizer, continue as if nothing had happened.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void State_can_be_carried_over(string kind)
    {
        var random = new Random(2);
        Weight first = NewWeight(random, 6, 3), second = new("w", [6, 3], true, null, null);
        Optimizer one = Create(kind), two = Create(kind);
        one.Build([first]);
        two.Build([second]);
        float[] gradient = [.. Enumerable.Range(0, 18).Select(_ => random.NextSingle() - 0.5f)];
        for (int step = 0; step < 6; step++)
        {
            if (step == 3)
            {
                second.Value.CopyFrom(first.Value.Span);
                two.Iterations = one.Iterations;
                foreach (((_, TensorBuffer from), (_, TensorBuffer to)) in one.State.Zip(two.State)) { to.CopyFrom(from.Span); }
            }

            first.Gradient.CopyFrom(gradient);
            second.Gradient.CopyFrom(gradient);
            one.Step();
            if (step >= 3) { two.Step(); }
        }

        Assert.Equal(first.Value.Span.ToArray(), second.Value.Span.ToArray());
    }

    [Fact]
    public void Building_again_keeps_the_state_and_other_weights_are_refused()
    {
        var random = new Random(1);
        Weight a = NewWeight(random, 4);
        var optimizer = new Adam();
        Assert.Throws<InvalidOperationException>(optimizer.Step);
        optimizer.Build([a]);
        a.Gradient.Span.Fill(1);
        optimizer.Step();
        optimizer.Build([a]);
        Assert.NotEqual(0, optimizer.State.First().Value.Span[0]);
        Assert.Throws<InvalidOperationException>(() => optimizer.Build([a, NewWeight(random, 2)]));
    }

    [Fact]
    public void Only_one_kind_of_clipping_can_be_set()
    {
        Assert.Throws<ArgumentException>(() => new Adam { ClipNorm = 1, ClipValue = 1 });
        Assert.Throws<ArgumentException>(() => new Adam { ClipValue = 1, GlobalClipNorm = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam { ClipNorm = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam { Beta1 = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam { GradientAccumulationSteps = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam { LearningRate = double.NaN });
    }

    [Fact]
    public void A_gradient_that_is_not_finite_is_seen_in_every_weight()
    {
        Weight a = new("a", [2], true, null, null), b = new("b", [2], true, null, null);
        var optimizer = new Sgd { GlobalClipNorm = 1 };
        optimizer.Build([a, b]);
        a.Gradient.Span[0] = float.PositiveInfinity;
        optimizer.Step();
        Assert.True(float.IsNaN(b.Value.Span[1]));
    }

    [Fact]
    public void Constraints_hold_after_each_step_and_excluded_weights_do_not_decay()
    {
        Weight kernel = new("kernel", [3], true, null, new NonNeg()), bias = new("bias", [3], true, null, null);
        kernel.Value.Span.Fill(1);
        bias.Value.Span.Fill(1);
        kernel.Gradient.CopyFrom([0, 0, 20]);
        var optimizer = new Sgd(0.1) { WeightDecay = 0.5, ExcludeFromWeightDecay = weight => weight.Name == "bias" };
        optimizer.Build([kernel, bias]);
        optimizer.Step();
        Assert.Equal([0.95f, 0.95f, 0], kernel.Value.Span.ToArray());
        Assert.Equal([1, 1, 1], bias.Value.Span.ToArray());
    }

    [Fact]
    public void Averages_replace_the_weights_when_training_ends()
    {
        Weight w = new("w", [1], true, null, null);
        var optimizer = new Sgd(1) { UseEma = true, EmaMomentum = 0.5 };
        optimizer.Build([w]);
        foreach (float gradient in (float[])[-1, -1, -2]) // weights 1, 2, 4; averages 1, 1.5, 2.75
        {
            w.Gradient.Span[0] = gradient;
            optimizer.Step();
        }

        Assert.Equal(4, w.Value.Span[0]);
        optimizer.FinishTraining();
        Assert.Equal(2.75f, w.Value.Span[0]);
    }

    [Fact]
    public void A_rule_of_ones_own_gets_clipping_and_the_rest_for_free()
    {
        Weight w = new("w", [2], true, null, null);
        w.Gradient.CopyFrom([3, -4]);
        var optimizer = new SignDescent(0.5) { ClipNorm = 1 };
        optimizer.Build([w]);
        optimizer.Step();
        Assert.Equal([-0.5f, 0.5f], w.Value.Span.ToArray());
        Assert.Equal([0.6f, -0.8f], w.Gradient.Span.ToArray());
        Assert.Equal(2, optimizer.StateCount);
    }

    private static Weight NewWeight(Random random, params int[] shape)
    {
        var weight = new Weight("w", shape, true, null, null);
        foreach (ref float value in weight.Value.Span) { value = random.NextSingle() - 0.5f; }
        return weight;
    }

    private static double Squares(Weight weight)
    {
        double sum = 0;
        foreach (float value in weight.Value.Span) { sum += value * value; }
        return sum;
    }

    private static Optimizer Create(string kind) => kind switch
    {
        "sgd" => new Sgd(),
        "momentum" => new Sgd { Momentum = 0.9 },
        "nesterov" => new Sgd { Momentum = 0.9, Nesterov = true },
        "adam" => new Adam(),
        "amsgrad" => new Adam { AmsGrad = true },
        "adamw" => new AdamW(),
        "rmsprop" => new RmsProp(),
        "rmsprop_all" => new RmsProp { Momentum = 0.5, Centered = true },
        "adagrad" => new Adagrad(),
        "adadelta" => new Adadelta(),
        "adamax" => new Adamax(),
        "nadam" => new Nadam(),
        "ftrl" => new Ftrl(),
        "lion" => new Lion(),
        "lamb" => new Lamb(),
        "adafactor" => new Adafactor(),
        _ => throw new ArgumentException($"An unknown optimizer: {kind}."),
    };

    private sealed class SignDescent(double learningRate) : Optimizer(learningRate)
    {
        public override string Name => "SignDescent";

        protected override void CreateState(IReadOnlyList<Weight> weights) { }

        protected override void Update(int index, Weight weight, double learningRate, double decay)
        {
            for (int i = 0; i < weight.Value.Length; i++) { weight.Value.Span[i] -= (float)learningRate * Math.Sign(weight.Gradient.Span[i]); }
        }
    }
}
