using System.Buffers.Binary;

namespace Engram.Formats.Hdf5;

/// <summary>Reads the fields of one structure one after another; none is read beyond its end.</summary>
internal ref struct Hdf5Cursor
{
    private readonly ReadOnlyMemory<byte> memory;
    private readonly ReadOnlySpan<byte> bytes;
    private readonly long start;
    private readonly string what;

    public Hdf5Cursor(Hdf5Source source, ReadOnlyMemory<byte> memory, long start, string what)
    {
        Source = source;
        this.memory = memory;
        bytes = memory.Span;
        this.start = start;
        this.what = what;
    }

    public Hdf5Source Source { get; }

    /// <summary>How many bytes were read.</summary>
    public int Position { get; set; }

    /// <summary>The bytes of the structure.</summary>
    public readonly int Length => bytes.Length;

    public readonly int Left => bytes.Length - Position;

    /// <summary>The address of the next field.</summary>
    public readonly long Address => start + Position;

    public readonly EngramException Error(string problem, string right = "the file is damaged") => Source.Error(Address, $"{what}: {problem}", right);

    public byte U8() => Take(1)[0];

    public ushort U16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>An unsigned number of up to 8 bytes; above the largest signed one it is an error.</summary>
    public long Number(int size)
    {
        ulong value = Raw(size);
        return value <= long.MaxValue ? (long)value : throw Error($"the number {value} is too large");
    }

    /// <summary>A length.</summary>
    public long Count() => Number(Source.LengthSize);

    /// <summary>An address, <see cref="Hdf5Source.Undefined"/> for none.</summary>
    public long Offset() => NumberOrNone(Source.OffsetSize);

    /// <summary>A length, -1 for one without limit.</summary>
    public long CountOrUnlimited() => NumberOrNone(Source.LengthSize);


    /// <summary>An address that must exist.</summary>
    public long DefinedOffset() => Offset() is var address && address != Hdf5Source.Undefined ? address : throw Error("an address is missing");

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > Left) { throw Error($"{count} more bytes are needed, {Left} are left"); }
        ReadOnlySpan<byte> taken = bytes.Slice(Position, count);
        Position += count;
        return taken;
    }

    /// <summary>The next bytes, to be kept.</summary>
    public ReadOnlyMemory<byte> Keep(long count)
    {
        if (count < 0 || count > Left) { throw Error($"{count} more bytes are needed, {Left} are left"); }
        ReadOnlyMemory<byte> kept = memory.Slice(Position, (int)count);
        Position += (int)count;
        return kept;
    }

    /// <summary>A cursor over the next bytes alone.</summary>
    public Hdf5Cursor Part(long count, string name)
    {
        long address = Address;
        return new Hdf5Cursor(Source, Keep(count), address, name);
    }

    public void Skip(int count) => Take(count);

    /// <summary>Skips to the next multiple of 8 bytes, if there is one.</summary>
    public void Align8() => Position = Math.Min(Length, (Position + 7) & ~7);

    /// <summary>The text up to a zero, which is skipped.</summary>
    public string ZeroTerminated()
    {
        int length = bytes[Position..].IndexOf((byte)0);
        if (length < 0) { throw Error("a text does not end"); }
        long address = Address;
        string text = Source.Text(address, Take(length), what);
        Position++;
        return text;
    }

    public void Signature(ReadOnlySpan<byte> signature)
    {
        if (Left < signature.Length || !bytes.Slice(Position, signature.Length).SequenceEqual(signature))
        {
            throw Error($"'{System.Text.Encoding.ASCII.GetString(signature)}' is not there");
        }

        Position += signature.Length;
    }

    /// <summary>The version byte, which must be one that is known.</summary>
    public int Version(int least, int most)
    {
        int version = U8();
        return version >= least && version <= most ? version : throw Error($"version {version}", least == most ? $"version {least} is read" : $"versions {least} to {most} are read");
    }

    /// <summary>The checksum, which comes next, of everything from the start of the structure.</summary>
    public void Checksum()
    {
        uint right = Lookup3.Hash(bytes[..Position]);
        if (U32() != right && Source.Checksums) { throw Error("the checksum is wrong"); }
    }

    private long NumberOrNone(int size)
    {
        ulong value = Raw(size);
        if (value == ulong.MaxValue >> (64 - size * 8)) { return Hdf5Source.Undefined; }
        return value <= long.MaxValue ? (long)value : throw Error($"the number {value} is too large");
    }

    private ulong Raw(int size)
    {
        ReadOnlySpan<byte> field = Take(size);
        if (size == 8) { return BinaryPrimitives.ReadUInt64LittleEndian(field); }
        ulong value = 0;
        for (int i = size - 1; i >= 0; i--) { value = value << 8 | field[i]; }
        return value;
    }
}
