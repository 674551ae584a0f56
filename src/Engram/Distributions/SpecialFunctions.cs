namespace Engram.Distributions;

/// <summary>The functions behind the distributions, in double precision, for the arguments that distributions have.</summary>
internal static class SpecialFunctions
{
    private const double HalfLnTwoPi = 0.918938533204672741780;

    // Below this, recurrences lift the argument to where the asymptotic series are exact to the last bits.
    private const double Large = 12;

    /// <summary>ln Γ(x) of x above 0: Stirling's series (DLMF 5.11.1) behind Γ(x + 1) = x Γ(x).</summary>
    public static double LogGamma(double x)
    {
        double product = 1;
        for (; x < Large; x++) { product *= x; }
        double y = 1 / (x * x);
        double series = 1.0 / 12 - (y * (1.0 / 360 - (y * (1.0 / 1260 - (y * (1.0 / 1680 - (y * (1.0 / 1188 - (y * (691.0 / 360360 - (y / 156)))))))))));
        return ((x - 0.5) * Math.Log(x)) - x + HalfLnTwoPi + (series / x) - Math.Log(product);
    }

    /// <summary>The digamma function, the derivative of ln Γ(x), of x above 0 (DLMF 5.11.2 behind 5.5.2).</summary>
    public static double Digamma(double x)
    {
        double sum = 0;
        for (; x < Large; x++) { sum += 1 / x; }
        double y = 1 / (x * x);
        double series = y * (1.0 / 12 - (y * (1.0 / 120 - (y * (1.0 / 252 - (y * (1.0 / 240 - (y * (1.0 / 132 - (y * (691.0 / 32760 - (y / 12))))))))))));
        return Math.Log(x) - (0.5 / x) - series - sum;
    }

    /// <summary>ln Γ(x + 1/2) - ln Γ(x), without cancellation where x is large (DLMF 5.11.13).</summary>
    public static double LogGammaHalfStep(double x)
    {
        if (x < 50) { return LogGamma(x + 0.5) - LogGamma(x); }
        double y = 1 / (x * x);
        return (0.5 * Math.Log(x)) - (((1.0 / 8) - (y * ((1.0 / 192) - (y * ((1.0 / 640) - (y * 17 / 14336)))))) / x);
    }

    /// <summary>The derivative of <see cref="LogGammaHalfStep"/>.</summary>
    public static double DigammaHalfStep(double x)
    {
        if (x < 50) { return Digamma(x + 0.5) - Digamma(x); }
        double y = 1 / (x * x);
        return (0.5 / x) + (y * ((1.0 / 8) - (y * ((1.0 / 64) - (y * ((1.0 / 128) - (y * 17 / 2048)))))));
    }

    /// <summary>ln(1 + exp x), for any x.</summary>
    public static double Softplus(double x) => Math.Max(x, 0) + LogOnePlus(Math.Exp(-Math.Abs(x)));

    /// <summary>1 / (1 + exp(-x)), the derivative of <see cref="Softplus"/>, for any x.</summary>
    public static double Sigmoid(double x)
    {
        double e = Math.Exp(-Math.Abs(x));
        return x >= 0 ? 1 / (1 + e) : e / (1 + e);
    }

    /// <summary>ln(1 + x) of x above -1, exact for small x too (Kahan's correction of the rounding of 1 + x).</summary>
    public static double LogOnePlus(double x)
    {
        double u = 1 + x;
        return u == 1 || double.IsPositiveInfinity(u) ? (u == 1 ? x : u) : Math.Log(u) * (x / (u - 1));
    }

    /// <summary>The density of the standard normal distribution.</summary>
    public static double NormalDensity(double z) => Math.Exp((-0.5 * z * z) - HalfLnTwoPi);

    /// <summary>The logarithm of <see cref="NormalDensity"/>.</summary>
    public static double LogNormalDensity(double z) => (-0.5 * z * z) - HalfLnTwoPi;

