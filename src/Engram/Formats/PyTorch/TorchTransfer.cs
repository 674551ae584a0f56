using System.Globalization;
using Engram.Layers;

namespace Engram.Formats.PyTorch;

/// <summary>
/// Carries the weights of one module over. PyTorch's kernels are (gates x units, features), Engram's (features, gates x units); an LSTM's
/// gates stand in the same order, a GRU's are reset, update, new there and update, reset, candidate here. Everything is checked first and
/// written at the end, so that an error changes no weight.
/// </summary>
internal sealed class TorchTransfer(string source, string prefix, Func<string, NamedArray?> find)
{
    // Where each of Engram's gates stands among PyTorch's.
    private static readonly int[] LstmGates = [0, 1, 2, 3], GruGates = [1, 0, 2], OneGate = [0];

    private readonly List<string> names = [];
    private readonly List<Action> writes = [];

    /// <summary>The arrays that were read.</summary>
    public IEnumerable<string> Names => names;

    public void Load(Layer[] layers)
    {
        switch (layers)
        {
            case [Dense dense]: LoadDense(dense); break;
            case [Embedding embedding]: LoadEmbedding(embedding); break;
            case [LayerNormalization normalization]: LoadNormalization(normalization); break;
            default: LoadStack(layers); break;
        }

        foreach (Action write in writes) { write(); }
    }

    public static IEnumerable<NamedArray> Export(string prefix, Layer[] layers)
    {
        if (layers.FirstOrDefault(layer => !layer.IsBuilt) is { } unbuilt) { throw new EngramException($"{unbuilt.DisplayName}: has no weights yet; build the model first."); }
        return layers switch
        {
            [Dense dense] => [Transposed(prefix + "weight", dense.Weights[0].Value, OneGate), .. Vectors(prefix + "bias", dense.Weights.Skip(1))],
            [Embedding embedding] => [new NamedArray(prefix + "weight", embedding.Weights[0].Value)],
            [LayerNormalization normalization] => Normalization(prefix, normalization),
            _ => Stack(prefix, layers),
        };
    }

    private void LoadDense(Dense dense)
    {
        NamedArray weight = Find("weight", "(units, features)", 2);
        DemandBuilt(dense);
        WriteTransposed(weight, dense.Weights[0], OneGate);
        Vector("bias", dense.UseBias ? dense.Weights[1] : null, dense);
    }

    private void LoadEmbedding(Embedding embedding)
    {
        NamedArray weight = Find("weight", "(words, features)", 2);
        DemandBuilt(embedding);
        Write(weight, embedding.Weights[0]);
    }

    private void LoadNormalization(LayerNormalization normalization)
    {
        DemandBuilt(normalization);
        Vector("weight", Named(normalization, "gamma"), normalization);
        Vector("bias", Named(normalization, "beta"), normalization);
    }

    private static Weight? Named(Layer layer, string name) => layer.Weights.FirstOrDefault(weight => weight.Name == name);

    private void LoadStack(Layer[] layers)
    {
        for (int k = 0; k < layers.Length; k++)
        {
            (Recurrent forward, Recurrent? backward) = Directions(layers[k]);
            string suffix = string.Create(CultureInfo.InvariantCulture, $"_l{k}");
            NamedArray kernel = Find("weight_ih" + suffix, "(gates x units, features)", 2);
            Build(layers[k], new Shape(Shape.Unknown, Shape.Unknown, kernel.Shape[1]));
            LoadDirection(forward, suffix);
            if (backward is not null) { LoadDirection(backward, suffix + "_reverse"); }
            else if (find($"{prefix}weight_ih{suffix}_reverse") is { } reverse) { throw new EngramException($"{source}: '{reverse.Name}' belongs to a second direction, but {layers[k].DisplayName} has one; wrap it in a Bidirectional."); }
        }

        string next = string.Create(CultureInfo.InvariantCulture, $"{prefix}weight_ih_l{layers.Length}");
        if (find(next) is not null) { throw new EngramException($"{source}: '{next}' is there, but {layers.Length} layers were given; give one for each of the module."); }
    }

