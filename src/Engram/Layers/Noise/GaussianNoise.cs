namespace Engram.Layers;

/// <summary>
/// Adds normal numbers of mean 0 to its input in training: y = x + n, dx = dy. Otherwise it passes its input on. What is added depends
/// on the call's key and the element's position alone.
/// </summary>
public sealed class GaussianNoise : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="standardDeviation">The standard deviation of what is added, 0 or more, in the unit of the input.</param>
    /// <exception cref="ArgumentOutOfRangeException">The standard deviation is negative or not finite.</exception>
    public GaussianNoise(float standardDeviation) => StandardDeviation = standardDeviation >= 0 && float.IsFinite(standardDeviation)
        ? standardDeviation
        : throw new ArgumentOutOfRangeException(nameof(standardDeviation), standardDeviation, "The standard deviation must be 0 or more.");

    /// <summary>The standard deviation of what is added.</summary>
    public float StandardDeviation { get; }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input;

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        call.Output.CopyFrom(call.Input.Span);
        if (!call.Training || StandardDeviation == 0) { return; }
        Span<float> y = call.Output.Span;
        for (int i = 0; i < y.Length; i++) { y[i] += (float)(StandardDeviation * call.Random.Normal((ulong)i)); }
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call) => call.InputGradient?.CopyFrom(call.OutputGradient.Span);

    internal static GaussianNoise ReadConfig(Configuration config) => new((float)config.Double("stddev"));

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("stddev", StandardDeviation);
        config.SetNull("seed");
    }
}
