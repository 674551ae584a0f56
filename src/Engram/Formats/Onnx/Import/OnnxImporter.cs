using System.Globalization;
using Engram.Formats.Onnx.Wire;
using Engram.Layers;
using Engram.Models;

namespace Engram.Formats.Onnx.Import;

/// <summary>
/// Makes a model of a graph of ONNX: goes through the nodes in the order of the file, which is one in which they can be computed, and keeps for
/// each name what it stands for.
/// </summary>
internal sealed class OnnxImporter
{
    private const int OldestOperatorSet = 7, NewestOperatorSet = 25;

    private readonly Dictionary<string, OnnxValue> values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> readers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> lastReader = new(StringComparer.Ordinal);
    private readonly Dictionary<Layer, int> uses = [];
    private readonly Dictionary<string, int> kinds = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Layer> shared = new(StringComparer.Ordinal);
    private readonly HashSet<string> layerNames = new(StringComparer.Ordinal);
    private readonly HashSet<int> done = [];
    private readonly List<Action> afterBuild = [];
    private readonly Dictionary<char, long> declaredLengths = [];
    private readonly Dictionary<Dim, (Dim Start, long More)> sums = [];
    private readonly Dictionary<(Dim, string), Dim> derived = [];
    private readonly Dictionary<Dim, (SymbolicTensor Tensor, int Axis)> found = [];
    private readonly List<(OnnxPort Port, Input Input)> inputs = [];
    private readonly OnnxGraph graph;
    private long folded;
    private char lastSymbol = Dim.BatchSymbol;

    private OnnxImporter(OnnxSource source)
    {
        Source = source;
        graph = source.Model.Graph ?? throw source.Error("file", "has no graph; it is no ONNX model");
    }

    public OnnxSource Source { get; }

    public int OperatorSet { get; private set; }

    /// <summary>The nodes in the order of the file.</summary>
    public IReadOnlyList<OnnxNode> Nodes => graph.Nodes;

    public static (Model Model, IReadOnlyList<OnnxPort> Inputs, IReadOnlyList<OnnxPort> Outputs) Import(OnnxSource source)
    {
        try { return new OnnxImporter(source).Read(); }
        catch (OverflowException e) { throw new EngramException($"{source.Path}: graph: a length is larger than can be computed with.", e); }
        catch (ArgumentException e) { throw new EngramException($"{source.Path}: graph: {e.Message}", e); }
        catch (EngramException e) when (!e.Message.StartsWith(source.Path, StringComparison.Ordinal))
        {
            throw new EngramException($"{source.Path}: graph: {e.Message}", e);
        }
    }

    /// <summary>The last step of what a recurrent layer puts out for all steps: its state, for which nothing needs to be taken out.</summary>
    public Dictionary<SymbolicTensor, SymbolicTensor> LastSteps { get; } = [];

    /// <summary>Counts the use of a layer, and gives it a name of its own.</summary>
    public void Use(Layer layer)
    {
        uses[layer] = uses.GetValueOrDefault(layer) + 1;
        if (layer.HasName) { return; }
        string kind = LayerNames.SnakeCase(layer.Kind);
        int number = kinds.GetValueOrDefault(kind);
        string name;
        do { name = number == 0 ? kind : string.Create(CultureInfo.InvariantCulture, $"{kind}_{number}"); number++; }
        while (!layerNames.Add(name));
        kinds[kind] = number;
        layer.Name = name;
    }

    /// <summary>Does something once the layers have weights.</summary>
    public void AfterBuild(Action action) => afterBuild.Add(action);

    /// <summary>The layer that was made for the same arrays before, or a new one.</summary>
    public Layer Shared(string key, Func<Layer> create)
    {
        if (!shared.TryGetValue(key, out Layer? layer)) { layer = shared[key] = create(); }
        return layer;
    }

    /// <summary>How many nodes and outputs of the graph read a value.</summary>
    public int Readers(string name) => readers.GetValueOrDefault(name);

    /// <summary>The last node that reads a value, or -1.</summary>
    public int ReaderOf(string name) => lastReader.GetValueOrDefault(name, -1);

    /// <summary>Whether anything reads an output of a node.</summary>
    public bool IsRead(OnnxNode node, int output) => output < node.Outputs.Count && node.Outputs[output].Length > 0 && Readers(node.Outputs[output]) > 0;

    /// <summary>A value under its name.</summary>
    public OnnxValue? Find(string name) => values.GetValueOrDefault(name);

