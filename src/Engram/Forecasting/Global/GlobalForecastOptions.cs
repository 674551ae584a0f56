namespace Engram.Forecasting;

/// <summary>How a network's answer becomes the steps ahead.</summary>
public enum ForecastOutput
{
    /// <summary>All steps at once, from the last state. The default.</summary>
    Direct,

    /// <summary>
    /// One step, fed back as if it had been observed, again and again. With a head, paths are sampled. Past covariates keep their last value meanwhile.
    /// </summary>
    Recursive,

    /// <summary>A second recurrent network reads what is known of the steps ahead, beginning with the last state.</summary>
    EncoderDecoder,
}

/// <summary>What a window is divided by.</summary>
public enum WindowScaling
{
    /// <summary>The mean where all values for training are positive, else the spread. The default.</summary>
    Automatic,

    /// <summary>The mean of its absolute values: errors count relative to the level.</summary>
    Mean,

    /// <summary>Its standard deviation: errors count relative to the swings.</summary>
    Spread,
}

/// <summary>What the networks correct.</summary>
public enum ForecastBase
{
    /// <summary>The mean of the last seasons of each length, of yesterday and last week, say; the last value without a season. The default.</summary>
    Seasonal,

    /// <summary>The last value.</summary>
    Last,

    /// <summary>The mean of the window.</summary>
    Mean,
}

/// <summary>What training minimises without a head.</summary>
public enum ForecastLoss
{
    /// <summary>The mean absolute error. The default.</summary>
    AbsoluteError,

    /// <summary>The mean squared error.</summary>
    SquaredError,
}

/// <summary>What of the calendar the networks are told, beside each past and each coming value.</summary>
[Flags]
public enum CalendarFeatures
{
    /// <summary>Nothing. The default.</summary>
    None = 0,

    /// <summary>Where in the year, by months.</summary>
    Month = 1,

    /// <summary>Which day of the week.</summary>
    Weekday = 2,

    /// <summary>Where in the day.</summary>
    Hour = 4,
}

/// <summary>How a <see cref="GlobalForecaster"/> learns from many series. Everything but the horizon has a default.</summary>
public sealed class GlobalForecastOptions
{
    /// <summary>How many values ahead are forecast. Default 12.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Horizon { get; init => field = AtLeast(1, value, nameof(Horizon)); } = 12;

    /// <summary>How many rows at the end of each series are held out for the backtest; null, the default, for the horizon.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? TestRows { get; init => field = value is int rows ? AtLeast(1, rows, nameof(TestRows)) : null; }

    /// <summary>
    /// How many rows at the end of what a training may know choose its weights instead of being learnt from: those of the epoch with the least error on
    /// them. In the backtest they lie before the test rows, for the final model they are the last ones. Default 0: the weights at the end.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int ValidationRows { get; init => field = AtLeast(0, value, nameof(ValidationRows)); }

    /// <summary>How many rows lie between the origins of the backtest; null, the default: 1, or the horizon with <see cref="Refit"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? Stride { get; init => field = value is int rows ? AtLeast(1, rows, nameof(Stride)) : null; }

    /// <summary>Whether the backtest trains anew at each origin, on all rows before it. Default false: once, on the rows before the test.</summary>
    public bool Refit { get; init; }

    /// <summary>The numbers of rows after which the pattern repeats, ascending, for example 24 and 168; empty for none; null, the default, to find them.</summary>
    /// <exception cref="ArgumentException">A season is below 2, or they do not ascend.</exception>
    public IReadOnlyList<int>? Seasons { get; init => field = value is null ? null : Ascending(value); }

    /// <summary>How many past values the networks see; null, the default, for a length by season.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? Window { get; init => field = value is int rows ? AtLeast(1, rows, nameof(Window)) : null; }

    /// <summary>How many values are read at once as one step; null, the default: a season where the window has four of them or more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? Patch { get; init => field = value is int rows ? AtLeast(1, rows, nameof(Patch)) : null; }

    /// <summary>How the networks put out the steps ahead. Default all at once.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the kinds.</exception>
    public ForecastOutput Output { get; init => field = Known(value, nameof(Output)); }

