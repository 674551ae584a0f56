using System.Numerics.Tensors;
using Engram.Kernels;

namespace Engram.Cells;

/// <summary>
/// The products with the input. The steps of a piece are copied together from the rows' sequences, (steps, rows, features), so that each
/// is one tall product; dropout's mask is put on at the same time. The copy is made on the way forward and again on the way back: kept
/// whole, it would be as large as the input.
/// </summary>
internal sealed unsafe partial class SequencePass
{
    private readonly TensorBuffer inputPieces = new(0);
    private nint inputPerShard;

    private void PrepareInput()
    {
        inputPerShard = Padded((nint)InputGroups * piece * rowsPerShard * arrays.Features);
        inputPieces.Resize(Total(inputPerShard));
    }

    private float* InputPiece(int shard, int group) => inputPieces.Pointer + (shard * inputPerShard) + (group * InputPerGroup(shard));

    private nint InputPerGroup(int shard) => (nint)piece * (FirstRow(shard + 1) - FirstRow(shard)) * arrays.Features;

    private void CopyInput(int shard, int from, int to)
    {
        for (int group = 0; group < InputGroups; group++) { CopyInput(shard, from, to, group, InputPiece(shard, group), arrays.Features); }
    }

    // Each step's input in front of the state before it, and a 1 in front of that.
    private void JoinInput(int shard, int from, int to, int slot) => CopyInput(shard, from, to, 0, Step(shard, slot).JoinedRows, hiddenStride);

    private void CopyInput(int shard, int from, int to, int group, float* target, nint rowStride)
    {
        int first = FirstRow(shard);
        int rows = FirstRow(shard + 1) - first;
        int features = arrays.Features;
        nint timeStride = arrays.GoBackwards ? -features : features;
        nint stepStride = rows * rowStride;
        for (int row = 0; row < rows; row++)
        {
            float* x = arrays.X + ((((nint)(first + row) * arrays.TimeSteps) + arrays.TimeIndex(from)) * features);
            float* copy = target + (row * rowStride);
            float* mask = arrays.Dropout > 0 ? InputMask(group, first + row) : null;
            for (int t = from; t < to; t++, x += timeStride, copy += stepStride)
            {
                if (mask is not null)
                {
                    TensorPrimitives.Multiply(new ReadOnlySpan<float>(x, features), new ReadOnlySpan<float>(mask, features), new Span<float>(copy, features));
                }
                else if (features == 1) { *copy = *x; }
                else { Copy(x, copy, features); }

                if (joinsInput) { copy[-1] = 1; }
            }
        }
    }

    // gates = x W + b for the steps of a piece.
    private void ProjectInput(int shard, int from, int to, int slot)
    {
        (int begin, int end) = LiveSteps(shard, from, to);
        if (begin == end) { return; }
        CellStep step = Step(shard, slot + begin - from);
        int width = kernelWidth / InputGroups;
        CopyInput(shard, begin, end);
        for (int group = 0; group < InputGroups; group++)
        {
            Gemm.MultiplyWithBias(
                (end - begin) * step.Rows, InputPiece(shard, group), arrays.Features, kernel[group],
                inputBias.Pointer + (group * width), step.Gates + (group * width), bufferWidth);
        }
    }

    // dW += xᵀ dz for some rows of the piece that is copied, from the given one on.
    private void AddKernelGradient(int shard, nint row, int rows, float* dz, float* dKernel)
    {
        int width = kernelWidth / InputGroups;
        for (int group = 0; group < InputGroups; group++)
        {
            Gemm.AddTransposed(
                arrays.Features, width, rows, InputPiece(shard, group) + (row * arrays.Features), arrays.Features,
                dz + (group * width), bufferWidth, dKernel + (group * width), kernelWidth);
        }
    }

    // dx = dz Wᵀ, or with dropout the sum over the gates' groups of (dz Wᵀ) ∘ mask; takes the memory of the piece of input.
    private void WriteInputGradient(int shard, int from, int to)
    {
        if (arrays.DX is null) { return; }
        (int begin, int end) = LiveSteps(shard, from, to);
        ClearInputGradient(shard, from, begin);
        ClearInputGradient(shard, end, to);
        if (begin == end) { return; }
        CellStep step = Step(shard, Slot(begin));
        int width = kernelWidth / InputGroups;
        for (int group = 0; group < InputGroups; group++)
        {
            Gemm.Multiply(
                (end - begin) * step.Rows, step.DGates + (group * width), bufferWidth, kernelTransposed[group],
                InputPiece(shard, 0), arrays.Features, accumulate: false);
            SpreadInputGradient(shard, begin, end, group);
        }
    }

    private void SpreadInputGradient(int shard, int from, int to, int group)
    {
        int features = arrays.Features;
        float* share = InputPiece(shard, 0);
        for (int t = from; t < to; t++)
        {
            for (int row = FirstRow(shard); row < FirstRow(shard + 1); row++, share += features)
            {
                float* dx = arrays.DX + ((((nint)row * arrays.TimeSteps) + arrays.TimeIndex(t)) * features);
                if (arrays.Dropout == 0)
                {
                    Copy(share, dx, features);
                    continue;
                }

                ReadOnlySpan<float> part = new(share, features), mask = new(InputMask(group, row), features);
                Span<float> sum = new(dx, features);
                if (group == 0) { TensorPrimitives.Multiply(part, mask, sum); }
                else { TensorPrimitives.FusedMultiplyAdd(part, mask, sum, sum); }
            }
        }
    }
}
