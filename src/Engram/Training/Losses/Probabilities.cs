namespace Engram.Training;

/// <summary>What the losses of probabilities share.</summary>
internal static class Probabilities
{
    /// <summary>The sum in double precision.</summary>
    public static double Sum(ReadOnlySpan<float> p)
    {
        double sum = 0;
        foreach (float value in p) { sum += value; }
        return sum;
    }

    /// <summary>Whether clipping to [ε, 1 - ε] changes p, so that its derivative is 0. False for NaN, which must go on.</summary>
    public static bool IsClipped(double p) => p < Loss.Epsilon || p > 1 - Loss.Epsilon;
}
