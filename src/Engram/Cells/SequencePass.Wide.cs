using Engram.Kernels;

namespace Engram.Cells;

internal sealed unsafe partial class SequencePass
{
    private RowBlocks? rowBlocks;

    // The gates' formulas for all rows of a step; those of a wide layer are split by rows among the threads.
    private void Activate(in CellStep step, bool forward)
    {
        if (wide) { (rowBlocks ??= new RowBlocks()).Run(cell, step, forward); }
        else if (forward) { cell.ActivateForward(step); }
        else { cell.ActivateBackward(step); }
    }

    /// <summary>The rows of one step, a few at a time.</summary>
    private sealed class RowBlocks : IShardWork
    {
        // About what the formulas of one unit cost, in multiply-adds.
        private const long OperationsPerUnit = 100;

        private Cell cell = null!;
        private CellStep step;
        private bool forward;
        private int blocks;

        public void Run(Cell cell, in CellStep step, bool forward)
        {
            (this.cell, this.step, this.forward) = (cell, step, forward);
            blocks = Math.Min(step.Rows, 2 * Workers.ThreadCount);
            Workers.Run(this, blocks, step.Rows * cell.Units * OperationsPerUnit);
        }

        void IShardWork.Run(int shard)
        {
            int first = (int)((long)step.Rows * shard / blocks);
            CellStep slice = step.Slice(cell, first, (int)((long)step.Rows * (shard + 1) / blocks) - first);
            if (forward) { cell.ActivateForward(slice); }
            else { cell.ActivateBackward(slice); }
        }
    }
}
