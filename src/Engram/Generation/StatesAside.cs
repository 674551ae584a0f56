using Engram.Layers;
using Engram.Training;

namespace Engram.Generation;

/// <summary>Puts the states that training carries aside while the model is validated, which begins with none.</summary>
internal sealed class StatesAside(IReadOnlyList<Layer> layers) : Callback
{
    private readonly SequenceLayer[] carriers = [.. StateCarriers.Of(layers).Select(entry => entry.Carrier)];
    private TensorBuffer[]?[] aside = [];

    /// <inheritdoc/>
    public override void OnValidationBegin(TrainingRun run, int epoch)
    {
        aside = [.. carriers.Select(carrier => carrier.CarriedStates)];
        foreach (SequenceLayer carrier in carriers) { carrier.CarriedStates = null; }
    }

    /// <inheritdoc/>
    public override void OnValidationEnd(TrainingRun run, int epoch)
    {
        for (int i = 0; i < carriers.Length; i++) { carriers[i].CarriedStates = aside[i]; }
    }
}
