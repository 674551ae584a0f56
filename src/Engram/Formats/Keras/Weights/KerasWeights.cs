using Engram.Formats.Hdf5;
using Engram.Layers;
using Engram.Models;

namespace Engram.Formats.Keras.Weights;

/// <summary>
/// The weights of a model and its optimizer's state in HDF5: <c>model.weights.h5</c> of a <c>.keras</c> file and <c>.weights.h5</c> are read and
/// written here, those of legacy <c>.h5</c> files by <see cref="LegacyWeights"/>.
/// </summary>
internal static class KerasWeights
{
    private const string List = "layers/";
    private const string OldList = "_layer_checkpoint_dependencies/";
    private static readonly string[] Generators = ["seed_generator/", "_random_generator/"];

    /// <summary>Reads weights and, where the model is compiled and the file has it, the optimizer's state. Legacy files are read too.</summary>
    /// <param name="root">The file.</param>
    /// <param name="model">The model; it is built if the shape of its input is known, and, where it is fresh, without drawing weights.</param>
    /// <param name="file">The file's name, for errors.</param>
    /// <param name="fresh">Whether nobody keeps the model if reading fails; then no second copy of the weights is made.</param>
    /// <param name="wantsOptimizer">Whether it is worth a warning when the optimizer's state is not taken over.</param>
    /// <exception cref="EngramException">
    /// An array is missing, superfluous, of another shape, or not of numbers. Unless the model is fresh, nothing in it has changed then.
    /// </exception>
    public static WeightsRead Read(Hdf5Group root, Network model, string file, bool fresh = false, bool wantsOptimizer = true)
    {
        RequireBuilt(model, fresh);
        if (LegacyWeights.IsLegacy(root)) { return LegacyWeights.Read(root, model, file, fresh, wantsOptimizer); }
        var arrays = new FileArrays(root, file);
        Take(arrays, "", SavedObjects.Of(model));
        Action? progress = null;
        var warnings = new List<string>();
        if (model.Optimizer is { } optimizer && arrays.HasBelow("optimizer/vars/"))
        {
            string[] paths = [.. Numbered(arrays, "optimizer/vars/")];
            root.TryGetGroup("optimizer/vars", out Hdf5Group? group);
            progress = OptimizerWeights.Take(arrays, paths, optimizer, model.TrainableWeights, group?.Attributes.GetValueOrDefault("name")?.Text);
        }

        arrays.Ignore(path => path.StartsWith("metrics/", StringComparison.Ordinal)); // Keras 2: figures of the last epoch, begun anew at each
        if (arrays.Ignore(path => Generators.Any(name => path.Contains(name, StringComparison.Ordinal))) > 0)
        {
            warnings.Add($"{file}: the states of Keras' random generators are not taken over, because dropout draws its numbers in another way here.");
        }

        if (model.Optimizer is null && arrays.Ignore(path => path.StartsWith("optimizer/", StringComparison.Ordinal)) > 0 && wantsOptimizer)
        {
            warnings.Add(arrays.Error("optimizer", "the optimizer's state is not taken over, because the model is not compiled.").Message);
        }

        arrays.RequireAllTaken();
        warnings.AddRange(arrays.Deliver(fresh));
        progress?.Invoke();
        return new WeightsRead(progress is not null, warnings);
    }

    /// <summary>Lays out weights and, where the model is compiled, the optimizer's state, as Keras 3 does. The numbers are taken when the file is written.</summary>
    /// <param name="model">The model.</param>
    /// <exception cref="EngramException">The model has no weights yet.</exception>
    public static Hdf5Group Write(Network model)
    {
        RequireBuilt(model);
        var root = new Hdf5Group();
        Write(root, SavedObjects.Of(model));
        if (model.Optimizer is { } optimizer)
        {
            Hdf5Group variables = Enter(root, "optimizer/vars");
            variables.SetAttribute("name", LayerNames.SnakeCase(optimizer.Name));
            int number = 0;
            foreach (OptimizerVariable variable in OptimizerWeights.Variables(optimizer)) { variable.Add(variables, $"{number++}"); }
        }

        return root;
    }

