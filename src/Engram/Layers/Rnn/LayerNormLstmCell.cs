namespace Engram.Layers;

/// <summary>One step of a <see cref="LayerNormLstm"/>, with its options; the states are h and c. For <see cref="Rnn"/>.</summary>
public sealed class LayerNormLstmCell : UnitCell
{
    private readonly float epsilon = 1e-3f;

    /// <summary>Creates the cell.</summary>
    /// <param name="units">The number of units, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="units"/> is below 1.</exception>
    public LayerNormLstmCell(int units) : base(units) { }

    private LayerNormLstmCell(Configuration config) : base(config)
    {
        RecurrentActivation = config.Activation("recurrent_activation", RecurrentActivation);
        UnitForgetBias = config.Boolean("unit_forget_bias", UnitForgetBias);
        Epsilon = config.Single("epsilon", Epsilon);
    }

    /// <inheritdoc cref="LayerNormLstm.RecurrentActivation"/>
    public ActivationFunction RecurrentActivation { get; init; } = Activations.Sigmoid;

    /// <inheritdoc cref="LayerNormLstm.UnitForgetBias"/>
    public bool UnitForgetBias { get; init; } = true;

    /// <inheritdoc cref="LayerNormLstm.Epsilon"/>
    public float Epsilon { get => epsilon; init => epsilon = LayerNormLstm.CheckEpsilon(value, nameof(Epsilon)); }

    private protected override string? KerasModule => null;

    private protected override Recurrent CreateLayer(SequenceOptions options) => new LayerNormLstm(this, options);

    internal static LayerNormLstmCell ReadConfig(Configuration config) => new(config);
}
