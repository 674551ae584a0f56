using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Engram.Data;
using Engram.Formats;
using Engram.Layers;
using Engram.Models;
using Engram.Tests.Fuzzing;
using Engram.Training;
using Xunit.Abstractions;

namespace Engram.Tests.Training;

/// <summary>
/// Damaged checkpoints: some as they are, which their digest tells; most with arrays changed and a right digest, so that a fit tries to go on from them.
/// </summary>
public sealed class CheckpointFuzzTests(ITestOutputHelper output)
{
    private const int Files = 200_000;

    [Fact]
    public void Damaged_files_are_resumed_from_or_refused()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        string path = folder.File("run.safetensors");
        NumericArray x = NumericArray.Create([.. Enumerable.Range(0, 24).Select(i => MathF.Sin(i))], 6, 2, 2);
        float[] y = [1, 2, 3, 4, 5, 6];
        Network Model()
        {
            var model = new Sequential(new Input(2, 2), new SimpleRnn(2) { Stateful = true, Dropout = 0.1f }, new Dense(1)) { Seed = 1 };
            model.Compile(new Adam { UseEma = true }, Loss.MeanSquaredError, Metrics.Accuracy(), Metrics.R2Score(), new FBetaScore());
            return model;
        }

        Callback[] Callbacks(string name = "log.csv") => [new EarlyStopping { RestoreBestWeights = true, Monitor = "loss", Patience = 3 }, new ReduceLearningRateOnPlateau { Monitor = "loss" }, new GradientStatistics(), new CsvLogger(folder.File(name))];
        Model().Fit(x, y, new FitOptions { Epochs = 1, BatchSize = 2, Callbacks = [new ModelCheckpoint(folder.File("epoch.safetensors")), .. Callbacks()] });
        Model().Fit(x, y, new FitOptions { Epochs = 2, BatchSize = 2, Callbacks = [.. Callbacks(), new ModelCheckpoint(path) { EveryBatches = 2 }] });
        byte[][] seeds = [File.ReadAllBytes(folder.File("epoch.safetensors")), File.ReadAllBytes(path)];
        Parts[] parts = [.. seeds.Select(Parts.Of)];
        Assert.True(seeds[1].Length < 30_000, $"{seeds[1].Length} bytes");

        foreach (string good in (string[])[folder.File("epoch.safetensors"), path]) { Resume(Model(), good, Callbacks()); }
        Fuzz.Run(
            Files, random => random.Next(4) == 0 ? Mutator.Mutate(random, seeds) : parts[random.Next(parts.Length)].Damaged(random, parts),
            () =>
            {
                Network model = Model(); // takes all of them: what a refused file leaves behind must not matter
                string damaged = folder.File(Path.GetRandomFileName() + ".safetensors"), log = Path.GetFileName(damaged) + ".csv";
                return bytes =>
                {
                    File.WriteAllBytes(damaged, bytes);
                    Resume(model, damaged, Callbacks(log));
                };
            },
            output.WriteLine);

        // All epochs are done, so that nothing is trained and only what the file says is taken over.
        void Resume(Network model, string file, Callback[] callbacks)
        {
            try { model.Fit(x, y, new FitOptions { Epochs = 1, BatchSize = 2, ResumeFrom = file, Callbacks = callbacks }); }
            catch (EngramException e) when (!e.Message.Contains(file, StringComparison.Ordinal) && !e.Message.StartsWith("Training diverged", StringComparison.Ordinal))
            {
                Assert.Fail($"The error does not name the file: {e.Message}"); // numbers that are wrong, but there, may make training diverge
            }
        }
    }

    /// <summary>A checkpoint taken apart into its arrays.</summary>
    private sealed record Parts(NamedArray[] Arrays)
    {
        public static Parts Of(byte[] file)
        {
            int length = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
            JsonObject header = JsonNode.Parse(Encoding.UTF8.GetString(file, 8, length))!.AsObject();
            return new Parts([.. header.Where(entry => entry.Key != "__metadata__").Select(entry => Array(
                entry.Key, Enum.Parse<ElementType>((string)entry.Value!["dtype"]!), new Shape([.. entry.Value["shape"]!.AsArray().Select(axis => (int)axis!)]),
                file[(8 + length + (int)entry.Value["data_offsets"]![0]!)..(8 + length + (int)entry.Value["data_offsets"]![1]!)]))]);
        }

        /// <summary>A file with some arrays changed, left out or exchanged, and the digest of what it then has.</summary>
        public byte[] Damaged(Random random, Parts[] others)
        {
            List<NamedArray> arrays = [.. Arrays];
            for (int times = 1 + random.Next(3); times > 0 && arrays.Count > 0; times--)
            {
                int at = random.Next(arrays.Count);
                NamedArray old = arrays[at], other = others[random.Next(others.Length)].Arrays[random.Next(Arrays.Length / 2)];
                switch (random.Next(7))
                {
                    case 0:
                        arrays.RemoveAt(at);
                        break;
                    case 1:
                        arrays[at] = Array(old.Name, other.Type, other.Shape, other.Bytes.ToArray());
                        break;
                    case 2:
                        int size = Size(old.Type);
                        byte[] flat = Mutator.Mutate(random, [old.Bytes.ToArray(), other.Bytes.ToArray()]);
                        flat = flat[..(flat.Length / size * size)];
                        arrays[at] = Array(old.Name, old.Type, new Shape(flat.Length / size), flat);
                        break;
                    case 3 when arrays.All(array => array.Name != old.Name + "/0"):
                        arrays[at] = Array(old.Name + "/0", old.Type, old.Shape, old.Bytes.ToArray());
                        break;
                    default:
                        byte[] bytes = old.Bytes.ToArray();
                        if (bytes.Length > 0) { Mutator.Extreme(random, bytes, random.Next(bytes.Length) / Size(old.Type) * Size(old.Type)); }
                        arrays[at] = Array(old.Name, old.Type, old.Shape, bytes);
                        break;
                }
            }

            return Whole(arrays);
        }

        private static byte[] Whole(List<NamedArray> arrays)
        {
            var header = new StringBuilder($$"""{"__metadata__":{"format":"engram.checkpoint","version":"1","sha256":"{{CheckpointFile.Hash(arrays)}}"}""");
            int at = 0;
            foreach (NamedArray array in arrays)
            {
                header.Append(CultureInfo.InvariantCulture, $$""","{{array.Name}}":{"dtype":"{{array.Type}}","shape":[{{string.Join(",", array.Shape.Axes.ToArray())}}],"data_offsets":[{{at}},{{at += array.Bytes.Length}}]}""");
            }

            byte[] json = Encoding.UTF8.GetBytes(header.Append('}').ToString());
            using var file = new MemoryStream();
            file.Write(BitConverter.GetBytes((long)json.Length));
            file.Write(json);
            foreach (NamedArray array in arrays) { file.Write(array.Bytes); }
            return file.ToArray();
        }

        private static NamedArray Array(string name, ElementType type, Shape shape, byte[] bytes) => new(name, type, shape.Axes, bytes);

        private static int Size(ElementType type) => type switch { ElementType.U8 => 1, ElementType.I32 or ElementType.F32 => 4, _ => 8 };
    }
}
