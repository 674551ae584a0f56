namespace Engram.Layers;

/// <summary>
/// The shape of what goes into a model: the first layer of a <see cref="Models.Sequential"/>, or a place where the graph of a
/// <see cref="Models.Model"/> begins. It computes nothing.
/// </summary>
public sealed class Input : Layer
{
    /// <summary>An input of sequences.</summary>
    /// <param name="timeSteps">The number of time steps, or <see cref="Shape.Unknown"/> for sequences of any length.</param>
    /// <param name="features">The number of features of each step, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A length is not positive.</exception>
    public Input(int timeSteps, int features) : this([timeSteps, features]) { }

    /// <summary>An input of any shape.</summary>
    /// <param name="shape">The length of each axis but the batch axis, 1 or more, or <see cref="Shape.Unknown"/> where it may vary.</param>
    /// <exception cref="ArgumentOutOfRangeException">A length is not positive.</exception>
    public Input(ReadOnlySpan<int> shape)
    {
        foreach (int axis in shape)
        {
            if (axis is < 1 and not Engram.Shape.Unknown)
            {
                throw new ArgumentOutOfRangeException(nameof(shape), axis, $"The lengths {Engram.Shape.Format(shape)} must be 1 or more, or Shape.Unknown.");
            }
        }

        Shape = new Shape([Engram.Shape.Unknown, .. shape]);
        Tensor = new LayerUse(this).Outputs[0];
    }

    /// <summary>The shape, the batch axis first, which is unknown.</summary>
    public Shape Shape { get; }

    /// <summary>
    /// How many rows a batch has, or null, the default, for any number. Engram takes any; Keras wants to know it where layers are stateful, so it
    /// goes into a model's file.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? BatchSize
    {
        get;
        init => field = value is null or >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(BatchSize), value, "A batch has at least one row.");
    }

    /// <summary>The type of number that a file of Keras names for the input; here all are 32-bit floats.</summary>
    internal string NumberType => Rest?["dtype"]?.GetValue<string>() ?? "float32";

    /// <summary>The input as other layers take it in the graph of a <see cref="Models.Model"/>; an <c>Input</c> converts to it by itself.</summary>
    public SymbolicTensor Tensor { get; }

    /// <summary>The input as other layers take it.</summary>
    public static implicit operator SymbolicTensor(Input input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.Tensor;
    }

    /// <inheritdoc/>
    public override string Kind => "InputLayer";

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => Shape.Accepts(input.Axes) ? input : throw ShapeError($"{Shape}", input);

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call) => call.Output.CopyFrom(call.Input.Span);

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call) => call.InputGradient?.CopyFrom(call.OutputGradient.Span);

    internal static Input ReadConfig(Configuration config)
    {
        config.Only("sparse", "false");
        config.Only("ragged", "false");
        config.Only("optional", "false");
        if (config.Json["dtype"] is { } type && type.GetValueKind() != System.Text.Json.JsonValueKind.String) { config.Only("dtype", "\"float32\""); }
        int[] axes = config.Axes(config.Has("batch_shape") ? "batch_shape" : "batch_input_shape");
        return axes.Length > 0
            ? new Input(axes.AsSpan(1)) { BatchSize = axes[0] == Engram.Shape.Unknown ? null : axes[0] }
            : throw new EngramException($"{config.Owner}: batch_shape is empty; expected at least the axis of the batch.");
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        config.SetAxes("batch_shape", Shape.With(0, BatchSize ?? Engram.Shape.Unknown));
        config.Set("dtype", "float32");
        config.Set("sparse", false);
        config.Set("ragged", false);
        config.Set("name", Name);
        config.Set("optional", false);
    }
}
