using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Kernels;

/// <summary>Copies a matrix that is stored by rows, or its transpose, into panels; see <see cref="PackedMatrix"/>.</summary>
internal unsafe struct PanelCopy : IKernel
{
    /// <summary>The first elements of the source and of all panels.</summary>
    public float* Source, Target;

    /// <summary>The lengths of the packed matrix.</summary>
    public int Rows, Columns;

    /// <summary>From one row of the source to the next.</summary>
    public nint Stride;

    /// <summary>Whether rows of the source become columns.</summary>
    public bool Transposes;

    private int begin, end;

    /// <summary>Copies some of the panels.</summary>
    public readonly void Run(int first, int count)
    {
        PanelCopy part = this;
        (part.begin, part.end) = (first, first + count);
        Isa.Run(ref part);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
    {
        var panels = new Panels(Columns, TIsa.Lanes);
        for (int panel = begin; panel < end; panel++)
        {
            int first = panels.FirstColumn(panel), behind = panels.FirstColumn(panel + 1);
            float* target = Target + ((nint)Rows * first);
            if (!Transposes) { CopyRows<TIsa, V>(first, behind, target); }
            else
            {
                // Four rows of the source at a time.
                for (int j = first; j < behind; j += 4) { CopyColumns(Source + (j * Stride), Columns - j, target + (j - first), behind - first); }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void CopyRows<TIsa, V>(int first, int behind, float* target) where TIsa : struct, IVectorIsa<V> where V : struct
    {
        float* row = Source;
        for (int k = 0; k < Rows; k++, row += Stride)
        {
            for (int j = first; j < behind; j += TIsa.Lanes) { target = CopyVector<TIsa, V>(row + j, Columns - j, target); }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* CopyVector<TIsa, V>(float* source, int left, float* target)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
    {
        if (left >= TIsa.Lanes) { TIsa.Store(target, TIsa.Load(source)); }
        else
        {
            TIsa.Store(target, TIsa.Zero);
            for (int j = 0; j < left; j++) { target[j] = source[j]; }
        }

        return target + TIsa.Lanes;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void CopyColumns(float* a, int left, float* target, int width)
    {
        float* b = a + Stride, c = b + Stride, d = c + Stride;
        for (int k = 0; k < Rows; k++, target += width)
        {
            Vector128<float> values = left >= 4
                ? Vector128.Create(a[k], b[k], c[k], d[k])
                : Vector128.Create(left > 0 ? a[k] : 0, left > 1 ? b[k] : 0, left > 2 ? c[k] : 0, 0);
            values.Store(target);
        }
    }
}

/// <summary>Panels that threads share.</summary>
internal sealed class PanelBlocks : IShardWork
{
    private PanelCopy copy;
    private int blocks, panels;

    /// <summary>Copies all panels.</summary>
    public void Run(in PanelCopy given, long operations)
    {
        copy = given;
        panels = new Panels(given.Columns, Isa.Lanes).Count;
        blocks = Math.Min(panels, 2 * Workers.ThreadCount);
        Workers.Run(this, blocks, operations);
    }

    void IShardWork.Run(int shard)
    {
        int first = (int)((long)panels * shard / blocks);
        copy.Run(first, (int)((long)panels * (shard + 1) / blocks) - first);
    }
}