    /// <summary>Gives the output of a later node, whose work is done, its value.</summary>
    public void Finish(int node, OnnxValue value)
    {
        done.Add(node);
        values[graph.Nodes[node].Outputs[0]] = value;
    }

    /// <summary>A length that is known only when the graph runs.</summary>
    public Dim NewSymbol() => lastSymbol < char.MaxValue ? new Dim(1, (++lastSymbol).ToString()) : throw Source.Error("graph", "has too many axes of unknown length");

    /// <summary>A length with some places more, or less; the same sum of the same length is the same length.</summary>
    public Dim Plus(Dim dim, long places)
    {
        if (dim.IsKnown) { return Dim.Of(checked(dim.Factor + places)); }
        (Dim start, long more) = sums.TryGetValue(dim, out (Dim, long) sum) ? sum : (dim, 0);
        long total = checked(more + places);
        if (total == 0) { return start; }
        Dim result = Derived(start, string.Create(CultureInfo.InvariantCulture, $"+{total}"));
        sums[result] = (start, total);
        return result;
    }

    /// <summary>A length that follows from another in some way, the same each time.</summary>
    public Dim Derived(Dim dim, string how)
    {
        if (!derived.TryGetValue((dim, how), out Dim result)) { derived[(dim, how)] = result = NewSymbol(); }
        return result;
    }

    /// <summary>Whether two lengths are the same, the batch's counting as the one that the file declares.</summary>
    public bool SameLength(Dim a, Dim b)
    {
        Dim Declared(Dim dim) => dim.Symbols.Contains(Dim.BatchSymbol, StringComparison.Ordinal) && declaredLengths.TryGetValue(Dim.BatchSymbol, out long length)
            ? new Dim(dim.Factor * length, dim.Symbols.Replace("B", "", StringComparison.Ordinal))
            : dim;
        return a == b || Declared(a) == Declared(b);
    }

    /// <summary>Counts memory for constants that are computed while the graph is read.</summary>
    public void Fold(OnnxContext context, long elements)
    {
        folded += elements * sizeof(float);
        if (folded > Source.FoldedBytes) { throw context.Error($"constants that are computed grow to more than {Source.FoldedBytes} bytes"); }
    }

    /// <summary>A value as something that flows between layers.</summary>
    public OnnxFlow AsFlow(OnnxContext context, OnnxValue value, bool learns = false)
    {
        if (value is OnnxFlow flow) { return flow; }
        if (inputs.Count == 0) { throw context.Error("computes with arrays of the file alone, but the graph has no input"); }
        SymbolicTensor like = inputs[0].Input;
        switch (value)
        {
            case OnnxFilled filled when filled.Dims.Count(dim => dim.IsBatch) == 1 && filled.Dims.All(dim => dim.IsBatch || dim.IsKnown):
                int batch = filled.Dims.ToList().FindIndex(dim => dim.IsBatch);
                Dim[] rest = [.. filled.Dims.Where(dim => !dim.IsBatch)];
                int[] axes = [.. rest.Select(dim => checked((int)dim.Factor))];
                int count = axes.Aggregate(1, (product, length) => checked(product * length));
                Fold(context, count);
                SymbolicTensor tensor = context.Spread(axes, like, () => [.. Enumerable.Repeat(filled.Value, count)], trainable: false);
                return OnnxFlow.Of(tensor, filled.Dims, batch);
            case OnnxConstant { IsFloat: true } constant when !constant.Shape.Contains(0):
                return OnnxFlow.Same(context.Spread(constant.Shape, like, constant.Floats, learns, constant.Name), constant.Dims);
            case OnnxConstant constant when !constant.Shape.Contains(0):
                return OnnxFlow.Same(context.Spread(constant.Shape, like, constant.Floats, trainable: false), constant.Dims);
            case OnnxFilled filled when filled.Dims.All(dim => dim.IsKnown && dim.Factor > 0):
                int all = checked((int)Dim.Product(filled.Dims).Factor);
                Fold(context, all);
                return OnnxFlow.Same(context.Spread([.. filled.Dims.Select(dim => (int)dim.Factor)], like, () => [.. Enumerable.Repeat(filled.Value, all)], trainable: false), filled.Dims);
            case OnnxFilled filled:
                return ArrayOperators.Filled(context, filled);
            default:
                throw context.Error($"an input of the shape {value.Describe()} does not depend on the model's inputs, which is not read here");
        }
    }

