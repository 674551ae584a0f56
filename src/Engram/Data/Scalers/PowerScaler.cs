using System.Text.Json;

namespace Engram.Data;

/// <summary>
/// Makes a skewed column more like a normal distribution, then brings it to mean 0 and deviation 1 (Yeo and Johnson 2000, "A new family
/// of power transformations to improve normality or symmetry"). The exponent is the one of largest likelihood, as in scikit-learn.
/// </summary>
public sealed class PowerScaler : Scaler
{
    private double[] lambda = [];
    private double[] mean = [];
    private double[] deviation = [];

    /// <inheritdoc/>
    public override string Name => nameof(PowerScaler);

    /// <summary>The exponent of each column; empty before fitting.</summary>
    public ReadOnlySpan<double> Lambdas => lambda;

    /// <summary>
    /// For x >= 0: ((x + 1)^λ - 1) / λ, or log(x + 1) where λ = 0; for x below 0: -((1 - x)^(2 - λ) - 1) / (2 - λ), or -log(1 - x) where λ = 2.
    /// </summary>
    internal static double YeoJohnson(double x, double lambda)
    {
        // expm1 and log1p keep the digits that "power minus one" loses near zero.
        double exponent = x >= 0 ? lambda : 2 - lambda;
        double log = Log1p(Math.Abs(x));
        double magnitude = exponent == 0 ? log : Expm1(exponent * log) / exponent;
        return x >= 0 ? magnitude : -magnitude;
    }

    private protected override void Allocate(int columns)
    {
        lambda = new double[columns];
        mean = new double[columns];
        deviation = new double[columns];
    }

    private protected override void FitColumn(int column, double[] values)
    {
        // A constant column says nothing about its distribution: it is centred and left unscaled.
        bool constant = values.Max() - values.Min() <= 1e-15 * values.Max(Math.Abs);
        lambda[column] = constant ? 1 : MostLikely(values);
        double[] transformed = [.. values.Select(value => YeoJohnson(value, lambda[column]))];
        (mean[column], deviation[column]) = AffineScaler.Moments(transformed);
    }

    private protected override double Scale(int column, double value) => (YeoJohnson(value, lambda[column]) - mean[column]) / deviation[column];

    private protected override double Unscale(int column, double value)
    {
        double y = (value * deviation[column]) + mean[column];
        double exponent = y >= 0 ? lambda[column] : 2 - lambda[column];
        double inside = exponent * Math.Abs(y);
        if (inside <= -1)
        {
            throw new EngramException($"PowerScaler: the scaled value {value} of column {column} lies beyond what any original value is scaled to " +
                $"(λ = {lambda[column]}). Use StandardScaler for values that far outside the training range.");
        }

        double magnitude = exponent == 0 ? Expm1(Math.Abs(y)) : Expm1(Log1p(inside) / exponent);
        return y >= 0 ? magnitude : -magnitude;
    }

    private protected override void WriteState(Utf8JsonWriter json)
    {
        AffineScaler.WriteNumbers(json, "lambda", lambda);
        AffineScaler.WriteNumbers(json, "center", mean);
        AffineScaler.WriteNumbers(json, "scale", deviation);
    }

    private protected override int ReadState(ScalerState state)
    {
        lambda = state.Numbers("lambda");
        mean = state.Numbers("center");
        deviation = state.Numbers("scale");
        return lambda.Length == mean.Length && mean.Length == deviation.Length && deviation.All(value => value > 0)
            ? lambda.Length
            : throw new EngramException("PowerScaler: 'lambda', 'center' and 'scale' must have one entry for each column, and every scale must be above 0.");
    }

    private static double MostLikely(double[] values)
    {
        // log L(λ) = -n/2 log var(y) + (λ - 1) Σ sign(x) log(|x| + 1), up to a constant
        double jacobian = values.Sum(value => Math.Sign(value) * Log1p(Math.Abs(value)));
        var transformed = new double[values.Length];
        double Cost(double candidate)
        {
            for (int i = 0; i < values.Length; i++) { transformed[i] = YeoJohnson(values[i], candidate); }
            double average = transformed.Average();
            double variance = transformed.Average(value => (value - average) * (value - average));
            double cost = (values.Length / 2.0 * Math.Log(variance)) - ((candidate - 1) * jacobian);

            // No candidates: powers that overflow, and powers that squeeze the column into the last digits of one number.
            bool sound = double.IsFinite(cost) && Math.Sqrt(variance) > 1e-12 * Math.Abs(average);
            return sound ? cost : double.PositiveInfinity;
        }

        return Minimum(Cost);
    }

    /// <summary>The minimum by golden sections, after widening (-2, 2) until it holds one (at most to ±64).</summary>
    private static double Minimum(Func<double, double> cost)
    {
        double low = -2;
        double high = 2;
        while (low > -64 && cost(low) < cost(low + 1)) { low *= 2; }
        while (high < 64 && cost(high) < cost(high - 1)) { high *= 2; }

        double ratio = (Math.Sqrt(5) - 1) / 2;
        double a = high - (ratio * (high - low));
        double b = low + (ratio * (high - low));
        (double costA, double costB) = (cost(a), cost(b));
        while (high - low > 1e-9 * (1 + Math.Abs(low)))
        {
            if (costA <= costB)
            {
                (high, b, costB) = (b, a, costA);
                a = high - (ratio * (high - low));
                costA = cost(a);
            }
            else
            {
                (low, a, costA) = (a, b, costB);
                b = low + (ratio * (high - low));
                costB = cost(b);
            }
        }

        return (low + high) / 2;
    }

    /// <summary>log(1 + x) without the rounding of 1 + x (Kahan's correction).</summary>
    private static double Log1p(double x)
    {
        double u = 1 + x;
        return u == 1 ? x : double.IsInfinity(u) ? u : Math.Log(u) * x / (u - 1);
    }

    /// <summary>exp(x) - 1 without its cancellation (Kahan's correction).</summary>
    private static double Expm1(double x)
    {
        double u = Math.Exp(x);
        if (u == 1) { return x; }
        return Math.Abs(x) > 1 ? u - 1 : (u - 1) * x / Math.Log(u);
    }
}
