namespace Engram.Layers;

/// <summary>One step of an <see cref="Lstm"/>, with its options; the states are h and c. For <see cref="Rnn"/>.</summary>
public sealed class LstmCell : UnitCell
{
    /// <summary>Creates the cell.</summary>
    /// <param name="units">The number of units, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="units"/> is below 1.</exception>
    public LstmCell(int units) : base(units) { }

    private LstmCell(Configuration config) : base(config)
    {
        RecurrentActivation = config.Activation("recurrent_activation", RecurrentActivation);
        UnitForgetBias = config.Boolean("unit_forget_bias", UnitForgetBias);
    }

    /// <inheritdoc/>
    public override string Kind => "LSTMCell";

    /// <inheritdoc cref="Lstm.RecurrentActivation"/>
    public ActivationFunction RecurrentActivation { get; init; } = Activations.Sigmoid;

    /// <inheritdoc cref="Lstm.UnitForgetBias"/>
    public bool UnitForgetBias { get; init; } = true;

    private protected override Recurrent CreateLayer(SequenceOptions options) => new Lstm(this, options);

    internal static LstmCell ReadConfig(Configuration config) => new(config);
}
