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
            inputMasks.Resize(arrays.Batch * InputGroups * arrays.Features);
            FillMask(inputMasks.Span, arrays.Random.Derive(1), arrays.Dropout);
            maskedPerShard = Padded((nint)InputGroups * piece * rowsPerShard * arrays.Features);
            maskedInput.Resize(Total(maskedPerShard));
        }

        if (arrays.RecurrentDropout > 0)
        {
            recurrentMasks.Resize(arrays.Batch * cell.KernelGates * units);
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

    private float* MaskedInput(int shard, int group) => maskedInput.Pointer + (shard * maskedPerShard) + (group * MaskedPerGroup(shard));

    private nint MaskedPerGroup(int shard) => (nint)piece * (FirstRow(shard + 1) - FirstRow(shard)) * arrays.Features;

    private Span<float> InputMask(int group, int row) =>
        inputMasks.Span.Slice(((row * InputGroups) + group) * arrays.Features, arrays.Features);

    // dW += (x ∘ mask)ᵀ dz; masked: the first group's rows.
    private void AddMaskedKernelGradient(int rows, float* masked, nint perGroup, in CellStep step, in SumPointers sum)
    {
        int groups = InputGroups;
        int width = kernelWidth / groups;
        for (int group = 0; group < groups; group++, masked += perGroup)
        {
            Gemm.AddTransposed(
                arrays.Features, width, rows, masked, arrays.Features,
                step.DGates + (group * width), bufferWidth, sum.DKernel + (group * width), kernelWidth);
        }
    }

    // dx = sum over the gates' groups of (dz Wᵀ) ∘ mask.
    private void AddMaskedInputGradient(int shard, int from, int to, in CellStep step)
    {
        int first = FirstRow(shard);
        int features = arrays.Features;
        int groups = InputGroups;
        float* product = MaskedInput(shard, 0); // the weights' gradients have been computed from it
        for (int group = 0; group < groups; group++)
        {
            float* dz = step.DGates + (group * kernelWidth / groups);
            for (int t = from; t < to; t++, dz += (nint)step.Rows * bufferWidth)
            {
                Gemm.Multiply(step.Rows, dz, bufferWidth, kernelTransposed[group], product, features, accumulate: false);
                for (int row = first; row < first + step.Rows; row++)
                {
                    var part = new ReadOnlySpan<float>(product + ((nint)(row - first) * features), features);
                    var dx = new Span<float>(arrays.DX + ((((nint)row * arrays.TimeSteps) + arrays.TimeIndex(t)) * features), features);
                    if (group == 0) { TensorPrimitives.Multiply(part, InputMask(group, row), dx); }
                    else { TensorPrimitives.FusedMultiplyAdd(part, InputMask(group, row), dx, dx); }
                }
            }
        }
    }
}
