namespace Engram.Layers;

/// <summary>What cropping and padding share: they take places away at the edges, or put zeros there, and each is the way back of the other.</summary>
public abstract class Margins : Layer
{
    private protected Margins() { }

    /// <summary>Whether places are put there instead of taken away.</summary>
    private protected abstract bool Adds { get; }

    /// <summary>The smaller array within the larger one.</summary>
    private protected abstract Frame Inside(TensorBuffer inner);

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        if (Adds) { Inside(call.Input).PutIn(call.Input.Span, call.Output.Span); }
        else { Inside(call.Output).TakeOut(call.Input.Span, call.Output.Span); }
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is not { } dx) { return; }
        if (Adds) { Inside(dx).TakeOut(call.OutputGradient.Span, dx.Span); }
        else { Inside(call.Output).PutIn(call.OutputGradient.Span, dx.Span); }
    }

    /// <summary>The length of the output along an axis.</summary>
    private protected int Length(int length, int before, int after)
    {
        if (length == Shape.Unknown) { return length; }
        if (Adds) { return checked(length + before + after); }
        return length > before + after
            ? length - before - after
            : throw new EngramException($"{DisplayName}: cropping {before} + {after} leaves nothing of a length of {length}.");
    }

    private protected static int NotNegative(int value, string name) =>
        value >= 0 ? value : throw new ArgumentOutOfRangeException(name, value, "The number must be 0 or more.");
}
