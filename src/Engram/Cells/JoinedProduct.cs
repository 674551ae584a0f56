using Engram.Kernels;

namespace Engram.Cells;

/// <summary>
/// z = b + x W + h' U as one product, for inputs so narrow that x W alone would be little but memory traffic: W stands above U, and x in front
/// of h' in each row.
/// </summary>
internal sealed unsafe class JoinedProduct
{
    /// <summary>The widest input that is worth it.</summary>
    public const int MostFeatures = 64;

    private readonly TensorBuffer kernels = new(0); // (features + H, width)
    private readonly PackedMatrix packed = new() { WholeVectors = true };

    /// <summary>Packs W (features, width) and U (units, width).</summary>
    public void Pack(float* kernel, int features, float* recurrentKernel, int units, int width)
    {
        kernels.Resize((features + units) * width);
        new ReadOnlySpan<float>(kernel, features * width).CopyTo(kernels.Span);
        new ReadOnlySpan<float>(recurrentKernel, units * width).CopyTo(kernels.Span[(features * width)..]);
        packed.Pack(kernels.Pointer, features + units, width, width);
    }

    /// <summary>Writes z, in rows with room for whole vectors.</summary>
    public void Forward(in CellStep step, float* z, nint zStride) =>
        Gemm.MultiplyWithBias(step.Rows, step.JoinedRows, step.HiddenStride, packed, step.InputBias, z, zStride);
}
