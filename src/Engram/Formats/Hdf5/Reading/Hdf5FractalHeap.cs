using System.Numerics;

namespace Engram.Formats.Hdf5;

/// <summary>A fractal heap: where the links and attributes of objects that have many of them lie.</summary>
internal sealed class Hdf5FractalHeap
{
    private const string What = "a fractal heap";
    private const int MostLevels = 32;

    private readonly Hdf5Source source;
    private readonly long address;
    private readonly int idLength;
    private readonly bool checksums;
    private readonly int width;
    private readonly long startSize;
    private readonly int heapBits;
    private readonly int directRows;
    private readonly int offsetSize;
    private readonly int lengthSize;
    private readonly long root;
    private readonly int rootRows;
    private readonly long hugeTree;
    private readonly Dictionary<long, ReadOnlyMemory<byte>> blocks = []; // direct blocks by their offset in the heap
    private readonly Dictionary<long, (ReadOnlyMemory<byte> Bytes, long Address, int Rows)> tables = []; // indirect blocks likewise
    private Dictionary<long, (long Address, long Length)>? huge;

    /// <summary>Reads the header.</summary>
    public Hdf5FractalHeap(Hdf5Source source, long address)
    {
        this.source = source;
        this.address = address;
        Hdf5Cursor header = source.Block(address, 26 + 3 * source.OffsetSize + 12 * source.LengthSize, What);
        header.Signature("FRHP"u8);
        header.Version(0, 0);
        idLength = header.U16();
        if (header.U16() != 0) { throw header.Error("filtered", "heaps without filters are read"); }
        checksums = (header.U8() & 2) != 0;
        long mostManaged = header.U32();
        header.Skip(source.LengthSize); // the next huge object's number
        hugeTree = header.Offset();
        header.Skip(source.LengthSize + source.OffsetSize + 8 * source.LengthSize); // free space, counts
        width = header.U16();
        startSize = header.Count();
        long mostDirect = header.Count();
        heapBits = header.U16();
        header.Skip(2); // the rows that a root starts with
        root = header.Offset();
        rootRows = header.U16();
        header.Checksum();
        if (!BitOperations.IsPow2(width) || !BitOperations.IsPow2(startSize) || !BitOperations.IsPow2(mostDirect) || startSize > mostDirect
            || heapBits is 0 or > 62 || mostDirect > 1L << heapBits || mostDirect > int.MaxValue || mostManaged == 0)
        {
            throw header.Error($"a table {width} wide of blocks of {startSize} to {mostDirect} bytes with {heapBits} bits of addresses");
        }

        directRows = BitOperations.Log2((ulong)mostDirect) - BitOperations.Log2((ulong)startSize) + 2;
        offsetSize = (heapBits + 7) / 8;
        lengthSize = Math.Min((BitOperations.Log2((ulong)mostDirect) + 7) / 8, BitOperations.Log2((ulong)mostManaged) / 8 + 1);
        if (rootRows > heapBits) { throw header.Error($"{rootRows} rows"); }
    }

    /// <summary>An object of the heap.</summary>
    /// <param name="id">Its identifier.</param>
    /// <param name="what">What errors call it.</param>
    public Hdf5Cursor Object(ReadOnlySpan<byte> id, string what)
    {
        var cursor = new Hdf5Cursor(source, id.ToArray(), address, "an identifier of a fractal heap");
        if (id.Length > idLength) { throw cursor.Error($"it has {id.Length} bytes, the heap's have {idLength}"); }
        int first = cursor.U8();
        if (first >> 6 != 0) { throw cursor.Error($"version {first >> 6}", "version 0 is read"); }
        switch (first >> 4 & 3)
        {
            case 0:
                long offset = cursor.Number(offsetSize);
                return Managed(offset, cursor.Number(lengthSize), what);
            case 1:
                return Huge(cursor, what);
            case 2:
                int length = idLength <= 18 ? (first & 15) + 1 : ((first & 15) << 8 | cursor.U8()) + 1;
                return cursor.Part(length, what);
            default:
                throw cursor.Error("type 3");
        }
    }

    private long RowSize(int row) => row == 0 ? startSize : row - 1 < 62 - BitOperations.Log2((ulong)startSize) ? startSize << (row - 1) : long.MaxValue;

    private long RowSpan(int row) => RowSize(row) <= long.MaxValue / width ? RowSize(row) * width : long.MaxValue;

