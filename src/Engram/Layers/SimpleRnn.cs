using Engram.Cells;

namespace Engram.Layers;

/// <summary>
/// The simple recurrent network (Elman 1990): h = φ(x W + h' U + b). The formulas, forward and back, stand in
/// <c>Cells/SimpleRnnFormulas.cs</c>. Weights: kernel (features, units), recurrent kernel (units, units), bias (units). Input and output shapes:
/// see <see cref="Recurrent"/>; the state is h.
/// </summary>
public sealed class SimpleRnn : Recurrent
{
    /// <summary>Creates the layer.</summary>
    /// <param name="units">The number of units, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="units"/> is below 1.</exception>
    public SimpleRnn(int units) : base(units) { }

    private SimpleRnn(Configuration config) : base(config) { }

    internal SimpleRnn(SimpleRnnCell cell, SequenceOptions options) : base(cell, options) { }

    /// <inheritdoc/>
    public override string Kind => "SimpleRNN";

    private protected override string CellName => "simple_rnn_cell";

    private protected override int[] BiasShape => [Units];

    internal override Cell CreateCell() => new SimpleRnnFormulas(Units, Activation);

    internal static SimpleRnn ReadConfig(Configuration config) => new(config);
}
