using Engram.Cells;

namespace Engram.Layers;

/// <summary>
/// The layer-normalised LSTM (Ba, Kiros and Hinton 2016, "Layer normalization"): what comes from the input, what comes from the state, and
/// the cell state on its way out are each normalised over the units of a row. The formulas, forward and back, stand in
/// <c>Cells/LayerNormLstmFormulas.cs</c>. Weights: those of <see cref="Lstm"/>, then the gains of the input and of the recurrent
/// product (4 units) each, and gain and offset of the cell state (units) each. The activation is tanh or relu, the recurrent one sigmoid or
/// hard sigmoid. Input and output shapes: see <see cref="Recurrent"/>; the states are h and c.
/// </summary>
public sealed class LayerNormLstm : Recurrent
{
    private readonly float epsilon = 1e-3f;

    /// <summary>Creates the layer.</summary>
    /// <param name="units">The number of units, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="units"/> is below 1.</exception>
    public LayerNormLstm(int units) : base(units) { }

    private LayerNormLstm(Configuration config) : base(config)
    {
        RecurrentActivation = config.Activation("recurrent_activation", RecurrentActivation);
        UnitForgetBias = config.Boolean("unit_forget_bias", UnitForgetBias);
        Epsilon = config.Single("epsilon", Epsilon);
    }

    internal LayerNormLstm(LayerNormLstmCell cell, SequenceOptions options) : base(cell, options)
    {
        RecurrentActivation = cell.RecurrentActivation;
        UnitForgetBias = cell.UnitForgetBias;
        Epsilon = cell.Epsilon;
    }

    /// <inheritdoc cref="Lstm.RecurrentActivation"/>
    public ActivationFunction RecurrentActivation { get; init; } = Activations.Sigmoid;

    /// <inheritdoc cref="Lstm.UnitForgetBias"/>
    public bool UnitForgetBias { get; init; } = true;

    /// <summary>What is added to a variance, above 0. Default 0.001, as in <see cref="LayerNormalization"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0.</exception>
    public float Epsilon { get => epsilon; init => epsilon = CheckEpsilon(value, nameof(Epsilon)); }

    private protected override string? KerasModule => null;

    private protected override string CellName => "layer_norm_lstm_cell";

    private protected override int[] BiasShape => [4 * Units];

    private protected override Initializer BiasStart => UnitForgetBias ? new ForgetBiasInitializer(BiasInitializer, Units) : BiasInitializer;

    private protected override bool CellAddsBias => true;

    private protected override IEnumerable<(string Name, int[] Shape, Initializer Initializer)> OwnWeightShapes =>
    [
        ("input_gain", [4 * Units], Initializers.Ones), ("recurrent_gain", [4 * Units], Initializers.Ones),
        ("cell_gain", [Units], Initializers.Ones), ("cell_offset", [Units], Initializers.Zeros),
    ];

    internal override Cell CreateCell() => new LayerNormLstmFormulas(Units, Activation, RecurrentActivation, UseBias, Epsilon);

    internal static float CheckEpsilon(float value, string name) =>
        value > 0 ? value : throw new ArgumentOutOfRangeException(name, value, "Epsilon is above 0.");

    internal static LayerNormLstm ReadConfig(Configuration config) => new(config);

    /// <inheritdoc/>
    internal override void WriteUnits(Configuration config)
    {
        base.WriteUnits(config);
        config.Set("recurrent_activation", RecurrentActivation);
        config.Set("unit_forget_bias", UnitForgetBias);
        config.Set("epsilon", Epsilon);
        config.SetNull("seed");
    }
}
