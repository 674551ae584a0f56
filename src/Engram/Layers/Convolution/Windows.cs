using System.Runtime.CompilerServices;
using Engram.Kernels;

namespace Engram.Layers;

/// <summary>
/// The windows of a convolution over samples of up to three spatial axes, and the matrix whose rows they are: what a window sees, tap by
/// tap and channel by channel, zeros beyond the edges (im2col; Chellapilla, Puri and Simard 2006, "High performance convolutional neural
/// networks for document processing"). A convolution is the product of that matrix with its kernel.
/// </summary>
internal readonly unsafe struct Windows(PlacedAxis depth, PlacedAxis height, PlacedAxis width)
{
    private readonly PlacedAxis depth = depth;
    private readonly PlacedAxis height = height;
    private readonly PlacedAxis width = width;

    /// <summary>The number of taps of a window.</summary>
    public int Taps => depth.Size * height.Size * width.Size;

    /// <summary>The number of places of a sample.</summary>
    public int Places => depth.Length * height.Length * width.Length;

    /// <summary>The number of windows over a sample.</summary>
    public int Count => depth.Windows * height.Windows * width.Windows;

    /// <summary>Whether each place is a window by itself, so that the matrix is the input.</summary>
    public bool ArePlaces => Taps == 1 && Count == Places && depth.Stride == 1 && height.Stride == 1 && width.Stride == 1;

    /// <summary>The windows along each of the spatial axes of an array (batch, ..., channels).</summary>
    public static Windows Over(ReadOnlySpan<WindowAxis> axes, ReadOnlySpan<int> spatial)
    {
        Span<PlacedAxis> placed = [PlacedAxis.None, PlacedAxis.None, PlacedAxis.None];
        for (int i = 1; i <= axes.Length; i++) { placed[^i] = axes[^i].Over(spatial[^i]); }
        return new Windows(placed[0], placed[1], placed[2]);
    }

    /// <summary>Copies rows of the matrix: columns of some taps and channels.</summary>
    /// <param name="part">Which rows and columns.</param>
    /// <param name="x">The samples, one behind the other, channels last.</param>
    /// <param name="matrix">(rows, taps, channels), overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Gather(in WindowPart part, float* x, float* matrix)
    {
        Corner corner = FirstTap(part);
        var at = new Position(this, part.FirstRow);
        for (int row = 0; row < part.Rows; row++, at.MoveOn(this))
        {
            float* sample = x + ((nint)at.Sample * Places * part.PixelLength) + part.FirstChannel;
            Corner tap = corner;
            for (int left = part.Taps; left > 0;)
            {
                Run run = NextRun(at, ref tap, left, part);
                left -= run.Taps;
                if (run.Before > 0) { new Span<float>(matrix, run.Before * part.Channels).Clear(); }
                matrix += run.Before * part.Channels;
                for (int piece = 0; piece < run.Pieces; piece++, matrix += run.Length)
                {
                    new ReadOnlySpan<float>(sample + run.Offset + (piece * run.Step), run.Length).CopyTo(new Span<float>(matrix, run.Length));
                }

                if (run.After > 0) { new Span<float>(matrix, run.After * part.Channels).Clear(); }
                matrix += run.After * part.Channels;
            }
        }
    }

    /// <summary>The transpose of <see cref="Gather"/>: adds rows of a matrix to the places that they came from.</summary>
    /// <remarks>Reads up to one vector past the matrix and past x.</remarks>
    public void ScatterAdd(in WindowPart part, float* matrix, float* x)
    {
        var kernel = new Scatter { Windows = this, Part = part, Matrix = matrix, X = x };
        Isa.Run(ref kernel);
    }

    private Corner FirstTap(in WindowPart part)
    {
        (int line, int first) = Math.DivRem(part.FirstTap, width.Size);
        (int plane, int row) = Math.DivRem(line, height.Size);
        return new Corner { Plane = plane, Row = row, First = first };
    }

    // The taps from one on that lie in one row of places: some before the edge, some within, some behind. Those within are one piece
    // of memory where taps and channels follow one another without gaps. Moves on to the next row of taps.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Run NextRun(in Position at, ref Corner tap, int left, in WindowPart part)
    {
        int taps = Math.Min(width.Size - tap.First, left);
        int z = depth.Start(at.Depth) + (tap.Plane * depth.Dilation);
        int y = height.Start(at.Height) + (tap.Row * height.Dilation);
        int x = width.Start(at.Width) + (tap.First * width.Dilation);
        tap.First = 0;
        if (++tap.Row == height.Size)
        {
            tap.Row = 0;
            tap.Plane++;
        }

        if ((uint)z >= (uint)depth.Length || (uint)y >= (uint)height.Length) { return new Run { Taps = taps, Before = taps }; }

        int before = 0;
        int within = taps;
        if (x < 0 || x + ((taps - 1) * width.Dilation) >= width.Length)
        {
            before = x >= 0 ? 0 : Math.Min(taps, (-x + width.Dilation - 1) / width.Dilation);
            x += before * width.Dilation;
            within = x >= width.Length ? 0 : Math.Min(taps - before, ((width.Length - 1 - x) / width.Dilation) + 1);
        }

        bool whole = width.Dilation == 1 && part.Channels == part.PixelLength;
        return new Run
        {
            Taps = taps,
            Before = before,
            After = taps - before - within,
            Offset = ((((nint)z * height.Length) + y) * width.Length + x) * part.PixelLength,
            Pieces = whole ? Math.Min(within, 1) : within,
            Step = width.Dilation * part.PixelLength,
            Length = whole ? within * part.Channels : part.Channels,
        };
    }

    private struct Scatter : IKernel
    {
        public Windows Windows;
        public WindowPart Part;
        public float* Matrix;
        public float* X;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            Corner corner = Windows.FirstTap(Part);
            var at = new Position(Windows, Part.FirstRow);
            float* matrix = Matrix;
            for (int row = 0; row < Part.Rows; row++, at.MoveOn(Windows))
            {
                float* sample = X + ((nint)at.Sample * Windows.Places * Part.PixelLength) + Part.FirstChannel;
                Corner tap = corner;
                for (int left = Part.Taps; left > 0;)
                {
                    Run run = Windows.NextRun(at, ref tap, left, Part);
                    left -= run.Taps;
                    matrix += run.Before * Part.Channels;
                    for (int piece = 0; piece < run.Pieces; piece++, matrix += run.Length)
                    {
                        float* target = sample + run.Offset + (piece * run.Step);
                        for (int i = 0; i < run.Length; i += TIsa.Lanes)
                        {
                            V sum = TIsa.Add(TIsa.Load(target + i), TIsa.Load(matrix + i));
                            Edge.Store<TIsa, V>(target + i, sum, run.Length - i);
                        }
                    }

                    matrix += run.After * Part.Channels;
                }
            }
        }
    }

    private struct Run
    {
        public int Taps, Before, After, Pieces, Step, Length;
        public nint Offset;
    }

    // A tap of a window.
    private struct Corner
    {
        public int Plane, Row, First;
    }

    // Where a row of the matrix stands: the sample and the window along each axis.
    private struct Position
    {
        public int Sample, Depth, Height, Width;

        public Position(in Windows windows, int row)
        {
            (row, Width) = Math.DivRem(row, windows.width.Windows);
            (row, Height) = Math.DivRem(row, windows.height.Windows);
            (Sample, Depth) = Math.DivRem(row, windows.depth.Windows);
        }

        public void MoveOn(in Windows windows)
        {
            if (++Width < windows.width.Windows) { return; }
            Width = 0;
            if (++Height < windows.height.Windows) { return; }
            Height = 0;
            if (++Depth < windows.depth.Windows) { return; }
            Depth = 0;
            Sample++;
        }
    }
}

/// <summary>Some rows and columns of the matrix of windows.</summary>
internal struct WindowPart
{
    /// <summary>The rows: windows of all samples, one after the other.</summary>
    public int FirstRow, Rows;

    /// <summary>The columns: some taps and, of each, some channels.</summary>
    public int FirstTap, Taps, FirstChannel, Channels;

    /// <summary>The number of channels of a place in memory.</summary>
    public int PixelLength;

    /// <summary>The length of a row.</summary>
    public readonly int Columns => Taps * Channels;
}