    private void LoadDirection(Recurrent layer, string suffix)
    {
        int[] gates = Gates(layer);
        (Weight kernel, Weight recurrentKernel, Weight? bias, IReadOnlyList<Weight> own) = layer.Parts;
        WriteTransposed(Find("weight_ih" + suffix, "(gates x units, features)", 2), kernel, gates);
        WriteTransposed(Find("weight_hh" + suffix, "(gates x units, units)", 2), recurrentKernel, gates);
        NamedArray? projection = find($"{prefix}weight_hr{suffix}");
        if (own.Count > 0) { WriteTransposed(Find("weight_hr" + suffix, "(projection, units)", 2), own[0], OneGate); }
        else if (projection is not null) { throw new EngramException($"{source}: '{projection.Name}' is there, but {layer.DisplayName} has no projection; set ProjectionUnits to {projection.Shape[0]}."); }

        if (bias is null)
        {
            if (find($"{prefix}bias_ih{suffix}") is { } there) { throw NoPlace(there, layer, "UseBias"); }
            return;
        }

        float[] input = Vector("bias_ih" + suffix, gates.Length * layer.Units), recurrent = Vector("bias_hh" + suffix, gates.Length * layer.Units);
        writes.Add(() => WriteBias(input, recurrent, bias.Value, gates, layer.Units));
    }

    private static void WriteBias(float[] input, float[] recurrent, TensorBuffer bias, int[] gates, int units)
    {
        Span<float> target = bias.Span;
        for (int gate = 0; gate < gates.Length; gate++)
        {
            for (int j = 0; j < units; j++)
            {
                int from = (gates[gate] * units) + j, to = (gate * units) + j;
                if (bias.Rank == 2) { (target[to], target[(gates.Length * units) + to]) = (input[from], recurrent[from]); }
                else { target[to] = input[from] + recurrent[from]; }
            }
        }
    }

    private static IEnumerable<NamedArray> Stack(string prefix, Layer[] layers)
    {
        if (layers.Length == 0) { throw new EngramException("No layer was given."); }
        for (int k = 0; k < layers.Length; k++)
        {
            (Recurrent forward, Recurrent? backward) = Directions(layers[k]);
            string suffix = string.Create(CultureInfo.InvariantCulture, $"_l{k}");
            foreach (NamedArray array in Direction(prefix, suffix, forward)) { yield return array; }
            if (backward is null) { continue; }
            foreach (NamedArray array in Direction(prefix, suffix + "_reverse", backward)) { yield return array; }
        }
    }

    private static IEnumerable<NamedArray> Direction(string prefix, string suffix, Recurrent layer)
    {
        int[] gates = Gates(layer);
        (Weight kernel, Weight recurrentKernel, Weight? bias, IReadOnlyList<Weight> own) = layer.Parts;
        yield return Transposed($"{prefix}weight_ih{suffix}", kernel.Value, gates);
        yield return Transposed($"{prefix}weight_hh{suffix}", recurrentKernel.Value, gates);
        if (bias is not null)
        {
            int units = layer.Units, width = gates.Length * units;
            float[] input = new float[width], recurrent = new float[width];
            for (int i = 0; i < width; i++)
            {
                int to = (gates[i / units] * units) + (i % units);
                input[to] = bias.Value.Span[i];
                if (bias.Value.Rank == 2) { recurrent[to] = bias.Value.Span[width + i]; }
            }

            yield return new NamedArray($"{prefix}bias_ih{suffix}", [width], input);
            yield return new NamedArray($"{prefix}bias_hh{suffix}", [width], recurrent);
        }

        if (own.Count > 0) { yield return Transposed($"{prefix}weight_hr{suffix}", own[0].Value, OneGate); }
    }

    private static IEnumerable<NamedArray> Normalization(string prefix, LayerNormalization layer)
    {
        if (Named(layer, "gamma") is { } gamma) { yield return new NamedArray(prefix + "weight", gamma.Value); }
        if (Named(layer, "beta") is { } beta) { yield return new NamedArray(prefix + "bias", beta.Value); }
    }

    private static IEnumerable<NamedArray> Vectors(string name, IEnumerable<Weight> weights) => weights.Select(weight => new NamedArray(name, weight.Value));

    private static (Recurrent Forward, Recurrent? Backward) Directions(Layer layer) => layer switch
    {
        Bidirectional { MergeMode: MergeMode.Concat, ForwardLayer: Recurrent forward, BackwardLayer: Recurrent backward } => (Plain(forward, backwards: false), Plain(backward, backwards: true)),
        Bidirectional { MergeMode: not MergeMode.Concat } => throw new EngramException($"{layer.DisplayName}: merges its directions by {((Bidirectional)layer).MergeMode}; PyTorch knows only Concat."),
        Recurrent recurrent => (Plain(recurrent, backwards: false), null),
        _ => throw new EngramException($"{layer.DisplayName}: a {layer.Kind} cannot be carried over from or to PyTorch; Lstm, Gru, SimpleRnn, Bidirectional of them, Dense, Embedding and LayerNormalization can, all but the first four each by itself."),
    };

