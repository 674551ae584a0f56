using Engram.Data;

namespace Engram.Forecasting;

/// <summary>
/// Finds after how many rows a series repeats: the lag, among those that its frequency suggests, at which the changes from row to row
/// are most alike, if their autocorrelation is above a threshold.
/// </summary>
internal static class SeasonFinder
{
    /// <summary>The autocorrelation above which a candidate is a season.</summary>
    public const double Threshold = 0.3;

    /// <summary>The fewest seasons that must lie in the training rows.</summary>
    public const int FewestSeasons = 3;

    private static readonly int[] Common = [4, 7, 12, 24, 48, 52, 168, 336];

    /// <summary>The seasons to try: a year of months or quarters, a week of days, a day and a week of hours; all common ones where nothing is known.</summary>
    public static int[] Candidates(Frequency frequency)
    {
        int step = frequency.Step;
        return frequency.Unit switch
        {
            FrequencyUnit.Month => 12 % step == 0 && step < 12 ? [12 / step] : [],
            FrequencyUnit.BusinessDay => step == 1 ? [5] : [],
            FrequencyUnit.Day => step == 1 ? [7] : step == 7 ? [52] : [],
            FrequencyUnit.Second when step >= 900 => Whole(step, 86_400, 604_800),
            FrequencyUnit.Second when step >= 60 => Whole(step, 3600, 86_400),
            FrequencyUnit.Second => Whole(step, 60, 3600),
            _ => Common,
        };
    }

    /// <summary>Tries the candidates on the training rows.</summary>
    public static SeasonChoice Find(ReadOnlySpan<double> z, Frequency frequency)
    {
        var tried = new List<SeasonCandidate>();
        (double score, int length) best = (Threshold, 1);
        foreach (int s in Candidates(frequency))
        {
            double? score = z.Length >= FewestSeasons * s ? Score(z, s) : null;
            tried.Add(new SeasonCandidate(s, score));
            if (score > best.score) { best = (score.Value, s); }
        }

        return new SeasonChoice(best.length, IsGiven: false, tried, Threshold);
    }

    /// <summary>The autocorrelation of the changes at a lag, times n / (n - lag), since the sum has only so many terms.</summary>
    private static double Score(ReadOnlySpan<double> z, int lag)
    {
        var d = new double[z.Length - 1];
        double mean = (z[^1] - z[0]) / d.Length;
        for (int i = 0; i < d.Length; i++) { d[i] = z[i + 1] - z[i] - mean; }
        double product = 0, square = 0;
        for (int i = 0; i < d.Length; i++)
        {
            square += d[i] * d[i];
            if (i >= lag) { product += d[i] * d[i - lag]; }
        }

        return square > 0 ? product / square * z.Length / (z.Length - lag) : 0;
    }

    private static int[] Whole(int step, params ReadOnlySpan<int> seconds)
    {
        var lengths = new List<int>();
        foreach (int length in seconds)
        {
            if (length % step == 0 && length > step) { lengths.Add(length / step); }
        }

        return [.. lengths];
    }
}
