using Engram.Formats.TensorBoard;
using Engram.Layers;

namespace Engram.Training;

/// <summary>What the training loop needs of a model.</summary>
internal interface INetwork
{
    /// <summary>Every weight.</summary>
    IReadOnlyList<Weight> Weights { get; }

    /// <summary>The weights that gradients change.</summary>
    IReadOnlyList<Weight> TrainableWeights { get; }

    /// <summary>The layers, for callbacks that look at them one by one.</summary>
    IReadOnlyList<Layer> Layers { get; }

    /// <summary>The number from which everything random follows.</summary>
    long Seed { get; set; }

    /// <summary>Writes the whole model, by the name's extension.</summary>
    void Save(string path);

    /// <summary>Writes the weights alone, by the name's extension.</summary>
    void SaveWeights(string path);

    /// <summary>The uses of layers as operations of a graph, for pictures of it.</summary>
    IReadOnlyList<GraphOperation> Operations { get; }

    /// <summary>Creates buffers for running batches; one for each purpose, so that prediction does not disturb training.</summary>
    NetworkPass CreatePass();
}

/// <summary>A batch's way through a network and back.</summary>
internal abstract class NetworkPass
{
    /// <summary>The number of outputs.</summary>
    public abstract int OutputCount { get; }

    /// <summary>The name of the layer at which the last forward run lost its mask because the layer knows none, or null.</summary>
    public abstract string? MaskDroppedBy { get; }

    /// <summary>The sum of the activity penalties of the last forward run.</summary>
    public abstract double ActivityPenalty { get; }

    /// <summary>An output of the last forward run.</summary>
    public abstract TensorBuffer Output(int output);

    /// <summary>Which steps of an output are data, or null.</summary>
    public abstract Mask? OutputMask(int output);

    /// <summary>Whether recurrent layers keep few states and compute the others again on the way back; changes no result.</summary>
    public bool Recompute { get; set; }

    /// <summary>Runs a batch forward.</summary>
    /// <param name="x">The inputs; they must stay as they are until backward is done.</param>
    /// <param name="masks">Which steps of each input are data; empty, or null for an input, for all.</param>
    /// <param name="training">Whether dropout acts.</param>
    /// <param name="keepForBackward">Whether backward will follow.</param>
    /// <param name="key">The key of this step's random draws.</param>
    public abstract void Forward(ReadOnlySpan<TensorBuffer> x, ReadOnlySpan<Mask?> masks, bool training, bool keepForBackward, RandomKey key);

    /// <summary>The buffer for the loss's gradient with respect to an output, of its shape; outputs not asked for have none.</summary>
    public abstract TensorBuffer PrepareOutputGradient(int output);

    /// <summary>Runs back from the output gradients and adds to the weights' gradients.</summary>
    /// <param name="inputGradients">Where the gradients of the inputs go; empty, or null for an input, where nobody asks.</param>
    public abstract void Backward(ReadOnlySpan<TensorBuffer?> inputGradients);

    /// <summary>Which layer's output first stopped being finite, in words.</summary>
    public abstract string DescribeNonFinite();
}
