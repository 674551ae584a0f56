namespace Engram.Layers;

/// <summary>One array of numbers that a layer owns: its value, its gradient, and how training treats it.</summary>
public sealed class Weight
{
    internal Weight(string name, ReadOnlySpan<int> shape, bool trainable, Regularizer? regularizer, Constraint? constraint)
    {
        Name = name;
        Value = new TensorBuffer(shape);
        Gradient = new TensorBuffer(shape);
        IsTrainable = trainable;
        Regularizer = regularizer;
        Constraint = constraint;
    }

    /// <summary>The name within its layer as Keras writes it, for example <c>kernel</c> or <c>lstm_cell/recurrent_kernel</c>.</summary>
    public string Name { get; internal set; }

    /// <summary>The numbers themselves.</summary>
    public TensorBuffer Value { get; }

    /// <summary>The loss's derivative with respect to <see cref="Value"/>; layers add to it, the training step clears it.</summary>
    public TensorBuffer Gradient { get; }

    /// <summary>Whether gradients change it; false for counters and moving averages. See also <see cref="Layer.Trainable"/>.</summary>
    public bool IsTrainable { get; }

    /// <summary>The penalty that is added to the loss, or null.</summary>
    public Regularizer? Regularizer { get; }

    /// <summary>What is enforced on the value after each update, or null.</summary>
    public Constraint? Constraint { get; }

    /// <summary>The name and the shape, for the debugger.</summary>
    public override string ToString() => $"{Name} {Shape.Format(Value.Axes)}";
}
