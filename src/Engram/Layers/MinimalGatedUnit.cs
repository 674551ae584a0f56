using Engram.Cells;

namespace Engram.Layers;

/// <summary>
/// The minimal gated unit (Zhou et al. 2016): a recurrent layer with a single gate, two thirds of a GRU's weights. The formulas, forward and
/// back, stand in <c>Cells/MinimalGatedFormulas.cs</c>. Weights: kernel (features, 2 units), recurrent kernel (units, 2 units), bias (2 units),
/// the forget gate before the candidate. Input and output shapes: see <see cref="Recurrent"/>; the state is h. The activation is tanh or relu.
/// </summary>
public sealed class MinimalGatedUnit : Recurrent
{
    /// <summary>Creates the layer.</summary>
    /// <param name="units">The number of units, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="units"/> is below 1.</exception>
    public MinimalGatedUnit(int units) : base(units) { }

    private MinimalGatedUnit(Configuration config) : base(config) =>
        RecurrentActivation = config.Activation("recurrent_activation", RecurrentActivation);

    internal MinimalGatedUnit(MinimalGatedCell cell, SequenceOptions options) : base(cell, options) =>
        RecurrentActivation = cell.RecurrentActivation;

    /// <summary>The activation of the gate: sigmoid or hard sigmoid. Default sigmoid.</summary>
    public ActivationFunction RecurrentActivation { get; init; } = Activations.Sigmoid;

    private protected override string? KerasModule => null;

    private protected override string CellName => "minimal_gated_unit_cell";

    private protected override int[] BiasShape => [2 * Units];

    internal override Cell CreateCell() => new MinimalGatedFormulas(Units, Activation, RecurrentActivation);

    internal static MinimalGatedUnit ReadConfig(Configuration config) => new(config);

    /// <inheritdoc/>
    internal override void WriteUnits(Configuration config)
    {
        base.WriteUnits(config);
        config.Set("recurrent_activation", RecurrentActivation);
        config.SetNull("seed");
    }
}
