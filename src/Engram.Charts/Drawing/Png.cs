using System.Buffers.Binary;
using System.IO.Compression;

namespace Engram.Charts.Drawing;

/// <summary>Writes small PNG pictures with a table of colours (ISO/IEC 15948, colour type 3, eight bits).</summary>
internal static class Png
{
    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(CrcEntry)];

    /// <summary>A picture of pixels that index the colours; index 0 is transparent, index i stands for colour i − 1.</summary>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="pixels">Indices, row by row from the top; (height, width).</param>
    /// <param name="colors">At most 255 colours.</param>
    public static byte[] Encode(int width, int height, ReadOnlySpan<byte> pixels, (byte R, byte G, byte B)[] colors)
    {
        var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);

        Span<byte> header = stackalloc byte[13];
        header.Clear();
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = 8;
        header[9] = 3;
        Chunk(png, "IHDR"u8, header);

        byte[] palette = [0, 0, 0, .. colors.SelectMany(color => new[] { color.R, color.G, color.B })];
        Chunk(png, "PLTE"u8, palette);
        Chunk(png, "tRNS"u8, [0]);

        var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            for (int row = 0; row < height; row++)
            {
                // No filter: differences of indices mean nothing.
                zlib.WriteByte(0);
                zlib.Write(pixels.Slice(row * width, width));
            }
        }
        Chunk(png, "IDAT"u8, data.ToArray());
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static void Chunk(MemoryStream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(type);
        png.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, type), data));
        png.Write(number);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (byte b in data)
            crc = CrcTable[(byte)(crc ^ b)] ^ (crc >> 8);
        return crc;
    }

    private static uint CrcEntry(int index)
    {
        uint c = (uint)index;
        for (int bit = 0; bit < 8; bit++)
            c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
        return c;
    }
}
