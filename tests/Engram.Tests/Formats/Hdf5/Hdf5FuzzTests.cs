using System.Buffers.Binary;
using System.Text;
using Engram.Formats;
using Engram.Formats.Hdf5;
using Engram.Tests.Fuzzing;
using Xunit.Abstractions;

namespace Engram.Tests.Formats.Hdf5;

public class Hdf5FuzzTests(ITestOutputHelper output)
{
    private static readonly string[] Signatures =
        ["TREE", "SNOD", "HEAP", "GCOL", "OHDR", "OCHK", "FRHP", "FHDB", "FHIB", "BTHD", "BTLF", "BTIN", "FAHD", "FADB", "EAHD", "EAIB", "EADB", "EASB"];

    private static readonly string[] Refused = ["cycle.h5", "external.h5", "huge.h5", "soft.h5", "storage.h5", "virtual.h5"];

    private static readonly string[] Small =
    [
        "attributes_earliest.h5", "attributes_v110.h5", "more_earliest.h5", "more_v110.h5", "ordered_tracked_latest.h5", "superblock1.h5", "swmr.h5",
        "types_earliest.h5", "types_v110.h5", "unusual_earliest.h5", "unusual_latest.h5",
    ];

    private static readonly string[] Large = ["grown_v110.h5", "layouts_earliest.h5", "layouts_latest.h5", "many_earliest.h5", "many_v110.h5", "large_latest.h5"];

    [Fact]
    public void A_damaged_file_is_read_or_refused() => Run(60_000, [.. Small, .. Refused], forged: false);

    [Fact]
    public void A_forged_file_is_read_or_refused() => Run(120_000, Small, forged: true);

    [Fact]
    public void Forged_chunks_heaps_and_trees_are_read_or_refused() => Run(20_000, Large, forged: true);

    // A forger makes the checksums and the length of the file right, so that the damage gets further.
    private void Run(int count, string[] names, bool forged)
    {
        byte[][] seeds = [.. names.Select(name => File.ReadAllBytes(Path.Combine(Hdf5Fixtures.Folder, name)))];
        Dictionary<byte[], List<int>> places = seeds.ToDictionary(seed => seed, Places);
        Fuzz.Run(
            count,
            random =>
            {
                byte[] bytes = Mutator.Mutate(random, seeds, seed => places[seed]);
                if (forged && bytes.Length >= 52) { BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(bytes[8] switch { 0 => 40, 1 => 44, _ => 28 }), bytes.Length); }
                return bytes;
            },
            bytes => Hdf5Fixtures.ReadAll(Hdf5Reader.Read(FileBytes.Of(bytes, "damaged.h5"), ReadLimits.Default, checksums: !forged)),
            output.WriteLine);
    }

    // Where the file's structures have their fields: behind the signatures, in the superblock, and wherever something looks like
    // an address or a length within the file, or like the head of a message of a version 1 header.
    private static List<int> Places(byte[] seed)
    {
        var places = new SortedSet<int>(Enumerable.Range(8, Math.Min(96, seed.Length - 8)));
        ReadOnlySpan<byte> bytes = seed;
        foreach (string signature in Signatures)
        {
            byte[] mark = Encoding.ASCII.GetBytes(signature);
            for (int at = bytes.IndexOf(mark), next = 0; next >= 0; at += next)
            {
                if (at < 0) { break; }
                for (int i = at; i < Math.Min(at + 60, seed.Length); i++) { places.Add(i); }
                next = bytes[(at + 1)..].IndexOf(mark);
                if (next >= 0) { next++; }
            }
        }

        for (int i = 96; i + 8 <= seed.Length; i++)
        {
            long value = BinaryPrimitives.ReadInt64LittleEndian(bytes[i..]);
            bool addressLike = value > 0 && value <= seed.Length;
            bool messageLike = i % 8 == 0 && seed[i] is > 0 and < 24 && seed[i + 1] == 0 && seed[i + 3] == 0 && seed[i + 2] % 8 == 0 && seed[i + 2] > 0;
            if (addressLike) { places.Add(i); }
            if (!messageLike) { continue; }
            for (int j = i; j < Math.Min(i + 32, seed.Length); j++) { places.Add(j); }
        }

        return [.. places];
    }
}
