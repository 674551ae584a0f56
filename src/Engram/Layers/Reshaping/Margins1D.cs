namespace Engram.Layers;

/// <summary>What <see cref="Cropping1D"/> and <see cref="ZeroPadding1D"/> share.</summary>
public abstract class Margins1D : Margins
{
    private protected Margins1D(int start, int end)
    {
        Start = NotNegative(start, nameof(start));
        End = NotNegative(end, nameof(end));
    }

    /// <summary>How many steps at the start.</summary>
    public int Start { get; }

    /// <summary>How many steps at the end.</summary>
    public int End { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank == 3
        ? input.With(1, Length(input[1], Start, End))
        : throw ShapeError("(batch, time, features)", input);

    private protected override Frame Inside(TensorBuffer inner) => new(inner[0], inner[1], 1, inner[2], Start, End, 0, 0);
}
