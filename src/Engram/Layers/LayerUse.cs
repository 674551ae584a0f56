namespace Engram.Layers;

/// <summary>One use of a layer while a graph is written down: what goes in and what comes out.</summary>
internal sealed class LayerUse
{
    private static long created;

    private readonly SymbolicTensor[] inputs;

    /// <summary>The use of an input, where a graph begins.</summary>
    public LayerUse(Input input)
    {
        Layer = input;
        inputs = [];
        Outputs = [new SymbolicTensor(this, 0, input.Shape)];
        Order = Interlocked.Increment(ref created);
    }

    /// <summary>The use of a layer on tensors.</summary>
    public LayerUse(Layer layer, int number, ReadOnlySpan<SymbolicTensor> inputs)
    {
        foreach (SymbolicTensor input in inputs) { ArgumentNullException.ThrowIfNull(input, nameof(inputs)); }
        Layer = layer;
        Number = number;
        this.inputs = inputs.ToArray();
        IReadOnlyList<Shape> shapes = layer.OutputShapes([.. this.inputs.Select(input => input.Shape)]);
        Outputs = [.. shapes.Select((shape, index) => new SymbolicTensor(this, index, shape))];
        Order = Interlocked.Increment(ref created);
    }

    /// <summary>The layer.</summary>
    public Layer Layer { get; }

    /// <summary>Which use of the layer it is, from 0.</summary>
    public int Number { get; }

    /// <summary>A number that grows from use to use, whatever the layer: the order in which a graph was written down.</summary>
    public long Order { get; }

    /// <summary>What goes in.</summary>
    public IReadOnlyList<SymbolicTensor> Inputs => inputs;

    /// <summary>What comes out.</summary>
    public IReadOnlyList<SymbolicTensor> Outputs { get; }
}
