namespace Engram.Layers;

/// <summary>
/// The cross-entropy of a large vocabulary, in training over a sample of it (Jean et al. 2015, "On using very large target vocabulary for neural machine translation"). Around a <see cref="Dense"/> layer,
/// whose units are the classes and whose weights it trains; to guess classes that layer is used by itself. Inputs: the features x (batch, ..., features) and the number y of the right class of each
/// row (batch, ...). Output: -ln p of the right class (batch, ..., 1).
/// <code>
/// S: classes drawn for the batch, the probability q_c of class c ∝ ln((c + 2) / (c + 1)), as frequent words come first
/// z_c = x W_c + b_c - ln(n q_c)   y = ln Σ_{c in S and not y, and y} exp(z_c) - z_y
/// dz_c = dy (exp(z_c) / Σ - [c = y])   dx = dz Wᵀ   dW_c += Σ dz_c x
/// </code>
/// It is for training alone and never stands in a file: what is saved is the layer inside. Without training the sum is over all classes, with nothing subtracted, so the loss on validation data is that of the full softmax.
/// </summary>
internal sealed unsafe class SampledSoftmax : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="layer">The layer that makes logits of features, without an activation.</param>
    /// <param name="samples">n, how many classes are drawn for each batch, 1 or more; one may be drawn twice.</param>
    /// <exception cref="ArgumentException">The layer has an activation.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1.</exception>
    public SampledSoftmax(Dense layer, int samples)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        if (!layer.Activation.Equals(Layers.Activations.Linear)) { throw new ArgumentException($"{layer.DisplayName} has an activation; the softmax is taken of logits, so it must have none.", nameof(layer)); }
        (Layer, Samples) = (layer, samples);
    }

    /// <summary>The layer that makes logits of features.</summary>
    public Dense Layer { get; }

    /// <summary>How many classes are drawn for each batch.</summary>
    public int Samples { get; }

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

    private protected override string? KerasModule => null;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => throw new EngramException($"{DisplayName}: expected features and the numbers of the right classes, got one input.");

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> OutputShapes(IReadOnlyList<Shape> inputs)
    {
        if (inputs.Count != 2) { throw new EngramException($"{DisplayName}: expected features and the numbers of the right classes, got {inputs.Count} inputs."); }
        (Shape features, Shape classes) = (inputs[0], inputs[1]);
        Layer.OutputShape(features);
        bool fits = classes.Rank == features.Rank - 1;
        for (int i = 0; fits && i < classes.Rank; i++) { fits = classes[i] == features[i] || classes[i] == Shape.Unknown || features[i] == Shape.Unknown; }
        if (!fits) { throw ShapeError($"the classes of {features}, one for each row", classes); }
        return [features.With(^1, 1)];
    }

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        if (Layer.IsBuilt) { return; } // its weights are another model's too
        if (Layer.Name.Length == 0) { Layer.Name = LayerNames.SnakeCase(Layer.Kind); }
        Layer.Build([inputs[0]], InitializationKey.Derive(Layer.Name));
        LayerNames.Prefix(Layer);
    }

    /// <inheritdoc/>
    /// <exception cref="EngramException">A class is not a whole number from 0 to the layer's units - 1.</exception>
    protected internal override void Forward(LayerCall call)
    {
        SampledWork work = call.Saved<SampledWork>();
        (int units, int features) = (Layer.Units, call.Input[^1]);
        int rows = call.Input.Length / features;
        ReadOnlySpan<float> y = call.Inputs[1].Span;
        for (int row = 0; row < rows; row++)
        {
            if (!(y[row] >= 0 && y[row] < units && y[row] == MathF.Floor(y[row]))) { throw new EngramException($"{DisplayName}: expected the numbers of classes from 0 to {units - 1}, got {y[row]} in row {row}."); }
        }

        bool samples = call.Training && Samples < units;
        work.Choose(units, samples ? Samples : null, call.Random);
        work.Take(Layer.Weights[0].Value, Layer.UseBias ? Layer.Weights[1].Value : null);
        int count = work.Count;
        DenseArrays arrays = Arrays(call, work, rows, features, count);
        work.Product.Forward(arrays);
        for (int row = 0; row < rows; row++) { call.Output.Span[row] = (float)work.Loss(row, (int)y[row], call.Input.Span.Slice(row * features, features), Layer.Weights[0].Value); }
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        SampledWork work = call.Saved<SampledWork>();
        int features = call.Input[^1];
        int rows = call.Input.Length / features;
        ReadOnlySpan<float> y = call.Inputs[1].Span, dy = call.OutputGradient.Span;
        DenseArrays arrays = Arrays(call, work, rows, features, work.Count);
        arrays.DY = arrays.DZ = work.Logits.Pointer; // the logits become their gradients
        arrays.DX = call.InputGradients[0] is { } dx ? dx.Pointer : null;
        call.InputGradients[1]?.Clear(); // a whole number has no derivative
        for (int row = 0; row < rows; row++) { work.Differentiate(row, (int)y[row], dy[row]); }
        arrays.DKernel = work.PrepareGradients(features);
        arrays.DBias = arrays.Bias is null ? null : work.DBias.Pointer;
        work.Product.Backward(arrays);
        TensorBuffer? dBias = Layer.UseBias ? Layer.Weights[1].Gradient : null;
        work.AddGradients(Layer.Weights[0].Gradient, dBias);
        for (int row = 0; row < rows; row++)
        {
            work.AddOwn(row, (int)y[row], call.Input.Span.Slice(row * features, features), Layer.Weights[0],
                call.InputGradients[0] is { } own ? own.Span.Slice(row * features, features) : [], dBias);
        }
    }

    private static DenseArrays Arrays(LayerCall call, SampledWork work, int rows, int features, int count)
    {
        work.Logits.Resize(rows, count);
        return new DenseArrays
        {
            Rows = rows,
            Features = features,
            Units = count,
            Outputs = count,
            X = call.Input.Pointer,
            Kernel = work.Kernel.Pointer,
            Bias = work.Bias.Pointer,
            Z = work.Logits.Pointer,
            Y = work.Logits.Pointer,
        };
    }
}
