namespace Engram.Forecasting;

/// <summary>The kind of recurrent layer of a forecasting network.</summary>
public enum RecurrentKind
{
    /// <summary>Long short-term memory. The default.</summary>
    Lstm,

    /// <summary>Gated recurrent unit.</summary>
    Gru,

    /// <summary>A plain recurrent layer.</summary>
    SimpleRnn,
}

/// <summary>How a series is forecast. Everything but the horizon has a default that suits most series.</summary>
public sealed class ForecastOptions
{
    private readonly int horizon = 12;
    private readonly double testShare = 0.2;
    private readonly int? testRows;
    private readonly int? season;
    private readonly int units = 32;
    private readonly int layers = 1;
    private readonly int? window;
    private readonly int? epochs;
    private readonly int networks = 5;
    private readonly IReadOnlyList<double> intervals = [80, 95];
    private readonly long seed;

    /// <summary>How many values ahead are forecast. Default 12.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Horizon { get => horizon; init => horizon = AtLeast(1, value, nameof(Horizon)); }

    /// <summary>
    /// The share of rows at the end that is held out for the backtest, between 0 and 1; taken up to the horizon where it is less and the
    /// series is long enough. Default 0.2. Counts unless <see cref="TestRows"/> is set.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not between 0 and 1.</exception>
    public double TestShare
    {
        get => testShare;
        init => testShare = value is > 0 and < 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(TestShare), value, "The share for the test lies between 0 and 1; for a number of rows set TestRows.");
    }

    /// <summary>How many rows at the end are held out for the backtest; null, the default, for <see cref="TestShare"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? TestRows { get => testRows; init => testRows = value is int rows ? AtLeast(1, rows, nameof(TestRows)) : null; }

    /// <summary>The number of rows after which the pattern repeats, 1 for none; null, the default, to find it in the training rows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? Season { get => season; init => season = value is int s ? AtLeast(1, s, nameof(Season)) : null; }

    /// <summary>Whether the logarithm of the series is forecast; null, the default, to decide by the training rows.</summary>
    public bool? Log { get; init; }

    /// <summary>The kind of recurrent layer. Default LSTM.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the kinds.</exception>
    public RecurrentKind Cell
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Cell), value, "No such kind of layer.");
    }

    /// <summary>
    /// What the networks predict. Default numbers, with conformal intervals; else distributions, whose median is the forecast and whose quantiles are
    /// the bounds of the intervals.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the heads.</exception>
    public ForecastHead Head
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Head), value, "No such head.");
    }

    /// <summary>The units of each recurrent layer. Default 32.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Units { get => units; init => units = AtLeast(1, value, nameof(Units)); }

    /// <summary>The number of recurrent layers, one above the other. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Layers { get => layers; init => layers = AtLeast(1, value, nameof(Layers)); }

    /// <summary>How many past values the networks see; null, the default, for a length by season and number of rows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? Window { get => window; init => window = value is int length ? AtLeast(1, length, nameof(Window)) : null; }

    /// <summary>How many times each network sees all training windows; null, the default, for 60 to 150 batches by number of rows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 1 to 100000.</exception>
    public int? Epochs
    {
        get => epochs;
        init => epochs = value is null or (>= 1 and <= 100_000) ? value : throw new ArgumentOutOfRangeException(nameof(Epochs), value, "There are 1 to 100000 epochs.");
    }

    /// <summary>How many networks are trained; the forecast is their mean. Default 5.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 1 to 100.</exception>
    public int Networks
    {
        get => networks;
        init => networks = value is >= 1 and <= 100 ? value : throw new ArgumentOutOfRangeException(nameof(Networks), value, "There are 1 to 100 networks.");
    }

    /// <summary>The levels of the prediction intervals in percent, ascending. Default 80 and 95.</summary>
    /// <exception cref="ArgumentException">A level is not between 0 and 100, or they do not ascend.</exception>
    public IReadOnlyList<double> Intervals { get => intervals; init => intervals = Levels(value); }

    /// <summary>The number from which everything random follows. The same seed gives the same bits on any number of cores. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long Seed
    {
        get => seed;
        init => seed = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Seed), value, "The seed is at least 0.");
    }

    private static int AtLeast(int least, int value, string option) => value >= least
        ? value
        : throw new ArgumentOutOfRangeException(option, value, $"{option} is at least {least}.");

    internal static double[] Levels(IReadOnlyList<double> levels)
    {
        ArgumentNullException.ThrowIfNull(levels);
        for (int i = 0; i < levels.Count; i++)
        {
            if (!(levels[i] > 0 && levels[i] < 100)) { throw new ArgumentException($"An interval's level is a percentage between 0 and 100, not {levels[i]}.", nameof(levels)); }
            if (i > 0 && levels[i] <= levels[i - 1]) { throw new ArgumentException($"The levels of the intervals must ascend; {levels[i]} follows {levels[i - 1]}.", nameof(levels)); }
        }

        return [.. levels];
    }
}
