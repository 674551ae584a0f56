using Engram.Cells;

namespace Engram.Layers;

/// <summary>
/// The gated recurrent unit (Cho et al. 2014). The formulas, forward and back, stand in <c>Cells/GruFormulas.cs</c>. Weights: kernel
/// (features, 3 units), recurrent kernel (units, 3 units), bias (2, 3 units) or, reset before, (3 units); the gates in the order update,
/// reset, candidate. Input and output shapes: see <see cref="Recurrent"/>; the state is h.
/// </summary>
public sealed class Gru : Recurrent
{
    /// <summary>Creates the layer.</summary>
    /// <param name="units">The number of units, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="units"/> is below 1.</exception>
    public Gru(int units) : base(units) { }

    private Gru(Configuration config) : base(config)
    {
        RecurrentActivation = config.Activation("recurrent_activation", RecurrentActivation);
        ResetAfter = config.Boolean("reset_after", ResetAfter);
    }

    internal Gru(GruCell cell, SequenceOptions options) : base(cell, options)
    {
        RecurrentActivation = cell.RecurrentActivation;
        ResetAfter = cell.ResetAfter;
    }

    /// <inheritdoc/>
    public override string Kind => "GRU";

    /// <summary>The activation of the update and reset gates. Default sigmoid.</summary>
    public ActivationFunction RecurrentActivation { get; init; } = Activations.Sigmoid;

    /// <summary>
    /// Whether the reset gate acts after the product with the recurrent kernel (as cuDNN and PyTorch) or on the state before it (as the
    /// paper). Default true.
    /// </summary>
    public bool ResetAfter { get; init; } = true;

    private protected override string CellName => "gru_cell";

    private protected override int[] BiasShape => ResetAfter ? [2, 3 * Units] : [3 * Units];

    internal override Cell CreateCell() => new GruFormulas(Units, Activation, RecurrentActivation, ResetAfter);

    internal static Gru ReadConfig(Configuration config) => new(config);

    /// <inheritdoc/>
    internal override void WriteUnits(Configuration config)
    {
        base.WriteUnits(config);
        config.Set("recurrent_activation", RecurrentActivation);
        config.Set("reset_after", ResetAfter);
        config.SetNull("seed");
    }
}