    /// <summary>What a window is divided by. Default by what the values are like.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the kinds.</exception>
    public WindowScaling Scaling { get; init => field = Known(value, nameof(Scaling)); }

    /// <summary>What the networks correct. Default the last seasons.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the kinds.</exception>
    public ForecastBase Base { get; init => field = Known(value, nameof(Base)); }

    /// <summary>What training minimises where there is no head. Default the absolute error.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the kinds.</exception>
    public ForecastLoss Loss { get; init => field = Known(value, nameof(Loss)); }

    /// <summary>What of the calendar the networks are told. Default nothing. The series need times.</summary>
    public CalendarFeatures Calendar { get; init; }

    /// <summary>Numbers with conformal intervals, the default, or distributions whose median is the forecast.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the heads.</exception>
    public ForecastHead Head { get; init => field = Known(value, nameof(Head)); }

    /// <summary>How many paths are sampled for a recursive output with a head. Default 100.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 1 to 10000.</exception>
    public int Paths
    {
        get;
        init => field = value is >= 1 and <= 10_000 ? value : throw new ArgumentOutOfRangeException(nameof(Paths), value, "There are 1 to 10000 paths.");
    } = 100;

    /// <summary>The kind of recurrent layer. Default LSTM.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the kinds.</exception>
    public RecurrentKind Cell { get; init => field = Known(value, nameof(Cell)); }

    /// <summary>The units of each recurrent layer. Default 128.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Units { get; init => field = AtLeast(1, value, nameof(Units)); } = 128;

    /// <summary>The number of recurrent layers, one above the other. Default 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Layers { get; init => field = AtLeast(1, value, nameof(Layers)); } = 2;

    /// <summary>The share of numbers after each recurrent layer that is dropped in training. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 0 to below 1.</exception>
    public float Dropout
    {
        get;
        init => field = value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(Dropout), value, "Dropout is a share from 0 to below 1.");
    }

    /// <summary>How many networks are trained; the forecast is their mean. Default 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 1 to 100.</exception>
    public int Networks
    {
        get;
        init => field = value is >= 1 and <= 100 ? value : throw new ArgumentOutOfRangeException(nameof(Networks), value, "There are 1 to 100 networks.");
    } = 2;

    /// <summary>How many batches each network learns from; null, the default, for 300 to 2500 by the number of windows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? Steps { get; init => field = value is int steps ? AtLeast(1, steps, nameof(Steps)) : null; }

    /// <summary>How many windows make a batch. Default 256.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int BatchSize { get; init => field = AtLeast(1, value, nameof(BatchSize)); } = 256;

    /// <summary>The learning rate at the start, which falls to 0 on a cosine. Default 0.005.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0.</exception>
    public double LearningRate
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(LearningRate), value, "The learning rate is above 0.");
    } = 0.005;

    /// <summary>The levels of the prediction intervals in percent, ascending. Default 80 and 95.</summary>
    /// <exception cref="ArgumentException">A level is not between 0 and 100, or they do not ascend.</exception>
    public IReadOnlyList<double> Intervals { get; init => field = ForecastOptions.Levels(value); } = [80, 95];

    /// <summary>The number from which everything random follows. The same seed gives the same bits on any number of cores. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long Seed
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Seed), value, "The seed is at least 0.");
    }

    private static int AtLeast(int least, int value, string option) => value >= least ? value : throw new ArgumentOutOfRangeException(option, value, $"{option} is at least {least}.");

    private static T Known<T>(T value, string option) where T : struct, Enum => Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(option, value, "No such kind.");

    private static int[] Ascending(IReadOnlyList<int> seasons)
    {
        for (int i = 0; i < seasons.Count; i++)
        {
            if (seasons[i] < 2) { throw new ArgumentException($"A season is 2 rows or more, not {seasons[i]}.", nameof(seasons)); }
            if (i > 0 && seasons[i] <= seasons[i - 1]) { throw new ArgumentException($"The seasons must ascend; {seasons[i]} follows {seasons[i - 1]}.", nameof(seasons)); }
        }

        return [.. seasons];
    }
}
