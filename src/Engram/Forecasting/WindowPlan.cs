namespace Engram.Forecasting;

/// <summary>The rules of size: how many past values each network sees, how many rows validate, how long a network learns.</summary>
internal static class WindowPlan
{
    /// <summary>The fewest rows that can be learnt from.</summary>
    public const int FewestTrainingRows = 24;

    private const int LongestNonSeasonal = 24;

    /// <summary>
    /// The window of each network: three seasons, fewer where too few windows would remain (two where the season is above 48); without a
    /// season lengths from a third of 24 to all of it, because networks that look back differently far err differently.
    /// </summary>
    public static int[] Lengths(int n, int season, int horizon, int networks)
    {
        var lengths = new int[networks];
        if (season > 1)
        {
            int length = 3 * season;
            while (length > season && n - length < Math.Max(2 * season, horizon)) { length -= season; }
            if (season > 48) { length = Math.Min(length, 2 * season); }
            Array.Fill(lengths, length);
            return lengths;
        }

        int longest = Math.Min(LongestNonSeasonal, n / 2);
        for (int m = 0; m < networks; m++)
        {
            double share = (2 + (4.0 * m / Math.Max(1, networks - 1))) / 6;
            lengths[m] = Math.Max(3, (int)Math.Round(longest * share));
        }

        return lengths;
    }

    /// <summary>How many of n training rows validate.</summary>
    public static int ValidationRows(int n, int season, int horizon)
    {
        int wanted = season > 1 ? Math.Max(horizon, season < 48 ? 2 * season : season) : Math.Max(horizon, n / 5);
        return Math.Min(wanted, n / 4);
    }

    /// <summary>How many batches a network learns from.</summary>
    public static int Steps(int n) => (int)Math.Clamp(1.5 * n, 60, 150);

    /// <summary>Numbers from start up to, but not including, end, thinned evenly to at most so many; the first and the last stay.</summary>
    public static int[] Spread(int start, int end, int most)
    {
        int count = end - start;
        if (count <= most) { return [.. Enumerable.Range(start, count)]; }
        var picked = new int[most];
        for (int i = 0; i < most; i++) { picked[i] = start + (int)((long)i * (count - 1) / (most - 1)); }
        return picked;
    }
}
