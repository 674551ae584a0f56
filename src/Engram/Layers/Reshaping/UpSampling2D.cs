using System.Runtime.Intrinsics;

namespace Engram.Layers;

/// <summary>
/// Makes pictures larger: (batch, height, width, channels) becomes (batch, height × rows, width × columns, channels). The output's
/// place i along an axis that grows by the factor n lies at the input's place (i + 1/2) / n - 1/2; beyond the edges is what lies at the edge.
/// </summary>
public sealed class UpSampling2D : Layer
{
    private static readonly (string?, Interpolation)[] Words = [("nearest", Interpolation.Nearest), ("bilinear", Interpolation.Bilinear)];

    /// <summary>Creates the layer.</summary>
    /// <param name="rows">The factor by which the height grows, 1 or more. Default 2.</param>
    /// <param name="columns">The factor by which the width grows, 1 or more. Default 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">A factor is below 1.</exception>
    public UpSampling2D(int rows = 2, int columns = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        Rows = rows;
        Columns = columns;
    }

    /// <summary>The factor by which the height grows.</summary>
    public int Rows { get; }

    /// <summary>The factor by which the width grows.</summary>
    public int Columns { get; }

    /// <summary>Where the values between two places come from. Default <see cref="Interpolation.Nearest"/>.</summary>
    public Interpolation Interpolation { get; init; } = Interpolation.Nearest;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        if (input.Rank != 4) { throw ShapeError("(batch, height, width, channels)", input); }
        return new Shape(input[0], Times(input[1], Rows), Times(input[2], Columns), input[3]);
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        (int height, int width, int channels) = (call.Input[1], call.Input[2], call.Input[3]);
        for (int picture = 0; picture < call.Input[0]; picture++)
        {
            ReadOnlySpan<float> x = call.Input.Span.Slice(picture * height * width * channels, height * width * channels);
            Span<float> y = call.Output.Span[(picture * height * width * Rows * Columns * channels)..];
            for (int i = 0; i < height * Rows; i++)
            {
                Place row = At(i, Rows, height);
                for (int j = 0; j < width * Columns; j++)
                {
                    Place column = At(j, Columns, width);
                    Span<float> target = y.Slice(((i * width * Columns) + j) * channels, channels);
                    ReadOnlySpan<float> Pixel(ReadOnlySpan<float> from, int r, int c) => from.Slice(((r * width) + c) * channels, channels);
                    if (Interpolation == Interpolation.Nearest)
                    {
                        Pixel(x, row.First, column.First).CopyTo(target);
                        continue;
                    }

                    Mix(
                        Pixel(x, row.First, column.First), Pixel(x, row.First, column.Second),
                        Pixel(x, row.Second, column.First), Pixel(x, row.Second, column.Second), row.Share, column.Share, target);
                }
            }
        }
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is not { } gradient) { return; }
        gradient.Clear();
        (int height, int width, int channels) = (gradient[1], gradient[2], gradient[3]);
        for (int picture = 0; picture < gradient[0]; picture++)
        {
            Span<float> dx = gradient.Span.Slice(picture * height * width * channels, height * width * channels);
            ReadOnlySpan<float> dy = call.OutputGradient.Span[(picture * height * width * Rows * Columns * channels)..];
            for (int i = 0; i < height * Rows; i++)
            {
                Place row = At(i, Rows, height);
                for (int j = 0; j < width * Columns; j++)
                {
                    Place column = At(j, Columns, width);
                    ReadOnlySpan<float> from = dy.Slice(((i * width * Columns) + j) * channels, channels);
                    Span<float> Pixel(Span<float> to, int r, int c) => to.Slice(((r * width) + c) * channels, channels);
                    AddTimes(from, (1 - row.Share) * (1 - column.Share), Pixel(dx, row.First, column.First));
                    if (Interpolation == Interpolation.Nearest) { continue; }
                    AddTimes(from, (1 - row.Share) * column.Share, Pixel(dx, row.First, column.Second));
                    AddTimes(from, row.Share * (1 - column.Share), Pixel(dx, row.Second, column.First));
                    AddTimes(from, row.Share * column.Share, Pixel(dx, row.Second, column.Second));
                }
            }
        }
    }

    // Between which two places of the input an output lies, and the share of the second.
    private Place At(int output, int factor, int length)
    {
        if (Interpolation == Interpolation.Nearest) { return new Place(output / factor, 0, 0); }
        float at = ((output + 0.5f) / factor) - 0.5f;
        float floor = MathF.Floor(at);
        return new Place(Math.Max((int)floor, 0), Math.Min((int)floor + 1, length - 1), at - floor);
    }

    private static void Mix(
        ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c, ReadOnlySpan<float> d, float down, float right, Span<float> target)
    {
        Vector256<float> rightShare = Vector256.Create(right);
        Vector256<float> downShare = Vector256.Create(down);
        for (int i = 0; i < a.Length; i += Vector256<float>.Count)
        {
            Vector256<float> top = Padded.Load(a, i) + ((Padded.Load(b, i) - Padded.Load(a, i)) * rightShare);
            Vector256<float> bottom = Padded.Load(c, i) + ((Padded.Load(d, i) - Padded.Load(c, i)) * rightShare);
            Padded.Store(top + ((bottom - top) * downShare), target, i);
        }
    }

    private static void AddTimes(ReadOnlySpan<float> from, float share, Span<float> target)
    {
        Vector256<float> factor = Vector256.Create(share);
        for (int i = 0; i < from.Length; i += Vector256<float>.Count)
        {
            Padded.Store(Padded.Load(target, i) + (Padded.Load(from, i) * factor), target, i);
        }
    }

    private static int Times(int length, int factor) => length == Shape.Unknown ? length : checked(length * factor);

    private readonly record struct Place(int First, int Second, float Share);

    internal static UpSampling2D ReadConfig(Configuration config)
    {
        config.Only("data_format", "\"channels_last\"");
        int[] size = config.Has("size") ? config.Int32s("size") : [2, 2];
        return size.Length == 2
            ? new UpSampling2D(size[0], size[1]) { Interpolation = config.Choice("interpolation", Words) }
            : throw new EngramException($"{config.Owner}: size has {size.Length} numbers; expected two.");
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("size", [Rows, Columns]);
        config.Set("data_format", "channels_last");
        config.Set("interpolation", Interpolation, Words);
    }
}
