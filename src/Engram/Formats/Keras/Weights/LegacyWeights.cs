using Engram.Formats.Hdf5;
using Engram.Layers;
using Engram.Models;

namespace Engram.Formats.Keras.Weights;

/// <summary>
/// Weights and optimizer state in the layout of Keras' <c>.h5</c> files (of whole models, and of weights only as Keras 2 writes them): a group
/// for each layer under its name, with the names of its weights in order; that order counts, as in Keras, and the names do not.
/// </summary>
internal static class LegacyWeights
{
    /// <summary>The version of Keras whose form is written.</summary>
    public const string KerasVersion = "3.15.1";

    private const string Backend = "tensorflow";

    /// <summary>Whether a file has this layout.</summary>
    public static bool IsLegacy(Hdf5Group root) => root.TryGetGroup("model_weights", out _) || NameLists.Has(root, "layer_names");

    /// <summary>Reads weights and, where the model is compiled and the file has it, the optimizer's state; see <see cref="KerasWeights.Read"/>.</summary>
    public static WeightsRead Read(Hdf5Group root, Network model, string file, bool fresh, bool wantsOptimizer)
    {
        var arrays = new FileArrays(root, file);
        string prefix = root.TryGetGroup("model_weights", out Hdf5Group? top) ? "model_weights/" : "";
        top ??= root;
        int version = Version(top.Attributes.GetValueOrDefault("keras_version") ?? root.Attributes.GetValueOrDefault("keras_version"));
        if (version == 1) { throw arrays.Error(prefix, "was written by Keras 1; files of Keras 2 and 3 are read. Keras 2 reads it and writes one that can be read."); }
        List<(Weight Weight, string Name)> paths = TakeLayers(arrays, top, prefix, model);
        var warnings = new List<string>();
        Action? progress = root.TryGetGroup("optimizer_weights", out Hdf5Group? state) ? TakeOptimizer(arrays, state, model, wantsOptimizer ? warnings : []) : null;
        arrays.RequireAllTaken();
        warnings.AddRange(arrays.Deliver(fresh));
        progress?.Invoke();
        if (version >= 3)
        {
            foreach ((Weight weight, string name) in paths) { weight.KerasPath = name; }
        }

        return new WeightsRead(progress is not null, warnings);
    }

    /// <summary>
    /// Lays out weights and, where the model is compiled, the optimizer's state. What else such a file holds (<c>model_config</c>,
    /// <c>training_config</c>) are attributes of the group that is returned.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <exception cref="EngramException">The model has no weights yet.</exception>
    public static Hdf5Group Write(Network model)
    {
        KerasWeights.RequireBuilt(model);
        var root = new Hdf5Group();
        root.SetAttribute("keras_version", KerasVersion);
        root.SetAttribute("backend", Backend);
        Hdf5Group top = root.AddGroup("model_weights");
        NameLists.Write(top, "layer_names", [.. model.Layers.Select(layer => layer.Name)]);
        top.SetAttribute("backend", Backend, Hdf5Type.VariableAscii);
        top.SetAttribute("keras_version", KerasVersion, Hdf5Type.VariableAscii);
        Dictionary<Weight, string> paths = LegacyPaths.Of(model);
        foreach (Layer layer in model.Layers)
        {
            Hdf5Group group = KerasWeights.Enter(top, layer.Name);
            var names = new List<string>();
            foreach (Weight weight in Ordered(layer)) { names.Add(Put(group, paths[weight], (inner, name) => KerasWeights.Add(inner, name, weight))); }
            NameLists.Write(group, "weight_names", names);
        }

        NameLists.Write(top.AddGroup("top_level_model_weights"), "weight_names", []);
        if (model.Optimizer is { } optimizer)
        {
            Hdf5Group state = root.AddGroup("optimizer_weights");
            string prefix = LayerNames.SnakeCase(optimizer.Name);
            var names = new List<string>();
            foreach (OptimizerVariable variable in OptimizerWeights.Variables(optimizer))
            {
                string name = variable.Weight is int weight
                    ? $"{paths[optimizer.BuiltWeights[weight]].Replace('/', '_')}_{variable.Name}"
                    : variable.Name == "u_product" ? "variable" : variable.Name; // Nadam's product has no name in Keras
                names.Add(Put(state, $"{prefix}/{name}", variable.Add));
            }

            NameLists.Write(state, "weight_names", names);
        }

        return root;
    }

