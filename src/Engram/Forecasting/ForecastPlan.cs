using Engram.Data;

namespace Engram.Forecasting;

/// <summary>What is decided about a series before anything is trained, by its training rows alone.</summary>
internal sealed class ForecastPlan
{
    /// <summary>The fewest values of a series.</summary>
    public const int FewestValues = 30;

    private ForecastPlan(TimeSeries series, ForecastOptions options, int n, int validationRows, SeasonChoice season, ForecastScale scale, List<string> notes)
    {
        Series = series;
        Options = options;
        Season = season;
        Scale = scale;
        Z = scale.Forward(series.Values);
        Split = Split.Chronological(series.Count, validationRows, series.Count - n);
        Windows = Lengths(n);
        ValidationWindows = Lengths(Split.Train.End);
        Notes = notes;
    }

    public TimeSeries Series { get; }

    public ForecastOptions Options { get; }

    public Split Split { get; }

    public SeasonChoice Season { get; }

    public ForecastScale Scale { get; }

    /// <summary>The series on the forecasting scale.</summary>
    public double[] Z { get; }

    /// <summary>The window of each network.</summary>
    public int[] Windows { get; }

    /// <summary>The window of each network when the validation rows are held out.</summary>
    public int[] ValidationWindows { get; }

    public List<string> Notes { get; }

    /// <summary>Rows before the test part.</summary>
    public int TrainingRows => Split.Test.Start;

    public static ForecastPlan Create(TimeSeries series, ForecastOptions options)
    {
        var notes = new List<string>(series.Notes);
        int n = series.Count - TestRows(series, options, notes);
        if (options.Horizon > n / 2)
        {
            throw new EngramException($"The horizon {options.Horizon} is more than half of the {n} training rows of '{series.Name}'; it must be {n / 2} or less.");
        }

        ReadOnlySpan<double> training = series.Values.AsSpan(0, n);
        (SeasonChoice season, ForecastScale scale) = Choose(training, series, options);
        var plan = new ForecastPlan(series, options, n, WindowPlan.ValidationRows(n, season.Length, options.Horizon), season, scale, notes);
        int windows = plan.Split.Train.End - Math.Max(season.Length, plan.ValidationWindows.Max());
        const int FewestWindows = 4;
        if (windows < FewestWindows)
        {
            throw new EngramException(
                $"The window {plan.ValidationWindows.Max()} leaves {Math.Max(0, windows)} windows in the {plan.Split.Train.End} rows to learn from; it must be {plan.Split.Train.End - FewestWindows} or less.");
        }

        return plan;
    }

    private static int TestRows(TimeSeries series, ForecastOptions options, List<string> notes)
    {
        int count = series.Count;
        if (count < FewestValues) { throw new EngramException($"'{series.Name}' has {count} values; a forecast needs at least {FewestValues}."); }
        int most = count - WindowPlan.FewestTrainingRows;
        if (options.TestRows is int rows)
        {
            if (rows > most) { throw new EngramException($"{rows} test rows leave {count - rows} of the {count} values of '{series.Name}' to learn from; at least {WindowPlan.FewestTrainingRows} are needed, so test on {most} rows or fewer."); }
        }
        else
        {
            int share = (int)Math.Round(options.TestShare * count, MidpointRounding.AwayFromZero);
            if (share > most) { throw new EngramException($"A test share of {options.TestShare} leaves {count - share} of the {count} values of '{series.Name}' to learn from; at least {WindowPlan.FewestTrainingRows} are needed."); }
            rows = Math.Clamp(share, Math.Min(options.Horizon, most), most);
            if (rows > share) { notes.Add($"The test part has {rows} rows instead of {share}, a share of {options.TestShare}, {(rows == options.Horizon ? "so that it holds the whole horizon" : "the most that leaves enough to learn from")}."); }
        }

        if (rows < options.Horizon) { notes.Add($"The test part has {rows} rows, fewer than the horizon of {options.Horizon}: only the first {rows} steps ahead were measured, and the intervals of later steps are no wider than theirs."); }
        return rows;
    }

    private static (SeasonChoice Season, ForecastScale Scale) Choose(ReadOnlySpan<double> training, TimeSeries series, ForecastOptions options)
    {
        SeasonChoice? given = null;
        if (options.Season is int s)
        {
            if (s > 1 && training.Length / SeasonFinder.FewestSeasons < s)
            {
                throw new EngramException($"A season of {s} needs {(long)SeasonFinder.FewestSeasons * s} training rows; '{series.Name}' has {training.Length}.");
            }

            given = new SeasonChoice(s, IsGiven: true, [], SeasonFinder.Threshold);
        }

        if (options.Head == ForecastHead.NegativeBinomial) { return Counts(training, series, options, given); }
        int notPositive = training.IndexOfAnyInRange(double.NegativeInfinity, 0);
        if (options.Log == true && notPositive >= 0)
        {
            throw new EngramException($"The logarithm of '{series.Name}' cannot be forecast: row {notPositive} (counted from 0) is {training[notPositive]}, and only values above 0 have one.");
        }

        // The season shows more clearly on the scale that suits the series, and the scale is judged by seasonal changes: season, scale, season.
        ForecastScale logarithm = notPositive < 0 ? ForecastScale.LogarithmOf(training) : ForecastScale.Identity;
        SeasonChoice first = given ?? SeasonFinder.Find(logarithm.Forward(training), series.Frequency);
        ForecastScale scale = options.Log ?? ForecastScale.FavoursLog(training, first.Length) ? logarithm : ForecastScale.Identity;
        return (given ?? SeasonFinder.Find(scale.Forward(training), series.Frequency), scale);
    }

    // Counts are forecast as they are.
    private static (SeasonChoice Season, ForecastScale Scale) Counts(ReadOnlySpan<double> training, TimeSeries series, ForecastOptions options, SeasonChoice? given)
    {
        if (options.Log == true) { throw new EngramException("A negative binomial head forecasts counts, not their logarithm; leave the logarithm out or take another head."); }
        int wrong = Array.FindIndex(series.Values, value => !(value >= 0 && value == Math.Floor(value)));
        if (wrong >= 0)
        {
            throw new EngramException($"A negative binomial head forecasts counts, whole numbers from 0, but row {wrong} (counted from 0) of '{series.Name}' is {series.Values[wrong]}; take another head.");
        }

        return (given ?? SeasonFinder.Find(training.ToArray(), series.Frequency), ForecastScale.Counts);
    }

    private int[] Lengths(int n)
    {
        if (Options.Window is not int window) { return WindowPlan.Lengths(n, Season.Length, Options.Horizon, Options.Networks); }
        var lengths = new int[Options.Networks];
        Array.Fill(lengths, window);
        return lengths;
    }
}
