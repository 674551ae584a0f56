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
        OutputActivation = config.Has("output_activation") ? config.Activation("output_activation") : null;
        Extras = LstmExtras.Read(config);
        if (Extras.Any && OutputActivation is not null) { throw new EngramException($"{config.Owner}: has an output_activation together with peepholes, coupled gates, a projection or zoneout, which do not go with it."); }
    }

    internal Lstm(LstmCell cell, SequenceOptions options) : base(cell, options)
    {
        RecurrentActivation = cell.RecurrentActivation;
        UnitForgetBias = cell.UnitForgetBias;
        Extras = cell.Extras;
    }

    /// <inheritdoc/>
    public override string Kind => "LSTM";

    /// <summary>The activation of the input, forget and output gates. Default sigmoid.</summary>
    public ActivationFunction RecurrentActivation { get; init; } = Activations.Sigmoid;

    /// <summary>Whether the forget gate's bias starts at one (Jozefowicz et al. 2015). Default true.</summary>
    public bool UnitForgetBias { get; init; } = true;

    /// <summary>
    /// Whether the gates see the cell state too, each unit its own (Gers, Schraudolph and Schmidhuber 2002): weights peephole_kernel
    /// (3, units) in the order input, forget, output. Default false. Keras has no such option; neither it nor those below go into its files.
    /// </summary>
    public bool Peepholes { get => Extras.Peepholes; init => Extras = Extras with { Peepholes = value }; }

    /// <summary>
    /// Whether the forget gate is one minus the input gate (Greff et al. 2017): kernel, recurrent kernel and bias then have three blocks, in
    /// the order input, cell, output, and peepholes two. Default false.
    /// </summary>
    public bool CoupledGates { get => Extras.Coupled; init => Extras = Extras with { Coupled = value }; }

    /// <summary>
    /// To how many numbers the hidden state is projected (Sak, Senior and Beaufays 2014; <c>proj_size</c> of PyTorch), fewer than units: h and
    /// the output then have this width and the recurrent kernel as many rows; weights projection_kernel (units, projection). 0, the
    /// default, is none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not below the number of units.</exception>
    public int ProjectionUnits { get => Extras.Projection; init => Extras = Extras with { Projection = LstmExtras.CheckProjection(value, Units) }; }

    /// <summary>
    /// The probability with which a unit of h keeps its value at a step of training (Krueger et al. 2017), from 0 to below 1; outside
    /// training, h moves by the rest of the way. Not together with a projection. Default 0.
    /// </summary>
    public float ZoneoutHidden { get => Extras.ZoneoutHidden; init => Extras = Extras with { ZoneoutHidden = RecurrentOptions.Rate(value, nameof(ZoneoutHidden)) }; }

    /// <summary>The same for the cell state c. Default 0.</summary>
    public float ZoneoutCell { get => Extras.ZoneoutCell; init => Extras = Extras with { ZoneoutCell = RecurrentOptions.Rate(value, nameof(ZoneoutCell)) }; }

    /// <summary>
    /// The activation of the cell state on its way out where it is another than <see cref="Recurrent.Activation"/>, or null; files of ONNX may
    /// have one. Keras has no such option.
    /// </summary>
    internal ActivationFunction? OutputActivation { get; init; }

    internal LstmExtras Extras { get; init; }

    private protected override string? KerasModule => Extras.Any || OutputActivation is not null ? null : base.KerasModule;

    private protected override string CellName => "lstm_cell";

    private protected override int[] BiasShape => [(CoupledGates ? 3 : 4) * Units];

    private protected override Initializer BiasStart =>
        UnitForgetBias && !CoupledGates ? new ForgetBiasInitializer(BiasInitializer, Units) : BiasInitializer;

    private protected override IEnumerable<(string Name, int[] Shape, Initializer Initializer)> OwnWeightShapes
    {
        get
        {
            if (Peepholes) { yield return ("peephole_kernel", [CoupledGates ? 2 : 3, Units], KernelInitializer); }
            if (ProjectionUnits > 0) { yield return ("projection_kernel", [Units, ProjectionUnits], KernelInitializer); }
        }
    }

    internal override Cell CreateCell() => Extras.Any
        ? new LstmVariant(Units, Activation, RecurrentActivation, Extras)
        : new LstmFormulas(Units, Activation, RecurrentActivation, OutputActivation);

    internal static Lstm ReadConfig(Configuration config) => new(config);

    /// <inheritdoc/>
    internal override void WriteUnits(Configuration config)
    {
        base.WriteUnits(config);
        config.Set("recurrent_activation", RecurrentActivation);
        config.Set("unit_forget_bias", UnitForgetBias);
        if (OutputActivation is not null) { config.Set("output_activation", OutputActivation); }
        Extras.Write(config);
        config.SetNull("seed");
    }
}
