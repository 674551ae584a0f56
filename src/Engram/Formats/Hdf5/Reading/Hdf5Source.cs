using System.Text;

namespace Engram.Formats.Hdf5;

/// <summary>The file as the reader of one object sees it: bytes by address, the widths of its fields, and the object's path for errors.</summary>
internal sealed record Hdf5Source
{
    /// <summary>The address of what does not exist, whatever the width of addresses.</summary>
    public const long Undefined = -1;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The bytes from the superblock on; addresses count from there.</summary>
    public required FileBytes Bytes { get; init; }

    /// <summary>How much the file may ask for.</summary>
    public required ReadLimits Limits { get; init; }

    /// <summary>Whether checksums must be right. Only tests of damaged files turn it off, so that the damage gets further.</summary>
    public required bool Checksums { get; init; }

    /// <summary>What is shared by all objects of the file.</summary>
    public required Hdf5Work Work { get; init; }

    /// <summary>The bytes of an address.</summary>
    public int OffsetSize { get; init; } = 8;

    /// <summary>The bytes of a length.</summary>
    public int LengthSize { get; init; } = 8;

    /// <summary>The path of the object that is read.</summary>
    public string Path { get; init; } = "/";

    /// <summary>What errors call the object: file and path.</summary>
    public string Place => $"{Bytes.Name}: {Path}";

    /// <summary>An error at an address.</summary>
    public EngramException Error(long address, string what, string right = "the file is damaged") =>
        new($"{Place}: {what} (at byte {address}); {right}.");

    /// <summary>A structure's bytes.</summary>
    /// <param name="address">Where it starts.</param>
    /// <param name="size">Its bytes.</param>
    /// <param name="what">What errors call it.</param>
    /// <exception cref="EngramException">It does not lie within the file, or the file makes the reader look at the same bytes over and over.</exception>
    public Hdf5Cursor Block(long address, long size, string what)
    {
        if (address < 0 || size < 0 || address > Bytes.Length || size > Bytes.Length - address || size > int.MaxValue)
        {
            throw Error(address, $"{what} of {size} bytes does not lie within the file, which has {Bytes.Length}", "the file is cut short or damaged");
        }

        Work.Look(this, address, size);
        return new Hdf5Cursor(this, Bytes.Memory(address, (int)size), address, what);
    }

    /// <summary>The bytes from an address to the end of the file, but at most so many.</summary>
    public Hdf5Cursor BlockUpTo(long address, int size, string what) =>
        Block(address, address >= 0 && address <= Bytes.Length ? Math.Min(size, Bytes.Length - address) : size, what);

    /// <summary>A text of the file; what is not UTF-8 is refused.</summary>
    public string Text(long address, ReadOnlySpan<byte> bytes, string what)
    {
        if (bytes.Length > Limits.TextBytes) { throw Error(address, $"{what} has {bytes.Length} bytes", $"at most {Limits.TextBytes} are read (ReadLimits.TextBytes)"); }
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Error(address, $"{what} is not UTF-8");
        }
    }
}

/// <summary>
/// What all objects of a file share while it is read: how much was looked at. A sound file's metadata is looked at once or twice;
/// structures that share parts with each other could make a small file cost much.
/// </summary>
internal sealed class Hdf5Work(long fileLength)
{
    private long left = 8 * Math.Min(fileLength, long.MaxValue >> 4) + (1 << 20);

    /// <summary>The global heap's collections that were read, by address.</summary>
    public Dictionary<long, Hdf5GlobalHeap> Heaps { get; } = [];

    /// <summary>The committed types that were read, by address.</summary>
    public Dictionary<long, Hdf5Type> Types { get; } = [];

    /// <summary>Notes that so many bytes are looked at.</summary>
    public void Look(Hdf5Source source, long address, long bytes)
    {
        left -= bytes + 16;
        if (left < 0) { throw source.Error(address, "the file's structures share parts with each other many times over"); }
    }
}
