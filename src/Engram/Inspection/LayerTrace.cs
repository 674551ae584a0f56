using Engram.Cells;

namespace Engram.Inspection;

/// <summary>Where a recurrent layer begins to read.</summary>
public enum ReadingDirection
{
    /// <summary>At the first step.</summary>
    Forward,

    /// <summary>At the last step.</summary>
    Backward,
}

/// <summary>
/// What the gates and states of one recurrent layer, in one direction, were on a batch of sequences: each a <see cref="GateSeries"/>
/// (rows, timeSteps, units). The names of what a layer has stand in <see cref="Series"/>:
/// <code>
/// LSTM, LayerNormLstm, ConvLSTM   input_gate forget_gate candidate output_gate cell_state hidden_state
/// SLstm                           the same, and normalizer_state stabilizer_state
/// MLstm                           input_gate forget_gate stabilizer_state (a column for each head) output_gate hidden_state
/// GRU                             update_gate reset_gate candidate hidden_state
/// MinimalGatedUnit                forget_gate candidate hidden_state
/// SimpleRNN                       hidden_state
/// a cell of one's own             output state_0 state_1 ...
/// </code>
/// A unit of a convolutional LSTM is a filter at a place. The hidden state of an MLstm is what it puts out, zeros at a masked step; its
/// matrix memory is not in the trace, and i, f and m are those of the step-by-step form.
/// </summary>
/// <remarks>
/// <para>A gate or a candidate is what it was after its activation. States are those after the step.</para>
/// <para>Steps are counted in the order of time, also where the layer reads backward: entry t belongs to step t of the layer's input, so
/// there the state of step t follows from that of step t + 1.</para>
/// <para>A masked step did not happen: its gates and its candidate are NaN, its states those of the step read before it (the initial ones, zeros
/// by default, before the first that is data). <see cref="IsData"/> tells.</para>
/// </remarks>
public sealed class LayerTrace
{
    private readonly GateSeries[] series;

    internal LayerTrace(string name, string kind, ReadingDirection direction, int rows, int timeSteps, int units, Mask? mask, IReadOnlyList<TracedArray> arrays)
    {
        (Name, Kind, Direction, Rows, TimeSteps, Units) = (name, kind, direction, rows, timeSteps, units);
        Mask = mask;
        series = [.. arrays.Select(array => new GateSeries(array.Name, rows, timeSteps, array.Width, array.Values, mask))];
        Series = [.. series.Select(one => one.Name)];
    }

    /// <summary>
    /// The layer's name, behind those of the models and layers it is in: <c>lstm</c>, <c>encoder/lstm</c>,
    /// <c>bidirectional/backward_lstm</c>. The second use of a layer that a model uses twice is <c>lstm#2</c>.
    /// </summary>
    public string Name { get; }

    /// <summary>The kind of layer, for example <c>LSTM</c>.</summary>
    public string Kind { get; }

    /// <summary>In which direction the layer reads.</summary>
    public ReadingDirection Direction { get; }

    /// <summary>The number of sequences; within a <see cref="Layers.TimeDistributed"/> those of all its steps.</summary>
    public int Rows { get; }

    /// <summary>The number of time steps.</summary>
    public int TimeSteps { get; }

    /// <summary>The layer's number of units.</summary>
    public int Units { get; }

    /// <summary>The names of the gates and states that this kind of layer has.</summary>
    public IReadOnlyList<string> Series { get; }

    /// <summary>A gate or state by its name.</summary>
    /// <param name="name">One of <see cref="Series"/>.</param>
    /// <exception cref="EngramException">A layer of this kind has none of that name.</exception>
    public GateSeries this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            return Array.Find(series, one => one.Name == name)
                ?? throw new EngramException($"{Name}: a layer of kind {Kind} has no {name}; it has {string.Join(", ", Series)}.");
        }
    }

    /// <summary>The input gate i, of an LSTM and its relatives: how much of the candidate is written.</summary>
    /// <exception cref="EngramException">The layer has none.</exception>
    public GateSeries InputGate => this[TracedNames.InputGate];

    /// <summary>
    /// The forget gate f: how much of the cell state stays (of a minimal gated unit: how much of the hidden state goes). With coupled
    /// gates it is one minus the input gate.
    /// </summary>
    /// <exception cref="EngramException">The layer has none.</exception>
    public GateSeries ForgetGate => this[TracedNames.ForgetGate];

    /// <summary>The candidate g: what may be written.</summary>
    /// <exception cref="EngramException">The layer has none.</exception>
    public GateSeries Candidate => this[TracedNames.Candidate];

    /// <summary>The output gate o: how much of the cell state is put out.</summary>
    /// <exception cref="EngramException">The layer has none.</exception>
    public GateSeries OutputGate => this[TracedNames.OutputGate];

    /// <summary>The update gate z of a GRU: how much of the hidden state stays.</summary>
    /// <exception cref="EngramException">The layer has none.</exception>
    public GateSeries UpdateGate => this[TracedNames.UpdateGate];

    /// <summary>The reset gate r of a GRU: how much of the hidden state the candidate sees.</summary>
    /// <exception cref="EngramException">The layer has none.</exception>
    public GateSeries ResetGate => this[TracedNames.ResetGate];

    /// <summary>The cell state c after each step.</summary>
    /// <exception cref="EngramException">The layer has none.</exception>
    public GateSeries CellState => this[TracedNames.CellState];

    /// <summary>The hidden state h after each step.</summary>
    /// <exception cref="EngramException">The layer has none.</exception>
    public GateSeries HiddenState => this[TracedNames.HiddenState];

    /// <summary>Which steps are data, or null where all are.</summary>
    internal Mask? Mask { get; }

    /// <summary>Whether a step is data and not padding.</summary>
    /// <param name="row">Which sequence.</param>
    /// <param name="step">Which step of the sequence, in the order of time.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row or step.</exception>
    public bool IsData(int row, int step) => series[0].IsData(row, step);

    /// <summary>Name, kind and shape, for the debugger.</summary>
    public override string ToString() => $"{Name} ({Kind}, {Direction}): {Rows} x {TimeSteps} x {Units}: {string.Join(", ", Series)}";
}
