namespace Engram.Layers;

/// <summary>Takes away steps at both ends of a sequence: (batch, time, features) becomes (batch, time - start - end, features).</summary>
public sealed class Cropping1D : Margins1D
{
    /// <summary>Creates the layer.</summary>
    /// <param name="start">How many steps are taken away at the start. Default 1.</param>
    /// <param name="end">How many steps are taken away at the end. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public Cropping1D(int start = 1, int end = 1) : base(start, end) { }

    private protected override bool Adds => false;

    internal static Cropping1D ReadConfig(Configuration config)
    {
        int[] cropping = config.Pairs("cropping", 1);
        return new Cropping1D(cropping[0], cropping[1]);
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.SetPairs("cropping", Start, End);
    }
}
