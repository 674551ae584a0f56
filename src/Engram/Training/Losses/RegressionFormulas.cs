namespace Engram.Training;

// Each is Keras' formula for one number. Comparisons are written so that a NaN takes the branch that keeps it.

/// <summary>(p - y)².</summary>
internal readonly struct SquaredError : IPointwise
{
    public double Value(double y, double p) => (p - y) * (p - y);

    public double Derivative(double y, double p) => 2 * (p - y);
}

/// <summary>|p - y|.</summary>
internal readonly struct AbsoluteError : IPointwise
{
    public double Value(double y, double p) => Math.Abs(p - y);

    public double Derivative(double y, double p) => Sign(p - y);

    /// <summary>-1, 0 or 1; NaN for NaN, where <see cref="Math.Sign(double)"/> throws.</summary>
    public static double Sign(double x) => x > 0 ? 1 : x < 0 ? -1 : x;
}

/// <summary>100 |p - y| / max(|y|, ε).</summary>
internal readonly struct AbsolutePercentageError : IPointwise
{
    public double Value(double y, double p) => 100 * Math.Abs(p - y) / Math.Max(Math.Abs(y), Loss.Epsilon);

    public double Derivative(double y, double p) => 100 * AbsoluteError.Sign(p - y) / Math.Max(Math.Abs(y), Loss.Epsilon);
}

/// <summary>(ln(1 + max(p, ε)) - ln(1 + max(y, ε)))².</summary>
internal readonly struct SquaredLogarithmicError : IPointwise
{
    public double Value(double y, double p) => Difference(y, p) * Difference(y, p);

    public double Derivative(double y, double p) => p < Loss.Epsilon ? 0 : 2 * Difference(y, p) / (p + 1);

    private static double Difference(double y, double p) =>
        Math.Log(Math.Max(p, Loss.Epsilon) + 1) - Math.Log(Math.Max(y, Loss.Epsilon) + 1);
}

/// <summary>ln cosh(p - y).</summary>
internal readonly struct LogCoshError : IPointwise
{
    private const double Ln2 = 0.693147180559945309417;

    public double Value(double y, double p) => Math.Abs(p - y) + Math.Log(1 + Math.Exp(-2 * Math.Abs(p - y))) - Ln2;

    public double Derivative(double y, double p) => Math.Tanh(p - y);
}

/// <summary>(p - y)² / 2 up to δ, then δ|p - y| - δ²/2 (Huber 1964).</summary>
internal readonly struct HuberError(double delta) : IPointwise
{
    private readonly double delta = delta;

    public double Value(double y, double p)
    {
        double error = Math.Abs(p - y);
        return error > delta ? (delta * error) - (0.5 * delta * delta) : 0.5 * error * error;
    }

    public double Derivative(double y, double p) => Math.Clamp(p - y, -delta, delta);
}

/// <summary>p - y ln(p + ε).</summary>
internal readonly struct PoissonError : IPointwise
{
    public double Value(double y, double p) => p - (y * Math.Log(p + Loss.Epsilon));

    public double Derivative(double y, double p) => 1 - (y / (p + Loss.Epsilon));
}
