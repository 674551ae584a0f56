namespace Engram.Formats.Hdf5;

/// <summary>Reads where an array's elements lie: the layout message and those that go with it.</summary>
internal static class Hdf5Layout
{
    /// <summary>The storage of a dataset.</summary>
    public static Hdf5Storage Read(Hdf5Source source, List<Hdf5Message> messages, Hdf5Message layout, Hdf5Type type, Hdf5Dataspace space)
    {
        if (Hdf5Header.Find(messages, source, Hdf5MessageType.ExternalFiles) is { } external)
        {
            throw source.Error(external.Address, "the elements lie in other files", "no other file is opened; the elements must be in this one");
        }

        Hdf5Cursor cursor = layout.Open(source);
        if (layout.Shared) { throw cursor.Error("it is shared", "it must stand in its place"); }
        int version = cursor.Version(3, 5);
        int kind = cursor.U8();
        long bytes = Total(cursor, type, space);
        ReadOnlyMemory<byte> fill = Fill(source, messages, type);
        switch (kind)
        {
            case 0:
                int size = cursor.U16();
                if (size < bytes) { throw cursor.Error($"{size} bytes are stored, the shape ({string.Join(", ", space.Shape)}) has {bytes}"); }
                return new Hdf5Compact(cursor.Keep(size));
            case 1:
                long address = cursor.Offset();
                long stored = cursor.Count();
                if (address == Hdf5Source.Undefined || bytes == 0) { return new Hdf5Unwritten(fill); }
                if (stored < bytes) { throw cursor.Error($"{stored} bytes are stored, the shape ({string.Join(", ", space.Shape)}) has {bytes}"); }
                if (address > source.Bytes.Length || bytes > source.Bytes.Length - address)
                {
                    throw cursor.Error($"the elements, {bytes} bytes at {address}, lie outside the file, which has {source.Bytes.Length}", "the file is cut short or damaged");
                }

                return new Hdf5Contiguous(source.Bytes, address);
            case 2:
                return Chunked(cursor, version, messages, type, space, fill);
            case 3:
                throw cursor.Error("the elements lie in other arrays, perhaps of other files (a virtual dataset)", "the elements must be in this file");
            default:
                throw cursor.Error($"layout {kind}", "compact, contiguous and chunked arrays are read");
        }
    }

    private static long Total(Hdf5Cursor cursor, Hdf5Type type, Hdf5Dataspace space)
    {
        ReadLimits limits = cursor.Source.Limits;
        if (space.Count > limits.ArrayBytes / type.Size)
        {
            throw cursor.Error($"the shape ({string.Join(", ", space.Shape)}) of elements of {type.Size} bytes is too large", $"at most {limits.ArrayBytes} bytes are read (ReadLimits.ArrayBytes)");
        }

        long bytes = space.Count * type.Size;
        return bytes / limits.Expansion <= cursor.Source.Bytes.Length
            ? bytes
            : throw cursor.Error(
                $"the shape ({string.Join(", ", space.Shape)}) asks for {bytes} bytes, the file has {cursor.Source.Bytes.Length}",
                $"at most {limits.Expansion} times the file is read (ReadLimits.Expansion)");
    }

