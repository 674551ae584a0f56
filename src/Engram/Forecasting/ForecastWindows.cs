using Engram.Data;

namespace Engram.Forecasting;

/// <summary>
/// What a network sees and learns, as a view on the series. For the origin o (the first row to forecast), the window L, the season s and
/// the scale c, the standard deviation over all numbers of all training windows:
/// <code>
/// input      (z[o-L .. o) - mean z[o-s .. o)) / c     as at most 48 steps of p = ceil(L / 48) values, the first value repeated in front
/// target j   (z[o+j] - z[o-s + j mod s]) / c          the correction of the seasonal naive forecast; unknown from row n on
/// </code>
/// For counts the targets are the counts themselves, and behind them a level of each, which the network's output is multiplied by (Salinas and
/// others 2020, "DeepAR"): half the count of a season before, half the window's mean, and 1/2.
/// Covariates stand behind the p values of each step, p of each, scaled beforehand.
/// </summary>
internal sealed class ForecastWindows : ISampleSource
{
    private const int MostSteps = 48;

    private readonly double[] z;
    private readonly double[][] covariates;
    private readonly int[] origins;
    private readonly int end;
    private readonly int season;
    private readonly int length;
    private readonly int horizon;
    private readonly double scale;
    private readonly bool counts;
    private readonly int perStep;

    /// <summary>Lays windows on a series.</summary>
    /// <param name="z">The series.</param>
    /// <param name="covariates">Scaled columns beside it.</param>
    /// <param name="origins">The first row to forecast of each window.</param>
    /// <param name="end">The row from which on targets are unknown.</param>
    /// <param name="season">The season.</param>
    /// <param name="length">The window L.</param>
    /// <param name="horizon">The number of targets.</param>
    /// <param name="scale">The scale c.</param>
    /// <param name="counts">Whether the targets are counts with their levels.</param>
    public ForecastWindows(double[] z, double[][] covariates, int[] origins, int end, int season, int length, int horizon, double scale, bool counts = false)
    {
        this.z = z;
        this.covariates = covariates;
        this.origins = origins;
        this.end = end;
        this.season = season;
        this.length = length;
        this.horizon = horizon;
        this.scale = scale;
        this.counts = counts;
        perStep = PerStep(length);
        (int steps, int features) = InputSize(length, covariates.Length);
        InputAxes = [steps, features];
        TargetAxes = [counts ? 2 * horizon : horizon];
    }

    public int Count => origins.Length;

    public IReadOnlyList<int> InputAxes { get; }

    public IReadOnlyList<int> TargetAxes { get; }

    /// <summary>The time steps and features of an input.</summary>
    public static (int Steps, int Features) InputSize(int length, int covariates)
    {
        int perStep = PerStep(length);
        return ((length + perStep - 1) / perStep, perStep * (1 + covariates));
    }

    /// <summary>The origins of training windows: as many as fit before row n, at most 4000.</summary>
    public static int[] TrainingOrigins(int n, int season, int length) => WindowPlan.Spread(Math.Max(length, season), n, 4000);

    /// <summary>The standard deviation over all numbers of the windows; 1 where all are equal.</summary>
    public static double ScaleOf(double[] z, int[] origins, int season, int length)
    {
        double sum = 0, squares = 0;
        foreach (int o in origins)
        {
            double mean = Mean(z.AsSpan(o - season, season));
            foreach (double value in z.AsSpan(o - length, length))
            {
                sum += value - mean;
                squares += (value - mean) * (value - mean);
            }
        }

        double count = (double)origins.Length * length;
        double variance = (squares / count) - (sum / count * (sum / count));
        return variance > 0 ? Math.Sqrt(variance) : 1;
    }

    public void CopyBatch(ReadOnlySpan<int> samples, Span<float> x, Span<float> y)
    {
        (int steps, int features) = (InputAxes[0], InputAxes[1]);
        int padding = (steps * perStep) - length;
        for (int i = 0; i < samples.Length; i++)
        {
            int o = origins[samples[i]];
            double mean = Mean(z.AsSpan(o - season, season));
            Span<float> input = x.Slice(i * steps * features, steps * features);
            for (int k = 0; k < steps * perStep; k++)
            {
                int row = o - length + Math.Max(0, k - padding);
                int at = (k / perStep * features) + (k % perStep);
                input[at] = (float)((z[row] - mean) / scale);
                for (int c = 0; c < covariates.Length; c++) { input[at + ((c + 1) * perStep)] = (float)covariates[c][row]; }
            }

            if (y.IsEmpty) { continue; }
            Span<float> target = y.Slice(i * TargetAxes[0], TargetAxes[0]);
            for (int j = 0; j < horizon; j++)
            {
                double known = o + j >= end ? MaskedPointLoss.Unknown : counts ? z[o + j] : (z[o + j] - z[o - season + (j % season)]) / scale;
                target[j] = (float)known;
                if (counts) { target[horizon + j] = (float)LevelOf(z, o, j, season, length); }
            }
        }
    }

    /// <summary>The level of a count j steps ahead of the origin o; above 0.</summary>
    public static double LevelOf(double[] z, int o, int j, int season, int length) => 0.5 * (1 + z[o - season + (j % season)] + Mean(z.AsSpan(o - length, length)));

    private static int PerStep(int length) => (length + MostSteps - 1) / MostSteps;

    private static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values) { sum += value; }
        return sum / values.Length;
    }
}
