namespace Engram.Training;

/// <summary>
/// What training minimises. A loss gives one value for each row (and time step) of a batch: <em>element</em> losses, the mean over the
/// last axis where Keras takes it. The training loop weights them, averages them as Keras does (sum of weighted losses over the
/// number of elements, or over the number of unmasked ones) and asks for the gradient.
/// </summary>
public abstract class Loss
{
    /// <summary>The name as Keras writes it, for example <c>mean_squared_error</c>.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// The axes of the element losses for given shapes: usually those of <paramref name="prediction"/> without the last.
    /// Throws where the target's shape does not fit the prediction's, naming both.
    /// </summary>
    /// <exception cref="EngramException">The shapes do not fit each other.</exception>
    public abstract int[] ElementAxes(ReadOnlySpan<int> target, ReadOnlySpan<int> prediction);

    /// <summary>Computes the element losses.</summary>
    /// <param name="target">The right answers.</param>
    /// <param name="prediction">The model's output.</param>
    /// <param name="elements">Overwritten: one loss for each element of <see cref="ElementAxes"/>.</param>
    public abstract void Forward(TensorBuffer target, TensorBuffer prediction, Span<double> elements);

    /// <summary>Computes the gradient of the weighted sum of the element losses with respect to the prediction.</summary>
    /// <param name="target">The right answers.</param>
    /// <param name="prediction">The model's output.</param>
    /// <param name="weights">The weight of each element loss.</param>
    /// <param name="gradient">Overwritten: the derivative, of the prediction's shape.</param>
    public abstract void Backward(TensorBuffer target, TensorBuffer prediction, ReadOnlySpan<double> weights, TensorBuffer gradient);
}
