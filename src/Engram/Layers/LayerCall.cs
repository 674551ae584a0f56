namespace Engram.Layers;

/// <summary>
/// One use of a layer: the batch that goes in, what comes out, the gradients on the way back, and what the layer keeps in
/// between. Buffers are reused from batch to batch, so a step allocates nothing once the largest batch has been seen.
/// A layer that is used twice has two calls.
/// </summary>
public sealed class LayerCall
{
    private readonly List<TensorBuffer> scratch = [];
    private TensorBuffer[] inputs = [];
    private TensorBuffer[] outputs = [];
    private TensorBuffer[] outputGradients = [];
    private TensorBuffer?[] inputGradients = [];
    private Mask?[] masks = [];
    private int[][] preparedFor = [];
    private object? saved;

    /// <summary>Creates a call of a layer that is built.</summary>
    public LayerCall(Layer layer) => Layer = layer;

    /// <summary>The layer that is called.</summary>
    public Layer Layer { get; }

    /// <summary>Whether this is a training step (dropout acts, backward will follow).</summary>
    public bool Training { get; set; }

    /// <summary>Whether a backward pass will follow, so that what it needs must be kept. True in training.</summary>
    public bool KeepForBackward { get; set; }

    /// <summary>
    /// Whether memory matters more than time: a recurrent layer keeps only every sqrt(T)-th state, and computes the steps between
    /// them again on the way back. The same bits come out.
    /// </summary>
    public bool Recompute { get; set; }

    /// <summary>The key for random draws in this call; it differs for each layer and each training step.</summary>
    public RandomKey Random { get; set; }

    /// <summary>Which steps of the first input are padding, or null.</summary>
    public Mask? Mask
    {
        get => masks.Length > 0 ? masks[0] : null;
        set => SetMask(0, value);
    }

    /// <summary>Which steps of an input are padding, or null.</summary>
    /// <param name="input">Which input: 0, 1, ...</param>
    public Mask? MaskOf(int input) => input < masks.Length ? masks[input] : null;

    /// <summary>Says which steps of an input are padding.</summary>
    /// <param name="input">Which input: 0, 1, ...</param>
    /// <param name="mask">The mask, or null for none.</param>
    public void SetMask(int input, Mask? mask)
    {
        if (input >= masks.Length)
        {
            if (mask is null) { return; }
            Array.Resize(ref masks, input + 1);
        }

        masks[input] = mask;
    }

    /// <summary>The inputs, batch axis first.</summary>
    public IReadOnlyList<TensorBuffer> Inputs => inputs;

    /// <summary>The first input.</summary>
    public TensorBuffer Input => inputs[0];

    /// <summary>The outputs, batch axis first; of the right shape when <see cref="Layers.Layer.Forward"/> is called.</summary>
    public IReadOnlyList<TensorBuffer> Outputs => outputs;

    /// <summary>The first output.</summary>
    public TensorBuffer Output => outputs[0];

    /// <summary>The loss's derivative with respect to each output, of its shape.</summary>
    public IReadOnlyList<TensorBuffer> OutputGradients => outputGradients;

    /// <summary>The derivative with respect to the first output.</summary>
    public TensorBuffer OutputGradient => outputGradients[0];

    /// <summary>Where the derivative with respect to each input goes; null where nobody asks for it.</summary>
    public IReadOnlyList<TensorBuffer?> InputGradients => inputGradients;

    /// <summary>Where the derivative with respect to the first input goes, or null.</summary>
    public TensorBuffer? InputGradient => inputGradients[0];

    /// <summary>What the layer keeps from forward to backward and from batch to batch, created at the first use.</summary>
    public T Saved<T>() where T : class, new() => (T)(saved ??= new T());

    /// <summary>A working buffer of the layer's own, kept with the call; its contents survive from forward to backward.</summary>
    /// <param name="slot">Which one: 0, 1, ...</param>
    /// <param name="axes">Its shape; contents are undefined when it changes.</param>
    public TensorBuffer Scratch(int slot, params ReadOnlySpan<int> axes)
    {
        while (scratch.Count <= slot) { scratch.Add(new TensorBuffer(0)); }
        scratch[slot].Resize(axes);
        return scratch[slot];
    }

    /// <summary>Runs the layer forward on a batch.</summary>
    /// <param name="inputs">The inputs; they must stay as they are until backward is done.</param>
    public void Forward(params ReadOnlySpan<TensorBuffer> inputs)
    {
        PrepareForward(inputs);
        Layer.Forward(this);
    }

    /// <summary>All of <see cref="Forward"/> but the layer's own part.</summary>
    internal void PrepareForward(ReadOnlySpan<TensorBuffer> inputs)
    {
        if (this.inputs.Length != inputs.Length) { this.inputs = new TensorBuffer[inputs.Length]; }
        inputs.CopyTo(this.inputs);
        PrepareOutputs();
    }

    /// <summary>Gives the output gradients the outputs' shapes and returns them, to be filled before <see cref="Backward"/>.</summary>
    public IReadOnlyList<TensorBuffer> PrepareOutputGradients()
    {
        if (outputGradients.Length != outputs.Length)
        {
            outputGradients = new TensorBuffer[outputs.Length];
            for (int i = 0; i < outputs.Length; i++) { outputGradients[i] = new TensorBuffer(0); }
        }

        for (int i = 0; i < outputs.Length; i++) { outputGradients[i].Resize(outputs[i].Axes); }
        return outputGradients;
    }

    /// <summary>Runs the layer backward from <see cref="OutputGradients"/>.</summary>
    /// <param name="inputGradients">Where each input's derivative goes, of the input's shape or resized to it; null where not needed.</param>
    public void Backward(params ReadOnlySpan<TensorBuffer?> inputGradients)
    {
        PrepareBackward(inputGradients);
        Layer.Backward(this);
    }

    /// <summary>All of <see cref="Backward"/> but the layer's own part.</summary>
    internal void PrepareBackward(ReadOnlySpan<TensorBuffer?> inputGradients)
    {
        if (this.inputGradients.Length != inputs.Length) { this.inputGradients = new TensorBuffer?[inputs.Length]; }
        for (int i = 0; i < inputs.Length; i++)
        {
            this.inputGradients[i] = i < inputGradients.Length ? inputGradients[i] : null;
            this.inputGradients[i]?.Resize(inputs[i].Axes);
        }
    }

    // Shapes are asked of the layer only when the inputs' shapes have changed since the last batch.
    private void PrepareOutputs()
    {
        bool same = preparedFor.Length == inputs.Length;
        for (int i = 0; same && i < inputs.Length; i++) { same = inputs[i].Axes.SequenceEqual(preparedFor[i]); }
        if (same) { return; }

        preparedFor = new int[inputs.Length][];
        var shapes = new Shape[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            preparedFor[i] = inputs[i].Axes.ToArray();
            shapes[i] = new Shape(inputs[i].Axes);
        }

        IReadOnlyList<Shape> outputShapes = Layer.OutputShapes(shapes);
        if (outputs.Length != outputShapes.Count)
        {
            outputs = new TensorBuffer[outputShapes.Count];
            for (int i = 0; i < outputs.Length; i++) { outputs[i] = new TensorBuffer(0); }
        }

        for (int i = 0; i < outputs.Length; i++) { outputs[i].Resize(outputShapes[i].Axes); }
    }
}
