using Engram.Kernels;
using Engram.Layers;

namespace Engram.Inference;

/// <summary>An embedding: a row of input is one whole number, a row of output its vector.</summary>
internal sealed unsafe class EmbeddingStage : SessionStage
{
    private readonly TensorBuffer vectors;
    private readonly Embedding layer;

    public EmbeddingStage(Embedding layer) : base(1, layer.OutputDim)
    {
        this.layer = layer;
        vectors = new TensorBuffer(layer.InputDim, layer.OutputDim);
        vectors.CopyFrom(layer.Weights[0].Value.Span);
    }

    /// <summary>The vectors: (numbers, width).</summary>
    public TensorBuffer Vectors => vectors;

    public override void Step(int rows, float* input, SessionBuffers buffers)
    {
        for (int row = 0; row < rows; row++)
        {
            vectors.Span.Slice(Number(input[row], row) * Outputs, Outputs).CopyTo(buffers.Output.Span[(row * Outputs)..]);
        }
    }

    /// <summary>The number that a row of input is.</summary>
    /// <exception cref="EngramException">It is none of the embedding's.</exception>
    public int Number(float value, int row)
    {
        if (!(value >= 0 && value < layer.InputDim && value == MathF.Floor(value)))
        {
            throw new EngramException($"{layer.DisplayName}: expected whole numbers from 0 to {layer.InputDim - 1}, got {value} in row {row}.");
        }

        return layer.MaskZero && value == 0
            ? throw new EngramException($"{layer.DisplayName}: row {row} is 0, which is padding here; a session takes the steps that are data, one after the other.")
            : (int)value;
    }
}

/// <summary>
/// A recurrent layer behind an embedding of few numbers: the product of every vector with the kernel is computed once, and a step takes its row. The bits are those of
/// the two layers one after the other.
/// </summary>
internal sealed unsafe class EmbeddedInput
{
    private const long MostBytes = 8 << 20; // what is read at random should stay near the core

    private readonly EmbeddingStage embedding;
    private readonly TensorBuffer products; // (numbers, gates x units)

    public EmbeddedInput(EmbeddingStage embedding, PackedMatrix kernel, TensorBuffer bias)
    {
        this.embedding = embedding;
        int numbers = embedding.Vectors[0];
        products = new TensorBuffer(numbers, bias.Length);
        Gemm.MultiplyWithBias(numbers, embedding.Vectors.Pointer, embedding.Outputs, kernel, bias.Pointer, products.Pointer, bias.Length);
    }

    /// <summary>Whether the table of products is small enough.</summary>
    public static bool Pays(Embedding embedding, Recurrent layer) =>
        (long)embedding.InputDim * layer.CreateCell().KernelGates * layer.Units * sizeof(float) <= MostBytes;

    /// <summary>gates (rows, stride) = x W + b.</summary>
    public void Project(int rows, float* input, float* gates, int stride)
    {
        int width = products[1];
        for (int row = 0; row < rows; row++)
        {
            products.Span.Slice(embedding.Number(input[row], row) * width, width).CopyTo(new Span<float>(gates + ((nint)row * stride), width));
        }
    }
}
