using Engram.Layers;

namespace Engram.Tests.Formats.Onnx;

/// <summary>The layers and functions that files of ONNX need and Keras lacks.</summary>
public sealed class OnnxLayerTests
{
    [Fact]
    public void Layers_have_the_right_derivatives()
    {
        Check(new TakePlaces(1, [-1, 0, 0]), new Shape(3, 4, 2));
        Check(new TakePlaces(1, -1, long.MinValue, -2), new Shape(3, 5, 2));
        Check(new TakePlaces(2, 1, long.MaxValue, 2), new Shape(2, 3, 6));
        Check(new StoredArray([4, 2], learns: true), new Shape(3, 5));
        Check(new Reduce(Reduction.Sum, [2], keepDimensions: true), new Shape(3, 4, 5));
        Check(new Reduce(Reduction.Mean, [1, 3], keepDimensions: false), new Shape(2, 4, 3, 5));
        Check(new Reduce(Reduction.Maximum, [1], keepDimensions: false), new Shape(3, 4, 5));
        Check(new Reduce(Reduction.Minimum, [1, 2], keepDimensions: true), new Shape(3, 4, 5));
        Check(new InsertAxes([1, 3]), new Shape(3, 4, 5));
        Check(new Places(2, 0.5f, 2), new Shape(3, 4, 5));
        GradientCheck.Run(new BatchedProduct(), [new Shape(2, 3, 4, 5), new Shape(2, 3, 5, 2)]).ThrowIfFailed();
        GradientCheck.Run(new Select(), [new Shape(2, 3, 1), new Shape(2, 3, 4), new Shape(2, 1, 4)], new GradientCheckOptions { Inputs = [Truths(), Numbers(2, 3, 4), Numbers(2, 1, 4)] }).ThrowIfFailed();
        Check(new Lstm(3) { ReturnSequences = true, ReturnState = true, OutputActivation = Activations.Softsign }, new Shape(2, 4, 5));
        Check(new Lstm(3) { Activation = Of(FunctionKind.ScaledTanh, 1, 1, 0.4f), OutputActivation = Activations.Tanh }, new Shape(2, 4, 5));
    }

    [Theory]
    [InlineData(0, 0.7f, 0.2f)]
    [InlineData(1, 0f, 0f)]
    [InlineData(2, 1.5f, 0.6f)]
    [InlineData(3, 0.3f, 0.4f)]
    [InlineData(4, 0f, 0f)]
    [InlineData(5, 0.3f, 0f)]
    [InlineData(6, 0f, 0f)]
    [InlineData(7, 0f, 0f)]
    [InlineData(8, 0.6f, 0f)]
    [InlineData(9, -0.4f, 0f)]
    [InlineData(12, 0f, 0f)]
    [InlineData(14, 0f, 0f)]
    [InlineData(15, -0.5f, 0.4f)]
    [InlineData(16, 3f, 0f)]
    [InlineData(17, 0.5f, 0.2f)]
    [InlineData(18, 0.6f, 0f)]
    [InlineData(19, 0f, 0f)]
    [InlineData(23, 0.1f, 0f)]
    public void Functions_have_the_right_derivatives_with_and_without_a_limit(int kind, float alpha, float beta)
    {
        Check(new Activation(Of((FunctionKind)kind, alpha, beta)), new Shape(5, 7));
        Check(new Activation(Of((FunctionKind)kind, alpha, beta, 0.6f)), new Shape(5, 7));
    }

    [Fact]
    public void Functions_of_positive_numbers_have_the_right_derivatives()
    {
        foreach (FunctionKind kind in new[] { FunctionKind.Sqrt, FunctionKind.Reciprocal, FunctionKind.Log, FunctionKind.Power })
        {
            var x = new TensorBuffer(3, 5);
            for (int i = 0; i < x.Length; i++) { x.Span[i] = 0.5f + (0.2f * i); }
            GradientCheck.Run(new Activation(Of(kind, 1.7f, 0)), [new Shape(3, 5)], new GradientCheckOptions { Inputs = [x] }).ThrowIfFailed();
        }
    }

    private static ElementwiseActivation<ParametricFunction> Of(FunctionKind kind, float alpha, float beta, float limit = float.PositiveInfinity) =>
        new("function", new ParametricFunction(kind, alpha, beta, limit));

    private static TensorBuffer Truths()
    {
        var truths = new TensorBuffer(2, 3, 1);
        truths.Span[1] = truths.Span[2] = truths.Span[5] = 1;
        return truths;
    }

    private static TensorBuffer Numbers(params ReadOnlySpan<int> axes)
    {
        var numbers = new TensorBuffer(axes);
        for (int i = 0; i < numbers.Length; i++) { numbers.Span[i] = MathF.Sin(3 * i); }
        return numbers;
    }

    private static void Check(Layer layer, Shape shape) => GradientCheck.Run(layer, [shape]).ThrowIfFailed();
}
