using System.IO.Compression;
using System.Numerics.Tensors;
using System.Text;
using System.Text.Json.Nodes;
using Engram.Formats;
using Engram.Formats.Hdf5;
using Engram.Formats.Keras;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Formats.Keras;

/// <summary>Models written and read again: the same model, to the last bit.</summary>
public sealed class SaveTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("engram-keras-").FullName;

    public static TheoryData<string> Files => [.. KerasFixtures.Files];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Files))]
    public void A_model_comes_back_the_same(string file)
    {
        Network model = Network.Load(file);
        foreach (string extension in (string[])[".keras", ".h5"])
        {
            string path = Path.Combine(folder, "saved" + extension);
            model.Save(path);
            Network again = Network.Load(path);
            Assert.Empty(again.FileWarnings);
            Assert.Equal(model.GetType(), again.GetType());
            Assert.Equal(model.Weights.Count, again.Weights.Count);
            foreach ((Weight expected, Weight actual) in model.Weights.Zip(again.Weights)) { Assert.Equal(expected.Value.Span, actual.Value.Span); }
            Assert.Equal(model.Optimizer?.Iterations, again.Optimizer?.Iterations);
            if (model.Optimizer is null) { continue; }
            foreach (((string path, TensorBuffer value) expected, (string path, TensorBuffer value) actual) in model.Optimizer.State.Zip(again.Optimizer!.State))
            {
                Assert.Equal(expected.path, actual.path);
                Assert.Equal(expected.value.Span, actual.value.Span);
            }
        }
    }

    [Fact]
    public void The_texts_of_h5_files_are_those_of_Keras()
    {
        foreach (string file in KerasFixtures.Files.Where(file => file.EndsWith(".h5", StringComparison.Ordinal)))
        {
            Hdf5Group root = Hdf5File.Read(FileBytes.Of(File.ReadAllBytes(file), file), ReadLimits.Default);
            (string architecture, string? training) = LegacyConfiguration.Write(Network.Load(file));
            if (file.Contains("keras2", StringComparison.Ordinal)) { continue; }
            string? difference = KerasFixtures.Difference(KerasFixtures.Comparable(JsonNode.Parse(root.Attributes["model_config"].Text)), KerasFixtures.Comparable(JsonNode.Parse(architecture)));
            Assert.True(difference is null, $"{file}: {difference}");
            Assert.Equal(root.Attributes.ContainsKey("training_config"), training is not null);
            if (training is null) { continue; }
            difference = KerasFixtures.Difference(KerasFixtures.Comparable(JsonNode.Parse(root.Attributes["training_config"].Text)), KerasFixtures.Comparable(JsonNode.Parse(training)));
            Assert.True(difference is null, $"{file}: {difference}");
        }
    }

    [Fact]
    public void A_file_has_the_entries_of_Keras_first_and_then_its_own()
    {
        Sequential model = Trained();
        string path = Path.Combine(folder, "model.keras");
        model.Save(path, new Dictionary<string, ReadOnlyMemory<byte>> { ["words.json"] = "[1]"u8.ToArray(), ["deep/scaler"] = new byte[] { 1, 2, 3 } });
        using (ZipArchive zip = ZipFile.OpenRead(path))
        {
            Assert.Equal(["metadata.json", "config.json", "model.weights.h5", "engram/state.json", "engram/deep/scaler", "engram/words.json"], zip.Entries.Select(entry => entry.FullName));
            Assert.All(zip.Entries, entry => Assert.Equal(entry.Length, entry.CompressedLength));
        }

        Network.Load(path, out IReadOnlyDictionary<string, ReadOnlyMemory<byte>> entries);
        Assert.Equal(["deep/scaler", "words.json"], entries.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("[1]", Encoding.UTF8.GetString(entries["words.json"].Span));
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("/outside")]
    [InlineData("c:\\outside")]
    [InlineData("state.json")]
    [InlineData("")]
    public void An_entry_cannot_point_outside(string name) =>
        Assert.Throws<ArgumentException>(() => Trained().Save(Path.Combine(folder, "model.keras"), new Dictionary<string, ReadOnlyMemory<byte>> { [name] = new byte[1] }));

    [Fact]
    public void Random_draws_go_on_where_they_were()
    {
        Sequential model = Trained();
        string path = Path.Combine(folder, "model.keras");
        model.Save(path);
        Network again = Network.Load(path);
        Assert.Equal(model.Seed, again.Seed);
        (float[,,] x, float[,] y) = Data();
        Assert.Equal(model.TrainOnBatch(x, y), again.TrainOnBatch(x, y)); // with dropout
        Assert.Equal(Weights(model), Weights(again));
        Assert.Equal(model.Fit(x, y, new FitOptions { BatchSize = 2 })["loss"], again.Fit(x, y, new FitOptions { BatchSize = 2 })["loss"]); // shuffled
        Assert.Equal(Weights(model), Weights(again));
    }

    [Fact]
    public void What_Keras_lacks_says_so()
    {
        var model = new Sequential(
            new Input(6, 3), new SLstm(4) { Heads = 2, ReturnSequences = true }, new Lstm(5) { Peepholes = true, ReturnSequences = true }, new Lstm(2), new Dense(1));
        model.Build();
        string path = Path.Combine(folder, "model.keras");
        model.Save(path);
        JsonArray layers = Config(path)["config"]!["layers"]!.AsArray();
        Assert.Equal([("keras.layers", null), ("engram", "Engram>SLstm"), ("engram", "Engram>LSTM"), ("keras.layers", null), ("keras.layers", null)],
            layers.Select(layer => ((string?)layer!["module"], (string?)layer["registered_name"])));
        Network again = Network.Load(path);
        Assert.Equal(Weights(model), Weights(again));
        Assert.True(((Lstm)again.Layers[1]).Peepholes);
    }

    [Fact]
    public void A_layer_of_ones_own_is_made_known()
    {
        var model = new Sequential(new Input(6, 3), new Half(), new Lstm(2));
        model.Build();
        string path = Path.Combine(folder, "model.keras");
        model.Save(path);
        Assert.Contains("Half", Assert.Throws<EngramException>(() => Network.Load(path)).Message, StringComparison.Ordinal);
        Network again = Network.Load(path, new LoadOptions { Layers = LayerTypes.BuiltIn.With("Half", _ => new Half()) });
        Assert.IsType<Half>(again.Layers[0]);
    }

    [Fact]
    public void A_model_is_not_compiled_where_that_is_not_wanted()
    {
        string path = Path.Combine(folder, "model.keras");
        Trained().Save(path);
        Assert.Null(Network.Load(path, new LoadOptions { Compile = false }).Optimizer);
    }

    [Theory]
    [InlineData("model.weights.h5", "SaveWeights")]
    [InlineData("model.onnx", ".keras")]
    [InlineData("model", ".keras")]
    public void An_extension_of_another_kind_is_refused(string name, string hint)
    {
        Sequential model = Trained();
        Assert.Contains(hint, Assert.Throws<EngramException>(() => model.Save(Path.Combine(folder, name))).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Theory]
    [InlineData(".weights.h5")]
    [InlineData(".h5")]
    [InlineData(".safetensors")]
    public void Weights_are_saved_by_themselves(string extension)
    {
        Sequential model = Trained(), other = Untrained();
        string path = Path.Combine(folder, "w" + extension);
        model.SaveWeights(path);
        Assert.NotEqual(Weights(model), Weights(other));
        other.LoadWeights(path);
        Assert.Equal(Weights(model), Weights(other));
    }

    [Fact]
    public void A_graph_of_ones_own_comes_back()
    {
        var words = new Input(Shape.Unknown, 4) { Name = "words" };
        var more = new Input([3]) { Name = "more" };
        var shared = new Lstm(5) { ReturnState = true, Name = "shared" };
        IReadOnlyList<SymbolicTensor> first = shared.ApplyAll(words);
        SymbolicTensor second = new Lstm(5) { Name = "second" }.Apply(words, first[1], first[2]);
        SymbolicTensor seen = new MultiHeadAttention(2, 3) { UseCausalMask = true }.Apply(words, words);
        SymbolicTensor joined = new Concatenate().Apply(second, new Dense(2).Apply(more), new GlobalAveragePooling1D().Apply(seen));
        var model = new Model(inputs: [words, more], outputs: [new Dense(1) { Name = "a" }.Apply(joined), new Dense(2) { Name = "b" }.Apply(shared.ApplyAll(words)[0])]) { Name = "own" };
        model.Compile(new Adam { Schedule = new CosineDecay(0.01, 20) }, new OutputLoss("a", Loss.Huber(0.5)) { Weight = 0.3, Metrics = [Metrics.MeanAbsoluteError()] }, new OutputLoss("b", Loss.MeanSquaredError));
        string path = Path.Combine(folder, "model.keras");
        model.Save(path);
        Network again = Network.Load(path);
        Assert.Equal(model.OutputNames, again.OutputNames);
        Assert.Equal(model.Layers.Select(layer => layer.Name), again.Layers.Select(layer => layer.Name));
        Assert.Null(KerasFixtures.Difference(KerasFixtures.Comparable(ModelConfiguration.Write(model)), KerasFixtures.Comparable(ModelConfiguration.Write(again))));
        var random = new Random(5);
        float[,,] x = new float[2, 7, 4];
        foreach (ref float value in System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref x[0, 0, 0], x.Length)) { value = (float)random.NextDouble(); }
        float[,] z = { { 1, 2, 3 }, { 4, 5, 6 } };
        foreach ((Tensor<float> expected, Tensor<float> actual) in model.PredictAll([x, z]).Zip(again.PredictAll([x, z]))) { Assert.True(expected.SequenceEqual(actual)); }
    }

    private static JsonNode Config(string path)
    {
        using ZipArchive zip = ZipFile.OpenRead(path);
        using Stream entry = zip.GetEntry("config.json")!.Open();
        return JsonNode.Parse(entry)!;
    }

    private static float[] Weights(Network model) => [.. model.Weights.SelectMany(weight => weight.Value.Span.ToArray())];

    private static Sequential Untrained()
    {
        var model = new Sequential(new Input(6, 3), new Lstm(4) { Dropout = 0.3f, ReturnSequences = true }, new Dropout(0.5f), new Gru(2), new Dense(1)) { Seed = 12 };
        model.Compile(new Adam(), Loss.MeanSquaredError, Metrics.MeanAbsoluteError());
        return model;
    }

    private static Sequential Trained()
    {
        Sequential model = Untrained();
        (float[,,] x, float[,] y) = Data();
        model.Fit(x, y, new FitOptions { BatchSize = 2, Epochs = 2 });
        return model;
    }

    private static (float[,,] X, float[,] Y) Data()
    {
        (float[,,] x, float[,] y) = (new float[5, 6, 3], new float[5, 1]);
        for (int i = 0; i < 5; i++)
        {
            y[i, 0] = (float)Math.Sin(i);
            for (int t = 0; t < 6; t++)
            {
                for (int k = 0; k < 3; k++) { x[i, t, k] = (float)Math.Cos((7 * i) + (3 * t) + k); }
            }
        }

        return (x, y);
    }

    private sealed class Half : Layer
    {
        public override Shape OutputShape(Shape input) => input;

        protected internal override void Forward(LayerCall call) => TensorPrimitives.Multiply(call.Input.Span, 0.5f, call.Output.Span);

        protected internal override void Backward(LayerCall call) => TensorPrimitives.Multiply(call.OutputGradient.Span, 0.5f, call.InputGradient!.Span);
    }
}
