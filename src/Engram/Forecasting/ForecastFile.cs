using System.Numerics.Tensors;
using System.Text.Json;
using Engram.Formats;
using Engram.Formats.Zip;
using Engram.Layers;
using Engram.Models;

namespace Engram.Forecasting;

/// <summary>
/// The <c>.keras</c> file of a forecast: one model of all networks over the inputs that they share, so that Keras and <c>engram run</c> open it and
/// get what each network puts out, and in the entry <c>engram/forecast.json</c> everything else.
/// </summary>
internal static class ForecastFile
{
    private const string Entry = "forecast.json", FullName = "engram/" + Entry;
    private const int Version = 1;

    /// <summary>Writes a forecast.</summary>
    /// <param name="path">The file's name.</param>
    /// <param name="format">What kind of forecast it is.</param>
    /// <param name="seed">The forecast's seed.</param>
    /// <param name="networks">The networks, and the names of their inputs; those of one name are one input.</param>
    /// <param name="write">Writes the properties of the entry.</param>
    public static void Save(
        string path, string format, long seed, IEnumerable<(Network Model, IReadOnlyList<string> Inputs)> networks, Action<Utf8JsonWriter> write)
    {
        if (!path.EndsWith(".keras", StringComparison.OrdinalIgnoreCase)) { throw new EngramException($"{path}: a forecast is saved as .keras."); }
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            json.WriteString("format", format);
            json.WriteNumber("version", Version);
            write(json);
            json.WriteEndObject();
        }

        Together(networks, seed).Save(path, new Dictionary<string, ReadOnlyMemory<byte>> { [Entry] = memory.ToArray() });
    }

    /// <summary>Reads a forecast.</summary>
    /// <param name="path">The file's name.</param>
    /// <param name="format">What kind of forecast it must be.</param>
    /// <param name="what">The kind in words.</param>
    /// <returns>The networks by number, and the entry.</returns>
    public static (IReadOnlyList<Network> Networks, ModelState State) Load(string path, string format, string what)
    {
        Network model = Network.Load(path, out IReadOnlyDictionary<string, ReadOnlyMemory<byte>> entries);
        if (!entries.TryGetValue(Entry, out ReadOnlyMemory<byte> bytes)) { throw new EngramException($"{path}: is no {what}; it has no entry {FullName}."); }
        ModelState state = Read(path, bytes);
        if (state.Text("format") is var found && found != format) { throw new EngramException($"{path}: is no {what}; the format in {FullName} is '{found}'."); }
        if (state.Long("version") is var version && version != Version) { throw new EngramException($"{path}: {FullName} is of version {version}; this program reads version {Version}."); }
        Dictionary<string, Network> named = model.Layers.OfType<Network>().ToDictionary(network => network.Name, StringComparer.Ordinal);
        var networks = new Network[named.Count];
        for (int i = 0; i < networks.Length; i++)
        {
            networks[i] = named.GetValueOrDefault(NameOf(i)) ?? throw new EngramException($"{path}: has {networks.Length} networks, but none is named {NameOf(i)}.");
            if (networks[i].Weights.FirstOrDefault(weight => !TensorPrimitives.IsFiniteAll<float>(weight.Value.Span)) is { } weight)
            {
                throw new EngramException($"{path}: the weight {weight.Name} of {NameOf(i)} has a number that is not finite.");
            }
        }

        return (networks, state);
    }

    /// <summary>Whether a file is a forecast of some kind, by its entry alone.</summary>
    public static bool Is(string path, string format)
    {
        if (ModelFile.KindOf(path) != FileKind.Keras) { return false; }
        using FileBytes file = FileBytes.Open(path);
        var zip = new ZipContainer(file, ReadLimits.Default);
        return zip.Entries.ContainsKey(FullName) && Read(path, zip.ReadAll(FullName)) is var state && state.Has("format") && state.Text("format") == format;
    }

    /// <summary>Refuses a network whose inputs, recurrent layers or output are not those of the network that the settings describe, which need not be built.</summary>
    public static Network Demand(ModelState state, Network found, Network expected)
    {
        bool named = expected.InputNames.Count > 1;
        string Ports(Network network) => string.Join(", ", network.InputShapes!.Zip(network.InputNames, (shape, name) => named ? $"{name} {shape}" : $"{shape}"));
        static string Outputs(Network network) => string.Join(", ", network.OutputShapes(network.InputShapes!));
        if (found.InputShapes is null || Ports(found) != Ports(expected)) { throw state.Disagrees($"{found.Name} takes {(found.InputShapes is null ? "nothing" : Ports(found))}", Ports(expected)); }
        if (Cells(found) != Cells(expected)) { throw state.Disagrees($"{found.Name} is made of {Cells(found)}", Cells(expected)); }
        return Outputs(found) == Outputs(expected) ? found : throw state.Disagrees($"{found.Name} puts out {Outputs(found)}", Outputs(expected));
    }

    private static string Cells(Network network) => string.Join(", ", network.Layers.OfType<Recurrent>().Select(layer => $"{layer.Kind} {layer.Units}"));

    public static void Numbers(Utf8JsonWriter json, string name, IEnumerable<double> values)
    {
        json.WriteStartArray(name);
        foreach (double value in values) { json.WriteNumberValue(value); }
        json.WriteEndArray();
    }

    public static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values) { json.WriteStringValue(value); }
        json.WriteEndArray();
    }

    /// <summary>Rows of one length, as <see cref="Numbers"/> wrote them one after the other.</summary>
    public static double[][] Rows(ModelState state, string name, int rows, int length)
    {
        double[] values = state.Numbers(name, (long)rows * length);
        return [.. Enumerable.Range(0, rows).Select(i => values.AsSpan(i * length, length).ToArray())];
    }

    private static string NameOf(int network) => FormattableString.Invariant($"network_{network}");

    private static Model Together(IEnumerable<(Network Model, IReadOnlyList<string> Inputs)> networks, long seed)
    {
        var inputs = new Dictionary<string, Input>(StringComparer.Ordinal);
        var order = new List<SymbolicTensor>();
        var outputs = new List<SymbolicTensor>();
        foreach ((Network network, IReadOnlyList<string> names) in networks)
        {
            var taken = new List<SymbolicTensor>();
            foreach ((string name, Shape shape) in names.Zip(network.InputShapes!))
            {
                if (!inputs.TryGetValue(name, out Input? input))
                {
                    inputs[name] = input = new Input(shape.Axes[1..]) { Name = name };
                    order.Add(input);
                }

                taken.Add(input);
            }

            network.Name = NameOf(outputs.Count);
            outputs.Add(network.Apply([.. taken]));
        }

        var model = new Model([.. order], [.. outputs]) { Seed = seed };
        model.Build();
        return model;
    }

    private static ModelState Read(string path, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            return new ModelState($"{path}: {FullName}", document.RootElement.Clone());
        }
        catch (JsonException e) { throw new EngramException($"{path}: {FullName} is no valid JSON: {e.Message}", e); }
    }
}
