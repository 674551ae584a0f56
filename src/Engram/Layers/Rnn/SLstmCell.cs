namespace Engram.Layers;

/// <summary>One step of an <see cref="SLstm"/>, with its options; the states are h, c, n and m. For <see cref="Rnn"/>.</summary>
public sealed class SLstmCell : UnitCell
{
    private readonly int heads = 1;

    /// <summary>Creates the cell.</summary>
    /// <param name="units">The number of units, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="units"/> is below 1.</exception>
    public SLstmCell(int units) : base(units) { }

    private SLstmCell(Configuration config) : base(config)
    {
        Heads = config.Int32("heads", 1);
        UnitForgetBias = config.Boolean("unit_forget_bias", UnitForgetBias);
    }

    /// <inheritdoc cref="SLstm.Heads"/>
    public int Heads { get => heads; init => heads = SLstm.CheckHeads(value, Units, nameof(Heads)); }

    /// <inheritdoc cref="SLstm.UnitForgetBias"/>
    public bool UnitForgetBias { get; init; } = true;

    private protected override string? KerasModule => null;

    private protected override Recurrent CreateLayer(SequenceOptions options) => new SLstm(this, options);

    internal static SLstmCell ReadConfig(Configuration config) => new(config);
}