    // PyTorch's modules have no options for these; with others the same weights would give other numbers.
    private static Recurrent Plain(Recurrent layer, bool backwards)
    {
        string? wrong = layer switch
        {
            _ when layer.GoBackwards != backwards => $"GoBackwards is {layer.GoBackwards}",
            Lstm { Peepholes: true } => "has peepholes",
            Lstm { CoupledGates: true } => "has coupled gates",
            Lstm lstm => Function(lstm.Activation, Activations.Tanh) ?? Function(lstm.RecurrentActivation, Activations.Sigmoid),
            Gru { ResetAfter: false } => "resets before the product (ResetAfter is false)",
            Gru gru => Function(gru.Activation, Activations.Tanh) ?? Function(gru.RecurrentActivation, Activations.Sigmoid),
            SimpleRnn rnn when rnn.Activation.Name == Activations.Relu.Name => null,
            SimpleRnn rnn => Function(rnn.Activation, Activations.Tanh),
            _ => $"is a {layer.Kind}",
        };
        return wrong is null ? layer : throw new EngramException($"{layer.DisplayName}: {wrong}, which PyTorch does not have.");
    }

    private static string? Function(ActivationFunction actual, ActivationFunction expected) =>
        actual.Name == expected.Name ? null : $"has the activation {actual.Name} instead of {expected.Name}";

    private static int[] Gates(Recurrent layer) => layer switch { Lstm => LstmGates, Gru => GruGates, _ => OneGate };

    // from (gates x units, rows), gates in PyTorch's order, to (rows, gates x units)
    private void WriteTransposed(NamedArray from, Weight to, int[] gates)
    {
        int rows = to.Value[0], columns = to.Value[1];
        if (from.Shape[0] != columns || from.Shape[1] != rows) { throw OtherShape(from, new Shape(columns, rows)); }
        writes.Add(() =>
        {
            float[] values = from.ToFloats();
            Span<float> target = to.Value.Span;
            int units = columns / gates.Length;
            for (int column = 0; column < columns; column++)
            {
                int source = ((gates[column / units] * units) + (column % units)) * rows;
                for (int row = 0; row < rows; row++) { target[(row * columns) + column] = values[source + row]; }
            }
        });
    }

    private static NamedArray Transposed(string name, TensorBuffer from, int[] gates)
    {
        int rows = from[0], columns = from[1], units = columns / gates.Length;
        var values = new float[rows * columns];
        ReadOnlySpan<float> source = from.Span;
        for (int column = 0; column < columns; column++)
        {
            int target = ((gates[column / units] * units) + (column % units)) * rows;
            for (int row = 0; row < rows; row++) { values[target + row] = source[(row * columns) + column]; }
        }

        return new NamedArray(name, [columns, rows], values);
    }

    private void Write(NamedArray from, Weight to)
    {
        if (!from.Shape.Axes.SequenceEqual(to.Value.Axes)) { throw OtherShape(from, new Shape(to.Value.Axes)); }
        writes.Add(() => from.CopyTo(to.Value.Span));
    }

    private void Vector(string name, Weight? weight, Layer layer)
    {
        if (weight is not null) { Write(Find(name, Shape.Format(weight.Value.Axes), weight.Value.Rank), weight); }
        else if (find(prefix + name) is { } there) { throw NoPlace(there, layer, "its option"); }
    }

    private float[] Vector(string name, int length)
    {
        NamedArray array = Find(name, $"({length},)", 1);
        return array.Shape[0] == length ? array.ToFloats() : throw OtherShape(array, new Shape(length));
    }

    private NamedArray Find(string name, string shape, int rank)
    {
        NamedArray array = find(prefix + name) ?? throw Missing(name);
        if (array.Shape.Rank != rank) { throw new EngramException($"{source}: the weight '{array.Name}' has the shape {array.Shape}; expected {shape}."); }
        names.Add(array.Name);
        return array;
    }

    private void Build(Layer layer, Shape input)
    {
        if (layer.IsBuilt) { return; }
        try { layer.Build([input], new RandomKey(0)); }
        catch (EngramException e) { throw new EngramException($"{source}: {prefix.TrimEnd('.')}: {e.Message}", e); }
    }

    // How many axes their inputs have, the weights do not tell.
    private static void DemandBuilt(Layer layer)
    {
        if (!layer.IsBuilt) { throw new EngramException($"{layer.DisplayName}: is not built; call Build() of its model first."); }
    }

    private EngramException Missing(string name) => new($"{source}: the weight '{prefix}{name}' is missing.");

    private EngramException OtherShape(NamedArray array, Shape expected) => new($"{source}: the weight '{array.Name}' has the shape {array.Shape}; the layer's demands {expected}.");

    private EngramException NoPlace(NamedArray array, Layer layer, string option) => new($"{source}: '{array.Name}' is there, but {layer.DisplayName} has no place for it; turn {option} on.");
}
