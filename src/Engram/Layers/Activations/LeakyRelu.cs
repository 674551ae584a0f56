namespace Engram.Layers;

/// <summary>x above 0, negative slope × x below (Maas et al. 2013). Input and output have the same shape.</summary>
public sealed class LeakyRelu : ActivationLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="negativeSlope">The slope below 0, 0 or more. Default 0.3, as Keras' layer; its function has 0.2.</param>
    /// <exception cref="ArgumentOutOfRangeException">The slope is negative or not a number.</exception>
    public LeakyRelu(float negativeSlope = 0.3f)
    {
        NegativeSlope = NotNegative(negativeSlope, nameof(negativeSlope));
        Function = Activations.LeakyRelu(negativeSlope);
    }

    /// <inheritdoc/>
    public override string Kind => "LeakyReLU";

    /// <summary>The slope below 0.</summary>
    public float NegativeSlope { get; }

    private protected override ActivationFunction Function { get; }

    internal static LeakyRelu ReadConfig(Configuration config) => new(config.Single("negative_slope", 0.3f));

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("negative_slope", NegativeSlope);
    }
}
