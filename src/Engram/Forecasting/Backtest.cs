namespace Engram.Forecasting;

/// <summary>
/// Forecasts of the test rows by models that have not seen them, from every row from which the whole horizon lies in the test part
/// (rolling origins, without training anew), beside those of simple methods.
/// </summary>
public sealed class Backtest
{
    /// <summary>The steps ahead that were measured: the horizon, or fewer where the test part is shorter.</summary>
    public required int Horizon { get; init; }

    /// <summary>The row of each forecast's first value; the forecast knows all rows before it.</summary>
    public required IReadOnlyList<int> Origins { get; init; }

    /// <summary>The errors of each method, Engram's first, then naive, seasonal naive (where there is a season), drift and the classical method chosen.</summary>
    public required IReadOnlyList<MethodErrors> Methods { get; init; }

    /// <summary>Engram's forecasts: (origins, steps ahead).</summary>
    public required double[,] Forecasts { get; init; }

    /// <summary>The lower and upper bounds of <see cref="Forecasts"/>, from the narrowest to the widest, each calibrated on other rows.</summary>
    public required IReadOnlyList<BacktestInterval> Intervals { get; init; }

    /// <summary>Whether Engram was better than the best simple forecast.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>The errors of Engram.</summary>
    public MethodErrors Engram => Methods[0];
}

/// <summary>A method's errors over all origins and steps ahead of a backtest.</summary>
/// <param name="Name">The method, for example <c>seasonal naive</c>.</param>
/// <param name="Mae">The mean absolute error.</param>
/// <param name="Rmse">The root of the mean squared error.</param>
/// <param name="Mape">The mean absolute percentage error as a fraction, over the actual values that are not 0; NaN where all are.</param>
/// <param name="Smape">The symmetric mean absolute percentage error as a fraction between 0 and 1; the M4 competition states 200 times this number.</param>
/// <param name="Mase">The mean absolute error over that of the seasonal naive forecast on the training rows; NaN or infinite where that is 0.</param>
/// <param name="MaeByStep">The mean absolute error of each step ahead.</param>
public sealed record MethodErrors(string Name, double Mae, double Rmse, double Mape, double Smape, double Mase, IReadOnlyList<double> MaeByStep);

/// <summary>Bounds of the backtest's forecasts and how often the actual value lay within them.</summary>
/// <param name="Level">The share of values that should lie within, in percent.</param>
/// <param name="Coverage">The share that did, in percent. The bounds of each forecast were found without the values it is judged by.</param>
/// <param name="Lower">The lower bounds: (origins, steps ahead).</param>
/// <param name="Upper">The upper bounds: (origins, steps ahead).</param>
public sealed record BacktestInterval(double Level, double Coverage, double[,] Lower, double[,] Upper);

/// <summary>How Engram compares with the best simple forecast.</summary>
public enum VerdictKind
{
    /// <summary>Its mean absolute error is lower by more than two percent.</summary>
    Better,

    /// <summary>The two mean absolute errors are within two percent.</summary>
    AsGood,

    /// <summary>Its mean absolute error is higher by more than two percent.</summary>
    Worse,
}

/// <summary>How Engram compares with the best simple forecast.</summary>
/// <param name="Kind">Better, as good or worse.</param>
/// <param name="BestSimple">The simple method with the least mean absolute error; the simplest of those within one percent.</param>
/// <param name="Text">The verdict in plain words with both methods' figures.</param>
public sealed record Verdict(VerdictKind Kind, string BestSimple, string Text);
