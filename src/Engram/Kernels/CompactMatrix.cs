namespace Engram.Kernels;

/// <summary>
/// A matrix B (k, n) in fewer bits, in panels of columns that a core reads from their first byte to their last. It never changes once
/// it is packed, so any number of threads may multiply with it.
/// </summary>
internal abstract unsafe class CompactMatrix
{
    /// <summary>The number of columns of a panel; the last one is padded.</summary>
    public abstract int PanelColumns { get; }

    /// <summary>How many bytes a number takes.</summary>
    public abstract int BytesPerWeight { get; }

    /// <summary>The matrix in the given type, or null for 32-bit floats, which <see cref="PackedMatrix"/> holds itself.</summary>
    public static CompactMatrix? Create(WeightType type, float* source, int rows, int columns, nint stride) => type switch
    {
        WeightType.Float32 => null,
        WeightType.Bfloat16 => new Bfloat16Matrix(source, rows, columns, stride),
        WeightType.Int8 => new Int8Matrix(source, rows, columns, stride),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "There is no such weight type."),
    };

    /// <summary>What is done with A once, before the columns are dealt out.</summary>
    /// <param name="product">The product.</param>
    /// <param name="slot">Which of several products that run together this is, from 0.</param>
    public virtual void Prepare(ref MatrixProduct product, int slot) { }

    /// <summary>Computes some columns: C = start + A B.</summary>
    /// <param name="product">The product.</param>
    /// <param name="first">The first column, at the beginning of a panel.</param>
    /// <param name="count">The number of columns.</param>
    public abstract void Multiply(in MatrixProduct product, int first, int count);
}
