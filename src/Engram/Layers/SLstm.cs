using Engram.Cells;

namespace Engram.Layers;

/// <summary>
/// The sLSTM of xLSTM (Beck et al. 2024): an LSTM with an exponential input gate, a normaliser and a stabiliser, its units in heads that do
/// not see each other. The formulas, forward and back, stand in <c>Cells/SLstmFormulas.cs</c>. Weights: kernel (features, 4 units), recurrent
/// kernel (heads, units / heads, 4 units / heads), bias (4 units), the gates in the order input, forget, cell, output. Input and output
/// shapes: see <see cref="Recurrent"/>; the states are h, c, n and m. The activation is tanh or relu.
/// </summary>
public sealed class SLstm : Recurrent
{
    private readonly int heads = 1;

    /// <summary>Creates the layer.</summary>
    /// <param name="units">The number of units, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="units"/> is below 1.</exception>
    public SLstm(int units) : base(units) { }

    private SLstm(Configuration config) : base(config)
    {
        Heads = config.Int32("heads", 1);
        UnitForgetBias = config.Boolean("unit_forget_bias", UnitForgetBias);
    }

    internal SLstm(SLstmCell cell, SequenceOptions options) : base(cell, options)
    {
        Heads = cell.Heads;
        UnitForgetBias = cell.UnitForgetBias;
    }

    /// <summary>The number of heads, a divisor of the number of units. Default 1. Recurrent dropout needs a single head.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is no divisor.</exception>
    public int Heads { get => heads; init => heads = CheckHeads(value, Units, nameof(Heads)); }

    /// <summary>Whether the forget gate's bias starts at one. Default true.</summary>
    public bool UnitForgetBias { get; init; } = true;

    private protected override string? KerasModule => null;

    private protected override string CellName => "s_lstm_cell";

    private protected override int[] BiasShape => [4 * Units];

    private protected override Initializer BiasStart => UnitForgetBias ? new ForgetBiasInitializer(BiasInitializer, Units) : BiasInitializer;

    private protected override int[] RecurrentShape(Cell cell) => [heads, Units / heads, 4 * Units / heads];

    internal override Cell CreateCell() => heads > 1 && RecurrentDropout > 0
        ? throw new EngramException($"{DisplayName}: recurrent dropout needs a single head; there are {heads}.")
        : new SLstmFormulas(Units, heads, Activation);

    internal static int CheckHeads(int heads, int units, string name) => heads > 0 && units % heads == 0
        ? heads
        : throw new ArgumentOutOfRangeException(name, heads, $"{units} units cannot be parted into {heads} heads.");

    internal static SLstm ReadConfig(Configuration config) => new(config);

    /// <inheritdoc/>
    internal override void WriteUnits(Configuration config)
    {
        base.WriteUnits(config);
        config.Set("heads", Heads);
        config.Set("unit_forget_bias", UnitForgetBias);
        config.SetNull("seed");
    }
}
