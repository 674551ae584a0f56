using Engram.Formats.Hdf5;
using Engram.Formats.Npy;
using Engram.Formats.Onnx;
using Engram.Formats.PyTorch;
using Engram.Formats.Safetensors;
using Engram.Formats.Zip;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Formats;

/// <summary>
/// Models and weights in files of any format that Engram knows. What a file is, its contents tell, and its extension where they leave it
/// open; what is written, the extension decides.
/// </summary>
public static class ModelFile
{
    /// <summary>What a file is.</summary>
    /// <param name="path">The file's name.</param>
    /// <exception cref="EngramException">The file cannot be read.</exception>
    public static FileKind KindOf(string path) => FileKinds.Of(path);

    /// <summary>Whether a file holds a model with its layers, and not weights alone.</summary>
    /// <param name="path">The file's name.</param>
    /// <exception cref="EngramException">The file cannot be read.</exception>
    public static bool HoldsModel(string path)
    {
        switch (KindOf(path))
        {
            case FileKind.Keras or FileKind.Onnx: return true;
            case FileKind.Hdf5:
                using (FileBytes bytes = FileBytes.Open(path)) { return Hdf5File.Read(bytes, ReadLimits.Default).Attributes.ContainsKey("model_config"); }
            default: return false;
        }
    }

    /// <summary>Whether a file of this name is to hold a model with its layers.</summary>
    internal static bool TakesModel(string path) => FileKinds.ByName(path) switch
    {
        FileKind.Keras or FileKind.Onnx => true,
        FileKind.Hdf5 => !FileKinds.IsForWeights(path),
        _ => false,
    };

    /// <summary>
    /// Reads a model: its layers and their weights. A file of weights alone gives a model where they are those of one recurrent module of
    /// PyTorch and nothing else: then its layers in a chain, the last of them returning all steps.
    /// </summary>
    /// <param name="path">The file's name.</param>
    /// <param name="options">What the file may name and ask for; <see cref="LoadOptions.Default"/> when null.</param>
    /// <exception cref="EngramException">The file cannot be read, is damaged, or holds no model; the message says which.</exception>
    public static Network Load(string path, LoadOptions? options = null)
    {
        options ??= LoadOptions.Default;
        return KindOf(path) switch
        {
            FileKind.Keras or FileKind.Hdf5 => Network.Load(path, options),
            FileKind.Onnx => OnnxModel.Load(path, options.Limits).Model,
            FileKind.Safetensors or FileKind.PyTorch or FileKind.Npz => OfStateDict(path, options.Limits),
            var kind => throw new EngramException($"{path}: is {Words(kind)}, not a model."),
        };
    }

    /// <summary>All arrays of a file by name, whatever its format: the weights of a model, the tensors of a state dict.</summary>
    /// <param name="path">The file's name.</param>
    /// <param name="limits">How much the file may ask for; <see cref="ReadLimits.Default"/> when null.</param>
    /// <exception cref="EngramException">The file cannot be read, is damaged, or has no arrays that are known.</exception>
    public static IReadOnlyList<NamedArray> Arrays(string path, ReadLimits? limits = null)
    {
        limits ??= ReadLimits.Default;
        return KindOf(path) switch
        {
            FileKind.Safetensors => SafetensorsFile.Read(path, limits).Arrays,
            FileKind.Npy => [NpyFile.Read(path, limits)],
            FileKind.Npz => NpzFile.Read(path, limits),
            FileKind.PyTorch => TorchFile.Read(path, limits).Arrays,
            FileKind.Hdf5 => Hdf5Arrays.Read(path, limits),
            FileKind.Keras => KerasArrays(path, limits),
            FileKind.Onnx => Arrays(OnnxModel.Load(path, limits).Model),
            var kind => throw new EngramException($"{path}: is {Words(kind)}; read are .keras, .h5, .safetensors, .npy, .npz, .pt and .onnx."),
        };
    }

    /// <summary>The weights of a model, each once, under the names of its layer and its own: <c>lstm/lstm_cell/kernel</c>. Not copied.</summary>
    /// <param name="model">The model, which is built.</param>
    public static IReadOnlyList<NamedArray> Arrays(Network model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return [.. WeightFile.Arrays(model.Layers)];
    }

