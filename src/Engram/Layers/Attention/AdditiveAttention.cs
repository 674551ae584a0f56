using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>
/// Additive attention (Bahdanau, Cho and Bengio 2015, "Neural machine translation by jointly learning to align and translate"); see
/// <see cref="SequenceAttention"/> for the inputs, masks and outputs. The projections of the original stand before it as
/// <see cref="Dense"/> layers.
/// <code>
/// z_ts = Σ_d w_d u   u = tanh(q_td + k_sd)   p = softmax(z)   y = p v
/// dv = pᵀ dy   dp = dy vᵀ   dz = p (dp - Σ p dp)   g = w (1 - u²) dz   dq = Σ_s g   dk = Σ_t g   dw = Σ_ts u dz
/// </code>
/// </summary>
public sealed class AdditiveAttention : SequenceAttention
{
    private Weight? scale;

    /// <summary>Whether the elements of the sum have weights w that are learnt; otherwise they are 1. Default true.</summary>
    public bool UseScale { get; init; } = true;

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        if (!UseScale) { return; }
        if (inputs[0].Last == Shape.Unknown) { throw ShapeError("a query (batch, queries, features) with a known number of features", inputs[0]); }
        scale = AddWeight("scale", [inputs[0].Last], Initializers.GlorotUniform);
    }

    private protected override unsafe AttentionWork Prepare(LayerCall call, ref AttentionArrays arrays)
    {
        AdditiveScores additive = call.Saved<AdditiveScores>();
        if (scale is null)
        {
            TensorBuffer ones = Own(call, 1, arrays.KeyLength);
            ones.Span.Fill(1);
            additive.Weights = ones.Pointer;
        }
        else { additive.Weights = scale.Value.Pointer; }

        additive.DWeights = Own(call, 0, Math.Max(1, arrays.Items), 2, arrays.KeyLength).Pointer;
        return additive;
    }

    private protected override void AddWeightGradients(LayerCall call)
    {
        if (scale is null) { return; }
        int length = scale.Value.Length;
        Span<float> parts = Own(call, 0, Math.Max(1, call.Input[0]), 2, length).Span;
        Span<float> gradient = scale.Gradient.Span;
        for (int item = 0; item < call.Input[0]; item++)
        {
            TensorPrimitives.Add(gradient, parts.Slice(item * 2 * length, length), gradient);
        }
    }

    internal static AdditiveAttention ReadConfig(Configuration config) => new()
    {
        UseScale = config.Boolean("use_scale", true),
        Dropout = config.Single("dropout", 0),
        UseCausalMask = config.Boolean("use_causal_mask", false),
        ReturnAttentionScores = config.Boolean("return_attention_scores", false),
    };

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("use_scale", UseScale);
    }
}