    /// <summary>Makes sure that the model has weights.</summary>
    /// <param name="model">The model.</param>
    /// <param name="fresh">Whether they are read at once, so that they need not be drawn.</param>
    public static void RequireBuilt(Network model, bool fresh = false)
    {
        if (model.IsBuilt) { return; }
        IReadOnlyList<Shape> inputs = model.InputShapes
            ?? throw new EngramException($"{model.Name} has no weights yet, and the shape of its input is not known; build it first.");
        if (fresh) { model.Build(inputs, RandomKey.Unused); }
        else { model.BuildFor(inputs); }
    }

    /// <summary>Adds a weight's numbers.</summary>
    internal static void Add(Hdf5Group group, string name, Weight weight)
    {
        // The one variable of Keras' layers that is a whole number: how many rows a Normalization has seen.
        if (weight is { Value.Rank: 0, IsTrainable: false } && weight.Name.Split('/')[^1] == "count") { group.AddScalar(name, (long)weight.Value.Span[0]); }
        else { Add(group, name, weight.Value); }
    }

    /// <summary>Adds an array's numbers.</summary>
    internal static void Add(Hdf5Group group, string name, TensorBuffer array) => group.AddDataset(name, array.Axes, () => array.Span);

    /// <summary>The group at a path, made where it is not there.</summary>
    internal static Hdf5Group Enter(Hdf5Group group, string path)
    {
        foreach (string name in path.Split('/')) { group = group.TryGetGroup(name, out Hdf5Group? inner) ? inner : group.AddGroup(name); }
        return group;
    }

    private static void Write(Hdf5Group group, SavedObject saved)
    {
        Hdf5Group variables = group.AddGroup("vars");
        variables.SetAttribute("name", saved.Name);
        for (int i = 0; i < saved.Variables.Count; i++) { Add(variables, $"{i}", saved.Variables[i]); }
        foreach (SavedPart part in saved.Parts) { Write(Enter(group, part.Place), part.Object); }
    }

    private static void Take(FileArrays arrays, string path, SavedObject saved)
    {
        for (int i = 0; i < saved.Variables.Count; i++)
        {
            arrays.Take($"{path}vars/{i}", saved.Variables[i].Value, $"the weight {Shown(saved, saved.Variables[i])}");
        }

        foreach (SavedPart part in saved.Parts)
        {
            if (part.Object.HasVariables) { Take(arrays, $"{path}{Place(arrays, path, part)}/", part.Object); }
        }
    }

    private static string Shown(SavedObject saved, Weight weight) =>
        weight.Name.Contains('/', StringComparison.Ordinal) ? weight.Name : $"{saved.Name}/{weight.Name}";

    // Keras 2 lists the layers of a graph under another name, those with weights twice, so that numbers have gaps; their order is the same.
    private static string Place(FileArrays arrays, string path, SavedPart part)
    {
        if (arrays.HasBelow($"{path}{part.Place}/")) { return part.Place; }
        if (part.OldPlace is { } old && arrays.HasBelow($"{path}{old}/")) { return old; }
        if (part.Kind is not { } kind || arrays.HasBelow(path + List)) { return part.Place; }
        string before = path + OldList;
        // Those that were taken already are no longer there, so the first of the kind is the next.
        return arrays.Paths.Where(other => other.StartsWith(before, StringComparison.Ordinal))
            .Select(other => other[before.Length..].Split('/')[0]).Distinct()
            .Select(name => (Name: name, Number: NumberOf(name, kind))).Where(other => other.Number >= 0)
            .OrderBy(other => other.Number).Select(other => OldList + other.Name).FirstOrDefault() ?? part.Place;
    }

    // lstm is number 0 of the kind lstm, lstm_2 number 2; -1 for another kind.
    private static int NumberOf(string name, string kind)
    {
        if (name == kind) { return 0; }
        return name.StartsWith($"{kind}_", StringComparison.Ordinal) && int.TryParse(name.AsSpan(kind.Length + 1), out int number) && number > 0 ? number : -1;
    }

    private static IEnumerable<string> Numbered(FileArrays arrays, string path)
    {
        int count = arrays.Paths.Count(other => other.StartsWith(path, StringComparison.Ordinal));
        return Enumerable.Range(0, count).Select(i => $"{path}{i}").TakeWhile(arrays.Has);
    }
}
