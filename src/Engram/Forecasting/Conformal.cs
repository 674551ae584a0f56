namespace Engram.Forecasting;

/// <summary>
/// Half-widths of prediction intervals from out-of-sample errors: split conformal prediction (Papadopoulos et al. 2002; Lei et al. 2018)
/// for each step ahead. Of m absolute errors the k-th smallest, k = ceil((m + 1) level), is the half-width; where k exceeds m, the largest.
/// A step with few errors borrows those of the steps around it, the nearest first, and the width never shrinks with the step. Errors of
/// overlapping forecasts are not independent, so the level holds approximately: the measured coverage belongs beside it.
/// </summary>
internal static class Conformal
{
    /// <summary>The half-widths: (levels, steps ahead).</summary>
    /// <param name="errors">The absolute errors of each step ahead; those of at least one step are not empty.</param>
    /// <param name="levels">The levels in percent, ascending.</param>
    public static double[][] HalfWidths(IReadOnlyList<List<double>> errors, IReadOnlyList<double> levels)
    {
        int steps = errors.Count;
        double[][] widths = [.. levels.Select(_ => new double[steps])];
        int wanted = levels.Count == 0 ? 0 : Wanted(levels[^1]);
        for (int j = 0; j < steps; j++)
        {
            double[] pool = Pool(errors, j, wanted);
            for (int i = 0; i < levels.Count; i++)
            {
                double width = pool[Math.Min(Rank(pool.Length, levels[i]), pool.Length) - 1];
                widths[i][j] = j > 0 ? Math.Max(width, widths[i][j - 1]) : width;
            }
        }

        return widths;
    }

    /// <summary>The rank k = ceil((m + 1) level) among m errors, counted from 1; above m where m is too few for the level.</summary>
    public static int Rank(int m, double level) => (int)Math.Ceiling(((m + 1) * level / 100) - 1e-9);

    /// <summary>How many errors a step should have: enough that the rank is not the last one by chance alone.</summary>
    private static int Wanted(double level) => (int)Math.Ceiling((200 / (100 - level)) - 1e-9);

    private static double[] Pool(IReadOnlyList<List<double>> errors, int step, int wanted)
    {
        var pool = new List<double>(errors[step]);
        for (int away = 1; away < errors.Count && pool.Count < wanted; away++)
        {
            if (step - away >= 0) { pool.AddRange(errors[step - away]); }
            if (step + away < errors.Count) { pool.AddRange(errors[step + away]); }
        }

        pool.Sort();
        return [.. pool];
    }
}