    /// <summary>Remembers an array that has an axis of an open length.</summary>
    public void Remember(OnnxValue value)
    {
        if (value is not OnnxFlow flow) { return; }
        for (int axis = 1; axis < flow.Factors.Length; axis++)
        {
            Dim dim = Dim.Product(flow.Factors[axis]);
            if (!dim.IsKnown) { found.TryAdd(dim, (flow.Tensor, axis)); }
        }
    }

    /// <summary>An array that has an axis of an open length, and which axis that is.</summary>
    public (SymbolicTensor Tensor, int Axis)? Find(Dim dim) => found.TryGetValue(dim, out (SymbolicTensor, int) array) ? array : null;

    private (Model Model, IReadOnlyList<OnnxPort> Inputs, IReadOnlyList<OnnxPort> Outputs) Read()
    {
        CheckOperatorSets();
        if (graph.HasSparseInitializers) { throw Source.Error("graph", "has sparse arrays, which are not read"); }
        foreach (OnnxTensor tensor in graph.Initializers) { values[tensor.Name] = Source.Constant(tensor, tensor.Name); }
        CountReaders();
        ReadInputs();
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            if (!done.Contains(i)) { ReadNode(graph.Nodes[i], i); }
        }

        var outputs = new List<(OnnxPort Port, SymbolicTensor Tensor)>();
        foreach (OnnxValueInfo output in graph.Outputs) { outputs.Add(ReadOutput(output)); }
        if (outputs.Count == 0) { throw Source.Error("graph", "has no outputs"); }
        HashSet<Layer> used = Reached(outputs.Select(output => output.Tensor));
        (OnnxPort Port, Input Input)[] reached = [.. inputs.Where(input => used.Contains(input.Input))];
        if (reached.Length == 0) { throw Source.Error("graph", "has no output that depends on an input"); }
        var model = new Model([.. reached.Select(input => input.Input.Tensor)], [.. outputs.Select(output => output.Tensor)]);
        model.Build();
        foreach (Action action in afterBuild) { action(); }
        return (model, [.. reached.Select(input => input.Port)], [.. outputs.Select(output => output.Port)]);
    }

    private void CheckOperatorSets()
    {
        if (Source.Model.Opsets.Find(opset => opset.Domain is "" or "ai.onnx") is not { } standard)
        {
            throw Source.Error("file", "names no operator set of ONNX");
        }

        if (standard.Version is < OldestOperatorSet or > NewestOperatorSet)
        {
            throw Source.Error("operator set", $"is {standard.Version}; those from {OldestOperatorSet} to {NewestOperatorSet} are read");
        }

        OperatorSet = (int)standard.Version;
    }

    private void CountReaders()
    {
        foreach (string name in graph.Nodes.SelectMany(node => node.Inputs).Concat(graph.Outputs.Select(output => output.Name)))
        {
            readers[name] = readers.GetValueOrDefault(name) + 1;
        }

        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            foreach (string name in graph.Nodes[i].Inputs) { lastReader[name] = i; }
        }
    }

    private void ReadInputs()
    {
        var batches = new BatchAxes(graph);
        foreach (OnnxValueInfo info in graph.Inputs)
        {
            if (values.ContainsKey(info.Name)) { continue; } // an array of the file that may be overridden; here it is not
            string place = $"input '{info.Name}'";
            if (info.Type?.Tensor is not { Shape: { } shape } tensor || shape.Dimensions.Count == 0) { throw Source.Error(place, "has no shape; expected an array with at least a batch axis"); }
            if (tensor.ElementType is not (OnnxElementType.Float32 or OnnxElementType.Int32 or OnnxElementType.Int64))
            {
                throw Source.Error(place, $"has elements of type {tensor.ElementType}; inputs of float, int32 and int64 are read");
            }

            int batch = batches.Find(info.Name, shape.Dimensions);
            Dim[] dims = [.. shape.Dimensions.Select((dim, axis) => axis == batch ? Batch(dim) : Length(place, dim))];
            int[] order = OnnxFlow.BatchFirst(dims.Length, batch);
            int[] sample = [.. order[1..].Select(axis => dims[axis].IsKnown ? (int)dims[axis].Factor : Shape.Unknown)];
            if (info.Name.Length == 0 || !layerNames.Add(info.Name)) { throw Source.Error(place, "has no name of its own"); }
            var input = new Input(sample) { Name = info.Name };
            values[info.Name] = OnnxFlow.Of(input, dims, batch);
            Remember(values[info.Name]);
            inputs.Add((new OnnxPort(info.Name, FileShape(shape), batch), input));
        }
    }

    private static Shape FileShape(OnnxTensorShape shape) =>
        new([.. shape.Dimensions.Select(dim => dim.Length is { } length and >= 0 and <= int.MaxValue ? (int)length : Shape.Unknown)]);

    private Dim Batch(OnnxDimension dim)
    {
        if (dim.Length is { } length) { declaredLengths[Dim.BatchSymbol] = length; }
        return Dim.Batch;
    }

    private Dim Length(string place, OnnxDimension dim)
    {
        if (dim.Length is not { } length)
        {
            if (dim.Name.Length == 0) { return NewSymbol(); }
            string key = $"\n{dim.Name}";
            if (!lengths.TryGetValue(key, out Dim known)) { lengths[key] = known = NewSymbol(); }
            return known;
        }

        return length is > 0 and <= int.MaxValue ? Dim.Of(length) : throw Source.Error(place, $"has an axis of length {length}; expected 1 or more");
    }

    private readonly Dictionary<string, Dim> lengths = new(StringComparer.Ordinal);

    private void ReadNode(OnnxNode node, int number)
    {
        var read = new OnnxValue?[node.Inputs.Count];
        var context = new OnnxContext(this, node, read, number);
        if (node.Domain is not ("" or "ai.onnx")) { throw context.Error($"is an operator of the domain '{node.Domain}'; only those of ONNX itself are read"); }
        if (node.Outputs.Count == 0) { throw context.Error("has no output"); }
        for (int i = 0; i < read.Length; i++)
        {
            if (node.Inputs[i].Length == 0) { continue; }
            read[i] = Find(node.Inputs[i]) ?? throw context.Error(
                $"reads '{node.Inputs[i]}', which is no input, no array of the file and no output of a node before it; there may be a cycle");
        }

        OnnxValue?[] results;
        try { results = OnnxOperators.Read(context); }
        catch (Exception e) when ((e is EngramException or ArgumentException or OverflowException) && !e.Message.StartsWith(Source.Path, StringComparison.Ordinal))
        {
            throw new EngramException($"{Source.Path}: {context.Place}: {e.Message}", e);
        }

        for (int i = 0; i < results.Length && i < node.Outputs.Count; i++)
        {
            if (results[i] is not { } value || node.Outputs[i].Length == 0) { continue; }
            Remember(value);
            if (!values.TryAdd(node.Outputs[i], value)) { throw context.Error($"puts out '{node.Outputs[i]}', which is there already"); }
        }
    }

    private (OnnxPort Port, SymbolicTensor Tensor) ReadOutput(OnnxValueInfo info)
    {
        string place = $"output '{info.Name}'";
        if (Find(info.Name) is not { } value) { throw Source.Error(place, "is put out by no node"); }
        var context = new OnnxContext(this, new OnnxNode(), [value], Nodes.Count);
        if (value is not OnnxFlow flow) { throw Source.Error(place, "does not depend on an input"); }
        SymbolicTensor tensor;
        int batch;
        try { tensor = context.BatchFirst(flow, out batch); }
        catch (EngramException e) { throw new EngramException($"{Source.Path}: {place}: {e.Message}", e); }

        // The output of the model has the name of the file's; a layer that puts out more than it, or is used elsewhere, keeps its own.
        if (tensor.Layer is Input || tensor.Use.Outputs.Count > 1 || uses[tensor.Layer] > 1 || outputLayers.Contains(tensor.Layer))
        {
            tensor = context.Apply(new Activation(Activations.Linear), tensor);
        }

        string name = info.Name.Replace('/', '_');
        for (int number = 1; !layerNames.Add(name); number++) { name = $"{info.Name.Replace('/', '_')}_{number}"; }
        outputLayers.Add(tensor.Layer);
        tensor.Layer.Name = name;
        return (new OnnxPort(info.Name, new Shape([.. flow.Dims.Select(dim => dim.IsKnown ? checked((int)dim.Factor) : Shape.Unknown)]), batch), tensor);
    }

    private readonly HashSet<Layer> outputLayers = [];

    private static HashSet<Layer> Reached(IEnumerable<SymbolicTensor> outputs)
    {
        var layers = new HashSet<Layer>();
        var seen = new HashSet<LayerUse>();
        var open = new Stack<LayerUse>(outputs.Select(output => output.Use));
        while (open.TryPop(out LayerUse? use))
        {
            if (!seen.Add(use)) { continue; }
            layers.Add(use.Layer);
            foreach (SymbolicTensor input in use.Inputs) { open.Push(input.Use); }
        }

        return layers;
    }
}
