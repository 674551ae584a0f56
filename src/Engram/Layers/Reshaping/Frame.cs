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
}
