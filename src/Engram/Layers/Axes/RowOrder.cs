namespace Engram.Layers;

/// <summary>
/// An array seen as rows along some of its axes: as it lies where these are the last ones, transposed otherwise. Kept with a layer's call.
/// </summary>
internal sealed class RowOrder
{
    private int[] order = [];
    private int first;

    /// <summary>The number of rows and the number of elements of each.</summary>
    public int Rows { get; private set; }

    /// <inheritdoc cref="Rows"/>
    public int Length { get; private set; }

    private bool AsItLies => first == order.Length || order[first] == first;

    /// <summary>Looks at an array.</summary>
    /// <param name="x">The array.</param>
    /// <param name="axes">The axes of a row, as the user named them.</param>
    /// <param name="layer">Whose axes they are.</param>
    public void Prepare(TensorBuffer x, int[] axes, Layer layer)
    {
        if (order.Length != x.Rank)
        {
            int[] inside = AxisNumbers.Resolve(axes, x.Rank, layer);
            order = [.. Enumerable.Range(0, x.Rank).Except(inside), .. inside];
            first = x.Rank - inside.Length;
        }

        Length = 1;
        foreach (int axis in order.AsSpan(first)) { Length *= x[axis]; }
        Rows = Length == 0 ? 0 : x.Length / Length;
    }

    /// <summary>The elements row by row: the array itself or a transposed copy in a scratch buffer of the call.</summary>
    public TensorBuffer Read(LayerCall call, int slot, TensorBuffer x)
    {
        TensorBuffer target = Target(call, slot, x);
        if (target != x) { Transposition.Forward(x.Span, x.Axes, order, target.Span); }
        return target;
    }

    /// <summary>Where rows are written that <see cref="Write"/> puts into <paramref name="y"/>.</summary>
    public TensorBuffer Target(LayerCall call, int slot, TensorBuffer y) => AsItLies ? y : call.Scratch(slot, y.Length);

    /// <summary>Puts the rows that were written to <see cref="Target"/> where they belong.</summary>
    public void Write(TensorBuffer rows, TensorBuffer y)
    {
        if (rows != y) { Transposition.Backward(rows.Span, y.Axes, order, y.Span); }
    }
}
