using Engram.Kernels;
using Xunit.Abstractions;

namespace Engram.Tests.Kernels;

/// <summary>exp, sigmoid and tanh against double precision over a dense sample of all floats.</summary>
public class VectorMathTests(ITestOutputHelper output)
{
    private const double AbsoluteError = 2.4e-7;

    [Fact]
    public void Sigmoid_and_tanh_stay_within_their_error_over_all_floats()
    {
        // Every 1009th bit pattern: all exponents, both signs; ENGRAM_EXHAUSTIVE=1 takes every one of the 2^32.
        uint stride = Environment.GetEnvironmentVariable("ENGRAM_EXHAUSTIVE") == "1" ? 1u : 1009u;
        const int Block = 1 << 16;
        var x = new float[Block];
        var y = new float[Block];
        double worstSigmoid = 0, worstTanh = 0, worstExp = 0;
        for (ulong first = 0; first <= uint.MaxValue; first += (ulong)Block * stride)
        {
            for (int i = 0; i < Block; i++)
            {
                float value = BitConverter.UInt32BitsToSingle((uint)Math.Min(first + ((ulong)i * stride), uint.MaxValue));
                x[i] = float.IsNaN(value) ? 0 : value;
            }

            VectorMath.Apply(VectorFunction.Sigmoid, x, y);
            for (int i = 0; i < Block; i++) { worstSigmoid = Worse(worstSigmoid, y[i] - (1 / (1 + Math.Exp(-(double)x[i])))); }
            VectorMath.Apply(VectorFunction.Tanh, x, y);
            for (int i = 0; i < Block; i++) { worstTanh = Worse(worstTanh, y[i] - Math.Tanh(x[i])); }
            VectorMath.Apply(VectorFunction.Exp, x, y);
            for (int i = 0; i < Block; i++)
            {
                double exact = Math.Exp(x[i]);
                if (exact is > 1.2e-38 and < 3.4e38) { worstExp = Worse(worstExp, (y[i] - exact) / exact); }
            }
        }

        output.WriteLine($"largest absolute error: sigmoid {worstSigmoid:E2}, tanh {worstTanh:E2}; largest relative error: exp {worstExp:E2}");
        Assert.True(worstSigmoid <= AbsoluteError, $"sigmoid {worstSigmoid}");
        Assert.True(worstTanh <= AbsoluteError, $"tanh {worstTanh}");
        Assert.True(worstExp <= AbsoluteError, $"exp {worstExp}");
    }

    [Fact]
    public void Limits_and_nan_are_right()
    {
        foreach (int at in new[] { 0, 5, 16 }) // within a vector and in the rest behind the last one
        {
            float[] x = new float[17], y = new float[17];
            x[at] = float.NaN;
            foreach (VectorFunction function in Enum.GetValues<VectorFunction>())
            {
                VectorMath.Apply(function, x, y);
                Assert.True(float.IsNaN(y[at]));
                Assert.All(y.Where((_, i) => i != at), value => Assert.False(float.IsNaN(value)));
            }
        }

        Assert.Equal([0f, 1f, 0.5f], Apply(VectorFunction.Sigmoid, float.NegativeInfinity, float.PositiveInfinity, 0));
        Assert.Equal([-1f, 1f, 0f], Apply(VectorFunction.Tanh, float.NegativeInfinity, float.PositiveInfinity, 0));
        Assert.Equal([0f, float.PositiveInfinity, 1f], Apply(VectorFunction.Exp, float.NegativeInfinity, float.PositiveInfinity, 0));
    }

    private static float[] Apply(VectorFunction function, params float[] x)
    {
        var y = new float[x.Length];
        VectorMath.Apply(function, x, y);
        return y;
    }

    // NaN counts as worst.
    private static double Worse(double worst, double error) => Math.Abs(error) <= worst ? worst : double.IsNaN(error) ? double.MaxValue : Math.Abs(error);
}
