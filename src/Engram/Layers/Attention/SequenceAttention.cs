namespace Engram.Layers;

/// <summary>
/// Attention of one head: each query takes the mean of all values, weighed by how well their keys fit the query. How well they fit is
/// the score; which score it is, the subclass says.
/// <code>
/// q: (batch, queries, features)   v: (batch, keys, length)   k: (batch, keys, features)
/// p = softmax(scores(q, k)) over the keys   y = p v: (batch, queries, length)
/// </code>
/// Inputs: query, value and, unless the value is the key too, the key. In a decoder the query is the decoder's states, the value the encoder's
/// outputs. Keys that the value's mask calls padding are left out (a query that would be left without any attends as if there was no mask);
/// outputs of queries that are padding are 0, and the query's mask goes on. Outputs: y and, where they are asked for, the weights p.
/// </summary>
public abstract class SequenceAttention : Layer
{
    private const int KeysSlot = 0, WeightsSlot = 1, DroppedSlot = 2, FirstGradientSlot = 3;

    private protected SequenceAttention() { }

    /// <summary>The share of the weights p that is set to 0 in training, the rest being multiplied by 1 / (1 - rate). Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rate is outside [0, 1).</exception>
    public float Dropout { get; init => field = NoiseShapes.Rate(value, nameof(Dropout)); }

    /// <summary>Whether query t attends to the keys 0 to t alone, so that nothing comes from the future. Default false. In Keras, an argument of the call.</summary>
    public bool UseCausalMask { get; init; }

    /// <summary>Whether the weights (batch, queries, keys) are a second output, after dropout. Default false. In Keras, an argument of the call.</summary>
    public bool ReturnAttentionScores { get; init; }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => throw new EngramException($"{DisplayName}: expected a query, a value and, optionally, a key, got one input.");

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> OutputShapes(IReadOnlyList<Shape> inputs)
    {
        if (inputs.Count is not (2 or 3)) { throw new EngramException($"{DisplayName}: expected a query, a value and, optionally, a key, got {inputs.Count} inputs."); }
        (Shape query, Shape value, Shape key) = (inputs[0], inputs[1], inputs[^1]);
        if (query.Rank != 3) { throw ShapeError("a query (batch, queries, features)", query); }
        if (value.Rank != 3 || !SameLength(query[0], value[0])) { throw ShapeError($"a value (batch={query[0]}, keys, length) for the query {query}", value); }
        if (key.Rank != 3 || !SameLength(query[0], key[0]) || !SameLength(value[1], key[1]) || !SameLength(query[2], key[2]))
        {
            throw ShapeError($"a key (batch={query[0]}, keys={value[1]}, features={query[2]}) for the query {query} and the value {value}", key);
        }

        Shape output = query.With(2, value[2]);
        return ReturnAttentionScores ? [output, query.With(2, value[1])] : [output];
    }

    /// <inheritdoc/>
    protected internal override unsafe void Forward(LayerCall call)
    {
        AttentionArrays arrays = Arrays(call);
        bool kept = call.KeepForBackward || call.Training;
        bool drops = arrays.Rate > 0;
        TensorBuffer? given = ReturnAttentionScores ? call.Outputs[1] : null;
        if (kept || drops || given is not null) { arrays.P = BeforeDropout(call, drops, given).Pointer; }
        if (drops) { arrays.Dropped = (given ?? call.Scratch(DroppedSlot, arrays.Batch, arrays.Queries, arrays.Keys)).Pointer; }
        Prepare(call, ref arrays).Forward(arrays);
    }

    /// <inheritdoc/>
    protected internal override unsafe void Backward(LayerCall call)
    {
        AttentionArrays arrays = Arrays(call);
        bool drops = arrays.Rate > 0;
        TensorBuffer? given = ReturnAttentionScores ? call.Outputs[1] : null;
        arrays.P = BeforeDropout(call, drops, given).Pointer;
        arrays.Dropped = drops ? (given ?? call.Scratch(DroppedSlot, arrays.Batch, arrays.Queries, arrays.Keys)).Pointer : arrays.P;
        arrays.DDropped = ReturnAttentionScores ? call.OutputGradients[1].Pointer : null;
        arrays.DY = call.OutputGradient.Pointer;
        arrays.DQ = Gradient(call, 0);
        arrays.DV = Gradient(call, 1);
        arrays.DK = call.Inputs.Count > 2 ? Gradient(call, 2) : arrays.DV;
        Prepare(call, ref arrays).Backward(arrays);
        AddWeightGradients(call);
    }

    /// <summary>The work of the call, with the layer's weights as they are.</summary>
    private protected abstract AttentionWork Prepare(LayerCall call, ref AttentionArrays arrays);

    /// <summary>Adds up what the items left behind in backward.</summary>
    private protected abstract void AddWeightGradients(LayerCall call);

    /// <summary>A scratch buffer of the subclass' own.</summary>
    private protected static TensorBuffer Own(LayerCall call, int slot, params ReadOnlySpan<int> axes) => call.Scratch(FirstGradientSlot + 3 + slot, axes);

    private unsafe AttentionArrays Arrays(LayerCall call)
    {
        (TensorBuffer query, TensorBuffer value, TensorBuffer key) = (call.Inputs[0], call.Inputs[1], call.Inputs[call.Inputs.Count - 1]);
        return new AttentionArrays
        {
            Batch = query[0],
            Heads = 1,
            Queries = query[1],
            Keys = value[1],
            KeyLength = query[2],
            ValueLength = value[2],
            Q = query.Pointer,
            V = value.Pointer,
            K = key.Pointer,
            Y = call.Output.Pointer,
            Scale = 1,
            Rate = call.Training ? Dropout : 0,
            Random = call.Random,
            SilentQueries = AttentionMasks.Check(call, call.MaskOf(0), query[0], query[1], "query"),
            Masks = new AttentionMasks
            {
                Keys = AttentionMasks.OfKeys(call, KeysSlot, call.MaskOf(1), null, query[0], value[1]),
                Causal = UseCausalMask,
                WithoutKeys = WithoutKeys.AttendToAll,
            },
        };
    }

    // The weights; the second output has them after dropout.
    private static TensorBuffer BeforeDropout(LayerCall call, bool drops, TensorBuffer? given) =>
        given is null || drops ? call.Scratch(WeightsSlot, call.Input[0], call.Input[1], call.Inputs[1][1]) : given;

    private static unsafe float* Gradient(LayerCall call, int input) =>
        (call.InputGradients[input] ?? call.Scratch(FirstGradientSlot + input, call.Inputs[input].Axes)).Pointer;

    private static bool SameLength(int a, int b) => a == b || a == Shape.Unknown || b == Shape.Unknown;

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("dropout", Dropout);
        config.SetNull("seed");
    }

    internal override void WriteCallArguments(Configuration arguments)
    {
        if (UseCausalMask) { arguments.Set("use_causal_mask", true); }
        if (ReturnAttentionScores) { arguments.Set("return_attention_scores", true); }
    }
}
