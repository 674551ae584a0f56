namespace Engram.Layers;

/// <summary>What the queries do whose every key is masked.</summary>
internal enum WithoutKeys
{
    /// <summary>They attend as if nothing was masked.</summary>
    AttendToAll,

    /// <summary>They weigh all keys the same.</summary>
    WeighEqually,

    /// <summary>They weigh no key.</summary>
    AttendToNone,
}

/// <summary>
/// The lengths and arrays of one attention; see <see cref="AttentionWork"/>. An item is a head of a sequence: item = sample · heads + head.
/// </summary>
internal unsafe struct AttentionArrays
{
    /// <summary>The lengths; <see cref="KeyLength"/> is that of a query too.</summary>
    public int Batch, Heads, Queries, Keys, KeyLength, ValueLength;

    /// <summary>q: (batch, queries, heads, key length), k: (batch, keys, heads, key length), v and the output y with the value length.</summary>
    public float* Q, K, V, Y;

    /// <summary>The gradients, overwritten; dk may be the memory of dv, which then gets the sum of both.</summary>
    public float* DQ, DK, DV, DY;

    /// <summary>The weights p: (batch, heads, queries, keys), or null where nobody needs them afterwards.</summary>
    public float* P;

    /// <summary>The weights after dropout, of the same shape; p itself where there is none.</summary>
    public float* Dropped;

    /// <summary>The gradient with respect to the weights from outside, before or after dropout, or null.</summary>
    public float* DP, DDropped;

    /// <summary>What the scores are multiplied by before the softmax.</summary>
    public float Scale;

    /// <summary>The share of the weights that is dropped, and what their draws are a function of.</summary>
    public float Rate;
    public RandomKey Random;

    /// <summary>Which queries and keys may meet.</summary>
    public AttentionMasks Masks;

    /// <summary>Queries whose output is 0, or null for none.</summary>
    public Mask? SilentQueries;

    public readonly int Items => Batch * Heads;

    public readonly nint ScoresOfAnItem => (nint)Queries * Keys;

    /// <summary>Where the rows of an item begin in an array of so many rows a sample and elements a head.</summary>
    public readonly float* At(float* array, int item, int rows, int length)
    {
        (int sample, int head) = Math.DivRem(item, Heads);
        return array + (((((nint)sample * rows) * Heads) + head) * length);
    }
}
