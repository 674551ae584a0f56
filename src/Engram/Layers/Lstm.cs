using Engram.Cells;

namespace Engram.Layers;

/// <summary>
/// Long short-term memory (Hochreiter and Schmidhuber 1997) with forget gate (Gers et al. 2000). The formulas, forward and back,
/// stand in <c>Cells/LstmFormulas.cs</c>. Weights: kernel (features, 4 units), recurrent kernel (units, 4 units), bias (4 units), the gates in
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

    internal Lstm(LstmCell cell, SequenceOptions options) : base(cell, options)
    {
        RecurrentActivation = cell.RecurrentActivation;
        UnitForgetBias = cell.UnitForgetBias;
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

    private protected override string CellName => "lstm_cell";

    private protected override int[] BiasShape => [4 * Units];

    private protected override Initializer BiasStart => UnitForgetBias ? new ForgetBias(BiasInitializer, Units) : BiasInitializer;

    internal override SequenceLayer Clone(SequenceOptions options) => new Lstm(this) { Options = options };

    internal override Cell CreateCell() => new LstmFormulas(Units, Activation, RecurrentActivation);

    // The forget gate's block is ones; the other three come from the bias initializer, as one block of u and one of 2u.
    private sealed class ForgetBias(Initializer others, int units) : Initializer
    {
        public override string Name => others.Name;

        public override void Fill(Span<float> values, ReadOnlySpan<int> shape, RandomKey key)
        {
            others.Fill(values[..units], [units], key.Derive(0));
            values.Slice(units, units).Fill(1f);
            others.Fill(values[(2 * units)..], [2 * units], key.Derive(1));
        }
    }

    internal static Lstm ReadConfig(Configuration config) => new(config);

    /// <inheritdoc/>
    internal override void WriteUnits(Configuration config)
    {
        base.WriteUnits(config);
        config.Set("recurrent_activation", RecurrentActivation);
        config.Set("unit_forget_bias", UnitForgetBias);
        config.SetNull("seed");
    }
}
