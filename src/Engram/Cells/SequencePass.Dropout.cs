using System.Numerics.Tensors;
using Engram.Kernels;

namespace Engram.Cells;

/// <summary>
/// Dropout. Masks are drawn once for a batch and used at every step (Gal and Ghahramani 2016); each row's draws depend on its number alone.
/// The masked input is made for a piece at a time, on the way forward and again on the way back: it would be as large as the input.
/// </summary>
internal sealed unsafe partial class SequencePass
{
    private void DrawDropoutMasks()
    {
        if (arrays.Dropout > 0)
        {
            inputMasks.Resize(InputGroups * arrays.Batch * arrays.Features);
            FillMask(inputMasks.Span, arrays.Random.Derive(1), arrays.Dropout);
            maskedPerShard = Padded((nint)InputGroups * piece * rowsPerShard * arrays.Features);
            maskedInput.Resize(Total(maskedPerShard));
        }

        if (arrays.RecurrentDropout > 0)
        {
            // By shard, then gate, then row, as the products read them.
            recurrentMasks.Resize(cell.KernelGates * arrays.Batch * units);
            FillMask(recurrentMasks.Span, arrays.Random.Derive(2), arrays.RecurrentDropout);
        }
    }

    private static void FillMask(Span<float> mask, RandomKey key, float rate)
    {
        key.FillUniform(mask);
        float kept = 1f / (1f - rate);
        for (int i = 0; i < mask.Length; i++) { mask[i] = mask[i] < rate ? 0f : kept; }
    }

    // x ∘ mask for the steps of a piece, one after the other: (groups, steps, rows, features).
    private void MaskInput(int shard, int from, int to)
    {
        int first = FirstRow(shard);
        int end = FirstRow(shard + 1);
        int features = arrays.Features;
        for (int group = 0; group < InputGroups; group++)
        {
            float* target = MaskedInput(shard, group);
            for (int t = from; t < to; t++)
            {
                for (int row = first; row < end; row++, target += features)
                {
                    float* x = arrays.X + ((((nint)row * arrays.TimeSteps) + arrays.TimeIndex(t)) * features);
                    TensorPrimitives.Multiply(new ReadOnlySpan<float>(x, features), InputMask(group, row), new Span<float>(target, features));
                }
            }
        }
    }

    private float* MaskedInput(int shard, int group) => maskedInput.Pointer + (shard * maskedPerShard)
        + ((nint)group * piece * (FirstRow(shard + 1) - FirstRow(shard)) * arrays.Features);

    private Span<float> InputMask(int group, int row) =>
        inputMasks.Span.Slice(((group * arrays.Batch) + row) * arrays.Features, arrays.Features);

    // dW += (x ∘ mask)ᵀ dz, dx = sum over the gates' groups of (dz Wᵀ) ∘ mask.
    private void AddMaskedPieceGradients(int shard, int from, int to, in CellStep step, float* dKernel)
    {
        int features = arrays.Features;
        int groups = InputGroups;
        int width = kernelWidth / groups;
        MaskInput(shard, from, to);
        for (int group = 0; group < groups; group++)
        {
            float* dz = step.DGates + (group * width);
            Gemm.AddTransposed(
                features, width, (to - from) * step.Rows, MaskedInput(shard, group), features,
                dz, bufferWidth, dKernel + (group * width), kernelWidth);
            if (arrays.DX is not null) { AddMaskedInputGradient(shard, group, from, to, step.Rows, dz); }
        }
    }

    private void AddMaskedInputGradient(int shard, int group, int from, int to, int rows, float* dz)
    {
        int first = FirstRow(shard);
        int features = arrays.Features;
        float* product = MaskedInput(shard, group); // its share of dW is done
        for (int t = from; t < to; t++, dz += (nint)rows * bufferWidth)
        {
            Gemm.Multiply(rows, dz, bufferWidth, kernelTransposed[group], product, features, accumulate: false);
            for (int row = first; row < first + rows; row++)
            {
                var part = new ReadOnlySpan<float>(product + ((nint)(row - first) * features), features);
                var dx = new Span<float>(arrays.DX + ((((nint)row * arrays.TimeSteps) + arrays.TimeIndex(t)) * features), features);
                if (group == 0) { TensorPrimitives.Multiply(part, InputMask(group, row), dx); }
                else { TensorPrimitives.FusedMultiplyAdd(part, InputMask(group, row), dx, dx); }
            }
        }
    }
}