    /// <summary>Writes a model to a file of the format that its extension names; formats without layers take the weights alone.</summary>
    /// <param name="model">The model, which is built.</param>
    /// <param name="path">The file's name: .keras, .h5, .onnx; .weights.h5, .safetensors or .npz for the weights alone.</param>
    /// <exception cref="EngramException">The extension is none of these, the format cannot hold the model, or the file cannot be written.</exception>
    public static void Save(Network model, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        switch (FileKinds.ByName(path))
        {
            case FileKind.Onnx: model.ExportOnnx(path); break;
            case FileKind.Keras: model.Save(path); break;
            case FileKind.Hdf5 when TakesModel(path): model.Save(path); break;
            case FileKind.Hdf5: model.SaveWeights(path); break;
            case FileKind.Safetensors or FileKind.Npz or FileKind.Npy: Save(Arrays(model), path); break;
            default: throw new EngramException($"{path}: '{Path.GetExtension(path)}' is no extension of a file of a model that can be written; write .keras, .h5 or .onnx, or .weights.h5, .safetensors or .npz for the weights alone.");
        }
    }

    /// <summary>Writes arrays to a file of the format that its extension names.</summary>
    /// <param name="arrays">The arrays, each under its name.</param>
    /// <param name="path">The file's name: .safetensors, .npz, .h5, or .npy for a single array.</param>
    /// <exception cref="EngramException">The extension is none of these, the format cannot hold the arrays, or the file cannot be written.</exception>
    public static void Save(IReadOnlyList<NamedArray> arrays, string path)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        switch (FileKinds.ByName(path))
        {
            case FileKind.Safetensors: SafetensorsFile.Write(path, arrays); break;
            case FileKind.Npz: NpzFile.Write(path, arrays); break;
            case FileKind.Hdf5: Hdf5Arrays.Write(path, arrays); break;
            case FileKind.Npy when arrays.Count == 1: NpyFile.Write(path, arrays[0]); break;
            case FileKind.Npy: throw new EngramException($"{path}: a .npy file holds one array, and there are {arrays.Count}; write .npz or .safetensors.");
            default: throw new EngramException($"{path}: '{Path.GetExtension(path)}' is no extension of a file of weights that can be written; write .safetensors, .npz, .h5 or .npy.");
        }
    }

    /// <summary>What a kind of file is called in a sentence.</summary>
    internal static string Words(FileKind kind) => kind switch
    {
        FileKind.Safetensors => "a safetensors file",
        FileKind.Npy => "a .npy file",
        FileKind.Npz => "a .npz file",
        FileKind.PyTorch => "a file of PyTorch",
        FileKind.Keras => "a .keras file",
        FileKind.Hdf5 => "an HDF5 file",
        FileKind.Onnx => "an ONNX file",
        FileKind.TensorBoard => "an event file of TensorBoard",
        _ => "of no format that is known",
    };

    private static IReadOnlyList<NamedArray> KerasArrays(string path, ReadLimits limits)
    {
        using FileBytes file = FileBytes.Open(path);
        return Hdf5Arrays.Read(new ZipContainer(file, limits).Open("model.weights.h5"), limits);
    }

    private static Sequential OfStateDict(string path, ReadLimits limits)
    {
        IReadOnlyList<NamedArray> arrays = Arrays(path, limits);
        var weights = new TorchStateDict(path, arrays);
        if (weights.RecurrentModules is not [var module])
        {
            throw new EngramException($"{path}: holds weights, but not the layers they belong to. Load them into a model: model.LoadWeights or TorchStateDict.");
        }

        IReadOnlyList<Layer> layers = weights.CreateLayers(module);
        if (weights.Unread.FirstOrDefault() is { } rest)
        {
            throw new EngramException($"{path}: holds more than one recurrent module's weights ('{rest}'), but not the layers they belong to. Load them into a model with TorchStateDict.");
        }

        string kernel = module.Length > 0 ? $"{module}.weight_ih_l0" : "weight_ih_l0";
        var model = new Sequential([new Input(Shape.Unknown, arrays.Single(array => array.Name == kernel).Shape[1]), .. layers]);
        model.Build();
        return model;
    }
}
