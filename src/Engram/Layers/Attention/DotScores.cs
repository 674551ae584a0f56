using System.Numerics.Tensors;
using Engram.Kernels;

namespace Engram.Layers;

/// <summary>
/// The scores z = q kᵀ, a product for each head of each sequence.
/// <code>
/// q: (queries, length)   k: (keys, length)   z: (queries, keys)
/// dq = c dz k   dk = c dzᵀ q   dc = Σ z dz
/// </code>
/// </summary>
internal sealed unsafe class DotScores : AttentionWork
{
    [ThreadStatic]
    private static ScaleGradient? scaleGradient;

    /// <summary>dc of each item, overwritten; null where c is not learnt.</summary>
    public float* DScale { get; set; }

    protected override void Scores(in AttentionArrays arrays, int item, float* z)
    {
        int stride = arrays.Heads * arrays.KeyLength;
        PackedMatrix packed = Buffers.Packed;
        packed.PackTransposed(arrays.At(arrays.K, item, arrays.Keys, arrays.KeyLength), arrays.Keys, arrays.KeyLength, stride);
        Gemm.Multiply(arrays.Queries, arrays.At(arrays.Q, item, arrays.Queries, arrays.KeyLength), stride, packed, z, arrays.Keys, accumulate: false);
    }

    protected override void BackwardScores(in AttentionArrays arrays, int item, float* dz)
    {
        (int queries, int keys, int length) = (arrays.Queries, arrays.Keys, arrays.KeyLength);
        int stride = arrays.Heads * length;
        float* q = arrays.At(arrays.Q, item, queries, length), dq = arrays.At(arrays.DQ, item, queries, length);
        PackedMatrix packed = Buffers.Packed;
        packed.Pack(arrays.At(arrays.K, item, keys, length), keys, length, stride);
        Gemm.Multiply(queries, dz, keys, packed, dq, stride, accumulate: false);
        if (DScale is not null) { DScale[item] = (float)(scaleGradient ??= new ScaleGradient()).Of(arrays, item, arrays.SilentQueries); }
        if (arrays.Scale != 1)
        {
            var scores = new Span<float>(dz, queries * keys);
            TensorPrimitives.Multiply(scores, arrays.Scale, scores);
            for (int query = 0; query < queries; query++)
            {
                var row = new Span<float>(dq + ((nint)query * stride), length);
                TensorPrimitives.Multiply(row, arrays.Scale, row);
            }
        }

        Gemm.AddTransposed(keys, length, queries, dz, keys, q, stride, arrays.At(arrays.DK, item, keys, length), stride);
    }
}
