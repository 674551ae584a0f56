using System.Text;
using Engram.Formats.Hdf5;
using Engram.Formats.Keras.Weights;
using Engram.Models;
using Engram.Training;

namespace Engram.Formats.Keras;

/// <summary>Models and weights in files: written as the name announces, read as what they are.</summary>
internal static class KerasModelFile
{
    private static readonly IReadOnlyDictionary<string, ReadOnlyMemory<byte>> None = new Dictionary<string, ReadOnlyMemory<byte>>();

    public static void Save(Network model, string path, IReadOnlyDictionary<string, ReadOnlyMemory<byte>>? extras)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        switch (FileKinds.ByName(path))
        {
            case FileKind.Keras:
                KerasFile.Save(model, path, extras ?? None);
                break;
            case FileKind.Hdf5 when FileKinds.IsForWeights(path):
                throw new EngramException($"{path}: a model is saved as .keras or .h5; use SaveWeights for .weights.h5.");
            case FileKind.Hdf5 when extras is { Count: > 0 }:
                throw new EngramException($"{path}: a file of this kind has no place for other entries; save as .keras.");
            case FileKind.Hdf5:
                SaveH5(model, path);
                break;
            default:
                throw new EngramException($"{path}: a model is saved as .keras or .h5.");
        }
    }

    public static (Network Model, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Extras) Load(string path, LoadOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileKind kind = FileKinds.IsForWeights(path) ? FileKind.Unknown : FileKinds.Of(path);
        if (kind is not (FileKind.Keras or FileKind.Hdf5))
        {
            bool weights = kind == FileKind.Safetensors || FileKinds.IsForWeights(path);
            throw new EngramException($"{path}: a model is read from .keras and .h5 files{(weights ? "; this one has weights alone, for LoadWeights of a model that is there" : "")}.");
        }

        using FileBytes file = FileBytes.Open(path);
        return kind == FileKind.Keras ? KerasFile.Load(file, options) : (LoadH5(file, options), None);
    }

    public static void SaveWeights(Network model, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!model.IsBuilt) { throw new EngramException($"{model.Name} has no weights yet; build it first."); }
        switch (FileKinds.ByName(path))
        {
            case FileKind.Safetensors:
                WeightFile.Write(path, model.Layers);
                break;
            case FileKind.Hdf5 when FileKinds.IsForWeights(path):
                Hdf5Group weights = KerasWeights.Write(model);
                AtomicFile.Write(path, stream => Hdf5File.Write(weights, stream));
                break;
            case FileKind.Hdf5:
                Hdf5Group legacy = LegacyWeights.Write(model);
                AtomicFile.Write(path, stream => Hdf5File.Write(legacy, stream));
                break;
            default:
                throw WrongWeights(path);
        }
    }

    public static void LoadWeights(Network model, string path, LoadOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        switch (FileKinds.ByName(path))
        {
            case FileKind.Safetensors:
                WeightFile.Read(path, model.IsBuilt ? model.Layers : throw new EngramException($"{model.Name} has no weights yet; build it first."));
                break;
            case FileKind.Hdf5:
                using (FileBytes file = FileBytes.Open(path))
                {
                    model.FileWarnings = KerasWeights.Read(Hdf5File.Read(file, options.Limits), model, path).Warnings;
                }

                break;
            default:
                throw WrongWeights(path);
        }
    }

    private static void SaveH5(Network model, string path)
    {
        Hdf5Group root = LegacyWeights.Write(model);
        (string architecture, string? training) = LegacyConfiguration.Write(model);
        root.SetAttribute("model_config", architecture, Hdf5Type.VariableAscii);
        if (training is not null) { root.SetAttribute("training_config", training, Hdf5Type.VariableAscii); }
        AtomicFile.Write(path, stream => Hdf5File.Write(root, stream));
    }

    private static Network LoadH5(FileBytes file, LoadOptions options)
    {
        Hdf5Group root = Hdf5File.Read(file, options.Limits);
        if (!root.Attributes.TryGetValue("model_config", out Hdf5Attribute? config))
        {
            throw new EngramException($"{file.Name}: the attribute model_config is missing; a file of weights alone is for LoadWeights of a model that is there.");
        }

        string place = $"{file.Name}: model_config";
        Network model = ModelConfiguration.Read(JsonText.ReadObject(Encoding.UTF8.GetBytes(config.Text), place, options.Limits), place, options);
        string? training = root.Attributes.GetValueOrDefault("training_config")?.Text;
        ModelBuilding.Build(model, ModelBuilding.Numbers(root, file, options.Limits), place, options, training is null ? null : () => ModelConfiguration.Compile(model, training, file.Name, options));
        model.FileWarnings = KerasWeights.Read(root, model, file.Name, fresh: true, options.Compile).Warnings;
        return model;
    }

    private static EngramException WrongWeights(string path) => new($"{path}: weights are saved to and read from .weights.h5, .h5 and .safetensors files.");
}
