using Engram.Formats;
using Engram.Formats.Zip;

namespace Engram.Tests.Formats.Zip;

public sealed class SummedBytesTests
{
    [Fact]
    public void The_sum_of_two_pieces_follows_from_theirs()
    {
        var random = new Random(1);
        foreach ((int first, int second) in (ReadOnlySpan<(int, int)>)[(0, 0), (0, 5), (7, 0), (1, 1), (100, 131), (4097, 65_539), (3, 1_000_003)])
        {
            byte[] bytes = new byte[first + second];
            random.NextBytes(bytes);
            ZipChecksum all = default, start = default, end = default;
            all.Add(bytes);
            start.Add(bytes.AsSpan(0, first));
            end.Add(bytes.AsSpan(first));
            start.Append(end.Value, second);
            Assert.Equal(all.Value, start.Value);
        }
    }

    [Fact]
    public void However_the_bytes_are_read_their_sum_is_the_same()
    {
        var random = new Random(2);
        byte[] bytes = new byte[300_001];
        random.NextBytes(bytes);
        uint expected = BitByBit(bytes);
        for (int round = 0; round < 200; round++)
        {
            var summed = new SummedBytes(FileBytes.Of(bytes, "x"));
            for (int reads = random.Next(12); reads > 0; reads--)
            {
                int start = random.Next(bytes.Length), length = random.Next(random.Next(3) == 0 ? 2000 : bytes.Length - start);
                for (int pieces = random.Next(1, 4); pieces > 0 && start + length <= bytes.Length; pieces--, start += length)
                {
                    byte[] read = new byte[length];
                    summed.Read(start, read);
                    Assert.True(bytes.AsSpan(start, length).SequenceEqual(read));
                }
            }

            Assert.Equal(expected, summed.CheckSum());
            Assert.Equal(expected, summed.CheckSum());
        }
    }

    private static uint BitByBit(byte[] bytes)
    {
        uint sum = uint.MaxValue;
        foreach (byte value in bytes)
        {
            sum ^= value;
            for (int bit = 0; bit < 8; bit++) { sum = (sum >> 1) ^ ((sum & 1) * 0xEDB88320); }
        }

        return ~sum;
    }
}
