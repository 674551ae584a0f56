using System.Buffers;

namespace Engram.Formats.Zip;

/// <summary>
/// A part of a file of which the check sum is taken as it is read, while the bytes are near the processor: what was read in large pieces, each once,
/// need not be read again for it.
/// </summary>
/// <param name="bytes">The part.</param>
internal sealed class SummedBytes(FileBytes bytes) : FileBytes(bytes.Name, bytes.Length)
{
    private const int Least = 1 << 12, Piece = 1 << 16;

    private readonly List<Region> regions = [];

    /// <summary>The check sum of all bytes; those that were not read before are read now.</summary>
    public uint CheckSum()
    {
        ZipChecksum sum = default;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            long at = 0;
            foreach (Region region in regions.OrderBy(region => region.Start))
            {
                Add(at, region.Start, buffer, ref sum);
                sum.Append(region.Sum.Value, region.End - region.Start);
                at = region.End;
            }

            Add(at, Length, buffer, ref sum);
            return sum.Value;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public override void Dispose() => bytes.Dispose();

    private protected override FileBytes Part(long offset, long length, string name) => bytes.Slice(offset, length, name);

    private protected override ReadOnlyMemory<byte> Bytes(long offset, int count) => bytes.Memory(offset, count);

    private protected override void Fill(long offset, Span<byte> destination)
    {
        bytes.Read(offset, destination);
        long end = offset + destination.Length;
        if (destination.Length < Least || regions.Exists(region => offset < region.End && end > region.Start)) { return; }
        Region? next = regions.Find(region => region.End == offset);
        if (next is null) { regions.Add(next = new Region(offset)); }
        next.Sum.Add(destination);
        next.End = end;
    }

    private void Add(long start, long end, byte[] buffer, ref ZipChecksum sum)
    {
        for (long at = start; at < end; at += buffer.Length)
        {
            Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at));
            bytes.Read(at, piece);
            sum.Add(piece);
        }
    }

    private sealed class Region(long start)
    {
        public ZipChecksum Sum;

        public long Start { get; } = start;

        public long End { get; set; } = -1;
    }
}
