using System.Numerics.Tensors;
using Engram.Cells;
using Engram.Kernels;
using Engram.Layers;

namespace Engram.Inference;

/// <summary>An mLSTM step by step, in its recurrent form; the states of a row are C (heads, d, d), n (heads, d) and m (heads).</summary>
internal sealed unsafe class MLstmStage : SessionStage
{
    private readonly PackedMatrix kernel = new();
    private readonly TensorBuffer bias;
    private readonly int units, heads, width;

    public MLstmStage(MLstm layer, int inputs) : base(inputs, layer.Units)
    {
        (units, heads) = (layer.Units, layer.Heads);
        width = (4 * units) + (2 * heads);
        kernel.Pack(layer.Weights[0].Value.Pointer, inputs, width, width);
        bias = new TensorBuffer(width);
        bias.CopyFrom(layer.Weights[1].Value.Span);
    }

    public override int[] StateWidths => [units * units / heads, units, heads];

    public override (int Gates, int Scratch) BufferWidths => (width, 0);

    public override bool OutputIsFirstState => false;

    public override void Step(int rows, float* input, SessionBuffers buffers)
    {
        int d = units / heads;
        float* p = buffers.Gates.Pointer;
        Gemm.MultiplyWithBias(rows, input, Inputs, kernel, bias.Pointer, p, width);
        for (int row = 0; row < rows; row++, p += width)
        {
            float* y = buffers.Output.Pointer + ((nint)row * units);
            for (int head = 0; head < heads; head++)
            {
                int first = head * d;
                nint at = ((nint)row * heads) + head;
                MLstmHead.Step(
                    d, p + first, p + units + first, p + (2 * units) + first, p[(4 * units) + head], p[(4 * units) + heads + head],
                    buffers.States[0].Pointer + (at * d * d), buffers.States[1].Pointer + (at * d), buffers.States[2].Pointer + at, y + first);
            }

            var gate = new Span<float>(p + (3 * units), units);
            var output = new Span<float>(y, units);
            VectorMath.Apply(VectorFunction.Sigmoid, gate, gate);
            TensorPrimitives.Multiply(output, gate, output);
        }
    }
}
