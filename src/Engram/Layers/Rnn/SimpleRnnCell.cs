namespace Engram.Layers;

/// <summary>One step of a <see cref="SimpleRnn"/>, with its options; the state is h. For <see cref="Rnn"/>.</summary>
public sealed class SimpleRnnCell : UnitCell
{
    /// <summary>Creates the cell.</summary>
    /// <param name="units">The number of units, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="units"/> is below 1.</exception>
    public SimpleRnnCell(int units) : base(units) { }

    private SimpleRnnCell(Configuration config) : base(config) { }

    /// <inheritdoc/>
    public override string Kind => "SimpleRNNCell";

    private protected override Recurrent CreateLayer(SequenceOptions options) => new SimpleRnn(this, options);

    internal static SimpleRnnCell ReadConfig(Configuration config) => new(config);
}
