using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>
/// Several scaled dot-product attentions beside each other, each on projections of its own (Vaswani et al. 2017, "Attention is all you
/// need"): for each head
/// <code>
/// q = x_q W_q + b_q   k = x_k W_k + b_k: (batch, steps, key dim)   v = x_v W_v + b_v: (batch, steps, value dim)
/// p = softmax(q kᵀ / √(key dim)) over the keys   head = p v
/// </code>
/// and y = concat(heads) W_o + b_o: (batch, queries, output features). With <see cref="UseGate"/> the heads are multiplied by
/// sigmoid(x_q W_g + b_g) first (Qiu et al. 2025, "Gated attention for large language models").
/// Inputs: query (batch, queries, ..), value (batch, keys, ..), then the key unless it is the value, then the attention mask
/// (batch, queries, keys) where <see cref="UseAttentionMask"/> announces one. Steps that the masks of query, value and key call padding do
/// not meet; the query's mask goes on. A query that may attend to nothing weighs all keys the same, but with <see cref="Dropout"/> or
/// <see cref="ReturnAttentionScores"/> none, as in Keras. Outputs: y and, where they are asked for, the weights p.
/// </summary>
public sealed class MultiHeadAttention : Layer
{
    private const int KeysSlot = 0;
    private static readonly int[] StepAxis = [1];

    private HeadProjection query = null!, key = null!, value = null!, output = null!;
    private HeadProjection? gate;

