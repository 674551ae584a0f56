namespace Engram.Forecasting;

/// <summary>A classical method.</summary>
internal enum ClassicalKind
{
    /// <summary>The last season again; without a season the last value.</summary>
    SeasonalNaive,

    /// <summary>The same with the mean change of the training rows.</summary>
    SeasonalNaiveWithDrift,

    /// <summary>Holt's linear trend on the series less its seasonal pattern.</summary>
    Holt,

    /// <summary>The same with a trend that dies away.</summary>
    DampedHolt,
}

/// <summary>
/// A classical forecast whose parameters come from the training rows and which then forecasts from any row: the seasonal naive forecast,
/// or exponential smoothing with a trend (Holt 1957; damped: Gardner and McKenzie 1985) of the series less its seasonal pattern (means of
/// the differences from a centred moving average). The smoothing parameters are those of a grid with the least mean absolute one-step
/// error.
/// <code>
/// f = l + φ b     e = d - f     l = f + α e     b = φ b + α β e     forecast of step h: l + (φ + ... + φ^h) b + seasonal
/// </code>
/// </summary>
internal sealed class ClassicalForecast
{
    private static readonly double[] Alphas = [0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1];
    private static readonly double[] Betas = [0, 0.02, 0.05, 0.1];
    private static readonly double[] DampedBetas = [0, 0.02, 0.05, 0.1, 0.2, 0.4];
    private static readonly double[] Phis = [0.9, 0.95];

    public required ClassicalKind Kind { get; init; }

    public required int Season { get; init; }

    /// <summary>The mean change from row to row.</summary>
    public double Drift { get; init; }

    public double Alpha { get; init; }

    public double Beta { get; init; }

    public double Phi { get; init; }

    /// <summary>The trend b before the first row.</summary>
    public double InitialTrend { get; init; }

    /// <summary>The seasonal pattern by row modulo season; all zero without a season.</summary>
    public double[] Seasonal { get; init; } = [];

    /// <summary>The name for reports.</summary>
    public static string NameOf(ClassicalKind kind, int season) => kind switch
    {
        ClassicalKind.SeasonalNaive => season > 1 ? "seasonal naive" : "naive",
        ClassicalKind.SeasonalNaiveWithDrift => season > 1 ? "seasonal naive with drift" : "drift",
        ClassicalKind.Holt => season > 1 ? "Holt, seasonally adjusted" : "Holt",
        _ => season > 1 ? "damped Holt, seasonally adjusted" : "damped Holt",
    };

    /// <summary>Learns a method's parameters from the first n rows.</summary>
    public static ClassicalForecast Fit(ClassicalKind kind, double[] z, int n, int season)
    {
        switch (kind)
        {
            case ClassicalKind.SeasonalNaive:
                return new ClassicalForecast { Kind = kind, Season = season };
            case ClassicalKind.SeasonalNaiveWithDrift:
                double drift = season == 1
                    ? (z[n - 1] - z[0]) / (n - 1)
                    : (Mean(z.AsSpan(n - season, season)) - Mean(z.AsSpan(0, season))) / (n - season);
                return new ClassicalForecast { Kind = kind, Season = season, Drift = drift };
            default:
                return FitHolt(kind, z, n, season);
        }
    }

    /// <summary>The forecasts from given rows: (origins, horizon). Rows from an origin on are not looked at.</summary>
    /// <param name="z">The series.</param>
    /// <param name="origins">The first row to forecast of each forecast, ascending.</param>
    /// <param name="horizon">The number of steps ahead.</param>
    /// <param name="phase">How many rows after a whole number of seasons from the first training row the series begins.</param>
    public double[,] Forecast(double[] z, int[] origins, int horizon, int phase = 0)
    {
        var forecast = new double[origins.Length, horizon];
        if (Kind is ClassicalKind.SeasonalNaive or ClassicalKind.SeasonalNaiveWithDrift)
        {
            for (int i = 0; i < origins.Length; i++)
            {
                for (int j = 0; j < horizon; j++)
                {
                    forecast[i, j] = z[origins[i] - Season + (j % Season)] + (Drift * Season * ((j / Season) + 1));
                }
            }

            return forecast;
        }

        double level = InitialLevel(z, phase), trend = InitialTrend;
        int row = 0;
        for (int i = 0; i < origins.Length; i++)
        {
            for (; row < origins[i]; row++)
            {
                double f = level + (Phi * trend);
                double error = z[row] - Seasonal[(row + phase) % Season] - f;
                level = f + (Alpha * error);
                trend = (Phi * trend) + (Alpha * Beta * error);
            }

            double damping = 1, sum = 0;
            for (int j = 0; j < horizon; j++)
            {
                damping *= Phi;
                sum += damping;
                forecast[i, j] = level + (sum * trend) + Seasonal[(row + j + phase) % Season];
            }
        }

        return forecast;
    }

