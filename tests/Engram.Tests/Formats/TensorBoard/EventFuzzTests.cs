using System.Buffers.Binary;
using Engram.Formats.TensorBoard;
using Engram.Tests.Fuzzing;
using Engram.Tests.Training;
using Xunit.Abstractions;

namespace Engram.Tests.Formats.TensorBoard;

/// <summary>Damaged event files: half of them as they are, half with check sums put right again, so that the damage gets past them.</summary>
public sealed class EventFuzzTests(ITestOutputHelper output)
{
    private const int Files = 200_000;

    [Fact]
    public void Damaged_files_are_read_or_refused()
    {
        byte[][] seeds = Seeds();
        foreach (byte[] seed in seeds) { Assert.NotEmpty(EventFileTests.Read(seed)); }
        Fuzz.Run(Files, random => Damage(random, seeds), bytes => EventFileTests.Read(bytes), output.WriteLine);
    }

    private static byte[] Damage(Random random, byte[][] seeds)
    {
        if (random.Next(2) == 0) { return Mutator.Mutate(random, seeds, Lengths); }
        byte[][] records = [.. Records(seeds[random.Next(seeds.Length)])];
        int damaged = random.Next(records.Length);
        records[damaged] = Mutator.Mutate(random, [records[damaged], records[random.Next(records.Length)]]);
        return [.. records.SelectMany(EventFileTests.Record)];
    }

    // Small files of both writers; the real one's histogram is left out, because it is large and only numbers.
    private static byte[][] Seeds()
    {
        using var folder = new TemporaryFolder();
        string path;
        using (var writer = new EventFileWriter(folder.Path))
        {
            path = writer.Path;
            writer.Scalar("epoch_loss", 0.5, 3);
            writer.Histogram("w", [1, 2, 3, 4, 5, 9], 4, buckets: 3);
            writer.Text("note", "**hello**", 5);
            writer.Graph([new("x", "InputLayer", [], new Shape(Shape.Unknown, 3)), new("lstm", "LSTM", ["x", "x:1"], new Shape(Shape.Unknown, 5))]);
        }

        byte[][] golden = [.. Records(File.ReadAllBytes(EventFileTests.Golden)).Where(record => record.Length < 1000)];
        return [[.. golden[..3].Append(golden[^1]).SelectMany(EventFileTests.Record)], File.ReadAllBytes(path)];
    }

    private static IEnumerable<byte[]> Records(byte[] file)
    {
        for (int at = 0; at < file.Length;)
        {
            int length = (int)BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(at));
            yield return file[(at + 12)..(at + 12 + length)];
            at += length + 16;
        }
    }

    private static int[] Lengths(byte[] file)
    {
        var places = new List<int>();
        for (int at = 0; at < file.Length;)
        {
            places.Add(at);
            at += (int)BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(at)) + 16;
        }

        return [.. places];
    }
}
