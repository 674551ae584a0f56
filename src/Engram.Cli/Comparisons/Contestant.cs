using Engram.Inspection;

namespace Engram.Cli.Comparisons;

/// <summary>What was measured of one network.</summary>
internal sealed class Contestant
{
    /// <summary>Its kind.</summary>
    public required string Name { get; init; }

    /// <summary>The units of its recurrent layer.</summary>
    public required int Units { get; init; }

    /// <summary>The number of its weights.</summary>
    public required long Parameters { get; init; }

    /// <summary>The training loss of each epoch.</summary>
    public required double[] Loss { get; init; }

    /// <summary>The validation loss of each epoch.</summary>
    public required double[] ValidationLoss { get; init; }

    /// <summary>The mean norm over each epoch's batches of the gradient of all weights of the recurrent layer.</summary>
    public required double[] GradientNorm { get; init; }

    /// <summary>The epoch with the least validation loss, from 0; its weights were kept.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>The median time of an epoch, validation included.</summary>
    public required double SecondsPerEpoch { get; init; }

    /// <summary>Its forecasts of the test rows.</summary>
    public required double[] Forecast { get; init; }

    /// <summary>The root of the mean squared error on the test rows.</summary>
    public required double Rmse { get; init; }

    /// <summary>The mean absolute error on the test rows.</summary>
    public required double Mae { get; init; }

    /// <summary>The gradient's way back before training.</summary>
    public required GradientFlow Untrained { get; init; }

    /// <summary>The gradient's way back after training.</summary>
    public required GradientFlow Trained { get; init; }

    /// <summary>What of the gradient at the last step is left so many steps back.</summary>
    public static double Left(GradientFlow flow, int stepsBack) => flow.Hidden[^(1 + stepsBack)] / flow.Hidden[^1];
}
