using Engram.Cells;

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
        Extras = LstmExtras.Read(config);
    }

    /// <inheritdoc/>
    public override string Kind => "LSTMCell";

    /// <inheritdoc cref="Lstm.RecurrentActivation"/>
    public ActivationFunction RecurrentActivation { get; init; } = Activations.Sigmoid;

    /// <inheritdoc cref="Lstm.UnitForgetBias"/>
    public bool UnitForgetBias { get; init; } = true;

    /// <inheritdoc cref="Lstm.Peepholes"/>
    public bool Peepholes { get => Extras.Peepholes; init => Extras = Extras with { Peepholes = value }; }

    /// <inheritdoc cref="Lstm.CoupledGates"/>
    public bool CoupledGates { get => Extras.Coupled; init => Extras = Extras with { Coupled = value }; }

    /// <inheritdoc cref="Lstm.ProjectionUnits"/>
    public int ProjectionUnits { get => Extras.Projection; init => Extras = Extras with { Projection = LstmExtras.CheckProjection(value, Units) }; }

    /// <inheritdoc cref="Lstm.ZoneoutHidden"/>
    public float ZoneoutHidden
    {
        get => Extras.ZoneoutHidden;
        init => Extras = Extras with { ZoneoutHidden = RecurrentOptions.Rate(value, nameof(ZoneoutHidden)) };
    }

    /// <inheritdoc cref="Lstm.ZoneoutCell"/>
    public float ZoneoutCell
    {
        get => Extras.ZoneoutCell;
        init => Extras = Extras with { ZoneoutCell = RecurrentOptions.Rate(value, nameof(ZoneoutCell)) };
    }

    internal LstmExtras Extras { get; init; }

    private protected override string? KerasModule => Extras.Any ? null : base.KerasModule;

    private protected override Recurrent CreateLayer(SequenceOptions options) => new Lstm(this, options);

    internal static LstmCell ReadConfig(Configuration config) => new(config);
}
