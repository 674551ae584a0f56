using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engram.Formats.Zip;

/// <summary>
/// The check sum of zip entries (polynomial 0xEDB88320, reflected): 64 bytes at a time by products without carry where the processor has them
/// (Gopal and others 2009, "Fast CRC computation for generic polynomials using PCLMULQDQ"), else sixteen by tables.
/// </summary>
internal struct ZipChecksum
{
    private const int Stride = 16;
    private const uint Polynomial = 0xEDB88320, One = 1u << 31; // reflected: the highest bit is that of x to the power of 0

    private static readonly uint[] Tables = MakeTables();

    private uint state;

    /// <summary>The sum of all bytes so far.</summary>
    public readonly uint Value => state;

    /// <summary>Adds bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        uint crc = ~state;
        if (Pclmulqdq.IsSupported && bytes.Length >= 128)
        {
            int folded = bytes.Length & ~63;
            crc = Fold(crc, bytes[..folded]);
            bytes = bytes[folded..];
        }

        state = ~ByTables(crc, bytes);
    }

    /// <summary>Adds bytes of which the sum is known: those before are shifted past them, which is a product with a power of x.</summary>
    /// <param name="sum">Their sum.</param>
    /// <param name="length">Their number.</param>
    public void Append(uint sum, long length)
    {
        uint power = One, square = One >> 8; // x to the power of 8: a byte's shift
        for (; length > 0; length >>= 1)
        {
            if ((length & 1) != 0) { power = Multiply(power, square); }
            square = Multiply(square, square);
        }

        state = Multiply(power, state) ^ sum;
    }

    private static uint Multiply(uint a, uint b)
    {
        uint product = 0;
        for (uint bit = One; bit != 0; bit >>= 1)
        {
            if ((a & bit) != 0) { product ^= b; }
            b = (b & 1) != 0 ? (b >> 1) ^ Polynomial : b >> 1;
        }

        return product;
    }

    // Four remainders of 16 bytes run over the bytes side by side and are joined at the end; what is left has the same check sum as all.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // most of the work is done before it would be compiled a second time
    private static uint Fold(uint crc, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<Vector128<ulong>> blocks = MemoryMarshal.Cast<byte, Vector128<ulong>>(bytes);
        Vector128<ulong> by512 = Vector128.Create(0x0000000154442bd4UL, 0x00000001c6e41596UL), by128 = Vector128.Create(0x00000001751997d0UL, 0x00000000ccaa009eUL);
        Vector128<ulong> a = blocks[0] ^ Vector128.CreateScalar(crc).AsUInt64(), b = blocks[1], c = blocks[2], d = blocks[3];
        for (int i = 4; i < blocks.Length; i += 4)
        {
            a = Shift(a, by512) ^ blocks[i];
            b = Shift(b, by512) ^ blocks[i + 1];
            c = Shift(c, by512) ^ blocks[i + 2];
            d = Shift(d, by512) ^ blocks[i + 3];
        }

        d ^= Shift(c ^ Shift(b ^ Shift(a, by128), by128), by128);
        Span<byte> rest = stackalloc byte[16];
        MemoryMarshal.Write(rest, in d);
        return ByTables(0, rest);
    }

    private static Vector128<ulong> Shift(Vector128<ulong> x, Vector128<ulong> by) =>
        Pclmulqdq.CarrylessMultiply(x, by, 0x00) ^ Pclmulqdq.CarrylessMultiply(x, by, 0x11);

    private static uint ByTables(uint crc, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<uint> t = Tables;
        while (bytes.Length >= Stride)
        {
            uint a = crc ^ BinaryPrimitives.ReadUInt32LittleEndian(bytes), b = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            uint c = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]), d = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
            crc = t[(15 * 256) + (int)(a & 255)] ^ t[(14 * 256) + (int)((a >> 8) & 255)] ^ t[(13 * 256) + (int)((a >> 16) & 255)] ^ t[(12 * 256) + (int)(a >> 24)]
                ^ t[(11 * 256) + (int)(b & 255)] ^ t[(10 * 256) + (int)((b >> 8) & 255)] ^ t[(9 * 256) + (int)((b >> 16) & 255)] ^ t[(8 * 256) + (int)(b >> 24)]
                ^ t[(7 * 256) + (int)(c & 255)] ^ t[(6 * 256) + (int)((c >> 8) & 255)] ^ t[(5 * 256) + (int)((c >> 16) & 255)] ^ t[(4 * 256) + (int)(c >> 24)]
                ^ t[(3 * 256) + (int)(d & 255)] ^ t[(2 * 256) + (int)((d >> 8) & 255)] ^ t[256 + (int)((d >> 16) & 255)] ^ t[(int)(d >> 24)];
            bytes = bytes[Stride..];
        }

        foreach (byte value in bytes) { crc = t[(int)((crc ^ value) & 255)] ^ (crc >> 8); }
        return crc;
    }

    // Table k is the effect of a byte that k further bytes follow.
    private static uint[] MakeTables()
    {
        var tables = new uint[Stride * 256];
        for (uint i = 0; i < 256; i++)
        {
            uint crc = i;
            for (int bit = 0; bit < 8; bit++) { crc = (crc & 1) != 0 ? (crc >> 1) ^ Polynomial : crc >> 1; }
            tables[i] = crc;
        }

        for (int i = 256; i < tables.Length; i++) { tables[i] = tables[tables[i - 256] & 255] ^ (tables[i - 256] >> 8); }
        return tables;
    }
}
