using System.Buffers.Binary;
using System.Numerics;

namespace Engram.Formats.TensorBoard;

/// <summary>
/// The check sum of records: CRC-32C (Castagnoli, Brauer and Herrmann 1993), rotated and shifted so that the sum of data that hold such sums is still
/// a good one, as TFRecord files have it.
/// </summary>
internal static class MaskedCrc
{
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        for (; bytes.Length >= 8; bytes = bytes[8..]) { crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes)); }
        foreach (byte value in bytes) { crc = BitOperations.Crc32C(crc, value); }
        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }
}
