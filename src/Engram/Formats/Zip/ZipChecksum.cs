using System.Buffers.Binary;

namespace Engram.Formats.Zip;

/// <summary>The check sum of zip entries (polynomial 0xEDB88320, reflected), sixteen bytes at a time by tables.</summary>
internal struct ZipChecksum
{
    private const int Stride = 16;

    private static readonly uint[] Tables = MakeTables();

    private uint state;

    /// <summary>The sum of all bytes so far.</summary>
    public readonly uint Value => state;

    /// <summary>Adds bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        uint crc = ~state;
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
        state = ~crc;
    }

    // Table k is the effect of a byte that k further bytes follow.
    private static uint[] MakeTables()
    {
        var tables = new uint[Stride * 256];
        for (uint i = 0; i < 256; i++)
        {
            uint crc = i;
            for (int bit = 0; bit < 8; bit++) { crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1; }
            tables[i] = crc;
        }

        for (int i = 256; i < tables.Length; i++) { tables[i] = tables[tables[i - 256] & 255] ^ (tables[i - 256] >> 8); }
        return tables;
    }
}
