using System.Text.Json;
using System.Text.Json.Nodes;
using Engram.Formats;
using Engram.Formats.PyTorch;
using Engram.Formats.Safetensors;
using Engram.Models;

namespace Engram.Cli.Files;

/// <summary>What <c>engram inspect</c> shows of a file.</summary>
internal sealed class FileInspection
{
    private FileInspection(string path)
    {
        Path = path;
        Kind = ModelFile.KindOf(path);
        Bytes = new FileInfo(path).Length;
        Hash = FileText.HashOfFile(path);
    }

    public string Path { get; }

    public FileKind Kind { get; }

    public long Bytes { get; }

    public string Hash { get; }

    /// <summary>The model, where the file holds one.</summary>
    public Network? Model { get; private init; }

    /// <summary>How the model was trained, as Keras writes it; null where the file does not say.</summary>
    public JsonObject? Training { get; private init; }

    /// <summary>The settings of a model that <c>engram forecast</c> made.</summary>
    public JsonObject? Forecast { get; private init; }

    /// <summary>The values of an event file.</summary>
    public EventSummary? Events { get; private init; }

    /// <summary>Texts that stand beside the arrays.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>The recurrent modules of PyTorch that the arrays' names speak of.</summary>
    public required IReadOnlyList<string> Modules { get; init; }

    public required IReadOnlyList<ArrayFacts> Arrays { get; init; }

    public static FileInspection Of(string path)
    {
        FileKind kind = ModelFile.KindOf(path);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        Network? model = null;
        JsonObject? forecast = null;
        EventSummary? events = null;
        IReadOnlyList<NamedArray> arrays;
        switch (kind)
        {
            case FileKind.Safetensors:
                SafetensorsFile file = SafetensorsFile.Read(path);
                foreach ((string key, string value) in file.Metadata) { metadata[key] = value; }
                arrays = file.Arrays;
                break;
            case FileKind.PyTorch:
                TorchFile torch = TorchFile.Read(path);
                foreach ((string key, string value) in torch.Values) { metadata[key] = value; }
                arrays = torch.Arrays;
                break;
            case FileKind.Keras:
                model = Network.Load(path, out IReadOnlyDictionary<string, ReadOnlyMemory<byte>> entries);
                arrays = ModelFile.Arrays(path);
                if (entries.TryGetValue("forecast.json", out ReadOnlyMemory<byte> settings)) { forecast = Settings(path, settings); }
                break;
            case FileKind.TensorBoard:
                events = EventSummary.Of(path);
                arrays = [];
                break;
            default:
                if (ModelFile.HoldsModel(path)) { model = ModelFile.Load(path); }
                arrays = ModelFile.Arrays(path);
                break;
        }

        return new FileInspection(path)
        {
            Model = model,
            Training = model?.Optimizer is null ? null : CompileConfiguration.Write(model),
            Forecast = forecast,
            Events = events,
            Metadata = metadata,
            Modules = kind is FileKind.Safetensors or FileKind.PyTorch or FileKind.Npz ? new TorchStateDict(path, arrays).RecurrentModules : [],
            Arrays = [.. arrays.Select(array => new ArrayFacts(array))],
        };
    }

    private static JsonObject Settings(string path, ReadOnlyMemory<byte> entry)
    {
        try { return JsonNode.Parse(entry.Span)?.AsObject() ?? throw new EngramException($"{path}: engram/forecast.json is null; expected a JSON object."); }
        catch (Exception e) when (e is JsonException or InvalidOperationException) { throw new EngramException($"{path}: engram/forecast.json is no JSON object: {e.Message}", e); }
    }
}

/// <summary>What is shown of an array.</summary>
internal sealed class ArrayFacts
{
    public ArrayFacts(NamedArray array)
    {
        (Name, Type, Shape, Length, Hash) = (array.Name, ElementTypes.Name(array.Type), array.Shape, array.Length, FileText.Hash(array));
        (Least, Largest, NotFinite) = FileText.Range(array);
    }

    public string Name { get; }

    public string Type { get; }

    public Shape Shape { get; }

    public int Length { get; }

    public string Hash { get; }

    public double Least { get; }

    public double Largest { get; }

    /// <summary>How many elements are NaN or infinite.</summary>
    public int NotFinite { get; }
}
