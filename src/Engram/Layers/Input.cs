namespace Engram.Layers;

/// <summary>States the shape of what goes into a model. It computes nothing and is not counted among the layers of a summary.</summary>
public sealed class Input : Layer
{
    /// <summary>Declares sequences: (batch, timeSteps, features).</summary>
    /// <param name="timeSteps">The number of steps, or <see cref="Shape.Unknown"/> where sequences differ.</param>
    /// <param name="features">The number of numbers at each step.</param>
    /// <exception cref="ArgumentOutOfRangeException">A length is below 1 and not unknown.</exception>
    public Input(int timeSteps, int features) : this(new Shape(Shape.Unknown, Positive(timeSteps), Positive(features))) { }

    /// <summary>Declares rows of numbers: (batch, features).</summary>
    /// <param name="features">The number of numbers of each row.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is below 1.</exception>
    public Input(int features) : this(new Shape(Shape.Unknown, Positive(features))) { }

    /// <summary>Declares any shape.</summary>
    /// <param name="shape">The shape, batch axis first; its length is usually unknown.</param>
    public Input(Shape shape) => InputShape = shape;

    /// <summary>The shape, batch axis first.</summary>
    public Shape InputShape { get; }

    /// <inheritdoc/>
    public override string Kind => "InputLayer";

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => InputShape.Accepts(input.Axes) ? input : throw ShapeError($"{InputShape}", input);

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call) => call.Output.CopyFrom(call.Input.Span);

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call) => call.InputGradient?.CopyFrom(call.OutputGradient.Span);

    private static int Positive(int length) => length is Shape.Unknown or >= 1
        ? length
        : throw new ArgumentOutOfRangeException(nameof(length), length, "A length is at least 1, or Shape.Unknown.");
}
