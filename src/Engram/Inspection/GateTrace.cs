namespace Engram.Inspection;

/// <summary>
/// What every gate of a network did on some sequences: the forget, input and output gates, candidates, cell and hidden states of each
/// recurrent layer and direction, for each row, step and unit. <see cref="Models.Network.Trace(Data.NumericArrays)"/> makes it.
/// <code>
/// GateTrace trace = model.Trace(x);
/// float kept = trace.Layers[0].ForgetGate[row, step, unit];
/// </code>
/// </summary>
/// <remarks>
/// The numbers are those that the engine computed for the prediction, kept as training keeps them for its way back; nothing is computed
/// again, and a prediction that nobody traces does nothing more than before. Dropout does not act.
/// </remarks>
public sealed partial class GateTrace
{
    internal GateTrace(IReadOnlyList<LayerTrace> layers) => Layers = layers;

    /// <summary>
    /// One trace for each use of a recurrent layer and each direction, in the order in which they run; the layers inside
    /// <see cref="Layers.Bidirectional"/>, <see cref="Layers.Rnn"/>, <see cref="Layers.TimeDistributed"/> and nested models each by itself.
    /// </summary>
    public IReadOnlyList<LayerTrace> Layers { get; }

    /// <summary>The trace of a layer by its name; the part of the name behind the last slash will do where it is unique.</summary>
    /// <param name="name">For example <c>lstm_1</c> or <c>bidirectional/backward_lstm</c>.</param>
    /// <exception cref="EngramException">No recurrent layer, or more than one, has that name.</exception>
    public LayerTrace this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            LayerTrace[] found = [.. Layers.Where(layer => layer.Name == name)];
            if (found.Length == 0) { found = [.. Layers.Where(layer => layer.Name.EndsWith("/" + name, StringComparison.Ordinal))]; }
            return found.Length == 1
                ? found[0]
                : throw new EngramException($"{(found.Length == 0 ? "No" : "More than one")} recurrent layer is called {name}; there are {string.Join(", ", Layers.Select(layer => layer.Name))}.");
        }
    }
}
