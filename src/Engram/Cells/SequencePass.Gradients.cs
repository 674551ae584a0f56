using System.Numerics.Tensors;
using Engram.Kernels;

namespace Engram.Cells;

internal sealed unsafe partial class SequencePass
{
    // dW += xᵀ dz, dU += h'ᵀ dz, db += sum of dz for all steps of a piece at once.
    private void AddPieceGradients(int shard, int from, int to)
    {
        (int begin, int end) = LiveSteps(shard, from, to);
        if (begin == end) { return; }
        CellStep step = Step(shard, Slot(begin));
        int count = (end - begin) * step.Rows;
        SumPointers sum = Sum(shard);
        if (joinsInput)
        {
            AddJoinedGradient(count, step, sum);
            return;
        }

        cell.AddRecurrentGradient(count, step, sum.DRecurrentKernel);
        if (cell.OwnWeights > 0) { cell.AddOwnGradient(count, step, sum.DOwnWeights); }
        AddBiasGradient(count, step.DGates, sum);
        CopyInput(shard, begin, end);
        AddKernelGradient(shard, 0, count, step.DGates, sum.DKernel);
    }

    // All three gradients are one product, for 1, x and h' stand side by side.
    private void AddJoinedGradient(int rows, in CellStep step, in SumPointers sum) => Gemm.AddTransposed(
        1 + arrays.Features + hiddenWidth, kernelWidth, rows, step.JoinedRows - 1, hiddenStride, step.DGates, bufferWidth, sum.DBias, kernelWidth);

    private void AddBiasGradient(int rows, float* dz, in SumPointers sum)
    {
        var bias = new Span<float>(sum.DBias, biasWidth);
        for (int row = 0; row < rows; row++, dz += bufferWidth)
        {
            TensorPrimitives.Add(bias, new ReadOnlySpan<float>(dz, biasWidth), bias);
        }
    }

    /// <summary>
    /// Adds the sums of weight gradients to those of the arrays. They are added pairwise, neighbours first, whatever the number of
    /// threads: a binary tree over their numbers. The kernels of a large layer have but one sum, which is that of the arrays itself.
    /// </summary>
    public void AddWeightGradients()
    {
        for (int distance = 1; distance < sums; distance *= 2)
        {
            for (int sum = 0; sum + distance < sums; sum += 2 * distance)
            {
                Span<float> into = SumGradients(sum);
                TensorPrimitives.Add(into, SumGradients(sum + distance), into);
            }
        }

        ReadOnlySpan<float> total = SumGradients(0);
        ReadOnlySpan<float> bias = total[..biasWidth];
        total = total[biasWidth..];
        if (!large)
        {
            Add(total[..KernelCount], arrays.DKernel);
            Add(total.Slice(KernelCount, cell.RecurrentWeights), arrays.DRecurrentKernel);
            total = total[(KernelCount + cell.RecurrentWeights)..];
        }

        AddOwnGradients(total);
        if (arrays.DBias is not null) { Add(bias[..kernelWidth], arrays.DBias); }
        if (arrays.DRecurrentBias is not null)
        {
            // Reset after: z and r see both biases alike; the candidate's recurrent bias has the gradient of the fourth block.
            Add(bias[..(2 * units)], arrays.DRecurrentBias);
            Add(bias.Slice(3 * units, units), arrays.DRecurrentBias + (2 * units));
        }
    }

    private Span<float> SumGradients(int sum) => new(
        weightGradients.Pointer + (sum * gradientsPerSum), GradientCount);

    private int KernelCount => checked(arrays.Features * kernelWidth);

    private int GradientCount => checked(biasWidth + (large ? 0 : KernelCount + cell.RecurrentWeights) + cell.OwnWeights);

    private SumPointers Sum(int sum)
    {
        float* dBias = weightGradients.Pointer + (sum * gradientsPerSum);
        float* dKernel = dBias + biasWidth;
        if (large) { return new SumPointers { DBias = dBias, DKernel = arrays.DKernel, DRecurrentKernel = arrays.DRecurrentKernel, DOwnWeights = dKernel }; }
        float* dRecurrentKernel = dKernel + KernelCount;
        return new SumPointers { DBias = dBias, DKernel = dKernel, DRecurrentKernel = dRecurrentKernel, DOwnWeights = dRecurrentKernel + cell.RecurrentWeights };
    }

    private static void Add(ReadOnlySpan<float> values, float* target)
    {
        var sum = new Span<float>(target, values.Length);
        TensorPrimitives.Add(sum, values, sum);
    }

    /// <summary>Where one sum of the weights' gradients is, in this order; the bias has a column for each of the gate buffer.</summary>
    private struct SumPointers
    {
        public float* DBias, DKernel, DRecurrentKernel, DOwnWeights;
    }
}
