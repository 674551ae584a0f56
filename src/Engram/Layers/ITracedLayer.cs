using Engram.Cells;

namespace Engram.Layers;

/// <summary>A recurrent layer whose gates and states can be looked at.</summary>
internal interface ITracedLayer
{
    /// <summary>Whether the sequence is read from its end.</summary>
    bool ReadsBackward { get; }

    /// <summary>The number of units.</summary>
    int TracedUnits(LayerCall call);

    /// <summary>What a call computed, (batch, timeSteps, width) each, in the order of the input's steps; the call has run forward with <see cref="LayerCall.KeepForBackward"/>.</summary>
    IReadOnlyList<TracedArray> Trace(LayerCall call);
}
