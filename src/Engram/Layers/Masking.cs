namespace Engram.Layers;

/// <summary>
/// Marks as padding the time steps at which every feature equals a value, for the layers that follow, and sets those steps to zero.
/// Input and output: (batch, time, features).
/// </summary>
public sealed class Masking : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="maskValue">The value that all features of a padded step have.</param>
    public Masking(float maskValue = 0) => MaskValue = maskValue;

    /// <summary>The value that all features of a padded step have.</summary>
    public float MaskValue { get; }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank == 3 ? input : throw ShapeError("(batch, time, features)", input);

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        int features = call.Input[2];
        Mask mask = call.Saved<KeptMask>().Mask;
        mask.Resize(call.Input[0], call.Input[1]);
        for (int step = 0; step < mask.Span.Length; step++)
        {
            ReadOnlySpan<float> x = call.Input.Span.Slice(step * features, features);
            Span<float> y = call.Output.Span.Slice(step * features, features);
            bool isData = x.ContainsAnyExcept(MaskValue) && call.Mask?.Span[step] != 0;
            mask.Span[step] = isData ? (byte)1 : (byte)0;
            if (isData) { x.CopyTo(y); }
            else { y.Clear(); }
        }
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is not { } dx) { return; }
        dx.CopyFrom(call.OutputGradient.Span);
        int features = call.Input[2];
        ReadOnlySpan<byte> mask = call.Saved<KeptMask>().Mask.Span;
        for (int step = 0; step < mask.Length; step++)
        {
            if (mask[step] == 0) { dx.Span.Slice(step * features, features).Clear(); }
        }
    }

    /// <inheritdoc/>
    protected internal override Mask? OutputMask(LayerCall call, int output) => call.Saved<KeptMask>().Mask;

    internal static Masking ReadConfig(Configuration config) => new(config.Single("mask_value", 0));

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("mask_value", MaskValue);
    }
}

/// <summary>A mask that a layer makes, kept with its call.</summary>
internal sealed class KeptMask
{
    public Mask Mask { get; } = new(0, 0);
}