    // Keras' order in these files: what training changes first, also across the layers of a nested model.
    private static Weight[] Ordered(Layer layer)
    {
        Weight[] trainable = TrainableWeights.Of([layer], layer.Weights);
        return [.. trainable, .. layer.Weights.Except(trainable)];
    }

    private static List<(Weight, string)> TakeLayers(FileArrays arrays, Hdf5Group top, string prefix, Network model)
    {
        var stored = new List<(string Layer, string[] Weights)>();
        foreach (string layer in NameLists.Read(top, "layer_names"))
        {
            if (!top.TryGetGroup(layer, out Hdf5Group? group)) { throw arrays.Error(prefix + layer, "is missing, although the list of layers names it."); }
            string[] weights = NameLists.Read(group, "weight_names");
            if (weights.Length > 0) { stored.Add((layer, weights)); }
        }

        Layer[] layers = [.. model.Layers.Where(layer => layer.Weights.Count > 0)];
        if (layers.Length != stored.Count)
        {
            throw arrays.Error(
                prefix.TrimEnd('/'),
                $"has {stored.Count} layers with weights ({string.Join(", ", stored.Select(layer => layer.Layer))}); the model has {layers.Length} ({string.Join(", ", layers.Select(layer => layer.Name))}).");
        }

        var paths = new List<(Weight, string)>();
        for (int i = 0; i < layers.Length; i++)
        {
            (string name, string[] names) = stored[i];
            Weight[] weights = Ordered(layers[i]);
            if (weights.Length != names.Length) { throw arrays.Error(prefix + name, $"has {names.Length} weights; the layer {layers[i].Name} of the model has {weights.Length}."); }
            for (int k = 0; k < weights.Length; k++)
            {
                arrays.Take(FileArrays.Join(prefix, name, names[k]), weights[k].Value, $"the weight {layers[i].Name}/{weights[k].Name}");
                paths.Add((weights[k], names[k]));
            }
        }

        return paths;
    }

    private static Action? TakeOptimizer(FileArrays arrays, Hdf5Group group, Network model, List<string> warnings)
    {
        const string Prefix = "optimizer_weights/";
        string[] names = NameLists.Read(group, "weight_names");
        string? problem = model.Optimizer is null ? "because the model is not compiled" : null;
        if (model.Optimizer is { } optimizer && names.Length > 0)
        {
            string[]? ordered = LegacyPaths.InOrder(names, optimizer, model.TrainableWeights);
            if (ordered is not null)
            {
                string? kind = names[0].Split('/') is { Length: > 1 } parts ? parts[0] : null;
                return OptimizerWeights.Take(arrays, [.. ordered.Select(name => FileArrays.Join(Prefix, name))], optimizer, model.TrainableWeights, kind);
            }

            problem = "because its arrays have names of an old Keras that do not say what they are";
        }

        if (arrays.Ignore(path => path.StartsWith(Prefix, StringComparison.Ordinal)) > 0)
        {
            warnings.Add(arrays.Error("optimizer_weights", $"the optimizer's state is not taken over, {problem ?? "because there is no list of its arrays"}.").Message);
        }

        return null;
    }

    // Two weights of one name in a group are told apart by a number.
    private static string Put(Hdf5Group group, string path, Action<Hdf5Group, string> add)
    {
        int slash = path.LastIndexOf('/');
        Hdf5Group inner = slash < 0 ? group : KerasWeights.Enter(group, path[..slash]);
        string unique = path;
        for (int number = 1; inner.Children.ContainsKey(unique[(slash + 1)..]); number++) { unique = $"{path}_{number}"; }
        add(inner, unique[(slash + 1)..]);
        return unique;
    }

    private static int Version(Hdf5Attribute? attribute) =>
        attribute is not null && int.TryParse(attribute.Text.Split('.')[0], out int version) ? version : 2;
}
