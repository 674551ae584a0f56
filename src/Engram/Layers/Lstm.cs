using Engram.Cells;

namespace Engram.Layers;

/// <summary>
/// Long short-term memory (Hochreiter and Schmidhuber 1997) with forget gate (Gers et al. 2000). The formulas, forward and back,
/// stand in <c>Cells/LstmCell.cs</c>. Weights: kernel (features, 4 units), recurrent kernel (units, 4 units), bias (4 units), the gates in
/// the order input, forget, cell, output. Input and output shapes: see <see cref="Recurrent"/>; the states are h and c.
/// </summary>
public sealed class Lstm : Recurrent
{
    /// <summary>Creates the layer.</summary>
    /// <param name="units">The number of units, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="units"/> is below 1.</exception>
    public Lstm(int units) : base(units) { }

    private Lstm(Configuration config) : base(config)
    {
        RecurrentActivation = config.Activation("recurrent_activation", RecurrentActivation);
        UnitForgetBias = config.Boolean("unit_forget_bias", UnitForgetBias);
    }

    private Lstm(Lstm other) : base(other)
    {
        RecurrentActivation = other.RecurrentActivation;
        UnitForgetBias = other.UnitForgetBias;
    }

    /// <inheritdoc/>
    public override string Kind => "LSTM";

    /// <summary>The activation of the input, forget and output gates. Default sigmoid.</summary>
    public ActivationFunction RecurrentActivation { get; init; } = Activations.Sigmoid;

    /// <summary>Whether the forget gate's bias starts at one (Jozefowicz et al. 2015). Default true.</summary>
    public bool UnitForgetBias { get; init; } = true;

    /// <inheritdoc/>
    public override int StateCount => 2;

    private protected override string CellName => "lstm_cell";

    private protected override int[] BiasShape => [4 * Units];

    private protected override Initializer BiasStart => UnitForgetBias ? new ForgetBiasInitializer(BiasInitializer, Units) : BiasInitializer;

    internal override Recurrent Clone(bool goBackwards, bool zeroOutputForMask) =>
        new Lstm(this) { GoBackwards = goBackwards, ZeroOutputForMask = zeroOutputForMask };

    internal override Cell CreateCell() => new LstmCell(Units, Activation, RecurrentActivation);

    internal static Lstm ReadConfig(Configuration config) => new(config);

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("recurrent_activation", RecurrentActivation);
        config.Set("unit_forget_bias", UnitForgetBias);
        config.SetNull("seed");
    }
}
