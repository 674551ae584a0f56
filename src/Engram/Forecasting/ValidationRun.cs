namespace Engram.Forecasting;

/// <summary>The choice made on the validation rows: the classical method with the least error, and how much weight the networks get against it.</summary>
internal sealed class ValidationRun
{
    // A prior of so many rows that the networks' weight is the usual one: validation parts are short. With fewer seasons to learn from than
    // these, the usual weight is smaller in proportion.
    private const double PriorRows = 100;
    private const double PriorWeight = 0.7;
    private const double PriorSeasons = 8;
    private const int MostOrigins = 60;

    private ValidationRun(ClassicalKind kind, double weight, ValidationChoice choice, List<double>[] errors)
    {
        Kind = kind;
        Weight = weight;
        Choice = choice;
        Errors = errors;
    }

    public ClassicalKind Kind { get; }

    public double Weight { get; }

    public ValidationChoice Choice { get; }

    /// <summary>The absolute errors of the choice on the validation rows for each step ahead, on the forecasting scale.</summary>
    public IReadOnlyList<List<double>> Errors { get; }

    public static ValidationRun Choose(ForecastPlan plan, IReadOnlyList<ForecastNetwork> networks)
    {
        (int start, int end) = (plan.Split.Validation.Start, plan.Split.Validation.End);
        int[] origins = WindowPlan.Spread(start, end, MostOrigins);
        int horizon = plan.Options.Horizon, season = plan.Season.Length;
        double[] z = plan.Z;
        double[][] covariates = ForecastCore.Scaled(plan.Series.Covariates, ForecastCore.FitScaler(plan.Series.Covariates, start));
        double[,] mean = ForecastCore.NetworkMean(networks, z, covariates, origins);

        var tried = new List<ValidationError>();
        (double error, ClassicalKind kind, double[,] forecast) best = (double.PositiveInfinity, default, mean);
        foreach (ClassicalKind kind in Enum.GetValues<ClassicalKind>())
        {
            double[,] forecast = ClassicalForecast.Fit(kind, z, start, season).Forecast(z, origins, horizon);
            double error = MeanAbsoluteError(z, forecast, origins, end);
            tried.Add(new ValidationError(ClassicalForecast.NameOf(kind, season), error));
            if (error < best.error) { best = (error, kind, forecast); }
        }

        tried.Add(new ValidationError("networks", MeanAbsoluteError(z, mean, origins, end)));
        double prior = season > 1 ? PriorWeight * Math.Min(1, end / (PriorSeasons * season)) : PriorWeight;
        double weight = NetworkWeight(z, mean, best.forecast, origins, end, prior);
        var errors = new List<double>[horizon];
        for (int j = 0; j < horizon; j++) { errors[j] = []; }
        for (int i = 0; i < origins.Length; i++)
        {
            for (int j = 0; j < horizon && origins[i] + j < end; j++)
            {
                errors[j].Add(Math.Abs(z[origins[i] + j] - (best.forecast[i, j] + (weight * (mean[i, j] - best.forecast[i, j])))));
            }
        }

        var choice = new ValidationChoice(ClassicalForecast.NameOf(best.kind, season), weight, tried);
        return new ValidationRun(best.kind, weight, choice, errors);
    }

    // The least-squares weight of the networks on these rows, drawn towards the prior.
    private static double NetworkWeight(double[] z, double[,] networks, double[,] classical, int[] origins, int end, double prior)
    {
        double product = 0, square = 0;
        for (int i = 0; i < origins.Length; i++)
        {
            for (int j = 0; j < networks.GetLength(1) && origins[i] + j < end; j++)
            {
                double difference = networks[i, j] - classical[i, j];
                product += difference * (z[origins[i] + j] - classical[i, j]);
                square += difference * difference;
            }
        }

        double found = square > 0 ? Math.Clamp(product / square, -1, 2) : prior;
        int rows = end - origins[0];
        return Math.Clamp(((rows * found) + (PriorRows * prior)) / (rows + PriorRows), 0, 1);
    }

    private static double MeanAbsoluteError(double[] z, double[,] forecast, int[] origins, int end)
    {
        double sum = 0;
        int count = 0;
        for (int i = 0; i < origins.Length; i++)
        {
            for (int j = 0; j < forecast.GetLength(1) && origins[i] + j < end; j++, count++) { sum += Math.Abs(z[origins[i] + j] - forecast[i, j]); }
        }

        return sum / count;
    }
}
