namespace Engram.Layers;

/// <summary>
/// Applies a layer to every time step by itself: the steps of all sequences become rows of one batch.
/// (batch, time, ...) → (batch × time, ...) → the layer → (batch × time, ...) → (batch, time, ...).
/// </summary>
public sealed class TimeDistributed : Layer
{
    /// <summary>Creates the layer around another.</summary>
    /// <param name="layer">The layer that every step goes through; it must have one input and one output.</param>
    public TimeDistributed(Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        Layer = layer;
    }

    /// <summary>The layer that every step goes through.</summary>
    public Layer Layer { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Layer> InnerLayers => [Layer];

    /// <inheritdoc/>
    public override IReadOnlyList<Weight> Weights => Layer.Weights;

    /// <inheritdoc/>
    public override bool Trainable
    {
        get => Layer.Trainable;
        set => Layer.Trainable = value;
    }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        Shape output = Layer.OutputShapes([Step(input)]) is [Shape only]
            ? only
            : throw new EngramException(
                $"{DisplayName}: the layer {Layer.DisplayName} has several outputs; a layer for every time step must have one.");
        return new Shape([input[0], input[1], .. output.Axes[1..]]);
    }

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        if (Layer.Name.Length == 0) { Layer.Name = LayerNames.SnakeCase(Layer.Kind); }
        Layer.Build([Step(inputs[0])], InitializationKey.Derive(Layer.Name));
        LayerNames.Prefix(Layer);
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        LayerCall inner = call.Saved<Inner>().Of(Layer);
        inner.Training = call.Training;
        inner.KeepForBackward = call.KeepForBackward;
        inner.Recompute = call.Recompute;
        inner.Random = call.Random;
        inner.Forward(call.Saved<Inner>().Folded(call.Input));
        call.Output.CopyFrom(inner.Output.Span);
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        LayerCall inner = call.Saved<Inner>().Of(Layer);
        inner.PrepareOutputGradients()[0].CopyFrom(call.OutputGradient.Span);
        inner.Backward(call.InputGradient is { } dx ? call.Saved<Inner>().FoldedGradient(dx) : null);
    }

    internal override IEnumerable<LayerCall> InnerCalls(LayerCall call) => [call.Saved<Inner>().Of(Layer)];

    // What one row of the inner layer's batch looks like.
    private Shape Step(Shape input)
    {
        if (input.Rank < 3) { throw ShapeError("(batch, time, ...)", input); }
        bool known = input[0] != Shape.Unknown && input[1] != Shape.Unknown;
        return new Shape([known ? checked(input[0] * input[1]) : Shape.Unknown, .. input.Axes[2..]]);
    }

    // The inner layer's call, and the input and its gradient seen with time folded into the batch.
    private sealed class Inner
    {
        private readonly TensorBuffer folded = new(0);
        private readonly TensorBuffer foldedGradient = new(0);
        private LayerCall? call;

        public LayerCall Of(Layer layer) => call ??= new LayerCall(layer);

        public TensorBuffer Folded(TensorBuffer buffer) => Fold(folded, buffer);

        public TensorBuffer FoldedGradient(TensorBuffer buffer) => Fold(foldedGradient, buffer);

        private static TensorBuffer Fold(TensorBuffer view, TensorBuffer buffer)
        {
            Span<int> axes = stackalloc int[buffer.Rank - 1];
            axes[0] = buffer[0] * buffer[1];
            buffer.Axes[2..].CopyTo(axes[1..]);
            view.View(buffer, axes);
            return view;
        }
    }

    internal static TimeDistributed ReadConfig(Configuration config) => new(config.Layer("layer") ?? throw new EngramException($"{config.Owner}: the option layer is missing; expected the layer inside."));

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("layer", Layer);
    }
}
