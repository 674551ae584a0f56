namespace Engram.Layers;

/// <summary>A picture within a larger one, both (batch, height, width, channels): what cropping takes out and padding puts around.</summary>
/// <param name="Batch">The number of pictures.</param>
/// <param name="Height">The inner height.</param>
/// <param name="Width">The inner width.</param>
/// <param name="Channels">The number of channels.</param>
/// <param name="Top">Rows above the inner picture.</param>
/// <param name="Bottom">Rows below.</param>
/// <param name="Left">Columns to the left.</param>
/// <param name="Right">Columns to the right.</param>
internal readonly record struct Frame(int Batch, int Height, int Width, int Channels, int Top, int Bottom, int Left, int Right)
{
    private int OuterWidth => Left + Width + Right;

    /// <summary>The inner picture out of the larger one.</summary>
    public void TakeOut(ReadOnlySpan<float> outer, Span<float> inner)
    {
        int row = Width * Channels;
        for (int i = 0; i < Batch * Height; i++) { outer.Slice(Start(i), row).CopyTo(inner[(i * row)..]); }
    }

    /// <summary>The inner picture into the larger one, which is zero elsewhere.</summary>
    public void PutIn(ReadOnlySpan<float> inner, Span<float> outer)
    {
        outer.Clear();
        int row = Width * Channels;
        for (int i = 0; i < Batch * Height; i++) { inner.Slice(i * row, row).CopyTo(outer[Start(i)..]); }
    }

    private int Start(int row)
    {
        (int picture, int line) = Math.DivRem(row, Height);
        return (((((picture * (Top + Height + Bottom)) + Top + line) * OuterWidth) + Left) * Channels);
    }

    /// <summary>The numbers themselves where none is negative.</summary>
    internal static int NotNegative(int value, string name) =>
        value >= 0 ? value : throw new ArgumentOutOfRangeException(name, value, "The number must be 0 or more.");

    /// <summary>What is left of a length, or of an unknown one.</summary>
    /// <exception cref="EngramException">Nothing is left.</exception>
    internal static int Cropped(int length, int before, int after, Layer layer)
    {
        if (length == Shape.Unknown) { return length; }
        return length > before + after ? length - before - after : throw new EngramException($"{layer.DisplayName}: cropping {before} + {after} leaves nothing of a length of {length}.");
    }

    internal static int Padded(int length, int before, int after) => length == Shape.Unknown ? length : checked(length + before + after);
}
