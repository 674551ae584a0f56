using System.Numerics.Tensors;
using Engram.Kernels;

namespace Engram.Layers;

/// <summary>
/// y = softmax(c z(q, k)) v for all heads of all sequences, each of which is done by one thread; how the scores z come about is the subclass'. With p
/// the weights (after dropout, where there is any):
/// <code>
/// dv = pᵀ dy   dp = dy vᵀ   dz = c (p dp - p Σ p dp)
/// </code>
/// Every product is the engine's; v and vᵀ are packed once for all queries. A softmax row is one sum in a fixed order.
/// </summary>
internal abstract unsafe class AttentionWork : IShardWork
{
    [ThreadStatic]
    private static ThreadBuffers? buffers;

    private const int MostShards = 4096;

    private bool backward;
    private int itemsOfAShard;
    private AttentionArrays arrays;

    /// <summary>Buffers of the thread that works on an item.</summary>
    protected static ThreadBuffers Buffers => buffers ??= new ThreadBuffers();

    /// <summary>Computes y and, where they are wanted, the weights.</summary>
    public void Forward(in AttentionArrays given)
    {
        arrays = given;
        backward = false;
        Run(Operations(arrays));
    }

    /// <summary>Computes dq, dk and dv from dy, the weights and their gradients.</summary>
    public void Backward(in AttentionArrays given)
    {
        arrays = given;
        backward = true;
        Run(2 * Operations(arrays));
    }

    /// <summary>z of an item: (queries, keys).</summary>
    protected abstract void Scores(in AttentionArrays arrays, int item, float* z);

    /// <summary>From d(c z) of an item, which may be overwritten: overwrites its dq and adds to its dk.</summary>
    protected abstract void BackwardScores(in AttentionArrays arrays, int item, float* dz);

    /// <summary>About how many multiply-adds forward takes.</summary>
    protected virtual long Operations(in AttentionArrays arrays) =>
        (long)arrays.Items * arrays.Queries * arrays.Keys * (arrays.KeyLength + arrays.ValueLength + 16);

    private void Run(long operations)
    {
        itemsOfAShard = (arrays.Items + MostShards - 1) / MostShards;
        if (itemsOfAShard > 0) { Workers.Run(this, (arrays.Items + itemsOfAShard - 1) / itemsOfAShard, operations); }
    }

    void IShardWork.Run(int shard)
    {
        int first = shard * itemsOfAShard, end = Math.Min(arrays.Items, first + itemsOfAShard);
        for (int item = first; item < end; item++)
        {
            if (backward) { BackwardItem(item); }
            else { ForwardItem(item); }
        }
    }

    private void ForwardItem(int item)
    {
        (int queries, int keys, int length) = (arrays.Queries, arrays.Keys, arrays.ValueLength);
        int stride = arrays.Heads * length;
        ThreadBuffers own = Buffers;
        float* p = arrays.P is null ? own.Matrix(0, queries, keys) : arrays.P + (item * arrays.ScoresOfAnItem);
        float* dropped = p;
        Scores(arrays, item, p);
        for (int query = 0; query < queries; query++) { Softmax(item / arrays.Heads, query, new Span<float>(p + ((nint)query * keys), keys)); }
        if (arrays.Rate > 0)
        {
            dropped = arrays.Dropped + (item * arrays.ScoresOfAnItem);
            Drop(item, new ReadOnlySpan<float>(p, queries * keys), new Span<float>(dropped, queries * keys));
        }

        own.Packed.Pack(arrays.At(arrays.V, item, keys, length), keys, length, stride);
        float* y = arrays.At(arrays.Y, item, queries, length);
        Gemm.Multiply(queries, dropped, keys, own.Packed, y, stride, accumulate: false);
        if (arrays.SilentQueries is not { } silent) { return; }
        for (int query = 0; query < queries; query++, y += stride)
        {
            if (!silent[item / arrays.Heads, query]) { new Span<float>(y, length).Clear(); }
        }
    }

    private void Softmax(int sample, int query, Span<float> row)
    {
        ref AttentionMasks masks = ref arrays.Masks;
        (int first, int end) = masks.Range(sample, query, row.Length);
        float* keyRow = masks.KeyRow(sample, row.Length), pairRow = masks.PairRow(sample, query, arrays.Queries, row.Length);
        if (AttentionSoftmax.Forward(row, first, end, keyRow, pairRow, arrays.Scale)) { return; }
        switch (masks.WithoutKeys)
        {
            case WithoutKeys.AttendToAll: AttentionSoftmax.Forward(row, 0, row.Length, null, null, arrays.Scale); break;
            case WithoutKeys.WeighEqually: row.Fill(1f / row.Length); break;
            default: row.Clear(); break;
        }
    }

