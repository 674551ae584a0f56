using Engram.Layers;

namespace Engram.Tests.Layers;

public class ActivationTests
{
    // The golden files hold every function's values and derivatives; here is what they cannot hold.
    private static readonly int[] Lengths = [0, 1, 3, 7, 8, 9, 15, 16, 17, 31, 33];

    public static TheoryData<ActivationFunction> All()
    {
        var data = new TheoryData<ActivationFunction>();
        foreach (string name in Activations.Names) { data.Add(Activations.Get(name)); }
        data.Add(Activations.Gelu(approximate: true));
        data.Add(Activations.Threshold(0.3f, -0.7f));
        data.Add(Activations.LeakyRelu(0.07f));
        data.Add(Activations.Elu(0.4f));
        data.Add(Activations.Celu(0.6f));
        data.Add(Activations.Squareplus(2.5f));
        return data;
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Bits_do_not_depend_on_the_position_in_the_span(ActivationFunction function)
    {
        float[] x = Draw(64, 3);
        float[] dy = Draw(64, 1, 1);
        int row = function.Name is "softmax" or "log_softmax" or "glu" ? 4 : 1;
        (float[] y, float[] dx) = Run(function, x, dy, row);
        foreach (int length in Lengths)
        {
            int start = (length % 3) * row;
            int count = length / row * row;
            (float[] part, float[] dPart) = Run(function, x[start..(start + count)], dy[start..(start + count)], row);
            Assert.Equal(y[(start * part.Length / Math.Max(count, 1))..][..part.Length], part);
            if (row == 1) { Assert.Equal(dx[start..(start + count)], dPart); }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Derivatives_are_those_of_the_function(ActivationFunction function)
    {
        const int Row = 6;
        float[] x = Draw(30, 3);
        for (int i = 0; i < x.Length; i++) { x[i] = MathF.Round(x[i] * 8 + 0.5f) / 8 + 0.0612f; } // away from kinks
        int outputs = 30 / Row * function.OutputLength(Row);
        float[] dy = Draw(outputs, 1, 1);
        (_, float[] dx) = Run(function, x, dy, Row);
        for (int i = 0; i < x.Length; i++)
        {
            const float Step = 1f / 64;
            double Shifted(int by)
            {
                float[] shifted = [.. x];
                shifted[i] += by * Step;
                var y = new float[outputs];
                function.Forward(shifted, y, Row);
                return y.Zip(dy, (a, b) => (double)a * b).Sum();
            }

            double numeric = ((8 * (Shifted(1) - Shifted(-1))) - (Shifted(2) - Shifted(-2))) / (12 * Step);
            Assert.True(Math.Abs(numeric - dx[i]) <= 1e-4 * Math.Max(1, Math.Abs(numeric)), $"{function.Name}: derivative at {x[i]} is {dx[i]}, numerically {numeric}");
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void NaN_stays_NaN_and_extremes_do_not_become_NaN(ActivationFunction function)
    {
        var y = new float[4 / 2 * function.OutputLength(2)];
        function.Forward([float.NaN, float.NaN, 1, 2], y, 2);
        Assert.True(float.IsNaN(y[0]), $"{function.Name}(NaN) is {y[0]}");
        Assert.False(float.IsNaN(y[^1]));

        float[] extremes = [-1e30f, -1e4f, -90, -20, 20, 88, -0f, 1e4f];
        (float[] values, float[] derivatives) = Run(function, extremes, [.. Enumerable.Repeat(1f, 8)], 2);
        Assert.DoesNotContain(values, float.IsNaN);
        if (function.Name != "exponential") { Assert.DoesNotContain(derivatives, float.IsNaN); }
    }

    public static TheoryData<string, Func<double, double>> Exact() => new()
    {
        { "tanh", Math.Tanh },
        { "sigmoid", x => 1 / (1 + Math.Exp(-x)) },
        { "exponential", Math.Exp },
        { "softplus", x => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x))) },
        { "log_sigmoid", x => Math.Min(x, 0) - Math.Log(1 + Math.Exp(-Math.Abs(x))) },
        { "softsign", x => x / (1 + Math.Abs(x)) },
        { "squareplus", x => (Math.Abs(x) + Math.Sqrt((x * x) + 4)) / 2 * (x < 0 ? 4 / Math.Pow(Math.Abs(x) + Math.Sqrt((x * x) + 4), 2) : 1) },
        { "silu", x => x / (1 + Math.Exp(-x)) },
    };

    [Theory]
    [MemberData(nameof(Exact))]
    public void Values_are_right_to_a_few_units_in_the_last_place(string name, Func<double, double> exact)
    {
        var x = new float[4001];
        for (int i = 0; i < x.Length; i++) { x[i] = (i - 2000) * 0.00413f; }
        var y = new float[x.Length];
        Activations.Get(name).Forward(x, y, x.Length);
        for (int i = 0; i < x.Length; i++)
        {
            double expected = exact(x[i]);
            Assert.True(Math.Abs(y[i] - expected) <= (4e-7 * Math.Abs(expected)) + 1e-30, $"{name}({x[i]}) is {y[i]}, exactly {expected}");
        }
    }

    [Fact]
    public void Functions_may_work_in_place_unless_the_derivative_needs_the_input()
    {
        foreach (string name in Activations.Names)
        {
            ActivationFunction function = Activations.Get(name);
            if (function.DerivativeNeedsInput) { continue; }
            float[] x = Draw(35, 3);
            float[] dy = Draw(35, 1, 1);
            (float[] y, float[] dx) = Run(function, x, dy, 5);
            function.Forward(x, x, 5);
            Assert.Equal(y, x);
            function.Backward([], x, dy, dy, 5);
            Assert.Equal(dx, dy);
        }
    }

    [Fact]
    public void Names_are_found_and_unknown_ones_listed()
    {
        Assert.Equal(28, Activations.Names.Count);
        Assert.Same(Activations.Tanh, Activations.Get("tanh"));
        Assert.All(Activations.Names, name => Assert.Equal(name, Activations.Get(name).Name));
        string message = Assert.Throws<EngramException>(() => Activations.Get("swosh")).Message;
        Assert.Contains("'swosh'", message, StringComparison.Ordinal);
        Assert.Contains("hard_sigmoid", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Equality_is_that_of_the_parameters()
    {
        Assert.Equal(Activations.Elu(0.5f), Activations.Elu(0.5f));
        Assert.NotEqual(Activations.Elu(0.5f), Activations.Elu());
        Assert.Same(Activations.Get("gelu"), Activations.Gelu());
        Assert.NotEqual(Activations.Get("gelu"), Activations.Gelu(approximate: true));
    }

    [Fact]
    public void Wrong_parameters_are_errors()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Activations.LeakyRelu(-0.1f));
        Assert.Throws<ArgumentOutOfRangeException>(() => Activations.Elu(float.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => Activations.Celu(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Activations.Squareplus(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Activations.HardShrink(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Activations.SoftShrink(-1));
        Assert.Throws<EngramException>(() => Activations.Glu.OutputLength(5));
    }

    private static (float[] Y, float[] Dx) Run(ActivationFunction function, float[] x, float[] dy, int row)
    {
        var y = new float[x.Length / row * function.OutputLength(row)];
        function.Forward(x, y, row);
        var dx = new float[x.Length];
        function.Backward(function.DerivativeNeedsInput ? x : [], y, dy.AsSpan(0, y.Length), dx, row);
        return (y, dx);
    }

    private static float[] Draw(int count, float scale, long seed = 0) =>
        [.. Enumerable.Range(0, count).Select(i => scale * (float)new RandomKey(seed).Normal((ulong)i))];
}
