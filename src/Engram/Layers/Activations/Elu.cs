namespace Engram.Layers;

/// <summary>x above 0, alpha (exp(x) - 1) below (Clevert et al. 2016). Input and output have the same shape.</summary>
public sealed class Elu : ActivationLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="alpha">What negative outputs tend to, without its sign; 0 or more. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Alpha is negative or not a number.</exception>
    public Elu(float alpha = 1)
    {
        Alpha = NotNegative(alpha, nameof(alpha));
        Function = Activations.Elu(alpha);
    }

    /// <inheritdoc/>
    public override string Kind => "ELU";

    /// <summary>What negative outputs tend to, without its sign.</summary>
    public float Alpha { get; }

    private protected override ActivationFunction Function { get; }

    internal static Elu ReadConfig(Configuration config) => new(config.Single("alpha", 1));

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("alpha", Alpha);
    }
}