    // What is dropped depends on the key and the place in the item alone.
    private void Drop(int item, ReadOnlySpan<float> p, Span<float> dropped)
    {
        arrays.Random.Derive(item).FillUniform(dropped);
        float rate = arrays.Rate, kept = 1 / (1 - rate);
        for (int i = 0; i < p.Length; i++) { dropped[i] = dropped[i] < rate ? 0 : kept * p[i]; }
    }

    private void BackwardItem(int item)
    {
        (int queries, int keys, int length) = (arrays.Queries, arrays.Keys, arrays.ValueLength);
        int stride = arrays.Heads * length;
        ThreadBuffers own = Buffers;
        nint place = item * arrays.ScoresOfAnItem;
        float* p = arrays.P + place, dropped = arrays.Dropped + place, dz = own.Matrix(0, queries, keys);
        float* dy = arrays.At(arrays.DY, item, queries, length);
        float* dv = arrays.At(arrays.DV, item, keys, length);
        nint dyStride = stride;
        if (arrays.SilentQueries is not null)
        {
            dy = Heard(item, dy, stride);
            dyStride = length;
        }

        ClearRows(dv, keys, length, stride);
        if (arrays.DK != arrays.DV) { ClearRows(arrays.At(arrays.DK, item, keys, arrays.KeyLength), keys, arrays.KeyLength, arrays.Heads * arrays.KeyLength); }
        Gemm.AddTransposed(keys, length, queries, dropped, keys, dy, dyStride, dv, stride);
        own.Packed.PackTransposed(arrays.At(arrays.V, item, keys, length), keys, length, stride);
        Gemm.Multiply(queries, dy, dyStride, own.Packed, dz, keys, accumulate: false);
        if (arrays.DDropped is not null)
        {
            var all = new Span<float>(dz, queries * keys);
            TensorPrimitives.Add(all, new ReadOnlySpan<float>(arrays.DDropped + place, all.Length), all);
        }

        for (int query = 0; query < queries; query++) { BackwardSoftmax(item, query, place + ((nint)query * keys), new Span<float>(dz + ((nint)query * keys), keys)); }
        BackwardScores(arrays, item, dz);
    }

    private void BackwardSoftmax(int item, int query, nint place, Span<float> dz)
    {
        // What does not come from the scores has no derivative.
        if (arrays.Masks.WithoutKeys == WithoutKeys.WeighEqually && !arrays.Masks.Any(item / arrays.Heads, query, arrays.Queries, dz.Length))
        {
            dz.Clear();
            return;
        }

        var p = new ReadOnlySpan<float>(arrays.P + place, dz.Length);
        var dp = new ReadOnlySpan<float>(arrays.DP + place, arrays.DP is null ? 0 : dz.Length);
        AttentionSoftmax.Backward(dz, new ReadOnlySpan<float>(arrays.Dropped + place, dz.Length), p, dp);
    }

    // dy with zeros for the silent queries: (queries, length).
    private float* Heard(int item, float* dy, int stride)
    {
        float* heard = Buffers.Matrix(1, arrays.Queries, arrays.ValueLength);
        for (int query = 0; query < arrays.Queries; query++, dy += stride)
        {
            var row = new Span<float>(heard + ((nint)query * arrays.ValueLength), arrays.ValueLength);
            if (arrays.SilentQueries![item / arrays.Heads, query]) { new ReadOnlySpan<float>(dy, row.Length).CopyTo(row); }
            else { row.Clear(); }
        }

        return heard;
    }

    private static void ClearRows(float* rows, int count, int length, nint stride)
    {
        for (int row = 0; row < count; row++, rows += stride) { new Span<float>(rows, length).Clear(); }
    }

    /// <summary>What a thread needs while it works on an item.</summary>
    protected sealed class ThreadBuffers
    {
        private readonly TensorBuffer[] matrices = [new(0), new(0), new(0)];

        public PackedMatrix Packed { get; } = new();

        public float* Matrix(int slot, int rows, int columns)
        {
            matrices[slot].Resize(rows, columns);
            return matrices[slot].Pointer;
        }
    }
}
