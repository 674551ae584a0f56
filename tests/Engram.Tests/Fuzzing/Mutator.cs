using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Engram.Tests.Fuzzing;

/// <summary>
/// Damages files of any format: bits flipped, bytes overwritten, pieces cut out, doubled or taken from another file, numbers set
/// to extremes. The same number gives the same damage.
/// </summary>
internal static class Mutator
{
    private static readonly ConditionalWeakTable<byte[], List<int>> Found = []; // the places of each seed

    /// <summary>A damaged copy of one of the seeds.</summary>
    /// <param name="random">Decides everything.</param>
    /// <param name="seeds">Whole files; pieces of one may end up in another.</param>
    /// <param name="places">The positions in a seed that are worth more than others, such as those of lengths; null for none.</param>
    public static byte[] Mutate(Random random, IReadOnlyList<byte[]> seeds, Func<byte[], IReadOnlyList<int>>? places = null)
    {
        byte[] seed = seeds[random.Next(seeds.Count)];
        List<int> worth = places is null ? [] : Found.GetValue(seed, found => [.. places(found)]);
        byte[] bytes = [.. seed];
        for (int times = 1 + random.Next(3); times > 0; times--)
        {
            bytes = worth.Count > 0 && random.Next(4) != 0
                ? Extreme(random, bytes, worth[random.Next(worth.Count)])
                : Once(random, bytes, seeds);
        }

        return bytes;
    }

    /// <summary>Sets 1, 2, 4 or 8 bytes at a position to a number that lengths, counts and offsets go wrong with.</summary>
    public static byte[] Extreme(Random random, byte[] bytes, int position)
    {
        int size = 1 << random.Next(4);
        if (position < 0 || position + size > bytes.Length) { return bytes; }
        Span<byte> field = bytes.AsSpan(position, size);
        bool big = random.Next(4) == 0;
        Span<byte> wide = stackalloc byte[8];
        wide.Clear();
        field.CopyTo(wide);
        long old = BinaryPrimitives.ReadInt64LittleEndian(wide);
        long value = random.Next(12) switch
        {
            0 => 0,
            1 => 1,
            2 => -1,
            3 => long.MaxValue,
            4 => long.MinValue,
            5 => int.MaxValue,
            6 => uint.MaxValue,
            7 => bytes.Length + random.Next(-2, 3),
            8 => old + random.Next(-9, 10),
            9 => old << random.Next(1, 9),
            10 => random.Next(bytes.Length),
            _ => random.NextInt64(),
        };
        if (size < 8 && random.Next(3) == 0) { value = (1L << (size * 8 - 1)) - random.Next(2); } // where the sign of this width turns
        BinaryPrimitives.WriteInt64LittleEndian(wide, value);
        wide[..size].CopyTo(field);
        if (big) { field.Reverse(); }
        return bytes;
    }

    private static byte[] Once(Random random, byte[] bytes, IReadOnlyList<byte[]> seeds)
    {
        if (bytes.Length == 0) { return [(byte)random.Next(256)]; }
        int at = random.Next(bytes.Length);
        int count = Math.Min(1 + (random.Next(4) == 0 ? random.Next(bytes.Length) : random.Next(16)), bytes.Length - at);
        switch (random.Next(9))
        {
            case 0:
                for (int i = 1 + random.Next(8); i > 0; i--) { bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8)); }
                return bytes;
            case 1:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 2:
                random.NextBytes(bytes.AsSpan(at, count));
                return bytes;
            case 3:
                return bytes[..at]; // cut short
            case 4:
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at + count)]; // cut out
            case 5:
                return [.. bytes.AsSpan(0, at + count), .. bytes.AsSpan(at)]; // doubled
            case 6:
                byte[] other = seeds[random.Next(seeds.Count)]; // a piece of a file in the place of another piece
                if (other.Length == 0) { return bytes; }
                int from = random.Next(other.Length);
                int length = Math.Min(count, other.Length - from);
                other.AsSpan(from, length).CopyTo(bytes.AsSpan(at));
                return bytes;
            case 7:
                bytes.AsSpan(at, count).Fill((byte)(random.Next(2) * 255));
                return bytes;
            default:
                return Extreme(random, bytes, at);
        }
    }
}