    /// <summary>
    /// The standard normal distribution function: around 0 Marsaglia's series (2004, "Evaluating the normal distribution"), in the tails
    /// Laplace's continued fraction (DLMF 7.9.3), which keeps small probabilities exact.
    /// </summary>
    public static double NormalCdf(double z)
    {
        if (double.IsNaN(z)) { return z; }
        if (Math.Abs(z) < 3)
        {
            double sum = 0, next = z;
            for (double n = 1, term = z; next != sum;)
            {
                sum = next;
                term *= z * z / (n += 2);
                next = sum + term;
            }

            return 0.5 + (NormalDensity(z) * sum);
        }

        double x = Math.Abs(z), fraction = x;
        for (int n = 120; n >= 1; n--) { fraction = x + (n / fraction); }
        double tail = double.IsPositiveInfinity(x) ? 0 : NormalDensity(x) / fraction;
        return z < 0 ? tail : 1 - tail;
    }

    /// <summary>
    /// The standard normal quantile of p from 0 to 1: the rational approximation 26.2.23 of Abramowitz and Stegun, made exact by Halley's
    /// method.
    /// </summary>
    public static double NormalQuantile(double p)
    {
        if (p > 0.5) { return -NormalQuantile(1 - p); }
        if (p == 0) { return double.NegativeInfinity; }
        double t = Math.Sqrt(-2 * Math.Log(p));
        double z = (((((0.010328 * t) + 0.802853) * t) + 2.515517) / ((((((0.001308 * t) + 0.189269) * t) + 1.432788) * t) + 1)) - t;
        for (int i = 0; i < 4; i++)
        {
            double error = (NormalCdf(z) - p) / NormalDensity(z);
            double step = error / (1 + (0.5 * z * error));
            z -= step;
            if (Math.Abs(step) <= 1e-16 * Math.Abs(z)) { break; }
        }

        return z;
    }

    /// <summary>The regularised incomplete beta function I_x(a, b): the continued fraction DLMF 8.17.22 by Lentz's method.</summary>
    /// <param name="a">Above 0.</param>
    /// <param name="b">Above 0.</param>
    /// <param name="x">From 0 to 1.</param>
    /// <param name="y">1 - x, given apart because x may be close to 1.</param>
    public static double RegularizedBeta(double a, double b, double x, double y) =>
        RegularizedBeta(a, b, x, y, LogGamma(a) + LogGamma(b) - LogGamma(a + b));

    /// <summary>I_x(a, b) with a known logarithm of the beta function B(a, b).</summary>
    public static double RegularizedBeta(double a, double b, double x, double y, double logBeta)
    {
        if (x <= 0) { return 0; }
        if (y <= 0) { return 1; }
        if (x > (a + 1) / (a + b + 2)) { return 1 - RegularizedBeta(b, a, y, x, logBeta); }
        double front = Math.Exp((a * LogOf(x, y)) + (b * LogOf(y, x)) - logBeta) / a;
        const double Tiny = 1e-300;
        double d = 1 / NotZero(1 - ((a + b) * x / (a + 1))), c = 1, fraction = d;
        for (int m = 1; m <= 1_000_000; m++)
        {
            double even = m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)));
            d = 1 / NotZero(1 + (even * d));
            c = NotZero(1 + (even / c));
            fraction *= d * c;
            double odd = -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            d = 1 / NotZero(1 + (odd * d));
            c = NotZero(1 + (odd / c));
            fraction *= d * c;
            if (Math.Abs((d * c) - 1) < 1e-15) { break; }
        }

        return Math.Min(front * fraction, 1);

        static double LogOf(double share, double rest) => share > 0.5 ? LogOnePlus(-rest) : Math.Log(share);

        static double NotZero(double value) => Math.Abs(value) < Tiny ? Tiny : value;
    }

    /// <summary>Where an ascending function reaches p: Newton's method, kept inside a bracket that shrinks.</summary>
    /// <param name="cdf">The function.</param>
    /// <param name="density">Its derivative.</param>
    /// <param name="p">What it should reach.</param>
    /// <param name="low">Where it is at most p.</param>
    /// <param name="high">Where it is at least p.</param>
    /// <param name="start">The first guess, between the two.</param>
    public static double Invert(Func<double, double> cdf, Func<double, double> density, double p, double low, double high, double start)
    {
        double x = start;
        for (int i = 0; i < 200 && low < high; i++)
        {
            double error = cdf(x) - p;
            if (error > 0) { high = x; }
            else if (error < 0) { low = x; }
            else { return x; }

            double next = x - (error / density(x));
            if (!(next > low && next < high)) { next = 0.5 * (low + high); }
            if (Math.Abs(next - x) <= 1e-15 * Math.Max(Math.Abs(x), 1e-300)) { return next; }
            x = next;
        }

        return x;
    }
}