    private Hdf5Cursor Managed(long offset, long length, string what)
    {
        if (root == Hdf5Source.Undefined) { throw source.Error(address, $"{What} is empty, but has {what}"); }
        (long start, ReadOnlyMemory<byte> block, long at) = rootRows == 0 ? Direct(root, 0, startSize) : Find(root, 0, rootRows, offset, 0);
        long within = offset - start;
        if (within < 0 || within > block.Length || length > block.Length - within)
        {
            throw source.Error(at, $"{what} of {length} bytes at {offset} does not lie within a block of {What}");
        }

        source.Work.Look(source, at, length);
        return new Hdf5Cursor(source, block.Slice((int)within, (int)length), at + within, what);
    }

    // The direct block that covers an offset, below an indirect block.
    private (long Start, ReadOnlyMemory<byte> Block, long Address) Find(long at, long start, int rows, long offset, int level)
    {
        if (level > MostLevels) { throw source.Error(at, $"{What} has more than {MostLevels} levels"); }
        int row = 0;
        long rowStart = start;
        while (row < rows && offset - rowStart >= RowSpan(row)) { rowStart += RowSpan(row++); }

        if (row == rows || offset < rowStart) { throw source.Error(at, $"offset {offset} lies outside {What}"); }
        long size = RowSize(row);
        int column = (int)((offset - rowStart) / size);
        int entry = row * width + column;
        int direct = Math.Min(rows, directRows) * width;
        Hdf5Cursor cursor = Indirect(at, start, rows);
        cursor.Position = 5 + source.OffsetSize + offsetSize + entry * source.OffsetSize;
        long child = cursor.DefinedOffset();
        long childStart = rowStart + column * size;
        if (entry < direct) { return Direct(child, childStart, size); }
        int childRows = BitOperations.Log2((ulong)size) - BitOperations.Log2((ulong)startSize) - BitOperations.Log2((uint)width) + 1;
        return Find(child, childStart, childRows, offset, level + 1);
    }

    private Hdf5Cursor Indirect(long at, long start, int rows)
    {
        const string what = "an indirect block of a fractal heap";
        if (tables.TryGetValue(start, out (ReadOnlyMemory<byte> Bytes, long Address, int Rows) known) && known.Address == at && known.Rows == rows)
        {
            return new Hdf5Cursor(source, known.Bytes, at, what);
        }

        Hdf5Cursor cursor = source.Block(at, 9 + source.OffsetSize + offsetSize + (long)rows * width * source.OffsetSize, what);
        cursor.Signature("FHIB"u8);
        Head(ref cursor, start);
        cursor.Position = cursor.Length - 4;
        cursor.Checksum();
        cursor.Position = 0;
        tables[start] = (cursor.Keep(cursor.Length), at, rows);
        return cursor;
    }

    private (long Start, ReadOnlyMemory<byte> Block, long Address) Direct(long at, long start, long size)
    {
        if (!blocks.TryGetValue(start, out ReadOnlyMemory<byte> block))
        {
            Hdf5Cursor cursor = source.Block(at, size, "a direct block of a fractal heap");
            cursor.Signature("FHDB"u8);
            Head(ref cursor, start);
            if (checksums)
            {
                int place = cursor.Position;
                uint sum = cursor.U32();
                cursor.Position = 0;
                byte[] copy = cursor.Take(cursor.Length).ToArray();
                copy.AsSpan(place, 4).Clear(); // the sum is that of the block with a sum of zero
                if (Lookup3.Hash(copy) != sum && source.Checksums) { throw source.Error(at, "a direct block of a fractal heap: the checksum is wrong"); }
            }

            cursor.Position = 0;
            blocks[start] = block = cursor.Keep(cursor.Length);
        }

        return (start, block, at);
    }

    private void Head(ref Hdf5Cursor cursor, long start)
    {
        cursor.Version(0, 0);
        if (cursor.Offset() != address || cursor.Number(offsetSize) != start) { throw cursor.Error("the block belongs to another place or heap"); }
    }

    private Hdf5Cursor Huge(Hdf5Cursor id, string what)
    {
        long at, length;
        if (idLength - 1 >= source.OffsetSize + source.LengthSize)
        {
            at = id.DefinedOffset();
            length = id.Count();
        }
        else
        {
            long key = id.Number(Math.Min(8, id.Left));
            if (!(huge ??= ReadHuge()).TryGetValue(key, out (long Address, long Length) place)) { throw id.Error($"there is no huge object {key}"); }
            (at, length) = place;
        }

        return source.Block(at, length, what);
    }

    private Dictionary<long, (long Address, long Length)> ReadHuge()
    {
        var found = new Dictionary<long, (long Address, long Length)>();
        if (hugeTree == Hdf5Source.Undefined) { return found; }
        Hdf5Tree2.Read(source, hugeTree, 1, record =>
        {
            long at = record.DefinedOffset();
            long length = record.Count();
            found[record.Count()] = (at, length);
        });
        return found;
    }
}
