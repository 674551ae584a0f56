namespace Engram.Formats;

/// <summary>The checksum of zip files (CRC-32, ISO 3309), four bytes at a time by tables.</summary>
internal static class Crc32
{
    private static readonly uint[][] Tables = MakeTables();

    /// <summary>The checksum of bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint[] t0 = Tables[0], t1 = Tables[1], t2 = Tables[2], t3 = Tables[3];
        uint crc = uint.MaxValue;
        for (; bytes.Length >= 4; bytes = bytes[4..])
        {
            crc ^= (uint)(bytes[0] | bytes[1] << 8 | bytes[2] << 16 | bytes[3] << 24);
            crc = t3[(byte)crc] ^ t2[(byte)(crc >> 8)] ^ t1[(byte)(crc >> 16)] ^ t0[crc >> 24];
        }

        foreach (byte value in bytes) { crc = t0[(byte)(crc ^ value)] ^ (crc >> 8); }
        return ~crc;
    }

    // Table k tells what a byte does to the checksum k bytes later.
    private static uint[][] MakeTables()
    {
        const uint Polynomial = 0xEDB88320;
        var tables = new uint[4][];
        for (int k = 0; k < tables.Length; k++)
        {
            tables[k] = new uint[256];
            for (uint i = 0; i < 256; i++)
            {
                uint value = k == 0 ? i : tables[k - 1][i];
                if (k > 0) { value = tables[0][(byte)value] ^ (value >> 8); }
                else
                {
                    for (int bit = 0; bit < 8; bit++) { value = (value & 1) != 0 ? Polynomial ^ (value >> 1) : value >> 1; }
                }

                tables[k][i] = value;
            }
        }

        return tables;
    }
}
