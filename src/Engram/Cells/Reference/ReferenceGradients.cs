using System.Numerics;

namespace Engram.Cells.Reference;

/// <summary>The loss's derivatives that a backward pass computes, each of the shape of what it belongs to.</summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class ReferenceGradients<T> where T : IBinaryFloatingPointIeee754<T>
{
    private readonly ReferenceCall<T> call;
    private readonly T[] carried;

    internal ReferenceGradients(ReferenceCall<T> call)
    {
        this.call = call;
        carried = new T[call.Units];
        X = new T[call.X.Length];
        Kernel = new T[call.Kernel.Length];
        RecurrentKernel = new T[call.RecurrentKernel.Length];
        Bias = call.Bias is null ? null : new T[call.Bias.Length];
        InitialH = new T[call.Rows * call.Units];
        InitialC = new T[call.Rows * call.Units];
    }

    /// <summary>dX: (rows, timeSteps, features).</summary>
    public T[] X { get; }

    /// <summary>dW: (features, gates × units).</summary>
    public T[] Kernel { get; }

    /// <summary>dU: (units, gates × units).</summary>
    public T[] RecurrentKernel { get; }

    /// <summary>db, or null where there is no bias.</summary>
    public T[]? Bias { get; }

    /// <summary>The derivative with respect to the state h before the first step: (rows, units).</summary>
    public T[] InitialH { get; }

    /// <summary>The derivative with respect to the state c before the first step: (rows, units).</summary>
    public T[] InitialC { get; }

    /// <summary>
    /// Adds dY of a step to dh, which is walked from the last step to the first. The output of a padded step is that of the data step
    /// before, so its dY is carried there; where padding gives zeros it goes nowhere. Returns whether the step is data.
    /// </summary>
    internal bool TakeOutput(T[]? dY, Span<T> dh, int row, int step)
    {
        if (step == call.TimeSteps - 1) { Array.Clear(carried); }
        bool isData = call.IsData(row, step);
        if (dY is not null && (isData || !call.ZeroOutputForMask))
        {
            ReadOnlySpan<T> dy = call.At(dY, row, step, call.Units);
            for (int u = 0; u < call.Units; u++) { carried[u] += dy[u]; }
        }

        if (!isData) { return false; }
        for (int u = 0; u < call.Units; u++) { dh[u] += carried[u]; }
        Array.Clear(carried);
        return true;
    }
}
