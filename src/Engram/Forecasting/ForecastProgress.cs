namespace Engram.Forecasting;

/// <summary>How far a forecast is. Reported from any thread, one at a time.</summary>
/// <param name="Stage">What is being done, for example <c>training</c>.</param>
/// <param name="Done">How many networks are trained.</param>
/// <param name="Total">How many there are to train.</param>
public readonly record struct ForecastProgress(string Stage, int Done, int Total);
