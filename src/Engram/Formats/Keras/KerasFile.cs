using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Engram.Formats.Hdf5;
using Engram.Formats.Keras.Weights;
using Engram.Formats.Zip;
using Engram.Models;

namespace Engram.Formats.Keras;

/// <summary>
/// The <c>.keras</c> file, which is Engram's own: a zip of <c>metadata.json</c>, <c>config.json</c> and <c>model.weights.h5</c> as Keras 3 has
/// them, and behind these entries <c>engram/*</c> for what Keras does not know and passes over.
/// </summary>
internal static class KerasFile
{
    private const string Metadata = "metadata.json", Config = "config.json", Weights = "model.weights.h5";
    private const string Own = "engram/", State = "engram/state.json";

    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 1000 };

    /// <summary>Writes a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file; its folder must exist. It is replaced as a whole.</param>
    /// <param name="extras">What else is put into the file, by names of one's own.</param>
    public static void Save(Network model, string path, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> extras)
    {
        JsonObject config = ModelConfiguration.Write(model);
        Hdf5Group weights = KerasWeights.Write(model);
        foreach (string name in extras.Keys) { CheckName(name); }
        AtomicFile.Write(path, stream =>
        {
            var zip = new ZipContainerWriter(stream);
            zip.Write(Metadata, Bytes(new JsonObject
            {
                ["keras_version"] = LegacyWeights.KerasVersion,
                ["date_saved"] = DateTime.Now.ToString("yyyy-MM-dd@HH:mm:ss", CultureInfo.InvariantCulture),
            }));
            zip.Write(Config, Bytes(config));
            zip.Write(Weights, target => Hdf5File.Write(weights, target));
            zip.Write(State, Bytes(WriteState(model)));
            foreach ((string name, ReadOnlyMemory<byte> bytes) in extras.OrderBy(extra => extra.Key, StringComparer.Ordinal)) { zip.Write(Own + name, bytes.Span); }
            zip.Finish();
        });
    }

    /// <summary>Reads a model.</summary>
    /// <param name="file">The file.</param>
    /// <param name="options">What it may name and ask for.</param>
    /// <returns>The model, and what else was put into the file.</returns>
    public static (Network Model, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Extras) Load(FileBytes file, LoadOptions options)
    {
        var zip = new ZipContainer(file, options.Limits);
        foreach (string name in (string[])[Config, Weights])
        {
            if (!zip.Entries.ContainsKey(name)) { throw new EngramException($"{file.Name}: {name} is missing; expected a model as Keras 3 saves it, a zip of {Metadata}, {Config} and {Weights}."); }
        }

        string place = $"{file.Name}: {Config}";
        JsonObject config = JsonText.ReadObject(zip.ReadText(Config).Span, place, options.Limits);
        JsonObject? state = zip.Entries.ContainsKey(State) ? JsonText.ReadObject(zip.ReadText(State).Span, $"{file.Name}: {State}", options.Limits) : null;
        JsonNode? training = config["compile_config"];
        Network model = ModelConfiguration.Read(config, place, options);
        (FileBytes bytes, Action check) = zip.OpenUnchecked(Weights);
        WeightsRead read;
        try
        {
            Hdf5Group root = Hdf5File.Read(bytes, options.Limits);
            ModelBuilding.Build(model, ModelBuilding.Numbers(root, bytes, options.Limits), place, options, training is JsonObject compile ? () => CompileConfiguration.Apply(model, compile, $"{place}: compile_config", options) : null);
            if (training is not (null or JsonObject)) { throw new EngramException($"{place}: compile_config is no object."); }
            read = KerasWeights.Read(root, model, bytes.Name, fresh: true, options.Compile);
        }
        catch (EngramException)
        {
            check(); // that the file is damaged comes before what follows from it
            throw;
        }

        check();
        model.FileWarnings = read.Warnings;
        if (state is not null) { ReadState(model, state, $"{file.Name}: {State}"); }
        return (model, zip.Entries.Keys.Where(name => name.StartsWith(Own, StringComparison.Ordinal) && name != State).ToDictionary(name => name[Own.Length..], zip.ReadAll, StringComparer.Ordinal));
    }

    private static JsonObject WriteState(Network model)
    {
        (long steps, long epochs) = model.TrainingPosition;
        return new JsonObject { ["format"] = 1, ["seed"] = model.Seed, ["steps"] = steps, ["epochs"] = epochs };
    }

    private static void ReadState(Network model, JsonObject state, string place)
    {
        long Number(string name) => state[name] is JsonValue value && value.TryGetValue(out long number)
            ? number
            : throw new EngramException($"{place}: {name} is {state[name]?.ToJsonString() ?? "missing"}; expected a whole number.");
        if (Number("format") != 1) { throw new EngramException($"{place}: has the format {Number("format")}; this version of Engram reads 1."); }
        (long seed, long steps, long epochs) = (Number("seed"), Number("steps"), Number("epochs"));
        if (steps < 0 || epochs < 0) { throw new EngramException($"{place}: steps and epochs are {steps} and {epochs}; expected at least 0."); }
        model.Reseed(seed);
        model.TrainingPosition = (steps, epochs);
    }

    private static void CheckName(string name)
    {
        if (name.Length == 0 || name == "state.json" || name[0] == '/' || name.Split('/').Contains("..") || name.AsSpan().IndexOfAny('\\', ':', '\0') >= 0)
        {
            throw new ArgumentException($"'{name}' is no name for an entry of a model's file; expected one like vocabulary.json.", nameof(name));
        }
    }

    private static byte[] Bytes(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString(Plain));
}
