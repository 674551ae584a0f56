using System.Runtime.Intrinsics;

namespace Engram.Layers;

/// <summary>
/// A rectifier that learns its slope below 0 (He et al. 2015, "Delving deep into rectifiers"): y = max(x, 0) + α min(x, 0),
/// dx = dy above 0, α dy below, dα += Σ dy min(x, 0). Input and output have the same shape; there is an α for each element of a sample,
/// shared along <see cref="SharedAxes"/>.
/// </summary>
public sealed class PRelu : Layer
{
    private int[]? sharedAxes;
    private Weight alpha = null!;

    /// <inheritdoc/>
    public override string Kind => "PReLU";

    /// <summary>Where the initial slopes come from. Default <see cref="Initializers.Zeros"/>.</summary>
    public Initializer AlphaInitializer { get; init => field = value ?? throw new ArgumentNullException(nameof(AlphaInitializer)); } = Initializers.Zeros;

    /// <summary>A penalty on the slopes. Default none.</summary>
    public Regularizer? AlphaRegularizer { get; init; }

    /// <summary>What is enforced on the slopes after each update. Default nothing.</summary>
    public Constraint? AlphaConstraint { get; init; }

    /// <summary>The axes, 1 or more, along which all places share a slope; null for none. <c>[1]</c> shares it over all steps of a sequence.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An axis is below 1.</exception>
    public IReadOnlyList<int>? SharedAxes
    {
        get => sharedAxes;
        init
        {
            foreach (int axis in value ?? []) { ArgumentOutOfRangeException.ThrowIfLessThan(axis, 1, nameof(SharedAxes)); }
            sharedAxes = value is null ? null : [.. value];
        }
    }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        foreach (int axis in sharedAxes ?? []) { AxisNumbers.Resolve(axis, input.Rank, this); }
        for (int axis = 1; axis < input.Rank; axis++)
        {
            bool shared = sharedAxes?.Contains(axis) ?? false;
            if (!shared && input[axis] == Shape.Unknown) { throw ShapeError($"an input whose axis {axis} has a known length or is shared", input); }
            if (IsBuilt && !shared && alpha.Value[axis - 1] != input[axis]) { throw ShapeError($"an input with {alpha.Value[axis - 1]} elements along axis {axis}", input); }
        }

        return input;
    }

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        int[] shape = inputs[0].Axes[1..].ToArray();
        foreach (int axis in sharedAxes ?? []) { shape[axis - 1] = 1; }
        alpha = AddWeight("alpha", shape, AlphaInitializer, AlphaRegularizer, AlphaConstraint);
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        Span<float> slope = call.Scratch(0, call.Input.Axes).Span;
        Span<int> axes = stackalloc int[call.Input.Rank];
        Broadcasting.Expand(alpha.Value.Span, AlphaAxes(axes), slope, call.Input.Axes);
        ReadOnlySpan<float> x = call.Input.Span;
        for (int i = 0; i < x.Length; i += Vector256<float>.Count)
        {
            Vector256<float> value = Padded.Load(x, i);
            Padded.Store(
                Vector256.Max(value, Vector256<float>.Zero) + (Padded.Load(slope, i) * Vector256.Min(value, Vector256<float>.Zero)), call.Output.Span, i);
        }
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        ReadOnlySpan<float> slope = call.Scratch(0, call.Input.Axes).Span;
        Span<float> share = call.Scratch(1, call.Input.Axes).Span;
        ReadOnlySpan<float> x = call.Input.Span;
        ReadOnlySpan<float> dy = call.OutputGradient.Span;
        for (int i = 0; i < x.Length; i += Vector256<float>.Count)
        {
            Vector256<float> value = Padded.Load(x, i);
            Vector256<float> gradient = Padded.Load(dy, i);
            Padded.Store(gradient * Vector256.Min(value, Vector256<float>.Zero), share, i);
            if (call.InputGradient is not { } dx) { continue; }
            Vector256<float> derivative = Vector256.ConditionalSelect(
                Vector256.GreaterThan(value, Vector256<float>.Zero), Vector256<float>.One, Padded.Load(slope, i));
            Padded.Store(gradient * Vector256.ConditionalSelect(Vector256.Equals(value, Vector256<float>.Zero), Vector256<float>.Zero, derivative), dx.Span, i);
        }

        Span<int> axes = stackalloc int[call.Input.Rank];
        Broadcasting.AddReduced(share, call.Input.Axes, alpha.Gradient.Span, AlphaAxes(axes));
    }

    // The slopes' axes with one of length 1 for the batch.
    private ReadOnlySpan<int> AlphaAxes(Span<int> axes)
    {
        axes[0] = 1;
        alpha.Value.Axes.CopyTo(axes[1..]);
        return axes;
    }

    internal static PRelu ReadConfig(Configuration config) => new()
    {
        AlphaInitializer = config.Initializer("alpha_initializer", Initializers.Zeros),
        AlphaRegularizer = config.Regularizer("alpha_regularizer"),
        AlphaConstraint = config.Constraint("alpha_constraint"),
        SharedAxes = config.NullableInt32s("shared_axes")?.Select(axis => axis ?? throw new EngramException($"{config.Owner}: shared_axes must be whole numbers.")).ToArray(),
    };

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("alpha_initializer", AlphaInitializer);
        config.Set("alpha_regularizer", AlphaRegularizer);
        config.Set("alpha_constraint", AlphaConstraint);
        if (sharedAxes is null) { config.SetNull("shared_axes"); }
        else { config.Set("shared_axes", sharedAxes); }
    }
}
