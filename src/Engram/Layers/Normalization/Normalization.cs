using Engram.Data;

namespace Engram.Layers;

/// <summary>
/// Brings the input to mean 0 and variance 1 with means and variances that are given or learnt from data beforehand, not in training:
/// y = (x - mean) / √variance, or y = mean + x √variance with <see cref="Invert"/>; the root is at least 1e-7. Input and output have
/// the same shape.
/// </summary>
public sealed class Normalization : Layer
{
    private const double SmallestDeviation = 1e-7;

    private int[] axes = [-1];
    private Weight? learntMean;
    private Weight? learntVariance;
    private int[] kept = [];

    /// <summary>The axes that have a mean and a variance for each of their places; negative ones count from the end. Default the last; none for one mean of all.</summary>
    public IReadOnlyList<int> Axes
    {
        get => axes;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Axes));
            axes = [.. value];
        }
    }

    /// <summary>The means, where they are known beforehand: one number, or one for each place of the last of the axes. Default null: they are learnt by <see cref="Adapt(NumericArray)"/>.</summary>
    public IReadOnlyList<double>? Mean { get; init; }

    /// <summary>The variances that belong to <see cref="Mean"/>.</summary>
    public IReadOnlyList<double>? Variance { get; init; }

    /// <summary>Whether the layer undoes the normalisation. Default false.</summary>
    public bool Invert { get; init; }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        int[] inside = AxisNumbers.Resolve(axes, input.Rank, this);
        for (int i = 0; i < inside.Length; i++)
        {
            int length = input[inside[i]];
            if (length == Shape.Unknown) { throw ShapeError($"an input whose axis {inside[i]} has a known length", input); }
            if (IsBuilt && length != kept[i]) { throw ShapeError($"an input with {kept[i]} elements along axis {inside[i]}", input); }
        }

        return input;
    }

    /// <summary>Learns means and variances from data.</summary>
    /// <param name="data">The samples; their shape decides that of the input where the layer is not built yet.</param>
    /// <exception cref="InvalidOperationException"><see cref="Mean"/> is given.</exception>
    /// <exception cref="EngramException">The data do not fit the layer, or there are none.</exception>
    public void Adapt(NumericArray data) => Adapt([data]);

    /// <summary>Learns means and variances from batches of data, as from all of them at once.</summary>
    /// <param name="batches">The batches, each with the samples on the first axis.</param>
    /// <exception cref="InvalidOperationException"><see cref="Mean"/> is given.</exception>
    /// <exception cref="EngramException">The data do not fit the layer, or there are none.</exception>
    public void Adapt(IEnumerable<NumericArray> batches)
    {
        ArgumentNullException.ThrowIfNull(batches);
        if (Mean is not null || Variance is not null) { throw new InvalidOperationException($"{DisplayName}: mean and variance are given and cannot be learnt."); }
        var moments = new RunningMoments();
        foreach (NumericArray batch in batches)
        {
            var shape = new Shape([Shape.Unknown, .. batch.Axes[1..]]);
            if (!IsBuilt) { Build([shape], new RandomKey(0)); }
            OutputShape(shape);
            var rows = new RowOrder();
            var array = new TensorBuffer(batch.Axes);
            array.CopyFrom(batch.Span);
            rows.Prepare(array, axes, this);
            moments.Add(rows.Read(new LayerCall(this), 0, array).Span, rows.Length);
        }

        if (moments.Count == 0) { throw new EngramException($"{DisplayName}: there are no data to learn from."); }
        moments.Mean.CopyTo(learntMean!.Value.Span);
        moments.Variance.CopyTo(learntVariance!.Value.Span);
    }

    /// <summary>Learns means and variances from sequences of different lengths; each of their steps counts the same.</summary>
    /// <param name="sequences">The sequences, each (timeSteps, features).</param>
    /// <exception cref="InvalidOperationException"><see cref="Mean"/> is given.</exception>
    /// <exception cref="EngramException">The sequences do not fit the layer, or there are none.</exception>
    public void Adapt(IEnumerable<float[,]> sequences)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        float[][,] all = [.. sequences];
        if (!IsBuilt && all.Length > 0) { Build([new Shape(Shape.Unknown, Shape.Unknown, all[0].GetLength(1))], new RandomKey(0)); }
        Adapt(all.Select(sequence => NumericArray.Create([.. sequence.Cast<float>()], 1, sequence.GetLength(0), sequence.GetLength(1))));
    }

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        Shape input = inputs[0];
        kept = [.. AxisNumbers.Resolve(axes, input.Rank, this).Select(axis => input[axis])];
        if ((Mean is null) != (Variance is null) || Mean?.Count != Variance?.Count)
        {
            throw new EngramException($"{DisplayName}: mean and variance must be given together and have the same length.");
        }

        if (Mean is null)
        {
            learntMean = AddWeight("mean", kept, Initializers.Zeros, trainable: false);
            learntVariance = AddWeight("variance", kept, Initializers.Ones, trainable: false);
            AddWeight("count", [], Initializers.Zeros, trainable: false); // nobody reads it, but files of Keras have it
        }
        else if (Mean.Count != 1 && (kept.Length == 0 || Mean.Count != kept[^1]))
        {
            throw new EngramException($"{DisplayName}: {Mean.Count} means do not fit the input {input}; give one, or one for each place of axis {(axes.Length == 0 ? "none" : axes[^1])}.");
        }
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        NormalizationState state = call.Saved<NormalizationState>();
        state.Order.Prepare(call.Input, axes, this);
        int length = state.Order.Length;
        state.PrepareChannels(length);
        TensorBuffer mean = call.Scratch(0, length);
        TensorBuffer factor = call.Scratch(1, length);
        for (int i = 0; i < length; i++)
        {
            mean.Span[i] = learntMean is null ? (float)Mean![i % Mean.Count] : learntMean.Value.Span[i];
            double variance = learntVariance is null ? Variance![i % Variance.Count] : learntVariance.Value.Span[i];
            double deviation = Math.Max(Math.Sqrt(variance), SmallestDeviation);
            factor.Span[i] = (float)(Invert ? deviation : 1 / deviation);
        }

        TensorBuffer x = state.Order.Read(call, 2, call.Input);
        TensorBuffer y = state.Order.Target(call, 3, call.Output);
        state.Channels.Apply(x, Invert ? state.Zeros : mean, factor, Invert ? mean : state.Zeros, y);
        state.Order.Write(y, call.Output);
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is not { } dx) { return; }
        NormalizationState state = call.Saved<NormalizationState>();
        TensorBuffer rows = state.Order.Target(call, 3, dx);
        state.Channels.Apply(
            state.Order.Read(call, 2, call.OutputGradient), state.Zeros, call.Scratch(1, state.Order.Length), state.Zeros, rows);
        state.Order.Write(rows, dx);
    }

    internal static Normalization ReadConfig(Configuration config) => new()
    {
        Axes = config.Has("axis") ? config.Int32s("axis") : [-1],
        Mean = config.Numbers("mean"),
        Variance = config.Numbers("variance"),
        Invert = config.Boolean("invert", false),
    };

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("axis", axes);
        config.Set("invert", Invert);
        config.SetNumbers("mean", Mean);
        config.SetNumbers("variance", Variance);
    }
}
