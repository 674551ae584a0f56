using Engram.Data;

namespace Engram.Forecasting;

/// <summary>A forecast and all that led to it: what was found in the series, how good the method was on rows that it had not seen, and the model.</summary>
public sealed class ForecastReport
{
    /// <summary>The series.</summary>
    public required TimeSeries Series { get; init; }

    /// <summary>What was asked for.</summary>
    public required ForecastOptions Options { get; init; }

    /// <summary>Which rows trained, validated and tested.</summary>
    public required Split Split { get; init; }

    /// <summary>The season and how it was found.</summary>
    public required SeasonChoice Season { get; init; }

    /// <summary>Whether the logarithm of the series is forecast.</summary>
    public required bool Log { get; init; }

    /// <summary>How many past values each network sees.</summary>
    public required IReadOnlyList<int> Windows { get; init; }

    /// <summary>What was chosen on the validation rows.</summary>
    public required ValidationChoice Validation { get; init; }

    /// <summary>The networks' loss, epoch by epoch.</summary>
    public required ForecastTraining Training { get; init; }

    /// <summary>How good the forecasts were on the test rows.</summary>
    public required Backtest Backtest { get; init; }

    /// <summary>The forecast of the rows after the last.</summary>
    public required Forecast Forecast { get; init; }

    /// <summary>The model that made <see cref="Forecast"/>, trained on all rows.</summary>
    public required ForecastModel Model { get; init; }

    /// <summary>What else a reader should know, one sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}

/// <summary>The number of rows after which the pattern repeats.</summary>
/// <param name="Length">The number of rows; 1 for no season.</param>
/// <param name="IsGiven">Whether it was asked for rather than found.</param>
/// <param name="Candidates">What was tried, in ascending length; empty where it was given or nothing could be tried.</param>
/// <param name="Threshold">The score above which a candidate counts as a season.</param>
public sealed record SeasonChoice(int Length, bool IsGiven, IReadOnlyList<SeasonCandidate> Candidates, double Threshold);

/// <summary>A season that was tried.</summary>
/// <param name="Length">The number of rows.</param>
/// <param name="Score">
/// The autocorrelation of the changes at this lag, corrected for the length of the series; null where the series has fewer than three seasons.
/// </param>
public sealed record SeasonCandidate(int Length, double? Score);

/// <summary>
/// What was chosen on the validation rows: the classical method that the networks' forecast is drawn towards, and how far. The forecast is
/// classical + weight (networks - classical).
/// </summary>
/// <param name="Classical">The classical method with the least error.</param>
/// <param name="NetworkWeight">The weight of the networks, from 0 to 1.</param>
/// <param name="Candidates">The classical methods and the networks with their mean absolute errors on the validation rows, in the scale of the model (logarithms where used).</param>
public sealed record ValidationChoice(string Classical, double NetworkWeight, IReadOnlyList<ValidationError> Candidates);

/// <summary>A method's error on the validation rows.</summary>
/// <param name="Method">The method's name.</param>
/// <param name="MeanAbsoluteError">Its mean absolute error in the scale of the model.</param>
public sealed record ValidationError(string Method, double MeanAbsoluteError);

/// <summary>The mean of the networks' losses, epoch by epoch, when they were trained without the validation rows. In units of the inputs' standard deviation.</summary>
/// <param name="Loss">The training loss of each epoch.</param>
/// <param name="ValidationLoss">The loss on the validation rows after each epoch.</param>
/// <param name="StepsPerNetwork">How many batches each network learnt from.</param>
/// <param name="Parameters">The number of weights of one network.</param>
public sealed record ForecastTraining(IReadOnlyList<double> Loss, IReadOnlyList<double> ValidationLoss, int StepsPerNetwork, int Parameters);
