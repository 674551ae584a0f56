namespace Engram.Layers;

/// <summary>One step of a <see cref="MinimalGatedUnit"/>, with its options; the state is h. For <see cref="Rnn"/>.</summary>
public sealed class MinimalGatedCell : UnitCell
{
    /// <summary>Creates the cell.</summary>
    /// <param name="units">The number of units, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="units"/> is below 1.</exception>
    public MinimalGatedCell(int units) : base(units) { }

    private MinimalGatedCell(Configuration config) : base(config) =>
        RecurrentActivation = config.Activation("recurrent_activation", RecurrentActivation);

    /// <inheritdoc cref="MinimalGatedUnit.RecurrentActivation"/>
    public ActivationFunction RecurrentActivation { get; init; } = Activations.Sigmoid;

    private protected override string? KerasModule => null;

    private protected override Recurrent CreateLayer(SequenceOptions options) => new MinimalGatedUnit(this, options);

    internal static MinimalGatedCell ReadConfig(Configuration config) => new(config);
}
