namespace Engram;

/// <summary>
/// A counter-based random generator (Philox 4x32-10; Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as
/// 1, 2, 3"): the number at a position is a function of key and position alone. So the draws do not depend on how many threads
/// make them, and a stored key and position resume exactly. Keys are derived from one another by words: seed, layer, step, row.
/// </summary>
public readonly struct RandomKey : IEquatable<RandomKey>
{
    private readonly uint key0;
    private readonly uint key1;
    private readonly bool unused;

    private RandomKey(uint key0, uint key1)
    {
        this.key0 = key0;
        this.key1 = key1;
    }

    private RandomKey(bool unused) => this.unused = unused;

    /// <summary>The key of a model whose weights are read from a file as soon as they exist, so that none need be drawn; all derived keys are it.</summary>
    internal static RandomKey Unused { get; } = new(unused: true);

    /// <summary>Whether nothing is drawn with the key.</summary>
    internal bool IsUnused => unused;

    /// <summary>Creates the key of a seed.</summary>
    /// <param name="seed">Any number; equal seeds give equal draws.</param>
    public RandomKey(long seed) : this((uint)seed, (uint)((ulong)seed >> 32)) { }

    /// <summary>A key of its own for <paramref name="word"/> (a layer's number, a step, a purpose), independent of its siblings.</summary>
    public RandomKey Derive(long word)
    {
        if (unused) { return this; }

        // The counter's last word keeps derivations apart from draws, which have 0 there.
        (uint a, uint b, _, _) = Philox((uint)word, (uint)((ulong)word >> 32), 0, 1, key0, key1);
        return new RandomKey(a, b);
    }

    /// <summary>A key of its own for a name, for example a layer's.</summary>
    public RandomKey Derive(string name)
    {
        ulong hash = 14695981039346656037; // FNV-1a, 64 bit
        foreach (char c in name) { hash = (hash ^ c) * 1099511628211; }
        return Derive((long)hash);
    }

    /// <summary>Four random words at a position.</summary>
    public (uint A, uint B, uint C, uint D) Words(ulong position) => Philox((uint)position, (uint)(position >> 32), 0, 0, key0, key1);

    /// <summary>A number in [0, 1) at a position: 24 random bits, so every value is a float exactly.</summary>
    public float Uniform(ulong position)
    {
        (uint a, uint b, uint c, uint d) = Words(position >> 2);
        uint word = (position & 3) switch { 0 => a, 1 => b, 2 => c, _ => d };
        return (word >> 8) * (1f / (1 << 24));
    }

    /// <summary>Numbers in [0, 1) for the positions from <paramref name="start"/> on; <paramref name="start"/> must be a multiple of 4.</summary>
    public void FillUniform(Span<float> destination, ulong start = 0)
    {
        if ((start & 3) != 0) { throw new ArgumentException($"The start {start} is not a multiple of 4.", nameof(start)); }
        for (int i = 0; i < destination.Length; i += 4)
        {
            (uint a, uint b, uint c, uint d) = Words((start + (ulong)i) >> 2);
            destination[i] = (a >> 8) * (1f / (1 << 24));
            if (i + 1 < destination.Length) { destination[i + 1] = (b >> 8) * (1f / (1 << 24)); }
            if (i + 2 < destination.Length) { destination[i + 2] = (c >> 8) * (1f / (1 << 24)); }
            if (i + 3 < destination.Length) { destination[i + 3] = (d >> 8) * (1f / (1 << 24)); }
        }
    }

    /// <summary>A standard normal number at a position (Box and Muller 1958), computed in double precision.</summary>
    public double Normal(ulong position)
    {
        (uint a, uint b, uint c, uint d) = Words(position);
        double u = (((((ulong)a << 32) | b) >> 11) + 1) * (1.0 / (1UL << 53)); // (0, 1]
        double v = ((((ulong)c << 32) | d) >> 11) * (1.0 / (1UL << 53));
        return Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * v);
    }

    /// <summary>A whole number in [0, <paramref name="exclusiveUpper"/>) at a position.</summary>
    public int Integer(ulong position, int exclusiveUpper)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(exclusiveUpper);
        (uint a, uint b, _, _) = Words(position);
        ulong word = ((ulong)a << 32) | b;
        return (int)Math.BigMul(word, (ulong)exclusiveUpper, out _); // bias below 2^-32
    }

    /// <summary>Orders <paramref name="items"/> at random (Fisher and Yates).</summary>
    public void Shuffle(Span<int> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Integer((ulong)i, i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <inheritdoc/>
    public bool Equals(RandomKey other) => key0 == other.key0 && key1 == other.key1 && unused == other.unused;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RandomKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(key0, key1);

    /// <summary>Whether two keys give the same draws.</summary>
    public static bool operator ==(RandomKey left, RandomKey right) => left.Equals(right);

    /// <summary>Whether two keys give different draws.</summary>
    public static bool operator !=(RandomKey left, RandomKey right) => !left.Equals(right);

    /// <summary>Ten rounds of Philox on a counter of four words with a key of two.</summary>
    internal static (uint A, uint B, uint C, uint D) Philox(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (int round = 0; round < 10; round++)
        {
            ulong product0 = (ulong)0xD2511F53 * c0;
            ulong product1 = (ulong)0xCD9E8D57 * c2;
            (c0, c1, c2, c3) = ((uint)(product1 >> 32) ^ c1 ^ k0, (uint)product1, (uint)(product0 >> 32) ^ c3 ^ k1, (uint)product0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        return (c0, c1, c2, c3);
    }
}
