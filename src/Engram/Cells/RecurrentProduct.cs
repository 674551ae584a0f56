using System.Numerics.Tensors;
using Engram.Kernels;

namespace Engram.Cells;

/// <summary>
/// The product of h with some gates' columns of the recurrent kernel, forward and back. Without recurrent dropout all gates are
/// one group; with it each gate is its own, because each sees h through its own mask.
/// </summary>
internal sealed unsafe class RecurrentProduct(
    int units, int kernelGates, int firstGate, int gates, int bufferGates, int firstBufferGate, int? hiddenWidth = null, int? bufferWidth = null,
    int? dHiddenStride = null)
{
    private readonly PackedMatrix forward = new();
    private readonly PackedMatrix transposed = new() { WholeVectors = dHiddenStride is not null };

    private readonly int hidden = hiddenWidth ?? units;
    private readonly int dHidden = dHiddenStride ?? hiddenWidth ?? units;
    private readonly int buffer = bufferWidth ?? (bufferGates * units);

    private int Width => gates * units;

    /// <summary>Packs this group's columns.</summary>
    public void Pack(float* recurrentKernel, bool backward, WeightType type)
    {
        float* first = recurrentKernel + (firstGate * units);
        forward.Pack(first, hidden, Width, kernelGates * units, type);
        if (backward) { transposed.PackTransposed(first, hidden, Width, kernelGates * units); }
    }

    /// <summary>gates += (h ∘ mask) U.</summary>
    public void AddForward(in CellStep step, float* h, nint hStride) => AddForward(step, h, hStride, step.Gates, buffer);

    /// <summary>z = gates + (h ∘ mask) U, rows of z in the layout of the gate buffer, zStride apart.</summary>
    public void AddForward(in CellStep step, float* h, nint hStride, float* z, nint zStride)
    {
        if (step.RecurrentMasks is not null)
        {
            h = MaskRows(step.Rows, h, hStride, step);
            hStride = hidden;
        }

        int first = firstBufferGate * units;
        Gemm.AddProduct(step.Rows, h, hStride, forward, step.Gates + first, buffer, z + first, zStride);
    }

    /// <summary>gates = bias + (h ∘ mask) U.</summary>
    public void ForwardWithBias(in CellStep step, float* h, nint hStride, float* bias)
    {
        float* z = step.Gates + (firstBufferGate * units);
        float* a = h;
        if (step.RecurrentMasks is not null)
        {
            a = MaskRows(step.Rows, h, hStride, step);
            hStride = hidden;
        }

        if (bias is null) { Gemm.Multiply(step.Rows, a, hStride, forward, z, buffer, accumulate: false); }
        else { Gemm.MultiplyWithBias(step.Rows, a, hStride, forward, bias, z, buffer); }
    }

    /// <summary>dh (rows, H) = or += (dz Uᵀ) ∘ mask.</summary>
    public void Backward(in CellStep step, float* dh, bool accumulate) => Backward(step, dh, dHidden, accumulate);

    /// <summary>The same for dh that is part of wider rows.</summary>
    public void Backward(in CellStep step, float* dh, nint stride, bool accumulate)
    {
        float* dz = step.DGates + (firstBufferGate * units);
        if (step.RecurrentMasks is null)
        {
            Gemm.Multiply(step.Rows, dz, buffer, transposed, dh, stride, accumulate);
            return;
        }

        int productStride = Cell.RowStride(hidden);
        float* product = Scratch(step.Rows * productStride);
        Gemm.Multiply(step.Rows, dz, buffer, transposed, product, productStride, accumulate: false);
        for (int row = 0; row < step.Rows; row++, product += productStride, dh += stride)
        {
            ReadOnlySpan<float> values = new(product, hidden), mask = MaskRow(step, row);
            var sum = new Span<float>(dh, hidden);
            if (accumulate) { TensorPrimitives.FusedMultiplyAdd(values, mask, sum, sum); }
            else { TensorPrimitives.Multiply(values, mask, sum); }
        }
    }

    /// <summary>dU += (h ∘ mask)ᵀ dz over many rows.</summary>
    public void AddGradient(int rows, in CellStep step, float* h, nint hStride, float* dRecurrentKernel)
    {
        if (step.RecurrentMasks is not null)
        {
            h = MaskRows(rows, h, hStride, step);
            hStride = hidden;
        }

        Gemm.AddTransposed(
            hidden, Width, rows, h, hStride, step.DGates + (firstBufferGate * units), buffer,
            dRecurrentKernel + (firstGate * units), kernelGates * units);
    }

    private float* MaskRows(int rows, float* h, nint hStride, in CellStep step)
    {
        float* masked = Scratch(rows * hidden);
        float* target = masked;
        for (int row = 0; row < rows; row++, h += hStride, target += hidden)
        {
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(h, hidden), MaskRow(step, row % step.MaskRows), new Span<float>(target, hidden));
        }

        return masked;
    }

    private ReadOnlySpan<float> MaskRow(in CellStep step, int row) =>
        new(step.RecurrentMasks + (((((nint)step.FirstMaskRow + row) * kernelGates) + firstGate) * hidden), hidden);

    private static float* Scratch(int count)
    {
        TensorBuffer buffer = threadScratch ??= new TensorBuffer(0);
        if (buffer.Length < count) { buffer.Resize(count); }
        return buffer.Pointer;
    }

    [ThreadStatic]
    private static TensorBuffer? threadScratch;
}
