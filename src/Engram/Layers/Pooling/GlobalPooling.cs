using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>What layers share that make one number of all places of a channel: (batch, ..., channels) becomes (batch, channels).</summary>
public abstract class GlobalPooling : Layer
{
    private readonly int spatialAxes;

    private protected GlobalPooling(int spatialAxes) => this.spatialAxes = spatialAxes;

    /// <summary>Whether the axes that are pooled stay with length 1. Default false.</summary>
    public bool KeepDimensions { get; init; }

    private protected abstract bool Averages { get; }

    // Which of the places count, one byte for each row and place, or null for all.
    private protected virtual Mask? Places(LayerCall call) => null;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        if (input.Rank != spatialAxes + 2) { throw ShapeError(spatialAxes == 1 ? "(batch, time, features)" : "(batch, height, width, channels)", input); }
        if (!KeepDimensions) { return new Shape(input[0], input.Last); }
        return spatialAxes == 1 ? new Shape(input[0], 1, input.Last) : new Shape(input[0], 1, 1, input.Last);
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        (int places, int channels) = Lengths(call);
        Mask? mask = Places(call);
        for (int row = 0; row < call.Input[0]; row++)
        {
            ReadOnlySpan<float> x = call.Input.Span.Slice(row * places * channels, places * channels);
            Span<float> y = call.Output.Span.Slice(row * channels, channels);
            y.Fill(Averages ? 0 : float.NegativeInfinity);
            for (int place = 0; place < places; place++)
            {
                if (mask is not null && !mask[row, place]) { continue; }
                ReadOnlySpan<float> pixel = x.Slice(place * channels, channels);
                if (Averages) { TensorPrimitives.Add(y, pixel, y); }
                else { TensorPrimitives.Max(y, pixel, y); }
            }

            if (Averages) { TensorPrimitives.Divide(y, Count(mask, row, places), y); }
        }
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is not { } gradient) { return; }
        (int places, int channels) = Lengths(call);
        Mask? mask = Places(call);
        gradient.Clear();
        Span<float> left = call.Scratch(0, channels).Span;
        for (int row = 0; row < call.Input[0]; row++)
        {
            call.OutputGradient.Span.Slice(row * channels, channels).CopyTo(left);
            if (Averages) { TensorPrimitives.Divide(left, Count(mask, row, places), left); }
            for (int place = 0; place < places; place++)
            {
                if (mask is not null && !mask[row, place]) { continue; }
                int at = ((row * places) + place) * channels;
                Span<float> dx = gradient.Span.Slice(at, channels);
                if (Averages) { left.CopyTo(dx); }
                else { Winners.Add(call.Input.Span.Slice(at, channels), call.Output.Span.Slice(row * channels, channels), left, dx); }
            }
        }
    }

    private static (int Places, int Channels) Lengths(LayerCall call)
    {
        int places = 1;
        foreach (int length in call.Input.Axes[1..^1]) { places *= length; }
        return (places, call.Input[^1]);
    }

    private static float Count(Mask? mask, int row, int places) =>
        mask is null ? places : places - mask.Span.Slice(row * places, places).Count((byte)0);

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("data_format", "channels_last");
        config.Set("keepdims", KeepDimensions);
    }

    private protected static bool ReadKeepDimensions(Configuration config)
    {
        config.Only("data_format", "\"channels_last\"");
        return config.Boolean("keepdims", false);
    }
}
