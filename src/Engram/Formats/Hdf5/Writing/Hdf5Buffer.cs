using System.Buffers.Binary;
using System.Text;

namespace Engram.Formats.Hdf5;

/// <summary>The part of a file that is not arrays, while it is put together: places are taken first and filled later.</summary>
internal sealed class Hdf5Buffer
{
    private byte[] bytes = new byte[1 << 14];

    /// <summary>How many bytes are taken; a multiple of 8.</summary>
    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, Length);

    /// <summary>Takes a place, filled with zeros.</summary>
    public int Take(int size)
    {
        int address = Length;
        Length = checked(address + Round8(size));
        if (Length > bytes.Length) { Array.Resize(ref bytes, Math.Max(Length, bytes.Length + (bytes.Length >> 1))); }
        return address;
    }

    /// <summary>Takes a place for bytes and puts them there.</summary>
    public int Put(ReadOnlySpan<byte> value)
    {
        int address = Take(value.Length);
        value.CopyTo(bytes.AsSpan(address));
        return address;
    }

    public void Put(int address, ReadOnlySpan<byte> value) => value.CopyTo(bytes.AsSpan(address, value.Length));

    public void Put64(int address, long value) => BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(address), value);

    public static int Round8(int size) => checked(size + 7) & ~7;
}

/// <summary>Fields one after another, little-endian.</summary>
internal sealed class Hdf5Fields
{
    private readonly List<byte> bytes = [];

    public int Length => bytes.Count;

    public byte[] ToArray() => [.. bytes];

    public Hdf5Fields U8(params ReadOnlySpan<int> values)
    {
        foreach (int value in values) { bytes.Add((byte)value); }
        return this;
    }

    public Hdf5Fields U16(int value) => U8(value, value >> 8);

    public Hdf5Fields U32(long value) => U16((int)(value & 0xffff)).U16((int)(value >> 16 & 0xffff));

    public Hdf5Fields U64(long value) => U32(value & 0xffffffff).U32(value >> 32 & 0xffffffff);

    public Hdf5Fields Put(ReadOnlySpan<byte> value)
    {
        bytes.AddRange(value);
        return this;
    }

    /// <summary>A text with the zero that ends it.</summary>
    public Hdf5Fields ZeroTerminated(string text) => Put(Encoding.UTF8.GetBytes(text)).U8(0);

    /// <summary>Zeros up to the next multiple of 8 bytes.</summary>
    public Hdf5Fields Align8()
    {
        while (bytes.Count % 8 != 0) { bytes.Add(0); }
        return this;
    }
}
