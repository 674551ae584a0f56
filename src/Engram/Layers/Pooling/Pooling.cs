namespace Engram.Layers;

/// <summary>What pooling layers share: windows that go over the input, each of which becomes one place of the output, channel by channel.</summary>
public abstract class Pooling : Layer
{
    private static readonly (string?, PoolPadding)[] Words = [("valid", PoolPadding.Valid), ("same", PoolPadding.Same)];

    private readonly int[] poolSize;
    private int[]? strides;

    private protected Pooling(params ReadOnlySpan<int> poolSize) => this.poolSize = Positive(poolSize, nameof(poolSize));

    private protected Pooling(Configuration config, int axes)
    {
        poolSize = Lengths(config, "pool_size", axes);
        strides = Lengths(config, "strides", axes);
        Padding = config.Choice("padding", Words);
        config.Only("data_format", "\"channels_last\"");
    }

    /// <summary>The length of a window along each axis.</summary>
    public IReadOnlyList<int> PoolSize => poolSize;

    /// <summary>From one window to the next along each axis. Default the window's length.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A stride is below 1, or there is not one for each axis.</exception>
    public IReadOnlyList<int> Strides
    {
        get => strides ?? poolSize;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Strides));
            ArgumentOutOfRangeException.ThrowIfNotEqual(value.Count, poolSize.Length, nameof(Strides));
            strides = Positive([.. value], nameof(Strides));
        }
    }

    /// <summary>How windows at the edges are treated. Default <see cref="PoolPadding.Valid"/>.</summary>
    public PoolPadding Padding { get; init; } = PoolPadding.Valid;

    private protected abstract bool Averages { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        if (input.Rank != poolSize.Length + 2)
        {
            throw ShapeError(poolSize.Length == 1 ? "(batch, time, features)" : "(batch, height, width, channels)", input);
        }

        Shape output = input;
        for (int i = 0; i < poolSize.Length; i++)
        {
            int count = Axis(i).Count(input[i + 1]);
            if (count == 0) { throw ShapeError($"at least {poolSize[i]} places on axis {i + 1}", input); }
            output = output.With(i + 1, count);
        }

        return output;
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        Span<int> axes = stackalloc int[4];
        Picture(call.Input, axes);
        PoolWindow.Forward(Averages, axes, Vertical, Axis(poolSize.Length - 1), call.Input.Span, call.Output.Span);
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is not { } dx) { return; }
        Span<int> axes = stackalloc int[4];
        Picture(call.Input, axes);
        PoolWindow.Backward(
            Averages, axes, Vertical, Axis(poolSize.Length - 1), call.Input.Span, call.Output.Span, call.OutputGradient.Span, dx.Span,
            call.Scratch(0, axes[3]).Span);
    }

    private PoolAxis Vertical => poolSize.Length == 1 ? new PoolAxis(1, 1, PoolPadding.Valid) : Axis(0);

    private PoolAxis Axis(int i) => new(poolSize[i], (strides ?? poolSize)[i], Padding);

    // A sequence is a picture of one row.
    private static void Picture(TensorBuffer x, Span<int> axes)
    {
        axes[0] = x[0];
        axes[1] = x.Rank == 3 ? 1 : x[1];
        axes[2] = x[^2];
        axes[3] = x[^1];
    }

    private static int[] Positive(ReadOnlySpan<int> lengths, string name)
    {
        foreach (int length in lengths) { ArgumentOutOfRangeException.ThrowIfLessThan(length, 1, name); }
        return lengths.ToArray();
    }

    private static int[] Lengths(Configuration config, string name, int axes)
    {
        int[] lengths = config.Int32s(name);
        return lengths.Length == axes
            ? Positive(lengths, name)
            : throw new EngramException($"{config.Owner}: {name} has {lengths.Length} numbers; expected {axes}.");
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("pool_size", poolSize);
        config.Set("padding", Padding, Words);
        config.Set("strides", Strides);
        config.Set("data_format", "channels_last");
    }
}
