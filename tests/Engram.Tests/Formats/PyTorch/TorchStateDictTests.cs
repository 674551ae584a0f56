using System.Text.Json;
using Engram.Formats;
using Engram.Formats.PyTorch;
using Engram.Formats.Safetensors;
using Engram.Layers;
using Xunit.Abstractions;

namespace Engram.Tests.Formats;

/// <summary>Weights of PyTorch in Engram's layers: the outputs and states that PyTorch computed, and the way back.</summary>
public sealed class TorchStateDictTests(ITestOutputHelper output) : IDisposable
{
    private const double Tolerance = 1e-5;
    private readonly string folder = Directory.CreateTempSubdirectory("engram-tests-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static TheoryData<string> Cases() => [.. Index().Select(entry => entry.GetProperty("file").GetString()!)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void PyTorch_and_Engram_agree(string file)
    {
        JsonElement entry = Index().Single(entry => entry.GetProperty("file").GetString() == file);
        SafetensorsFile io = SafetensorsFile.Read(Fixture(entry.GetProperty("io").GetString()!));
        TorchStateDict weights = TorchStateDict.Read(Fixture(file));
        TorchStateDict pickled = TorchStateDict.Read(Fixture(entry.GetProperty("pickle").GetString()!));
        foreach (NamedArray array in weights.Arrays)
        {
            NamedArray same = pickled.Arrays.Single(other => other.Name == array.Name);
            Assert.Equal((array.Type, array.Shape), (same.Type, same.Shape));
            Assert.Equal(array.Bytes.ToArray(), same.Bytes.ToArray());
        }

        bool tagger = file == "tagger.safetensors";
        string module = tagger ? "lstm" : "";
        Layer[] layers = [.. MakeLayers(entry, weights, module)];
        Embedding? embedding = tagger ? new Embedding(20, 4) : null;
        Dense? dense = tagger ? new Dense(7) : null;
        embedding?.Build([new Shape(-1, -1)], new RandomKey(1));
        dense?.Build([new Shape(-1, -1, 10)], new RandomKey(1));
        foreach (TorchStateDict dictionary in (TorchStateDict[])[weights, pickled])
        {
            if (tagger)
            {
                dictionary.Load("embedding", embedding!);
                dictionary.Load("fc.", dense!);
            }

            dictionary.Load(module, layers);
            Assert.Empty(dictionary.Unread);
            Check(layers, embedding, dense, io);
            foreach (Weight weight in layers.SelectMany(layer => layer.Weights)) { weight.Value.Clear(); }
        }

        weights.Load(module, layers);
        var back = new TorchStateDict();
        if (tagger) { back.Add("embedding", embedding!); }
        back.Add(module, layers);
        if (tagger) { back.Add("fc", dense!); }
        CheckSame(weights, back, gru: file.StartsWith("gru", StringComparison.Ordinal));

        foreach (string extension in (string[])[".safetensors", ".npz"])
        {
            string path = Path.Combine(folder, "back" + extension);
            back.Save(path);
            TorchStateDict again = TorchStateDict.Read(path);
            again.Load(module, layers);
            Check(layers, embedding, dense, io);
        }

        if (file == "rnn_relu.safetensors") { Assert.Equal(Activations.Relu.Name, ((SimpleRnn)weights.CreateLayers("", Activations.Relu)[0]).Activation.Name); }
        Assert.Equal(layers.Select(Describe), weights.CreateLayers(module, file == "rnn_relu.safetensors" ? Activations.Relu : null).Select(Describe));
        Assert.Equal([module], weights.RecurrentModules);
    }

    [Fact]
    public void PyTorch_loads_what_is_written()
    {
        int cases = 0;
        foreach (JsonElement entry in Index())
        {
            string name = Path.GetFileNameWithoutExtension(entry.GetProperty("file").GetString()!);
            string module = entry.GetProperty("module").GetString()!;
            if (module.Contains(' ', StringComparison.Ordinal)) { continue; }
            TorchStateDict weights = TorchStateDict.Read(Fixture(name + ".safetensors"));
            var back = new TorchStateDict();
            Layer[] layers = [.. MakeLayers(entry, weights, "")];
            weights.Load("", layers);
            back.Add("", layers);
            back.Save(Path.Combine(folder, name + ".safetensors"));
            back.Save(Path.Combine(folder, name + ".npz"));
            cases++;
        }

        if (PythonPeer.Run(output, "torch", """
            import sys, json, struct, glob, os, torch, numpy as np
            folder, fixtures = sys.argv[1:]
            def load_file(path):
                data = open(path, 'rb').read()
                n = struct.unpack('<Q', data[:8])[0]
                types = dict(F32='f4', I64='i8')
                return {k: torch.from_numpy(np.frombuffer(data[8 + n + v['data_offsets'][0]:8 + n + v['data_offsets'][1]], types[v['dtype']]).reshape(v['shape']).copy())
                        for k, v in json.loads(data[8:8 + n]).items() if k != '__metadata__'}
            done = 0
            for entry in json.load(open(fixtures + '/index.json')):
                if ' ' in entry['module']: continue
                name = entry['file'].split('.')[0]
                io = load_file(fixtures + '/' + name + '.io.safetensors')
                state = load_file(folder + '/' + name + '.safetensors')
                other = {k: torch.from_numpy(v) for k, v in np.load(folder + '/' + name + '.npz').items()}
                assert all(torch.equal(state[k], other[k]) for k in state) and len(state) == len(other)
                hidden = state['weight_hr_l0'].shape[1] if 'weight_hr_l0' in state else state['weight_hh_l0'].shape[1]
                options = dict(bidirectional=entry['bidirectional'], batch_first=True, bias='bias_ih_l0' in state)
                if 'proj_size' in entry: options['proj_size'] = entry['proj_size']
                if 'nonlinearity' in entry: options['nonlinearity'] = entry['nonlinearity']
                model = getattr(torch.nn, entry['module'])(state['weight_ih_l0'].shape[1], hidden, entry['layers'], **options)
                model.load_state_dict(state)
                x = io['input.0']
                if 'lengths' in io: x = torch.nn.utils.rnn.pack_padded_sequence(x, io['lengths'], batch_first=True, enforce_sorted=False)
                first = [io[f'initial_state.{i}'] for i in range(2) if f'initial_state.{i}' in io]
                y, h = model(x, tuple(first) if len(first) == 2 else first[0] if first else None)
                if 'lengths' in io: y = torch.nn.utils.rnn.pad_packed_sequence(y, batch_first=True)[0]
                for i, actual in enumerate([y, *(h if isinstance(h, tuple) else [h])]):
                    difference = (actual - io[f'output.{i}']).abs().max().item()
                    assert difference <= 1e-5, (name, i, difference)
                done += 1
            assert done == 17
            """, folder, Fixture("")))
        {
            output.WriteLine($"{cases} state dicts loaded by PyTorch, outputs and states equal to 1e-5.");
        }
    }

    [Fact]
    public void Layers_that_do_not_fit_are_named_and_nothing_is_changed()
    {
        TorchStateDict lstm = TorchStateDict.Read(Fixture("lstm_2_bidirectional.safetensors"));
        TorchStateDict gru = TorchStateDict.Read(Fixture("gru.safetensors"));
        var first = new Bidirectional(new Lstm(5) { ReturnSequences = true });
        Refused("weight_ih_l1", () => lstm.Load("", first));
        Refused("second direction", () => lstm.Load("", new Lstm(5)));
        Refused("weight_ih_l2", () => lstm.Load("", first, Again(), Again()));
        Refused("'weight_ih_l0' has the shape (20, 4)", () => lstm.Load("", new Bidirectional(new Lstm(6)), Again()));
        Refused("UseBias", () => lstm.Load("", new Bidirectional(new Lstm(5) { UseBias = false }), Again()));
        Refused("peepholes", () => lstm.Load("", new Bidirectional(new Lstm(5) { Peepholes = true }), Again()));
        Refused("relu", () => lstm.Load("", new Bidirectional(new Lstm(5) { Activation = Activations.Relu }), Again()));
        Refused("Sum", () => lstm.Load("", new Bidirectional(new Lstm(5)) { MergeMode = MergeMode.Sum }, Again()));
        Refused("ResetAfter", () => gru.Load("", new Gru(5) { ResetAfter = false }));
        Refused("GoBackwards", () => gru.Load("", new Gru(5) { GoBackwards = true }));
        Refused("'encoder.weight_ih_l0' is missing", () => gru.Load("encoder", new Gru(5)));
        Refused("cannot be carried over", () => gru.Load("", new Flatten()));
        Refused("is missing", () => gru.Load("fc", new Dense(3)));
        Refused("no recurrent module 'rnn'", () => gru.CreateLayers("rnn"));
        Refused("build the model first", () => gru.Add("again", new Gru(5)));
        TorchStateDict projected = TorchStateDict.Read(Fixture("lstm_projection.safetensors"));
        Refused("ProjectionUnits", () => new TorchStateDict("x", projected.Arrays.Select(array => array.Name == "weight_hh_l0" ? new NamedArray(array.Name, [32, 8], new float[256]) : array)).Load("", new Lstm(8), new Lstm(8)));

        first.Build([new Shape(-1, -1, 4)], new RandomKey(1));
        float[] before = [.. first.Weights.SelectMany(weight => weight.Value.Span.ToArray())];
        TorchStateDict damaged = new("x", lstm.Arrays.Where(array => array.Name != "bias_hh_l1_reverse"));
        Refused("bias_hh_l1_reverse", () => damaged.Load("", first, Again()));
        Assert.Equal(before, first.Weights.SelectMany(weight => weight.Value.Span.ToArray()));

        static Bidirectional Again() => new(new Lstm(5) { ReturnSequences = true });
        static void Refused(string mentions, Action action) => Assert.Contains(mentions, Assert.Throws<EngramException>(action).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Linear_embedding_and_layer_normalization_go_there_and_back()
    {
        float[] Numbers(int count, int seed) => [.. Enumerable.Range(0, count).Select(i => MathF.Sin((13 * i) + seed))];
        NamedArray[] arrays =
        [
            new("e.weight", [6, 3], Numbers(18, 1)), new("n.weight", [3], Numbers(3, 2)), new("n.bias", [3], Numbers(3, 3)),
            new("f.weight", [2, 3], Numbers(6, 4)), new("f.bias", [2], Numbers(2, 5)), new("g.weight", [4, 2], Numbers(8, 6)),
        ];
        var weights = new TorchStateDict("x", arrays);
        var (embedding, normalization, dense, bare) = (new Embedding(6, 3), new LayerNormalization(), new Dense(2), new Dense(4) { UseBias = false });
        Assert.Contains("Build()", Assert.Throws<EngramException>(() => weights.Load("e", embedding)).Message, StringComparison.Ordinal);
        embedding.Build([new Shape(-1, -1)], new RandomKey(1));
        foreach (Layer layer in (Layer[])[normalization, dense]) { layer.Build([new Shape(-1, -1, 3)], new RandomKey(1)); }
        bare.Build([new Shape(-1, 2)], new RandomKey(1));
        weights.Load("e", embedding);
        weights.Load("n", normalization);
        weights.Load("f", dense);
        Assert.Equal(["g.weight"], weights.Unread);
        weights.Load("g", bare);
        Assert.Empty(weights.Unread);
        Assert.Equal(Numbers(6, 4)[1], dense.Weights[0].Value.Span[2]); // (units 0, feature 1) there, (feature 1, unit 0) here
        Assert.Equal(Numbers(3, 2), normalization.Weights[0].Value.Span.ToArray());

        var back = new TorchStateDict();
        back.Add("e", embedding);
        back.Add("n", normalization);
        back.Add("f", dense);
        back.Add("g", bare);
        Assert.Equal(arrays.Select(array => array.ToString()), back.Arrays.Select(array => array.ToString()));
        for (int i = 0; i < arrays.Length; i++) { Assert.Equal(arrays[i].ToFloats(), back.Arrays[i].ToFloats()); }
        Assert.Throws<EngramException>(() => back.Add("e", embedding));
    }

    private static IEnumerable<Layer> MakeLayers(JsonElement entry, TorchStateDict weights, string module)
    {
        string prefix = module.Length > 0 ? module + "." : "";
        bool tagger = module.Length > 0, bidirectional = tagger || entry.GetProperty("bidirectional").GetBoolean();
        bool bias = weights.Arrays.Any(array => array.Name == prefix + "bias_ih_l0");
        for (int k = 0; k < (tagger ? 2 : entry.GetProperty("layers").GetInt32()); k++)
        {
            SequenceLayer layer = tagger ? new Lstm(5) { ReturnSequences = true, ReturnState = true } : entry.GetProperty("module").GetString() switch
            {
                "LSTM" when entry.TryGetProperty("proj_size", out JsonElement projection) => new Lstm(8) { ReturnSequences = true, ReturnState = true, UseBias = bias, ProjectionUnits = projection.GetInt32() },
                "LSTM" => new Lstm(5) { ReturnSequences = true, ReturnState = true, UseBias = bias },
                "GRU" => new Gru(5) { ReturnSequences = true, ReturnState = true, UseBias = bias },
                _ => new SimpleRnn(5) { ReturnSequences = true, ReturnState = true, UseBias = bias, Activation = entry.TryGetProperty("nonlinearity", out _) ? Activations.Relu : Activations.Tanh },
            };
            yield return bidirectional ? new Bidirectional(layer) : layer;
        }
    }

    private static void Check(Layer[] layers, Embedding? embedding, Dense? dense, SafetensorsFile io)
    {
        var x = new TensorBuffer(io["input.0"].Shape.Axes);
        io["input.0"].CopyTo(x.Span);
        Mask? mask = null;
        if (io.Find("lengths") is { } lengths)
        {
            mask = new Mask(x[0], x[1]);
            for (int row = 0; row < x[0]; row++)
            {
                for (int step = 0; step < x[1]; step++) { mask.Span[(row * x[1]) + step] = step < lengths.ToInt64s()[row] ? (byte)1 : (byte)0; }
            }
        }

        if (embedding is not null) { x = Run(embedding, [x], null)[0]; }
        int kinds = io.Find("output.2") is not null || io.Find("initial_state.1") is not null ? 2 : dense is null ? 1 : 0;
        List<float>[] states = [[], []];
        int rows = x[0];
        for (int k = 0; k < layers.Length; k++)
        {
            int directions = layers[k] is Bidirectional ? 2 : 1;
            List<TensorBuffer> inputs = [x];
            if (io.Find("initial_state.0") is not null)
            {
                for (int direction = 0; direction < directions; direction++)
                {
                    for (int kind = 0; kind < kinds; kind++)
                    {
                        NamedArray all = io[$"initial_state.{kind}"];
                        var state = new TensorBuffer(rows, all.Shape[2]);
                        all.ToFloats().AsSpan(((k * directions) + direction) * state.Length, state.Length).CopyTo(state.Span);
                        inputs.Add(state);
                    }
                }
            }

            IReadOnlyList<TensorBuffer> outputs = Run(layers[k], inputs, mask);
            x = outputs[0];
            for (int i = 1; i < outputs.Count && kinds > 0; i++) { states[(i - 1) % kinds].AddRange(outputs[i].Span.ToArray()); }
        }

        if (dense is not null) { x = Run(dense, [x], null)[0]; }
        Assert.Equal(io["output.0"].Shape.Axes.ToArray(), x.Axes.ToArray());
        Golden.AssertClose(io["output.0"].ToDoubles(), x.Span, Tolerance, "output.0");
        for (int kind = 0; kind < kinds; kind++) { Golden.AssertClose(io[$"output.{kind + 1}"].ToDoubles(), states[kind].ToArray(), Tolerance, $"output.{kind + 1}"); }
    }

    private static IReadOnlyList<TensorBuffer> Run(Layer layer, List<TensorBuffer> inputs, Mask? mask)
    {
        layer.Build([.. inputs.Select(input => new Shape(input.Axes))], new RandomKey(1));
        var call = new LayerCall(layer);
        call.SetMask(0, mask);
        call.Forward([.. inputs]);
        return call.Outputs;
    }

    // Kernels and a GRU's biases bit for bit; an LSTM's and an RNN's bias as the sum of both.
    private static void CheckSame(TorchStateDict expected, TorchStateDict actual, bool gru)
    {
        Assert.Equal(expected.Arrays.Select(array => $"{array}").Order(StringComparer.Ordinal), actual.Arrays.Select(array => $"{array}").Order(StringComparer.Ordinal));
        Dictionary<string, float[]> there = expected.Arrays.ToDictionary(array => array.Name, array => array.ToFloats(), StringComparer.Ordinal);
        Dictionary<string, float[]> here = actual.Arrays.ToDictionary(array => array.Name, array => array.ToFloats(), StringComparer.Ordinal);
        foreach ((string name, float[] values) in there)
        {
            bool summed = !gru && name.Contains("bias_", StringComparison.Ordinal);
            if (!summed) { Assert.Equal(values, here[name]); }
            else if (name.Contains("bias_hh", StringComparison.Ordinal)) { Assert.All(here[name], value => Assert.Equal(0, value)); }
            else { Assert.Equal(values.Zip(there[name.Replace("bias_ih", "bias_hh", StringComparison.Ordinal)], (a, b) => a + b), here[name]); }
        }
    }

    private static string Describe(Layer layer) => layer switch
    {
        Bidirectional both => $"Bidirectional({Describe(both.ForwardLayer)})",
        Lstm lstm => $"LSTM {lstm.Units} {lstm.UseBias} {lstm.ProjectionUnits}",
        Recurrent recurrent => $"{recurrent.Kind} {recurrent.Units} {recurrent.UseBias} {recurrent.Activation.Name}",
        _ => layer.Kind,
    };

    private static JsonElement[] Index() => [.. JsonDocument.Parse(File.ReadAllBytes(Fixture("index.json"))).RootElement.EnumerateArray()];

    private static string Fixture(string name) => Path.Combine(Fixtures.Repository, "tests", "fixtures", "pytorch", name);
}
