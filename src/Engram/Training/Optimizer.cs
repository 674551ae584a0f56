using Engram.Layers;

namespace Engram.Training;

/// <summary>The rule by which gradients change weights.</summary>
public abstract class Optimizer
{
    /// <summary>The name as Keras writes it, for example <c>Adam</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The number of updates done.</summary>
    public long Iterations { get; internal set; }

    /// <summary>The state that the rule keeps for its weights; the number of numbers in it is what a summary calls optimizer params.</summary>
    public abstract long StateCount { get; }

    /// <summary>Creates the state for the trainable weights of a model.</summary>
    public abstract void Build(IReadOnlyList<Weight> weights);

    /// <summary>Does one update: clips the gradients, changes every weight, applies its constraint.</summary>
    public abstract void Step();
}
