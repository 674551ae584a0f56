using Engram.Formats.Npy;
using Engram.Formats.Safetensors;
using Engram.Layers;

namespace Engram.Formats.PyTorch;

/// <summary>
/// The weights of a PyTorch model by the names that PyTorch gives them, in and out of Engram's layers.
/// <code>
/// var weights = TorchStateDict.Read("tagger.pt");                    // or .safetensors, .npz
/// weights.Load("embedding", embedding);                              // Embedding: weight
/// weights.Load("lstm", firstLstm, secondLstm);                       // LSTM, GRU, RNN: weight_ih_l0, weight_hh_l0, bias_ih_l0, ...
/// weights.Load("fc", dense);                                         // Linear: weight, bias
/// </code>
/// Recurrent layers that are not built yet are built for the widths that the weights have; others must be built, by their model's Build. Back again: <see cref="Add(string, ReadOnlySpan{Layer})"/> the layers and
/// <see cref="Save"/>; in Python <c>model.load_state_dict(safetensors.torch.load_file("tagger.safetensors"))</c> takes the file.
/// What belongs together: <see cref="Lstm"/> (with <see cref="Lstm.ProjectionUnits"/> as proj_size), <see cref="Gru"/> (reset after) and
/// <see cref="SimpleRnn"/> (tanh or relu), one for each layer of the stack, or <see cref="Bidirectional"/> of two of them with
/// <see cref="MergeMode.Concat"/>; <see cref="Dense"/>; <see cref="Embedding"/>; <see cref="LayerNormalization"/>.
/// </summary>
public sealed class TorchStateDict
{
    private readonly string source;
    private readonly List<NamedArray> arrays = [];
    private readonly Dictionary<string, NamedArray> byName = new(StringComparer.Ordinal);
    private readonly HashSet<string> used = new(StringComparer.Ordinal);

    /// <summary>Creates one without weights, to <see cref="Add(string, ReadOnlySpan{Layer})"/> layers to.</summary>
    public TorchStateDict() : this("the state dict", []) { }

    /// <summary>Creates one of arrays that are there already.</summary>
    /// <param name="source">Where the arrays come from; every error begins with it.</param>
    /// <param name="arrays">The arrays, under PyTorch's names.</param>
    /// <exception cref="EngramException">Two arrays have one name.</exception>
    public TorchStateDict(string source, IEnumerable<NamedArray> arrays)
    {
        this.source = source;
        foreach (NamedArray array in arrays) { Add(array); }
    }

    /// <summary>All arrays, in order.</summary>
    public IReadOnlyList<NamedArray> Arrays => arrays;

    /// <summary>The names that no <see cref="Load"/> has read so far: empty when the model has taken all.</summary>
    public IEnumerable<string> Unread => arrays.Select(array => array.Name).Where(name => !used.Contains(name));

    /// <summary>Reads a file of <c>torch.save</c>, of safetensors or of NumPy (.npz); which of them it is, its first bytes tell.</summary>
    /// <param name="path">The file's name, which every error repeats.</param>
    /// <param name="limits">How much the file may ask for; <see cref="ReadLimits.Default"/> when null.</param>
    /// <exception cref="EngramException">The file cannot be read or is damaged.</exception>
    public static TorchStateDict Read(string path, ReadLimits? limits = null) => new(path, FileKinds.Of(path) switch
    {
        FileKind.Npz => NpzFile.Read(path, limits),
        FileKind.Safetensors => SafetensorsFile.Read(path, limits).Arrays,
        _ => TorchFile.Read(path, limits).Arrays,
    });

    /// <summary>Writes the weights of a module into a layer, or those of a stack of recurrent layers into as many.</summary>
    /// <param name="module">The module's name in the PyTorch model, such as <c>lstm</c> or <c>encoder.rnn</c>; empty for the model itself.</param>
    /// <param name="layers">The layer; for a recurrent module one for each of its layers, in order.</param>
    /// <exception cref="EngramException">
    /// A weight is missing, has another shape, or is there without a place for it; or PyTorch has no such layer. Then no weight is changed.
    /// </exception>
    public void Load(string module, params ReadOnlySpan<Layer> layers)
    {
        var transfer = new TorchTransfer(source, Prefix(module), byName.GetValueOrDefault);
        transfer.Load(layers.ToArray());
        used.UnionWith(transfer.Names);
    }

    /// <summary>Appends the weights of layers under PyTorch's names: transposed, gates in its order, an LSTM's one bias as bias_ih with zeros as bias_hh.</summary>
    /// <param name="module">The module's name in the PyTorch model; empty for the model itself.</param>
    /// <param name="layers">The layer; for a recurrent module one for each of its layers, in order. They are built.</param>
    /// <exception cref="EngramException">PyTorch has no such layer, or a name is taken.</exception>
    public void Add(string module, params ReadOnlySpan<Layer> layers)
    {
        foreach (NamedArray array in TorchTransfer.Export(Prefix(module), layers.ToArray())) { Add(array); }
    }

    /// <summary>The layers of a recurrent module, of the sizes that its weights have, holding its weights and returning all steps.</summary>
    /// <param name="module">The module's name; empty for the model itself.</param>
    /// <param name="activation">The activation of an RNN, which its weights do not tell: tanh or relu. Default tanh.</param>
    /// <returns>One layer for each of the module: <see cref="Lstm"/>, <see cref="Gru"/>, <see cref="SimpleRnn"/> or <see cref="Bidirectional"/> of them.</returns>
    /// <exception cref="EngramException">There is no recurrent module of that name, or its weights do not fit together.</exception>
    public IReadOnlyList<Layer> CreateLayers(string module, ActivationFunction? activation = null)
    {
        Layer[] layers = [.. TorchModules.Create(source, Prefix(module), byName, activation ?? Activations.Tanh)];
        Load(module, layers);
        return layers;
    }

    /// <summary>The names of the recurrent modules that the arrays' names speak of; an empty name is the model itself.</summary>
    public IReadOnlyList<string> RecurrentModules => TorchModules.Recurrent(arrays);

    /// <summary>Writes a safetensors file, or a .npz file when the name ends so; PyTorch takes either.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public void Save(string path)
    {
        if (Path.GetExtension(path).Equals(".npz", StringComparison.OrdinalIgnoreCase)) { NpzFile.Write(path, arrays); }
        else { SafetensorsFile.Write(path, arrays, new Dictionary<string, string> { ["format"] = "pt" }); }
    }

    private static string Prefix(string module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return module.Length == 0 || module.EndsWith('.') ? module : module + ".";
    }

    private void Add(NamedArray array)
    {
        if (!byName.TryAdd(array.Name, array)) { throw new EngramException($"{source}: there already is a weight '{array.Name}'."); }
        arrays.Add(array);
    }
}
