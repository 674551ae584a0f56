using System.Text.Json.Nodes;

namespace Engram.Training;

/// <summary>
/// What training minimises. A loss gives one value for each row (and time step) of a batch: <em>element</em> losses, the mean over the
/// last axis where Keras takes it. The training loop weights them, averages them as Keras does (sum of weighted losses over the
/// number of elements, or over the number of unmasked ones) and asks for the gradient. The ready ones are static members of this
/// class; a loss of one's own derives from <see cref="RowLoss"/>, or from this class where an element is not a row.
/// Values are computed in double precision and the gradient is rounded to float; NaN in the data is NaN in the loss.
/// </summary>
public abstract partial class Loss
{
    /// <summary>What Keras clips probabilities and divisors with: 1e-7.</summary>
    internal const double Epsilon = 1e-7;

    /// <summary>The name as Keras writes it, for example <c>mean_squared_error</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The options under the names that Keras gives them, where there are any.</summary>
    internal IReadOnlyList<(string Name, JsonNode? Value)> Options { get; init; } = [];

    /// <summary>
    /// Whether a target may say that its element does not count (<see cref="MarkIgnored"/>), so that the mean is over the others as
    /// with a mask. False for most.
    /// </summary>
    public virtual bool IgnoresElements => false;

    /// <summary>
    /// The axes of the element losses for given shapes: usually those of <paramref name="prediction"/> without the last; none where
    /// the whole batch has one loss. Throws where the target's shape does not fit the prediction's, naming both.
    /// </summary>
    /// <exception cref="EngramException">The shapes do not fit each other.</exception>
    public abstract int[] ElementAxes(ReadOnlySpan<int> target, ReadOnlySpan<int> prediction);

    /// <summary>Computes the element losses.</summary>
    /// <param name="target">The right answers.</param>
    /// <param name="prediction">The model's output.</param>
    /// <param name="elements">Overwritten: one loss for each element of <see cref="ElementAxes"/>.</param>
    /// <exception cref="EngramException">The shapes do not fit each other, or a target is not what the loss takes.</exception>
    public abstract void Forward(TensorBuffer target, TensorBuffer prediction, Span<double> elements);

    /// <summary>Computes the gradient of the weighted sum of the element losses with respect to the prediction.</summary>
    /// <param name="target">The right answers.</param>
    /// <param name="prediction">The model's output.</param>
    /// <param name="weights">The weight of each element loss.</param>
    /// <param name="gradient">Overwritten: the derivative, of the prediction's shape (resized to it).</param>
    /// <exception cref="EngramException">The shapes do not fit each other, or a target is not what the loss takes.</exception>
    public abstract void Backward(TensorBuffer target, TensorBuffer prediction, ReadOnlySpan<double> weights, TensorBuffer gradient);

    /// <summary>
    /// Computes the element losses of a batch with padded steps; what training calls. Only a loss whose element is a whole sequence overrides
    /// it (and <see cref="Backward(TensorBuffer, TensorBuffer, Mask?, ReadOnlySpan{double}, TensorBuffer)"/>) to leave padded steps out
    /// itself; for the others an element that is masked gets the weight 0.
    /// </summary>
    /// <param name="target">The right answers.</param>
    /// <param name="prediction">The model's output.</param>
    /// <param name="mask">Which steps of the prediction are data, or null for all.</param>
    /// <param name="elements">Overwritten: one loss for each element of <see cref="ElementAxes"/>.</param>
    /// <exception cref="EngramException">The shapes do not fit each other, or a target is not what the loss takes.</exception>
    public virtual void Forward(TensorBuffer target, TensorBuffer prediction, Mask? mask, Span<double> elements) => Forward(target, prediction, elements);

    /// <summary>Computes the gradient of a batch with padded steps; what training calls.</summary>
    /// <param name="target">The right answers.</param>
    /// <param name="prediction">The model's output.</param>
    /// <param name="mask">Which steps of the prediction are data, or null for all.</param>
    /// <param name="weights">The weight of each element loss.</param>
    /// <param name="gradient">Overwritten: the derivative, of the prediction's shape (resized to it).</param>
    /// <exception cref="EngramException">The shapes do not fit each other, or a target is not what the loss takes.</exception>
    public virtual void Backward(TensorBuffer target, TensorBuffer prediction, Mask? mask, ReadOnlySpan<double> weights, TensorBuffer gradient) =>
        Backward(target, prediction, weights, gradient);

    /// <summary>Marks the elements that do not count; called only where <see cref="IgnoresElements"/>.</summary>
    /// <param name="target">The right answers.</param>
    /// <param name="counts">One byte for each element; set to 0 where the target says so, otherwise left as it is.</param>
    public virtual void MarkIgnored(TensorBuffer target, Span<byte> counts) { }
}
