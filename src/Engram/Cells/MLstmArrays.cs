namespace Engram.Cells;

/// <summary>Where the arrays of one head of one sequence are; rows of all but h and dh are <see cref="Stride"/> apart.</summary>
internal unsafe struct MLstmArrays
{
    /// <summary>The number of steps, the width d of the head, and the distances between rows.</summary>
    public int Steps, Width, Stride, HStride;

    /// <summary>Queries, keys and values (steps, d), and the gates before their functions (steps).</summary>
    public float* Q, K, V, Input, Forget;

    /// <summary>The output (steps, d).</summary>
    public float* H;

    /// <summary>The gradients; dh is read, the others are overwritten.</summary>
    public float* DH, DQ, DK, DV, DInput, DForget;

    /// <summary>The states before the first step, C (d, d), n (d) and m (1), or null where they are zeros; all three or none.</summary>
    public float* InitialMemory, InitialNormalizer, InitialStabilizer;

    /// <summary>Where the states after the last step go, or null; all three or none. They may be the initial ones.</summary>
    public float* FinalMemory, FinalNormalizer, FinalStabilizer;

    /// <summary>The gradients of the initial states, overwritten; null where nobody asks.</summary>
    public float* DInitialMemory, DInitialNormalizer, DInitialStabilizer;

    /// <summary>The gradients of the states after the last step, or null; all three or none.</summary>
    public float* DFinalMemory, DFinalNormalizer, DFinalStabilizer;

    /// <summary>One byte for each step, 0 where it is masked, or null.</summary>
    public byte* Mask;

    /// <summary>Whether a step is data.</summary>
    public readonly bool IsData(int t) => Mask is null || Mask[t] != 0;
}
