namespace Engram.Training;

/// <summary>max(1 - y p, 0) for y of -1 and 1; a label 0 is read as -1.</summary>
internal readonly struct HingeError : IPointwise
{
    public double Value(double y, double p) => Math.Max(1 - (Side(y) * p), 0);

    public double Derivative(double y, double p)
    {
        double margin = 1 - (Side(y) * p);
        return margin < 0 ? 0 : margin >= 0 ? -Side(y) : margin;
    }

    /// <summary>Keras turns labels of 0 and 1 into -1 and 1.</summary>
    public static double Side(double y) => y == 0 ? -1 : y;
}

/// <summary>max(1 - y p, 0)² for y of -1 and 1; a label 0 is read as -1.</summary>
internal readonly struct SquaredHingeError : IPointwise
{
    public double Value(double y, double p)
    {
        double hinge = Math.Max(1 - (HingeError.Side(y) * p), 0);
        return hinge * hinge;
    }

    public double Derivative(double y, double p) => -2 * HingeError.Side(y) * Math.Max(1 - (HingeError.Side(y) * p), 0);
}

/// <summary>-y ln p - (1 - y) ln(1 - p) of a probability clipped to [ε, 1 - ε], with labels smoothed towards 1/2.</summary>
internal readonly struct BinaryCrossentropyError(double smoothing) : IPointwise
{
    private readonly double smoothing = smoothing;

    public double Value(double y, double p)
    {
        y = Smooth(y, smoothing);
        p = Math.Clamp(p, Loss.Epsilon, 1 - Loss.Epsilon);
        return -(y * Math.Log(p)) - ((1 - y) * Math.Log(1 - p));
    }

    public double Derivative(double y, double p)
    {
        y = Smooth(y, smoothing);
        return p < Loss.Epsilon || p > 1 - Loss.Epsilon ? 0 : (p - y) / (p * (1 - p));
    }

    public static double Smooth(double y, double smoothing) => (y * (1 - smoothing)) + (0.5 * smoothing);
}

/// <summary>The binary cross-entropy of the sigmoid of x: max(x, 0) - x y + ln(1 + exp(-|x|)).</summary>
internal readonly struct BinaryCrossentropyOfLogits(double smoothing) : IPointwise
{
    private readonly double smoothing = smoothing;

    public double Value(double y, double x)
    {
        y = BinaryCrossentropyError.Smooth(y, smoothing);
        return Math.Max(x, 0) - (x * y) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
    }

    public double Derivative(double y, double x) => Sigmoid(x) - BinaryCrossentropyError.Smooth(y, smoothing);

    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}

/// <summary>
/// The binary cross-entropy times (1 - q)^γ, where q is the probability given to the right answer, and times α for y = 1 and 1 - α
/// for y = 0 where classes are balanced (Lin and others 2017, "Focal loss for dense object detection").
/// </summary>
internal readonly struct BinaryFocalError(double? alpha, double gamma, bool fromLogits, double smoothing) : IPointwise
{
    private readonly double? alpha = alpha;
    private readonly double gamma = gamma;
    private readonly bool fromLogits = fromLogits;
    private readonly double smoothing = smoothing;
    private readonly BinaryCrossentropyError crossentropy = new(0);

    public double Value(double y, double p)
    {
        y = BinaryCrossentropyError.Smooth(y, smoothing);
        p = fromLogits ? BinaryCrossentropyOfLogits.Sigmoid(p) : p;
        return Balance(y) * Math.Pow(1 - Right(y, p), gamma) * crossentropy.Value(y, p);
    }

    public double Derivative(double y, double p)
    {
        y = BinaryCrossentropyError.Smooth(y, smoothing);
        p = fromLogits ? BinaryCrossentropyOfLogits.Sigmoid(p) : p;
        double wrong = 1 - Right(y, p);
        double dFactor = gamma == 0 ? 0 : gamma * Math.Pow(wrong, gamma - 1) * (1 - (2 * y));
        double dp = Balance(y) * ((dFactor * crossentropy.Value(y, p)) + (Math.Pow(wrong, gamma) * crossentropy.Derivative(y, p)));
        return fromLogits ? dp * p * (1 - p) : dp;
    }

    private static double Right(double y, double p) => (y * p) + ((1 - y) * (1 - p));

    private double Balance(double y) => alpha is double a ? (y * a) + ((1 - y) * (1 - a)) : 1;
}
