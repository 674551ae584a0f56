using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Kernels;

/// <summary>
/// Columns of a matrix that is stored by rows, tile by tile as the product with its transpose reads them: the few numbers that a tile takes of
/// each row lie one after the other. Where they are far apart instead, a tile reads a cache line for each of them.
/// </summary>
internal sealed unsafe class PackedTiles
{
    private readonly TensorBuffer tiles = new(0);

    /// <summary>The first tile.</summary>
    public float* Pointer => tiles.Pointer;

    /// <summary>Packs a matrix (rows, columns) in tiles as wide as those of three vectors are high; reads up to one tile past its last element.</summary>
    public void Pack(float* source, int rows, int columns, nint stride)
    {
        tiles.Resize(checked((rows * columns) + Vector256<float>.Count)); // a vector is stored for each tile's row
        var kernel = new Columns { Source = source, Rows = rows, Count = columns, Stride = stride, Target = Pointer };
        Isa.Run(ref kernel);
    }

    private struct Columns : IKernel
    {
        public float* Source, Target;
        public int Rows, Count;
        public nint Stride;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            var tiles = new RowTiles(Count, TIsa.TileRows(3));
            float* first = Source, target = Target;
            for (int tile = 0; tile < tiles.Count; tile++)
            {
                int width = tiles.Rows(tile);
                float* row = first;

                // What is stored too much is overwritten by what comes next.
                if (TIsa.TileRows(3) == 4)
                {
                    for (int k = 0; k < Rows; k++, row += Stride, target += width) { Vector128.Load(row).Store(target); }
                }
                else
                {
                    for (int k = 0; k < Rows; k++, row += Stride, target += width) { Vector256.Load(row).Store(target); }
                }

                first += width;
            }
        }
    }
}
