using Engram.Layers;

namespace Engram.Benchmarks.Works;

/// <summary>Convolutions of usual sizes by themselves: forward, and forward and backward with all gradients.</summary>
internal static class Convolutions
{
    public static IReadOnlyList<Work> All { get; } =
    [
        .. Both("conv1d", () => new Conv1D(128, 5) { Padding = ConvolutionPadding.Same }, 2.0 * 32 * 128 * 5 * 64 * 128, 32, 128, 64),
        .. Both("conv2d", () => new Conv2D(64, 3, 3) { Padding = ConvolutionPadding.Same }, 2.0 * 16 * 32 * 32 * 9 * 32 * 64, 16, 32, 32, 32),
        .. Both("depthwise1d", () => new DepthwiseConv1D(5) { Padding = ConvolutionPadding.Same }, 2.0 * 32 * 128 * 5 * 64, 32, 128, 64),
        .. Both("depthwise2d", () => new DepthwiseConv2D(3) { Padding = ConvolutionPadding.Same }, 2.0 * 16 * 32 * 32 * 9 * 32, 16, 32, 32, 32),
        .. Both("separable1d", () => new SeparableConv1D(128, 5) { Padding = ConvolutionPadding.Same }, 2.0 * 32 * 128 * 64 * (5 + 128), 32, 128, 64),
        .. Both("transpose1d", () => new Conv1DTranspose(128, 4) { Padding = ConvolutionPadding.Same, Strides = [2] }, 2.0 * 32 * 128 * 4 * 64 * 128, 32, 128, 64),
        .. Both(
            "convlstm2d", () => new ConvLstm2D(32, 3, 3) { Padding = ConvolutionPadding.Same, ReturnSequences = true },
            2.0 * 8 * 10 * 16 * 16 * 9 * (16 + 32) * 4 * 32, 8, 10, 16, 16, 16),
    ];

    // Backward costs twice what forward does: one product for the inputs' gradients, one for the weights'.
    private static Work[] Both(string name, Func<Layer> layer, double operations, params int[] axes)
    {
        string what = $"{layer().Kind} on {Shape.Format(axes)}";
        return
        [
            new Work($"{name} forward", $"{what}, forward", operations, "pass", () => Prepare(layer(), axes, backward: false)),
            new Work($"{name} training", $"{what}, forward and backward", 3 * operations, "step", () => Prepare(layer(), axes, backward: true)),
        ];
    }

    private static Run Prepare(Layer layer, int[] axes, bool backward)
    {
        const int Times = 20;
        var x = new TensorBuffer(axes);
        new RandomKey(1).FillUniform(x.Span);
        layer.Build([new Shape(axes)], new RandomKey(2));
        var call = new LayerCall(layer) { KeepForBackward = backward };
        var dx = new TensorBuffer(0);
        TensorBuffer[] inputs = [x];
        TensorBuffer?[] gradients = [dx];
        return new Run(
            afterStep =>
            {
                for (int i = 0; i < Times; i++)
                {
                    call.Forward(inputs);
                    if (backward)
                    {
                        call.PrepareOutputGradients()[0].CopyFrom(call.Output.Span);
                        call.Backward(gradients);
                    }

                    afterStep?.Invoke();
                }
            }, Times);
    }
}
