using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>
/// Turns whole numbers into vectors that are learnt: (batch, time) of numbers from 0 to inputDim - 1 becomes
/// (batch, time, outputDim). Other axes stay as they are. Optimizers square each token's share of the gradient by itself, as Keras on
/// TensorFlow does (<see cref="Weight.GradientSquares"/>).
/// </summary>
public sealed class Embedding : Layer
{
    private Weight embeddings = null!;

    /// <summary>Creates the layer.</summary>
    /// <param name="inputDim">How many different numbers there are, 1 or more.</param>
    /// <param name="outputDim">The length of each vector, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A length is below 1, or above 2^24, from where floats cannot count.</exception>
    public Embedding(int inputDim, int outputDim)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputDim, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(inputDim, 1 << 24);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputDim, 1);
        InputDim = inputDim;
        OutputDim = outputDim;
    }

    /// <summary>How many different numbers there are.</summary>
    public int InputDim { get; }

    /// <summary>The length of each vector.</summary>
    public int OutputDim { get; }

    /// <summary>Whether the number 0 means padding, which is marked for the layers that follow. Default false.</summary>
    public bool MaskZero { get; init; }

    /// <summary>Where the initial values come from. Default uniform between -0.05 and 0.05.</summary>
    public Initializer EmbeddingsInitializer
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(EmbeddingsInitializer));
    } = Initializers.RandomUniform();

    /// <summary>A penalty on the vectors. Default none.</summary>
    public Regularizer? EmbeddingsRegularizer { get; init; }

    /// <summary>What is enforced on the vectors after each update. Default nothing.</summary>
    public Constraint? EmbeddingsConstraint { get; init; }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        if (input.Rank < 1 || (MaskZero && input.Rank != 2)) { throw ShapeError(MaskZero ? "(batch, time)" : "(batch, ...)", input); }
        return new Shape([.. input.Axes, OutputDim]);
    }

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        embeddings = AddWeight("embeddings", [InputDim, OutputDim], EmbeddingsInitializer, EmbeddingsRegularizer, EmbeddingsConstraint);
        embeddings.KeepGradientSquares();
    }

    /// <inheritdoc/>
    /// <exception cref="EngramException">An input is not a whole number from 0 to inputDim - 1.</exception>
    protected internal override void Forward(LayerCall call)
    {
        ReadOnlySpan<float> input = call.Input.Span;
        for (int i = 0; i < input.Length; i++)
        {
            float number = input[i];
            if (!(number >= 0 && number < InputDim && number == MathF.Floor(number)))
            {
                throw new EngramException(
                    $"{DisplayName}: expected whole numbers from 0 to {InputDim - 1}, got {number} at {Place(i, call.Input.Axes)}.");
            }

            Vector(embeddings.Value, number).CopyTo(call.Output.Span[(i * OutputDim)..]);
        }

        if (!MaskZero) { return; }
        Mask mask = call.Saved<KeptMask>().Mask;
        mask.Resize(call.Input[0], call.Input[1]);
        for (int i = 0; i < input.Length; i++) { mask.Span[i] = input[i] == 0 || call.Mask?.Span[i] == 0 ? (byte)0 : (byte)1; }
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        call.InputGradient?.Clear(); // a whole number has no derivative
        ReadOnlySpan<float> input = call.Input.Span;
        for (int i = 0; i < input.Length; i++)
        {
            ReadOnlySpan<float> share = call.OutputGradient.Span.Slice(i * OutputDim, OutputDim);
            Span<float> gradient = Vector(embeddings.Gradient, input[i]), squares = Vector(embeddings.GradientSquares!, input[i]);
            TensorPrimitives.Add(gradient, share, gradient);
            TensorPrimitives.MultiplyAdd(share, share, squares, squares);
        }
    }

    /// <inheritdoc/>
    protected internal override Mask? OutputMask(LayerCall call, int output) => MaskZero ? call.Saved<KeptMask>().Mask : call.Mask;

    private Span<float> Vector(TensorBuffer table, float number) => table.Span.Slice((int)number * OutputDim, OutputDim);

    private static string Place(int position, ReadOnlySpan<int> axes)
    {
        var indices = new int[axes.Length];
        for (int axis = axes.Length - 1; axis >= 0; axis--) { (position, indices[axis]) = Math.DivRem(position, axes[axis]); }
        return Shape.Format(indices);
    }

    internal static Embedding ReadConfig(Configuration config) => new(config.Int32("input_dim"), config.Int32("output_dim"))
    {
        EmbeddingsInitializer = config.Initializer("embeddings_initializer", Initializers.RandomUniform()),
        EmbeddingsRegularizer = config.Regularizer("embeddings_regularizer"),
        ActivityRegularizer = config.Regularizer("activity_regularizer"),
        EmbeddingsConstraint = config.Constraint("embeddings_constraint"),
        MaskZero = config.Boolean("mask_zero", false),
    };

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("input_dim", InputDim);
        config.Set("output_dim", OutputDim);
        config.Set("embeddings_initializer", EmbeddingsInitializer);
        config.Set("embeddings_regularizer", EmbeddingsRegularizer);
        config.Set("activity_regularizer", ActivityRegularizer);
        config.Set("embeddings_constraint", EmbeddingsConstraint);
        config.Set("mask_zero", MaskZero);
        config.SetNull("quantization_config");
    }
}
