namespace Engram.Layers;

/// <summary>One step of a <see cref="Gru"/>, with its options; the state is h. For <see cref="Rnn"/>.</summary>
public sealed class GruCell : UnitCell
{
    /// <summary>Creates the cell.</summary>
    /// <param name="units">The number of units, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="units"/> is below 1.</exception>
    public GruCell(int units) : base(units) { }

    private GruCell(Configuration config) : base(config)
    {
        RecurrentActivation = config.Activation("recurrent_activation", RecurrentActivation);
        ResetAfter = config.Boolean("reset_after", ResetAfter);
    }

    /// <inheritdoc/>
    public override string Kind => "GRUCell";

    /// <inheritdoc cref="Gru.RecurrentActivation"/>
    public ActivationFunction RecurrentActivation { get; init; } = Activations.Sigmoid;

    /// <inheritdoc cref="Gru.ResetAfter"/>
    public bool ResetAfter { get; init; } = true;

    private protected override Recurrent CreateLayer(SequenceOptions options) => new Gru(this, options);

    internal static GruCell ReadConfig(Configuration config) => new(config);
}