    private static Hdf5Chunked Chunked(
        Hdf5Cursor cursor, int version, List<Hdf5Message> messages, Hdf5Type type, Hdf5Dataspace space, ReadOnlyMemory<byte> fill)
    {
        Hdf5Source source = cursor.Source;
        int flags = version > 3 ? cursor.U8() : 0;
        int axes = cursor.U8() - 1;
        if (axes != space.Shape.Length || axes == 0) { throw cursor.Error($"chunks of {axes} axes do not fit the shape ({string.Join(", ", space.Shape)})"); }
        if ((flags & 1) != 0) { throw cursor.Error("chunks at the edge are not filtered", "chunks that are all filtered are read"); }
        long old = version == 3 ? cursor.Offset() : Hdf5Source.Undefined;
        int width = version == 3 ? 4 : cursor.U8();
        if (width is < 1 or > 8) { throw cursor.Error($"{width} bytes for the length of an axis"); }
        var chunk = new long[axes];
        for (int i = 0; i < axes; i++) { chunk[i] = cursor.Number(width); }
        long elementSize = cursor.Number(width);
        long chunkBytes = Hdf5Chunked.Size(chunk, type.Size);
        if (elementSize != type.Size || chunkBytes < 0 || chunkBytes / source.Limits.Expansion > source.Bytes.Length)
        {
            throw cursor.Error($"chunks of shape ({string.Join(", ", chunk)}) with elements of {elementSize} bytes");
        }

        Hdf5Filters? filters = Hdf5Header.Find(messages, source, Hdf5MessageType.Filters) is { } message ? new Hdf5Filters(message.Open(source), type.Size) : null;
        if (filters is { None: true }) { filters = null; }
        var grid = new Hdf5ChunkGrid(source, space, chunk, type.Size, filters is not null);
        Func<List<Hdf5Chunk>> index = version == 3 ? () => Hdf5ChunkIndex.Tree1(grid, old) : Index(cursor, grid, flags);
        return new Hdf5Chunked(source, space, chunk, type.Size, filters, fill, index);
    }

    private static Func<List<Hdf5Chunk>> Index(Hdf5Cursor cursor, Hdf5ChunkGrid grid, int flags)
    {
        int kind = cursor.U8();
        long size = grid.ChunkBytes;
        uint mask = 0;
        switch (kind)
        {
            case 1:
                if ((flags & 2) != 0 != grid.Filtered) { throw cursor.Error("the chunk's filters do not fit the array's"); }
                if (grid.Filtered) { (size, mask) = (cursor.Count(), cursor.U32()); }
                break;
            case 2:
                if (grid.Filtered) { throw cursor.Error("filtered chunks without an index"); }
                break;
            case 3:
                cursor.Skip(1); // parameters that stand in the index itself too
                break;
            case 4:
                cursor.Skip(5);
                break;
            case 5:
                cursor.Skip(6);
                break;
            default:
                throw cursor.Error($"a chunk index of kind {kind}", "kinds 1 to 5 are read");
        }

        long address = cursor.Offset();
        return kind switch
        {
            1 => () => Hdf5ChunkIndex.Single(grid, address, size, mask),
            2 => () => Hdf5ChunkIndex.Implicit(grid, address),
            3 => () => Hdf5FixedArray.Read(grid, address),
            4 => () => Hdf5ExtensibleArray.Read(grid, address),
            _ => () => Hdf5ChunkIndex.Tree2(grid, address),
        };
    }

    private static ReadOnlyMemory<byte> Fill(Hdf5Source source, List<Hdf5Message> messages, Hdf5Type type)
    {
        Hdf5Message? message = Hdf5Header.Find(messages, source, Hdf5MessageType.Fill);
        bool old = message is null;
        message ??= Hdf5Header.Find(messages, source, Hdf5MessageType.OldFill);
        if (message is null) { return default; }
        Hdf5Cursor cursor = message.Value.Open(source);
        if (message.Value.Shared) { throw cursor.Error("it is shared", "fill values in their place are read"); }
        if (!old)
        {
            int version = cursor.Version(1, 3);
            bool defined = version == 3 ? (cursor.U8() & 0x20) != 0 : Defined(ref cursor) || version == 1;
            if (!defined) { return default; }
        }

        long size = cursor.U32();
        if (size == 0) { return default; }
        return size == type.Size ? cursor.Keep(size) : throw cursor.Error($"a fill value of {size} bytes for elements of {type.Size}");
    }

    private static bool Defined(ref Hdf5Cursor cursor)
    {
        cursor.Skip(2); // when space is taken and when fill values are written
        return cursor.U8() != 0;
    }
}
