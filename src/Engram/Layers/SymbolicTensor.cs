namespace Engram.Layers;

/// <summary>
/// What will flow between two layers once there are data: the form in which the graph of a <see cref="Models.Model"/> is written down.
/// It begins at an <see cref="Input"/>; each layer makes new ones by <see cref="Layer.Apply"/>.
/// <code>
/// var words = new Input(timeSteps: Shape.Unknown, features: 8) { Name = "words" };
/// SymbolicTensor read = new Lstm(32).Apply(words);
/// var model = new Model(inputs: [words], outputs: [new Dense(1).Apply(read)]);
/// </code>
/// </summary>
public sealed class SymbolicTensor
{
    internal SymbolicTensor(LayerUse use, int index, Shape shape)
    {
        Use = use;
        Index = index;
        Shape = shape;
    }

    /// <summary>The shape, batch axis first; axes may be unknown.</summary>
    public Shape Shape { get; }

    /// <summary>The layer that puts it out.</summary>
    public Layer Layer => Use.Layer;

    /// <summary>Which of the layer's outputs it is: 0, 1, ...</summary>
    public int Index { get; }

    internal LayerUse Use { get; }

    /// <summary>The layer, which output and the shape.</summary>
    public override string ToString() => $"output {Index} of {Layer.DisplayName}, {Shape}";
}

/// <summary>Takes the outputs of a layer apart: <c>var (y, h, c) = lstm.ApplyAll(x);</c></summary>
public static class SymbolicTensors
{
    /// <summary>Two outputs.</summary>
    /// <exception cref="EngramException">There is another number of outputs.</exception>
    public static void Deconstruct(this IReadOnlyList<SymbolicTensor> outputs, out SymbolicTensor first, out SymbolicTensor second)
    {
        Require(outputs, 2);
        (first, second) = (outputs[0], outputs[1]);
    }

    /// <summary>Three outputs, for example those of an LSTM that returns its states.</summary>
    /// <exception cref="EngramException">There is another number of outputs.</exception>
    public static void Deconstruct(
        this IReadOnlyList<SymbolicTensor> outputs, out SymbolicTensor first, out SymbolicTensor second, out SymbolicTensor third)
    {
        Require(outputs, 3);
        (first, second, third) = (outputs[0], outputs[1], outputs[2]);
    }

    /// <summary>Five outputs, for example those of a bidirectional LSTM that returns its states.</summary>
    /// <exception cref="EngramException">There is another number of outputs.</exception>
    public static void Deconstruct(
        this IReadOnlyList<SymbolicTensor> outputs,
        out SymbolicTensor first, out SymbolicTensor second, out SymbolicTensor third, out SymbolicTensor fourth, out SymbolicTensor fifth)
    {
        Require(outputs, 5);
        (first, second, third, fourth, fifth) = (outputs[0], outputs[1], outputs[2], outputs[3], outputs[4]);
    }

    private static void Require(IReadOnlyList<SymbolicTensor> outputs, int count)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        if (outputs.Count != count)
        {
            throw new EngramException($"{outputs[0].Layer.DisplayName}: has {outputs.Count} outputs and cannot be taken apart into {count}.");
        }
    }
}
