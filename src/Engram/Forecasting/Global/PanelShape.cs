using Engram.Distributions;

namespace Engram.Forecasting;

/// <summary>What a network of a panel sees and puts out.</summary>
internal sealed record PanelShape
{
    public required int Horizon { get; init; }

    /// <summary>The window L.</summary>
    public required int Window { get; init; }

    /// <summary>The values p of one step.</summary>
    public required int Patch { get; init; }

    public required IReadOnlyList<int> Seasons { get; init; }

    public required ForecastOutput Output { get; init; }

    /// <summary>By the mean, or else by the spread.</summary>
    public required bool ByMean { get; init; }

    public required ForecastBase Base { get; init; }

    /// <summary>Whether the networks are told which values of a window are missing.</summary>
    public required bool Flags { get; init; }

    /// <summary>Columns beside the values: past ones, then those known ahead, then the calendar's.</summary>
    public required int Covariates { get; init; }

    /// <summary>How many of <see cref="Covariates"/>, the last ones, are known ahead.</summary>
    public required int Known { get; init; }

    public required int Statics { get; init; }

    /// <summary>The number of words of each category, the unknown one included.</summary>
    public required IReadOnlyList<int> Categories { get; init; }

    public required RecurrentKind Cell { get; init; }

    public required int Units { get; init; }

    public required int Layers { get; init; }

    public required float Dropout { get; init; }

    public required DistributionHead? Head { get; init; }

    /// <summary>How many values a network puts out at a time: the horizon, or 1.</summary>
    public int Ahead => Output == ForecastOutput.Recursive ? 1 : Horizon;

    public int TimeSteps => (Window + Patch - 1) / Patch;

    /// <summary>Columns of a step that each have p numbers: the values, their flags, the covariates.</summary>
    public int Channels => 1 + (Flags ? 1 : 0) + Covariates;

    /// <summary>The values of one step of a decoder: the largest number up to p that divides the horizon.</summary>
    public int DecoderPatch
    {
        get
        {
            int patch = Math.Min(Patch, Horizon);
            while (Horizon % patch != 0) { patch--; }
            return patch;
        }
    }
}
