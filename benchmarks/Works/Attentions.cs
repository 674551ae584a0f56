using Engram.Layers;

namespace Engram.Benchmarks.Works;

/// <summary>Attention by itself, forward and with the backward pass: <c>attention</c> means all six.</summary>
internal static class Attentions
{
    public static IReadOnlyList<Work> All { get; } =
    [
        .. Both("heads", "8 heads of 32 on 32 x 128 x 256", 4 * Projection(32 * 128, 256) + Scores(32 * 8, 128, 128, 32), () => new MultiHeadAttention(8, 32), [32, 128, 256], [32, 128, 256]),
        .. Both("dot", "dot product on 64 x 100 x 128", Scores(64, 100, 100, 128), () => new Attention(), [64, 100, 128], [64, 100, 128]),
        .. Both("additive", "additive on 64 x 50 x 256", 0, () => new AdditiveAttention(), [64, 50, 256], [64, 50, 256]),
    ];

    private static double Projection(double rows, double width) => 2 * rows * width * width;

    private static double Scores(double items, double queries, double keys, double length) => 4 * items * queries * keys * length;

    private static IEnumerable<Work> Both(string name, string what, double operations, Func<Layer> create, params int[][] shapes) =>
    [
        new Work($"attention {name} forward", $"{what}, forward", operations, "pass", () => Run(create(), shapes, backward: false)),
        new Work($"attention {name} step", $"{what}, forward and backward", 3 * operations, "step", () => Run(create(), shapes, backward: true)),
    ];

    private static Run Run(Layer layer, int[][] shapes, bool backward)
    {
        TensorBuffer[] inputs = [.. shapes.Select((shape, k) => Drawn(shape, k))];
        layer.Build([.. shapes.Select(shape => new Shape(shape))], new RandomKey(1));
        var call = new LayerCall(layer) { Training = backward, KeepForBackward = backward, Random = new RandomKey(2) };
        TensorBuffer[] gradients = [.. inputs.Select(_ => new TensorBuffer(0))];
        const int Units = 10;
        return new Run(
            after =>
            {
                for (int unit = 0; unit < Units; unit++)
                {
                    call.Forward(inputs);
                    if (backward)
                    {
                        call.PrepareOutputGradients()[0].CopyFrom(inputs[0].Span);
                        call.Backward(gradients);
                    }

                    after?.Invoke();
                }
            },
            Units);
    }

    private static TensorBuffer Drawn(int[] shape, int seed)
    {
        var buffer = new TensorBuffer(shape);
        for (int i = 0; i < buffer.Length; i++) { buffer.Span[i] = 0.3f * (float)new RandomKey(seed + 3).Normal((ulong)i); }
        return buffer;
    }
}
