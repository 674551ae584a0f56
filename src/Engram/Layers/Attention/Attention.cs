namespace Engram.Layers;

/// <summary>How <see cref="Attention"/> tells how well a key fits a query.</summary>
public enum ScoreMode
{
    /// <summary>By their product: z = a q·k (Luong et al. 2015, "dot").</summary>
    Dot,

    /// <summary>By a sum over their elements: z = c Σ_d tanh(a (q_d + k_d)) with one number c that is learnt.</summary>
    Concat,
}

/// <summary>
/// Dot-product attention (Luong, Pham and Manning 2015, "Effective approaches to attention-based neural machine translation"); see
/// <see cref="SequenceAttention"/> for the inputs, masks and outputs.
/// <code>
/// z = a q kᵀ   p = softmax(z)   y = p v
/// dv = pᵀ dy   dp = dy vᵀ   dz = p (dp - Σ p dp)   dq = a dz k   dk = a dzᵀ q   da = Σ q kᵀ dz
/// </code>
/// a is 1 unless <see cref="UseScale"/> has it learnt.
/// </summary>
public sealed class Attention : SequenceAttention
{
    private static readonly (string?, ScoreMode)[] Modes = [("dot", ScoreMode.Dot), ("concat", ScoreMode.Concat)];

    private Weight? scale;
    private Weight? concatScoreWeight;

    /// <summary>Whether the scores (within <see cref="ScoreMode.Concat"/>: the sums of query and key) are multiplied by a number that is learnt, 1 at first. Default false.</summary>
    public bool UseScale { get; init; }

    /// <summary>How a score comes about. Default <see cref="Layers.ScoreMode.Dot"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the two.</exception>
    public ScoreMode ScoreMode
    {
        get;
        init => field = value is ScoreMode.Dot or ScoreMode.Concat
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ScoreMode), value, "There are Dot and Concat.");
    }

    private float Scale => scale is null ? 1 : scale.Value.Span[0];

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        scale = UseScale ? AddWeight("scale", [1], Initializers.Ones) : null;
        concatScoreWeight = ScoreMode == ScoreMode.Concat ? AddWeight("concat_score_weight", [1], Initializers.Ones) : null;
    }

    private protected override unsafe AttentionWork Prepare(LayerCall call, ref AttentionArrays arrays)
    {
        if (concatScoreWeight is null)
        {
            arrays.Scale = Scale;
            DotScores dot = call.Saved<DotScores>();
            dot.DScale = scale is null ? null : Own(call, 0, Math.Max(1, arrays.Items)).Pointer;
            return dot;
        }

        TensorBuffer weights = Own(call, 1, arrays.KeyLength);
        weights.Span.Fill(concatScoreWeight.Value.Span[0]);
        AdditiveScores additive = call.Saved<AdditiveScores>();
        additive.Weights = weights.Pointer;
        additive.InnerScale = Scale;
        additive.DWeights = Own(call, 0, Math.Max(1, arrays.Items), 2, arrays.KeyLength).Pointer;
        return additive;
    }

    private protected override void AddWeightGradients(LayerCall call)
    {
        int items = call.Input[0];
        if (concatScoreWeight is null)
        {
            if (scale is not null) { scale.Gradient.Span[0] += RowOperations.Sum(Own(call, 0, Math.Max(1, items)).Span[..items]); }
            return;
        }

        int length = call.Input[2];
        Span<float> parts = Own(call, 0, Math.Max(1, items), 2, length).Span;
        float dWeight = 0, dScale = 0;
        for (int item = 0; item < items; item++)
        {
            dWeight += RowOperations.Sum(parts.Slice(item * 2 * length, length));
            dScale += RowOperations.Sum(parts.Slice(((item * 2) + 1) * length, length));
        }

        concatScoreWeight.Gradient.Span[0] += dWeight;
        if (scale is not null) { scale.Gradient.Span[0] += dScale; }
    }

    internal static Attention ReadConfig(Configuration config) => new()
    {
        UseScale = config.Boolean("use_scale", false),
        ScoreMode = config.Choice("score_mode", Modes),
        Dropout = config.Single("dropout", 0),
        UseCausalMask = config.Boolean("use_causal_mask", false),
        ReturnAttentionScores = config.Boolean("return_attention_scores", false),
    };

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("use_scale", UseScale);
        config.Set("score_mode", ScoreMode, Modes);
    }
}
