using Engram.Layers;

namespace Engram.Training;

/// <summary>What the training loop needs of a model.</summary>
internal interface INetwork
{
    /// <summary>Every weight.</summary>
    IReadOnlyList<Weight> Weights { get; }

    /// <summary>The weights that gradients change.</summary>
    IReadOnlyList<Weight> TrainableWeights { get; }

    /// <summary>Creates buffers for running batches; one for each purpose, so that prediction does not disturb training.</summary>
    NetworkPass CreatePass();
}

/// <summary>A batch's way through a network and back.</summary>
internal abstract class NetworkPass
{
    /// <summary>The output of the last forward run.</summary>
    public abstract TensorBuffer Output { get; }

    /// <summary>Which steps of the output are data, or null.</summary>
    public abstract Mask? OutputMask { get; }

    /// <summary>The name of the layer at which the last forward run lost its mask because the layer knows none, or null.</summary>
    public abstract string? MaskDroppedBy { get; }

    /// <summary>The sum of the activity penalties of the last forward run.</summary>
    public abstract double ActivityPenalty { get; }

    /// <summary>Whether recurrent layers keep few states and compute the others again on the way back; changes no result.</summary>
    public bool Recompute { get; set; }

    /// <summary>Runs a batch forward.</summary>
    /// <param name="x">The input; it must stay as it is until backward is done.</param>
    /// <param name="training">Whether dropout acts and backward will follow.</param>
    /// <param name="key">The key of this step's random draws.</param>
    public abstract void Forward(TensorBuffer x, bool training, RandomKey key);

    /// <summary>The buffer for the loss's gradient with respect to the output, of its shape.</summary>
    public abstract TensorBuffer PrepareOutputGradient();

    /// <summary>Runs back from the output gradient and adds to the weights' gradients.</summary>
    public abstract void Backward();

    /// <summary>Which layer's output first stopped being finite, in words.</summary>
    public abstract string DescribeNonFinite();
}
