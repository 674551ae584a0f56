namespace Engram.Layers;

/// <summary>
/// The bias of an LSTM whose forget gate starts open: its block is ones; the other three come from another initializer, as one block of u
/// and one of 2u.
/// </summary>
internal sealed class ForgetBiasInitializer(Initializer others, int units) : Initializer
{
    public override string Name => others.Name;

    public override void Fill(Span<float> values, ReadOnlySpan<int> shape, RandomKey key)
    {
        others.Fill(values[..units], [units], key.Derive(0));
        values.Slice(units, units).Fill(1f);
        others.Fill(values[(2 * units)..], [2 * units], key.Derive(1));
    }
}
