using Engram.Formats.Onnx;
using Engram.Formats.Onnx.Layers;
using Engram.Layers;

namespace Engram.Tests.Formats.Onnx;

/// <summary>The layers and functions that files of ONNX need and Keras lacks.</summary>
public sealed class OnnxLayerTests
{
    [Fact]
    public void Layers_have_the_right_derivatives()
    {
        Check(new OnnxTake(1, [-1, 0, 0]), new Shape(3, 4, 2));
        Check(new OnnxTake(1, -1, long.MinValue, -2), new Shape(3, 5, 2));
        Check(new OnnxTake(2, 1, long.MaxValue, 2), new Shape(2, 3, 6));
        Check(new Engram.Formats.Onnx.Layers.OnnxArray([4, 2], trainable: true), new Shape(3, 5));
        Check(new OnnxIdentity(), new Shape(3, 4));
        Check(new Lstm(3) { ReturnSequences = true, ReturnState = true, OutputActivation = Activations.Softsign }, new Shape(2, 4, 5));
        Check(new Lstm(3) { Activation = Of(OnnxFunctionKind.ScaledTanh, 1, 1, 0.4f), OutputActivation = Activations.Tanh }, new Shape(2, 4, 5));
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
    public void Functions_have_the_right_derivatives_with_and_without_a_limit(int kind, float alpha, float beta)
    {
        Check(new Activation(Of((OnnxFunctionKind)kind, alpha, beta)), new Shape(5, 7));
        Check(new Activation(Of((OnnxFunctionKind)kind, alpha, beta, 0.6f)), new Shape(5, 7));
    }

    [Fact]
    public void Functions_of_positive_numbers_have_the_right_derivatives()
    {
        foreach (OnnxFunctionKind kind in new[] { OnnxFunctionKind.Sqrt, OnnxFunctionKind.Reciprocal, OnnxFunctionKind.Log })
        {
            var x = new TensorBuffer(3, 5);
            for (int i = 0; i < x.Length; i++) { x.Span[i] = 0.5f + (0.2f * i); }
            GradientCheck.Run(new Activation(Of(kind, 0, 0)), [new Shape(3, 5)], new GradientCheckOptions { Inputs = [x] }).ThrowIfFailed();
        }
    }

    private static ElementwiseActivation<OnnxFunction> Of(OnnxFunctionKind kind, float alpha, float beta, float limit = float.PositiveInfinity) =>
        new("function", new OnnxFunction(kind, alpha, beta, limit));

    private static void Check(Layer layer, Shape shape) => GradientCheck.Run(layer, [shape]).ThrowIfFailed();
}