    private static ClassicalForecast FitHolt(ClassicalKind kind, double[] z, int n, int season)
    {
        double[] seasonal = SeasonalPattern(z.AsSpan(0, n), season);
        var d = new double[n];
        for (int i = 0; i < n; i++) { d[i] = z[i] - seasonal[i % season]; }
        int warmUp = Math.Min(n / 2, Math.Max(4, season)); // rows whose errors still tell of the start more than of the parameters
        var changes = new double[warmUp];
        for (int i = 0; i < warmUp; i++) { changes[i] = d[i + 1] - d[i]; }
        Array.Sort(changes);
        double initialTrend = (changes[(warmUp - 1) / 2] + changes[warmUp / 2]) / 2;
        double initialLevel = Mean(d.AsSpan(0, 4));

        bool damped = kind == ClassicalKind.DampedHolt;
        (double error, double alpha, double beta, double phi) best = (double.PositiveInfinity, 1, 0, 1);
        foreach (double alpha in Alphas)
        {
            foreach (double beta in damped ? DampedBetas : Betas)
            {
                foreach (double phi in damped ? Phis : [1.0])
                {
                    double error = OneStepError(d, warmUp, initialLevel, initialTrend, alpha, alpha * beta, phi);
                    if (error < best.error) { best = (error, alpha, beta, phi); }
                }
            }
        }

        return new ClassicalForecast
        {
            Kind = kind,
            Season = season,
            Alpha = best.alpha,
            Beta = best.beta,
            Phi = best.phi,
            InitialTrend = initialTrend,
            Seasonal = seasonal,
        };
    }

    private static double OneStepError(double[] d, int warmUp, double level, double trend, double alpha, double alphaBeta, double phi)
    {
        double sum = 0;
        for (int i = 0; i < d.Length; i++)
        {
            double f = level + (phi * trend);
            double error = d[i] - f;
            if (i >= warmUp) { sum += Math.Abs(error); }
            level = f + (alpha * error);
            trend = (phi * trend) + (alphaBeta * error);
        }

        return sum;
    }

    // The mean difference from the centred moving average for each place in the season, less the mean of these.
    private static double[] SeasonalPattern(ReadOnlySpan<double> z, int season)
    {
        var pattern = new double[season];
        if (season == 1) { return pattern; }
        int half = season / 2;
        bool even = season % 2 == 0; // the window is one longer then, its ends count half
        var counts = new int[season];
        for (int t = half; t + half < z.Length; t++)
        {
            double sum = 0;
            for (int k = t - half; k <= t + half; k++) { sum += z[k]; }
            if (even) { sum -= (z[t - half] + z[t + half]) / 2; }
            pattern[t % season] += z[t] - (sum / season);
            counts[t % season]++;
        }

        for (int i = 0; i < season; i++) { pattern[i] /= counts[i]; }
        double mean = Mean(pattern);
        for (int i = 0; i < season; i++) { pattern[i] -= mean; }
        return pattern;
    }

    private double InitialLevel(double[] z, int phase)
    {
        int count = Math.Min(4, z.Length);
        double sum = 0;
        for (int i = 0; i < count; i++) { sum += z[i] - Seasonal[(i + phase) % Season]; }
        return sum / count;
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values) { sum += value; }
        return sum / values.Length;
    }
}
