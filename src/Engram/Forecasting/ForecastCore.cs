using Engram.Data;
using Engram.Distributions;

namespace Engram.Forecasting;

/// <summary>What is learnt of a series on its forecasting scale: networks, a classical method, and the weight between them.</summary>
internal sealed class ForecastCore
{
    public required IReadOnlyList<ForecastNetwork> Networks { get; init; }

    public required ClassicalForecast Classical { get; init; }

    /// <summary>The weight of the networks.</summary>
    public required double Weight { get; init; }

    /// <summary>The scaler of the covariates, or null without any.</summary>
    public required StandardScaler? CovariateScaler { get; init; }

    public int Horizon => Networks[0].Horizon;

    public int Season => Networks[0].Season;

    /// <summary>The fewest rows that a forecast needs.</summary>
    public int FewestRows => Math.Max(Season, Networks.Max(network => network.Length));

    /// <summary>The networks' mean forecast: (origins, horizon).</summary>
    public static double[,] NetworkMean(IReadOnlyList<ForecastNetwork> networks, double[] z, double[][] covariates, int[] origins)
    {
        var mean = new double[origins.Length, networks[0].Horizon];
        foreach (ForecastNetwork network in networks) { network.AddForecast(z, covariates, origins, 1.0 / networks.Count, mean); }
        return mean;
    }

    /// <summary>
    /// How far the bounds of intervals lie below and above the forecast, by the networks' heads: the mean over the networks of the distances of the
    /// head's quantiles from its median. (levels, origins, horizon).
    /// </summary>
    public (double[][,] Below, double[][,] Above) Spread(double[] z, IReadOnlyList<Covariate> covariates, int[] origins, IReadOnlyList<double> levels)
    {
        double[][] scaled = Scaled(covariates, CovariateScaler);
        double[][,] below = [.. levels.Select(_ => new double[origins.Length, Horizon])], above = [.. levels.Select(_ => new double[origins.Length, Horizon])];
        double share = 1.0 / Networks.Count;
        foreach (ForecastNetwork network in Networks)
        {
            ForecastDistribution[,] distributions = network.Distributions(z, scaled, origins);
            for (int k = 0; k < levels.Count; k++)
            {
                double lower = ForecastHeads.Lower(levels[k]);
                network.AddQuantile(distributions, z, origins, 0.5, share, below[k]);
                network.AddQuantile(distributions, z, origins, lower, -share, below[k]);
                network.AddQuantile(distributions, z, origins, 1 - lower, share, above[k]);
                network.AddQuantile(distributions, z, origins, 0.5, -share, above[k]);
            }
        }

        return (below, above);
    }

    /// <summary>A scaler fitted on the first n rows of the covariates; null where there are none.</summary>
    public static StandardScaler? FitScaler(IReadOnlyList<Covariate> covariates, int n)
    {
        if (covariates.Count == 0) { return null; }
        var rows = new double[n, covariates.Count];
        for (int c = 0; c < covariates.Count; c++)
        {
            for (int row = 0; row < n; row++) { rows[row, c] = covariates[c].Values[row]; }
        }

        var scaler = new StandardScaler();
        scaler.Fit(rows);
        return scaler;
    }

    /// <summary>The covariates as the networks see them.</summary>
    public static double[][] Scaled(IReadOnlyList<Covariate> covariates, StandardScaler? scaler) =>
        [.. covariates.Select((covariate, column) => scaler!.Transform(covariate.Values, column))];

    /// <summary>The forecasts from given rows on the forecasting scale: (origins, horizon). Rows from an origin on are not looked at.</summary>
    public double[,] Forecast(double[] z, IReadOnlyList<Covariate> covariates, int[] origins, int phase = 0)
    {
        double[,] networks = NetworkMean(Networks, z, Scaled(covariates, CovariateScaler), origins);
        double[,] forecast = Classical.Forecast(z, origins, Horizon, phase);
        for (int i = 0; i < origins.Length; i++)
        {
            for (int j = 0; j < Horizon; j++) { forecast[i, j] += Weight * (networks[i, j] - forecast[i, j]); }
        }

        return forecast;
    }
}
