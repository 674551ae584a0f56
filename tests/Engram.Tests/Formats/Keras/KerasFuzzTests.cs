using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Engram.Formats;
using Engram.Formats.Keras;
using Engram.Formats.Zip;
using Engram.Models;
using Engram.Tests.Fuzzing;
using Xunit.Abstractions;

namespace Engram.Tests.Formats.Keras;

/// <summary>Damaged configurations and damaged zip files by the thousand: read or refused.</summary>
public sealed class KerasFuzzTests(ITestOutputHelper output)
{
    private const int Files = 200_000;
    private const long Numbers = 1_000_000; // far more than the seeds have

    [Fact]
    public void Damaged_configurations_are_read_or_refused()
    {
        string[] texts = [.. KerasFixtures.Models.Select(KerasFixtures.Config)];
        byte[][] seeds = [.. texts.Select(Encoding.UTF8.GetBytes)];
        var mutator = new JsonMutator(texts);
        Fuzz.Run(Files, random => random.Next(8) == 0 ? Mutator.Mutate(random, seeds) : mutator.Mutate(random), Read, output.WriteLine);
    }

    [Fact]
    public void Damaged_zip_files_are_read_or_refused()
    {
        byte[][] seeds = [Zip(CompressionLevel.NoCompression), Zip(CompressionLevel.Optimal)];
        Fuzz.Run(Files, random => Mutator.Mutate(random, seeds, Places), bytes =>
        {
            var zip = new ZipContainer(FileBytes.Of(bytes, "fuzz.zip"), ReadLimits.Default);
            foreach (string name in zip.Entries.Keys) { zip.ReadAll(name); }
        }, output.WriteLine);
    }

    private static void Read(byte[] json)
    {
        JsonObject config = JsonText.ReadObject(json, "fuzz.json", ReadLimits.Default);
        JsonNode? training = config["compile_config"];
        Network model = ModelConfiguration.Read(config, "fuzz.json", LoadOptions.Default);
        ModelBuilding.Build(model, Numbers, "fuzz.json", LoadOptions.Default, training is JsonObject compile ? () => CompileConfiguration.Apply(model, compile, "fuzz.json", LoadOptions.Default) : null);
        ModelConfiguration.Write(model);
    }

    private static byte[] Zip(CompressionLevel level)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, string text) in (ReadOnlySpan<(string, string)>)[("metadata.json", "{}"), ("config.json", KerasFixtures.Config("seed0")), ("engram/state.json", "{\"seed\": 5}")])
            {
                using Stream entry = archive.CreateEntry(name, level).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return stream.ToArray();
    }

    // The fields of headers and of the directory.
    private static List<int> Places(byte[] zip)
    {
        var places = new List<int>();
        for (int i = 0; i + 4 < zip.Length; i++)
        {
            if (zip[i] != 'P' || zip[i + 1] != 'K' || zip[i + 2] > 6) { continue; }
            for (int k = 4; k < 46; k += 2) { places.Add(i + k); }
        }

        return places;
    }
}
