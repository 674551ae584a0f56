namespace Engram.Layers;

/// <summary>Which keys each query may attend to. What is not given allows everything.</summary>
internal unsafe struct AttentionMasks
{
    /// <summary>1 for the keys that are data, 0 for padding: (batch, keys), or null.</summary>
    public float* Keys;

    /// <summary>Above one half where a query may attend to a key: (batch, queries, keys), or null.</summary>
    public float* Pairs;

    /// <summary>The queries that are data, or null; the others may attend to nothing.</summary>
    public Mask? Queries;

    /// <summary>Whether query t may attend to keys 0 to t alone.</summary>
    public bool Causal;

    /// <summary>Query t may attend to the keys less than so many steps before or behind it; 0 for no such limit.</summary>
    public int Window;

    /// <summary>What happens to queries that may attend to nothing.</summary>
    public WithoutKeys WithoutKeys;

    /// <summary>The keys among which those lie that a query may attend to.</summary>
    public readonly (int First, int End) Range(int sample, int query, int keys)
    {
        if (Queries is not null && !Queries[sample, query]) { return (0, 0); }
        int first = Window > 0 ? Math.Min(keys, Math.Max(0, query - Window + 1)) : 0;
        int end = Causal ? Math.Min(keys, query + 1) : keys;
        if (Window > 0) { end = (int)Math.Min(end, (long)query + Window); }
        return (first, Math.Max(first, end));
    }

    /// <summary>Whether there is a key that a query may attend to.</summary>
    public readonly bool Any(int sample, int query, int queries, int keys)
    {
        (int first, int end) = Range(sample, query, keys);
        float* keyRow = KeyRow(sample, keys), pairRow = PairRow(sample, query, queries, keys);
        if (keyRow is null && pairRow is null) { return first < end; }
        for (int key = first; key < end; key++)
        {
            if ((keyRow is null || keyRow[key] > 0.5f) && (pairRow is null || pairRow[key] > 0.5f)) { return true; }
        }

        return false;
    }

    public readonly float* KeyRow(int sample, int keys) => Keys is null ? null : Keys + ((nint)sample * keys);

    public readonly float* PairRow(int sample, int query, int queries, int keys) =>
        Pairs is null ? null : Pairs + ((((nint)sample * queries) + query) * keys);

    /// <summary>The masks of values and keys as numbers, 1 where both are data; null where neither is given.</summary>
    /// <exception cref="EngramException">A mask is of another shape.</exception>
    public static float* OfKeys(LayerCall call, int slot, Mask? values, Mask? keys, int batch, int steps)
    {
        Check(call, values, batch, steps, "value");
        Check(call, keys, batch, steps, "key");
        if (values is null && keys is null) { return null; }
        TensorBuffer both = call.Scratch(slot, batch, steps);
        Span<float> target = both.Span;
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = (values is null || values.Span[i] != 0) && (keys is null || keys.Span[i] != 0) ? 1 : 0;
        }

        return both.Pointer;
    }

    /// <summary>The mask itself.</summary>
    /// <exception cref="EngramException">It is of another shape than its input.</exception>
    public static Mask? Check(LayerCall call, Mask? mask, int batch, int steps, string input) => mask is null || (mask.Rows == batch && mask.TimeSteps == steps)
        ? mask
        : throw new EngramException($"{call.Layer.DisplayName}: expected a mask of ({batch}, {steps}) for the {input}, got ({mask.Rows}, {mask.TimeSteps}).");
}
