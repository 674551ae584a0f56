using System.Buffers.Binary;
using System.Numerics;

namespace Engram.Formats.Hdf5;

/// <summary>
/// The checksum of HDF5's metadata: lookup3 (<c>hashlittle</c> with the initial value 0), Bob Jenkins, 2006, public domain,
/// <c>burtleburtle.net/bob/c/lookup3.c</c>.
/// </summary>
internal static class Lookup3
{
    public static uint Hash(ReadOnlySpan<byte> bytes)
    {
        uint a = 0xdeadbeef + (uint)bytes.Length, b = a, c = a;
        while (bytes.Length > 12)
        {
            a += BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            b += BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            c += BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
            Mix(ref a, c, 4, ref c, b);
            Mix(ref b, a, 6, ref a, c);
            Mix(ref c, b, 8, ref b, a);
            Mix(ref a, c, 16, ref c, b);
            Mix(ref b, a, 19, ref a, c);
            Mix(ref c, b, 4, ref b, a);
            bytes = bytes[12..];
        }

        if (bytes.IsEmpty) { return c; }
        Span<byte> last = stackalloc byte[12];
        last.Clear();
        bytes.CopyTo(last);
        a += BinaryPrimitives.ReadUInt32LittleEndian(last);
        b += BinaryPrimitives.ReadUInt32LittleEndian(last[4..]);
        c += BinaryPrimitives.ReadUInt32LittleEndian(last[8..]);
        c = (c ^ b) - BitOperations.RotateLeft(b, 14);
        a = (a ^ c) - BitOperations.RotateLeft(c, 11);
        b = (b ^ a) - BitOperations.RotateLeft(a, 25);
        c = (c ^ b) - BitOperations.RotateLeft(b, 16);
        a = (a ^ c) - BitOperations.RotateLeft(c, 4);
        b = (b ^ a) - BitOperations.RotateLeft(a, 14);
        return (c ^ b) - BitOperations.RotateLeft(b, 24);
    }

    // One line of the mixing step: x -= y; x ^= y <<< k; z += w, where y is z before it grows.
    private static void Mix(ref uint x, uint y, int k, ref uint z, uint w)
    {
        x = (x - y) ^ BitOperations.RotateLeft(y, k);
        z += w;
    }
}
