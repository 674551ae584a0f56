namespace Engram.Layers;

/// <summary>One array of numbers that a layer owns: its value, its gradient, and how training treats it.</summary>
public sealed class Weight
{
    private TensorBuffer? gradient, squares;
    private bool keepsSquares;

    internal Weight(string name, ReadOnlySpan<int> shape, bool trainable, Regularizer? regularizer, Constraint? constraint)
    {
        Name = name;
        Value = new TensorBuffer(shape);
        IsTrainable = trainable;
        Regularizer = regularizer;
        Constraint = constraint;
    }

    /// <summary>The name within its layer as Keras writes it, for example <c>kernel</c> or <c>lstm_cell/recurrent_kernel</c>.</summary>
    public string Name { get; internal set; }

    /// <summary>The path that a legacy file of Keras had for it, which is kept when such a file is written again; null without one.</summary>
    internal string? KerasPath { get; set; }

    /// <summary>The numbers themselves.</summary>
    public TensorBuffer Value { get; }

    /// <summary>
    /// The loss's derivative with respect to <see cref="Value"/>; layers add to it, the training step clears it. Memory is taken when it is first
    /// asked for, so a model that is never trained has none.
    /// </summary>
    public TensorBuffer Gradient => gradient ?? Make(ref gradient);

    /// <summary>
    /// The sum of the squares of all that was added to each number of <see cref="Gradient"/>, where a layer keeps it: an
    /// <see cref="Embedding"/>, whose vectors get one share of the gradient for each token. Null for all others. Optimizers take it for the
    /// squared gradient, as Keras on TensorFlow does. Memory is taken as for <see cref="Gradient"/>.
    /// </summary>
    public TensorBuffer? GradientSquares => keepsSquares ? squares ?? Make(ref squares) : null;

    /// <summary>Whether gradients change it; false for counters and moving averages. See also <see cref="Layer.Trainable"/>.</summary>
    public bool IsTrainable { get; }

    /// <summary>The penalty that is added to the loss, or null.</summary>
    public Regularizer? Regularizer { get; }

    /// <summary>What is enforced on the value after each update, or null.</summary>
    public Constraint? Constraint { get; }

    /// <summary>Says that there are <see cref="GradientSquares"/>, which the layer's backward pass adds to.</summary>
    internal void KeepGradientSquares() => keepsSquares = true;

    /// <summary>Sets the gradient and its squares to zero.</summary>
    internal void ClearGradient()
    {
        gradient?.Clear();
        squares?.Clear();
    }

    // Only training needs it, so a model that is only asked has half the memory.
    private TensorBuffer Make(ref TensorBuffer? buffer)
    {
        lock (Value) { return buffer ??= new TensorBuffer(Value.Axes); }
    }

    /// <summary>The name and the shape, for the debugger.</summary>
    public override string ToString() => $"{Name} {Shape.Format(Value.Axes)}";
}
