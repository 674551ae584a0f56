namespace Engram.Formats.Hdf5;

/// <summary>Reads the superblock, versions 0 to 3, with which a file starts.</summary>
internal static class Hdf5Superblock
{
    private const int DriverInfo = 20; // a message of the superblock's extension

    /// <summary>The file as its superblock describes it, and the address of the root's header.</summary>
    public static (Hdf5Source Source, long Root) Read(FileBytes bytes, ReadLimits limits, bool checksums)
    {
        long start = Find(bytes);
        var source = new Hdf5Source
        {
            Bytes = start == 0 ? bytes : bytes.Slice(start, bytes.Length - start),
            Limits = limits,
            Checksums = checksums,
            Work = new Hdf5Work(bytes.Length),
        };
        Hdf5Cursor cursor = source.BlockUpTo(0, 128, "the superblock");
        cursor.Skip(8);
        int version = cursor.Version(0, 3);
        if (version < 2) { cursor.Skip(4); } // versions of its parts
        int offsetSize = cursor.U8();
        int lengthSize = cursor.U8();
        if (offsetSize is not (2 or 4 or 8) || lengthSize is not (2 or 4 or 8)) { throw cursor.Error($"addresses of {offsetSize} and lengths of {lengthSize} bytes", "2, 4 and 8 are read"); }
        int position = cursor.Position;
        source = source with { OffsetSize = offsetSize, LengthSize = lengthSize };
        cursor = source.BlockUpTo(0, 128, "the superblock");
        cursor.Position = position;
        return (source, version < 2 ? Old(ref cursor, version, start) : New(ref cursor, start));
    }

    private static long Find(FileBytes bytes)
    {
        ReadOnlySpan<byte> signature = [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0d, 0x0a, 0x1a, 0x0a];
        for (long at = 0; at <= bytes.Length - signature.Length; at = at == 0 ? 512 : at * 2) // other data may come first
        {
            if (bytes.Memory(at, signature.Length).Span.SequenceEqual(signature)) { return at; }
        }

        throw new EngramException($"{bytes.Name}: byte 0: this is not an HDF5 file: it does not start with the bytes 89 'HDF' 0D 0A 1A 0A.");
    }

    private static long Old(ref Hdf5Cursor cursor, int version, long start)
    {
        cursor.Skip(1 + 4 + 4 + (version == 1 ? 4 : 0)); // sizes of nodes, flags
        Base(ref cursor, start);
        cursor.Offset(); // free space
        End(ref cursor, start);
        if (cursor.Offset() != Hdf5Source.Undefined) { throw Drivers(cursor); }
        cursor.Offset(); // the root's name
        return cursor.DefinedOffset();
    }

    private static long New(ref Hdf5Cursor cursor, long start)
    {
        cursor.Skip(1); // flags
        Base(ref cursor, start);
        long extension = cursor.Offset();
        End(ref cursor, start);
        long root = cursor.DefinedOffset();
        cursor.Checksum();
        if (extension != Hdf5Source.Undefined && Hdf5Header.Read(cursor.Source, extension).Exists(message => (int)message.Type == DriverInfo)) { throw Drivers(cursor); }
        return root;
    }

    private static void Base(ref Hdf5Cursor cursor, long start)
    {
        long address = cursor.DefinedOffset();
        if (address != start) { throw cursor.Error($"addresses count from {address}", $"they must count from the superblock, at {start}"); }
    }

    private static void End(ref Hdf5Cursor cursor, long start)
    {
        long end = cursor.DefinedOffset();
        if (end - start > cursor.Source.Bytes.Length) { throw cursor.Error($"the file should end at {end}, but has {cursor.Source.Bytes.Length + start} bytes", "it is cut short"); }
    }

    private static EngramException Drivers(Hdf5Cursor cursor) => cursor.Error("the file needs a driver of its own, as files in several parts do", "files in one part are read");
}