    /// <summary>Creates the layer.</summary>
    /// <param name="heads">The number of heads, 1 or more.</param>
    /// <param name="keyDim">The length of each head's queries and keys, 1 or more.</param>
    /// <param name="valueDim">The length of each head's values, 1 or more; that of the keys by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public MultiHeadAttention(int heads, int keyDim, int? valueDim = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(heads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(keyDim, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(valueDim ?? 1, 1, nameof(valueDim));
        (Heads, KeyDim, ValueDim) = (heads, keyDim, valueDim ?? keyDim);
    }

    /// <summary>The number of heads.</summary>
    public int Heads { get; }

    /// <summary>The length of each head's queries and keys.</summary>
    public int KeyDim { get; }

    /// <summary>The length of each head's values.</summary>
    public int ValueDim { get; }

    /// <summary>The length of the output's last axis; default null: that of the query's. Keras' <c>output_shape</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is below 1.</exception>
    public int? OutputFeatures { get; init => field = AtLeastOne(value, nameof(OutputFeatures)); }

    /// <summary>The share of the weights p that is set to 0 in training, the rest being multiplied by 1 / (1 - rate). Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rate is outside [0, 1).</exception>
    public float Dropout { get; init => field = NoiseShapes.Rate(value, nameof(Dropout)); }

    /// <summary>Whether the projections have biases. Default true.</summary>
    public bool UseBias { get; init; } = true;

    /// <summary>Whether the heads' outputs are multiplied by a gate computed from the query. Default false.</summary>
    public bool UseGate { get; init; }

    /// <summary>Query t attends only to keys less than so many steps before or behind it; default null: to all.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int? SlidingWindow { get; init => field = AtLeastOne(value, nameof(SlidingWindow)); }

    /// <summary>Whether query t attends to the keys 0 to t alone. Default false. In Keras, an argument of the call.</summary>
    public bool UseCausalMask { get; init; }

    /// <summary>Whether the weights (batch, heads, queries, keys), before dropout, are a second output. Default false. In Keras, an argument of the call.</summary>
    public bool ReturnAttentionScores { get; init; }

    /// <summary>
    /// Whether the last input is a mask (batch, queries, keys) that is above one half where a query may attend to a key. Default false. In Keras,
    /// an argument of the call.
    /// </summary>
    public bool UseAttentionMask { get; init; }

    /// <summary>Where the kernels' initial values come from. Default <see cref="Initializers.GlorotUniform"/>.</summary>
    public Initializer KernelInitializer { get; init => field = value ?? throw new ArgumentNullException(nameof(KernelInitializer)); } = Initializers.GlorotUniform;

    /// <summary>Where the biases' initial values come from. Default <see cref="Initializers.Zeros"/>.</summary>
    public Initializer BiasInitializer { get; init => field = value ?? throw new ArgumentNullException(nameof(BiasInitializer)); } = Initializers.Zeros;

    /// <summary>A penalty on each kernel. Default none.</summary>
    public Regularizer? KernelRegularizer { get; init; }

    /// <summary>A penalty on each bias. Default none.</summary>
    public Regularizer? BiasRegularizer { get; init; }

    /// <summary>What is enforced on each kernel after each update. Default nothing.</summary>
    public Constraint? KernelConstraint { get; init; }

    /// <summary>What is enforced on each bias after each update. Default nothing.</summary>
    public Constraint? BiasConstraint { get; init; }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    private int Sequences => UseAttentionMask ? 3 : 2;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => throw WrongInputs(1);

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> OutputShapes(IReadOnlyList<Shape> inputs)
    {
        if (inputs.Count != Sequences && inputs.Count != Sequences + 1) { throw WrongInputs(inputs.Count); }
        (Shape query, Shape value) = (inputs[0], inputs[1]);
        Shape key = inputs.Count > Sequences ? inputs[2] : value;
        Expect(query, "a query (batch, queries, features)", Shape.Unknown, Shape.Unknown, this.query?.Inputs);
        Expect(value, $"a value (batch={query[0]}, keys, features{Known(this.value)})", query[0], Shape.Unknown, this.value?.Inputs);
        Expect(key, $"a key (batch={query[0]}, keys={value[1]}, features{Known(this.key)})", query[0], value[1], this.key?.Inputs);
        if (UseAttentionMask) { Expect(inputs[^1], $"an attention mask (batch={query[0]}, queries={query[1]}, keys={value[1]})", query[0], query[1], value[1]); }
        Shape y = query.With(2, OutputFeatures ?? query[2]);
        return ReturnAttentionScores ? [y, new Shape(query[0], Heads, query[1], value[1])] : [y];
    }

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        Shape key = inputs.Count > Sequences ? inputs[2] : inputs[1];
        query = Projection("query", [inputs[0].Last, Heads, KeyDim], 1);
        this.key = Projection("key", [key.Last, Heads, KeyDim], 1);
        gate = UseGate ? Projection("gate", [inputs[0].Last, Heads, ValueDim], 1) : null;
        value = Projection("value", [inputs[1].Last, Heads, ValueDim], 1);
        output = Projection("attention_output", [Heads, ValueDim, OutputFeatures ?? inputs[0].Last], 2);
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        MultiHeadCall inner = call.Saved<MultiHeadCall>();
        (TensorBuffer x, TensorBuffer values, TensorBuffer keys) = Inputs(call);
        (int batch, int queries, int steps) = (x[0], x[1], values[1]);
        inner.Q.Resize(batch, queries, query.Outputs);
        inner.K.Resize(batch, steps, key.Outputs);
        inner.V.Resize(batch, steps, value.Outputs);
        inner.Y.Resize(batch, queries, value.Outputs);
        query.Forward(inner.QueryProduct, x, inner.Q);
        key.Forward(inner.KeyProduct, keys, inner.K);
        value.Forward(inner.ValueProduct, values, inner.V);
        inner.Heads.Forward(Arrays(call, inner, backward: false));
        if (gate is null)
        {
            output.Forward(inner.OutputProduct, inner.Y, call.Output);
            return;
        }

        inner.Gate.Resize(inner.Y.Axes);
        inner.Gated.Resize(inner.Y.Axes);
        gate.Forward(inner.GateProduct, x, inner.Gate, Activations.Sigmoid);
        TensorPrimitives.Multiply(inner.Y.Span, inner.Gate.Span, inner.Gated.Span);
        output.Forward(inner.OutputProduct, inner.Gated, call.Output);
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        MultiHeadCall inner = call.Saved<MultiHeadCall>();
        (TensorBuffer x, TensorBuffer values, TensorBuffer keys) = Inputs(call);
        inner.DQ.Resize(inner.Q.Axes);
        inner.DK.Resize(inner.K.Axes);
        inner.DV.Resize(inner.V.Axes);
        inner.DY.Resize(inner.Y.Axes);
        output.Backward(inner.OutputProduct, gate is null ? inner.Y : inner.Gated, call.Output, call.OutputGradient, inner.DY);
        if (gate is not null)
        {
            inner.DGate.Resize(inner.Y.Axes);
            TensorPrimitives.Multiply(inner.DY.Span, inner.Y.Span, inner.DGate.Span);
            TensorPrimitives.Multiply(inner.DY.Span, inner.Gate.Span, inner.DY.Span);
        }

        inner.Heads.Backward(Arrays(call, inner, backward: true));
        TensorBuffer? dx = call.InputGradients[0], dValues = call.InputGradients[1];
        query.Backward(inner.QueryProduct, x, inner.Q, inner.DQ, dx);
        if (gate is not null)
        {
            gate.Backward(inner.GateProduct, x, inner.Gate, inner.DGate, inner.ShareOf(dx), Activations.Sigmoid);
            inner.AddShare(dx);
        }

        value.Backward(inner.ValueProduct, values, inner.V, inner.DV, dValues);
        if (call.Inputs.Count > Sequences) { key.Backward(inner.KeyProduct, keys, inner.K, inner.DK, call.InputGradients[2]); }
        else
        {
            key.Backward(inner.KeyProduct, keys, inner.K, inner.DK, inner.ShareOf(dValues));
            inner.AddShare(dValues);
        }

        if (UseAttentionMask) { call.InputGradients[call.Inputs.Count - 1]?.Clear(); }
    }

    private unsafe AttentionArrays Arrays(LayerCall call, MultiHeadCall inner, bool backward)
    {
        (int batch, int queries, int keys) = (call.Inputs[0][0], call.Inputs[0][1], call.Inputs[1][1]);
        float rate = call.Training ? Dropout : 0;
        bool kept = backward || call.KeepForBackward || rate > 0;
        TensorBuffer p = ReturnAttentionScores ? call.Outputs[1] : inner.P;
        if (!ReturnAttentionScores && kept) { p.Resize(batch, Heads, queries, keys); }
        if (rate > 0) { inner.Dropped.Resize(batch, Heads, queries, keys); }
        Mask? keyMask = call.Inputs.Count > Sequences ? call.MaskOf(2) : null;
        return new AttentionArrays
        {
            Batch = batch,
            Heads = Heads,
            Queries = queries,
            Keys = keys,
            KeyLength = KeyDim,
            ValueLength = ValueDim,
            Q = inner.Q.Pointer,
            K = inner.K.Pointer,
            V = inner.V.Pointer,
            Y = inner.Y.Pointer,
            DQ = inner.DQ.Pointer,
            DK = inner.DK.Pointer,
            DV = inner.DV.Pointer,
            DY = inner.DY.Pointer,
            P = kept || ReturnAttentionScores ? p.Pointer : null,
            Dropped = rate > 0 ? inner.Dropped.Pointer : p.Pointer,
            DP = backward && ReturnAttentionScores ? call.OutputGradients[1].Pointer : null,
            Scale = 1 / MathF.Sqrt(KeyDim),
            Rate = rate,
            Random = call.Random,
            Masks = new AttentionMasks
            {
                Queries = AttentionMasks.Check(call, call.MaskOf(0), batch, queries, "query"),
                Keys = AttentionMasks.OfKeys(call, KeysSlot, call.MaskOf(1), keyMask, batch, keys),
                Pairs = UseAttentionMask ? call.Inputs[call.Inputs.Count - 1].Pointer : null,
                Causal = UseCausalMask,
                Window = SlidingWindow ?? 0,
                WithoutKeys = Dropout > 0 || ReturnAttentionScores ? WithoutKeys.AttendToNone : WithoutKeys.WeighEqually,
            },
        };
    }

    private (TensorBuffer Query, TensorBuffer Value, TensorBuffer Key) Inputs(LayerCall call) =>
        (call.Inputs[0], call.Inputs[1], call.Inputs[call.Inputs.Count > Sequences ? 2 : 1]);

    // The kernel's leading axes are contracted; the others are the bias'.
    private HeadProjection Projection(string name, ReadOnlySpan<int> axes, int contracted)
    {
        (int inputs, int outputs) = (1, 1);
        for (int axis = 0; axis < axes.Length; axis++)
        {
            if (axes[axis] == Shape.Unknown) { throw new EngramException($"{DisplayName}: the number of features of every input must be known."); }
            if (axis < contracted) { inputs *= axes[axis]; }
            else { outputs *= axes[axis]; }
        }

        Weight kernel = AddWeight($"{name}/kernel", axes, new MatrixInitializer(KernelInitializer, inputs, outputs), KernelRegularizer, KernelConstraint);
        Weight? bias = UseBias ? AddWeight($"{name}/bias", axes[contracted..], BiasInitializer, BiasRegularizer, BiasConstraint) : null;
        return new HeadProjection(kernel, bias, inputs, outputs);
    }

    private void Expect(Shape actual, string expected, params ReadOnlySpan<int?> lengths)
    {
        bool fits = actual.Rank == 3;
        for (int axis = 0; fits && axis < 3; axis++)
        {
            fits = lengths[axis] is not { } length || length == Shape.Unknown || actual[axis] == Shape.Unknown || actual[axis] == length;
        }

        if (!fits) { throw ShapeError(expected, actual); }
    }

    private static string Known(HeadProjection? projection) => projection is null ? "" : $"={projection.Inputs}";

    private static int? AtLeastOne(int? value, string option) => value is null or >= 1
        ? value
        : throw new ArgumentOutOfRangeException(option, value, "The number must be 1 or more.");

    private EngramException WrongInputs(int count) => new(
        $"{DisplayName}: expected a query, a value, optionally a key{(UseAttentionMask ? ", and an attention mask" : "")}, got {count} input{(count == 1 ? "" : "s")}.");

    internal static MultiHeadAttention ReadConfig(Configuration config)
    {
        config.Only("activity_regularizer", "null");
        if (config.NullableInt32s("attention_axes") is not (null or [1])) { config.Only("attention_axes", "[1]"); } // the one axis of steps
        int? valueDim = config.NullableInt32("value_dim");
        return new MultiHeadAttention(config.Int32("num_heads"), config.Int32("key_dim"), valueDim)
        {
            OutputFeatures = OneOutput(config),
            Dropout = config.Single("dropout", 0),
            UseBias = config.Boolean("use_bias", true),
            UseGate = config.Boolean("use_gate", false),
            SlidingWindow = config.NullableInt32("sliding_window"),
            UseCausalMask = config.Boolean("use_causal_mask", false),
            ReturnAttentionScores = config.Boolean("return_attention_scores", false),
            UseAttentionMask = config.Boolean("attention_mask", false),
            KernelInitializer = config.Initializer("kernel_initializer", Initializers.GlorotUniform),
            BiasInitializer = config.Initializer("bias_initializer", Initializers.Zeros),
            KernelRegularizer = config.Regularizer("kernel_regularizer"),
            BiasRegularizer = config.Regularizer("bias_regularizer"),
            KernelConstraint = config.Constraint("kernel_constraint"),
            BiasConstraint = config.Constraint("bias_constraint"),
        };
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        if (ActivityRegularizer is not null) { throw new EngramException($"{DisplayName}: an activity regularizer has no form in a configuration; Keras means the one of the projections."); }
        config.Set("num_heads", Heads);
        config.Set("key_dim", KeyDim);
        config.Set("value_dim", ValueDim);
        config.Set("dropout", Dropout);
        config.Set("use_bias", UseBias);
        config.Set("use_gate", UseGate);
        config.Set("output_shape", OutputFeatures is null ? null : new[] { OutputFeatures });
        config.Set("attention_axes", StepAxis);
        config.Set("sliding_window", SlidingWindow);
        config.Set("kernel_initializer", KernelInitializer);
        config.Set("bias_initializer", BiasInitializer);
        config.Set("kernel_regularizer", KernelRegularizer);
        config.Set("bias_regularizer", BiasRegularizer);
        config.SetNull("activity_regularizer");
        config.Set("kernel_constraint", KernelConstraint);
        config.Set("bias_constraint", BiasConstraint);
        config.SetNull("seed");
    }

    internal override void WriteCallArguments(Configuration arguments)
    {
        if (UseCausalMask) { arguments.Set("use_causal_mask", true); }
        if (ReturnAttentionScores) { arguments.Set("return_attention_scores", true); }
        if (UseAttentionMask) { arguments.Set("attention_mask", true); }
    }

    private static int? OneOutput(Configuration config) => config.NullableInt32s("output_shape") switch
    {
        null or [] => null,
        [int only] => only,
        _ => throw new EngramException($"{config.Owner}: output_shape has several axes; expected one."),
    };
}
