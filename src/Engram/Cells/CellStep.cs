namespace Engram.Cells;

/// <summary>Where the arrays of one step of a block of rows are; see <see cref="Cell"/>.</summary>
internal unsafe struct CellStep
{
    /// <summary>The number of rows.</summary>
    public int Rows;

    /// <summary>The gate buffer: (rows, BufferGates H).</summary>
    public float* Gates;

    /// <summary>The gates before activation, of the same shape, where the cell keeps them.</summary>
    public float* Preactivations;

    /// <summary>dz, the gradients of the gates before activation, in the layout of the gate buffer; overwritten on the way back.</summary>
    public float* DGates;

    /// <summary>h before and after the step: (rows, H), rows <see cref="HiddenStride"/> apart.</summary>
    public float* HiddenBefore, Hidden;

    /// <summary>From one row of h to the next; H unless the cell joins the input.</summary>
    public nint HiddenStride;

    /// <summary>
    /// Where the cell is to multiply the input itself, x and h' of each row side by side: (rows, features + H), rows <see cref="HiddenStride"/>
    /// apart, and in front of each x the number 1; or null.
    /// </summary>
    public float* JoinedRows;

    /// <summary>c before and after the step: (rows, H), where there is a cell state.</summary>
    public float* CellBefore, Cell;

    /// <summary>The gradients of h and c, replaced on the way back: (rows, H), rows of dh <see cref="Cell.DHiddenStride"/> apart.</summary>
    public float* DHidden, DCell;

    /// <summary>The bias, where the cell is to multiply the input itself.</summary>
    public float* InputBias;

    /// <summary>Whether the gates are kept for the way back.</summary>
    public bool KeepsGates;

    /// <summary>Room for the cell's own use: (rows, ScratchPerRow).</summary>
    public float* Scratch;

    /// <summary>The recurrent dropout masks, one row for each kernel gate: (MaskRows, KernelGates, H), or null.</summary>
    public float* RecurrentMasks;

    /// <summary>The number of rows of a mask; rows of many steps use them over and over.</summary>
    public int MaskRows;

    /// <summary>Which row of the masks the first row has.</summary>
    public int FirstMaskRow;

    /// <summary>The recurrent bias of a reset-after GRU: (KernelGates H), or null.</summary>
    public float* RecurrentBias;

    /// <summary>Some of the rows of this step.</summary>
    public readonly CellStep Slice(Cell cell, int first, int count)
    {
        nint gate = (nint)first * cell.BufferWidth;
        nint state = (nint)first * HiddenStride;
        nint other = (nint)first * cell.CellWidth;
        CellStep slice = this;
        slice.Rows = count;
        slice.FirstMaskRow = FirstMaskRow + first;
        slice.Gates += gate;
        slice.DGates += gate;
        if (cell.KeepsPreactivations) { slice.Preactivations += gate; }
        slice.HiddenBefore += state;
        slice.Hidden += state;
        slice.JoinedRows += JoinedRows is null ? 0 : state;
        slice.DHidden += (nint)first * cell.DHiddenStride;
        slice.CellBefore += other;
        slice.Cell += other;
        slice.DCell += other;

        slice.Scratch += (nint)first * cell.ScratchPerRow;
        return slice;
    }
}
