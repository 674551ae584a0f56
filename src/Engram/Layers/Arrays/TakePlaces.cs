namespace Engram.Layers;

/// <summary>
/// Some places along an axis, in any order: y = x at places first, first + step, ... (negative ones count from the end), or at places of a
/// list. dx is 0 at the others.
/// </summary>
internal sealed class TakePlaces : Layer
{
    private readonly int axis, start, end, step;
    private readonly int[]? places;

    /// <summary>Creates the layer for places in a row: from the start on, by steps, to before the end; negative ones count from the end of the axis.</summary>
    /// <param name="axis">The axis, 1 or more.</param>
    /// <param name="start">The first place.</param>
    /// <param name="end">Before which to stop; the largest number, or the smallest with a negative step, for all places.</param>
    /// <param name="step">From one place to the next; not 0.</param>
    public TakePlaces(int axis, long start, long end, long step)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(axis, 1);
        ArgumentOutOfRangeException.ThrowIfZero(step);
        (this.axis, this.start, this.end, this.step) = (axis, Narrow(start), Narrow(end), Narrow(step));
    }

    /// <summary>Creates the layer for a list of places.</summary>
    public TakePlaces(int axis, int[] places)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(axis, 1);
        ArgumentOutOfRangeException.ThrowIfZero(places.Length);
        (this.axis, this.places) = (axis, places);
    }

    public int Axis => axis;

    /// <summary>The list of places, or null for places in a row.</summary>
    public IReadOnlyList<int>? List => places;

    /// <summary>The places in a row.</summary>
    public (int Start, int End, int Step) Row => (start, end, step);

    private protected override string? KerasModule => null;

    /// <summary>Whether it takes the last place alone.</summary>
    public bool IsLast => places is [-1] || (places is null && start == -1 && end == int.MaxValue && step == 1);

    /// <summary>How many places there are of an axis of some length, or Unknown.</summary>
    public int Count(int length) => places is not null ? places.Length : length == Shape.Unknown ? Shape.Unknown : Range(length).Count;

    /// <summary>The places that are taken of an axis of some length.</summary>
    public int[] Places(int length)
    {
        (int first, int count, int stride) = Range(length);
        return [.. Enumerable.Range(0, count).Select(k => first + (k * stride))];
    }

    public override Shape OutputShape(Shape input)
    {
        if (input.Rank <= axis) { throw ShapeError($"an input of more than {axis} axes", input); }
        if (places is not null && input[axis] != Shape.Unknown && places.Any(place => place >= input[axis] || place < -input[axis]))
        {
            throw ShapeError($"an axis {axis} that has the places {string.Join(", ", places)}", input);
        }

        return input.With(axis, Count(input[axis]));
    }

    protected internal override void Forward(LayerCall call)
    {
        (int outer, int length, int inner) = Split(call);
        int count = call.Output[axis];
        (int first, _, int stride) = places is null ? Range(length) : default;
        for (int i = 0; i < outer * count; i++)
        {
            (int block, int k) = Math.DivRem(i, count);
            int at = Place(k, first, stride, length);
            call.Input.Span.Slice(((block * length) + at) * inner, inner).CopyTo(call.Output.Span.Slice(i * inner, inner));
        }
    }

    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is not { } dx) { return; }
        dx.Clear();
        (int outer, int length, int inner) = Split(call);
        int count = call.Output[axis];
        (int first, _, int stride) = places is null ? Range(length) : default;
        for (int i = 0; i < outer * count; i++)
        {
            (int block, int k) = Math.DivRem(i, count);
            Span<float> target = dx.Span.Slice(((block * length) + Place(k, first, stride, length)) * inner, inner);
            System.Numerics.Tensors.TensorPrimitives.Add(target, call.OutputGradient.Span.Slice(i * inner, inner), target);
        }
    }

    private int Place(int k, int first, int stride, int length) => places is null
        ? first + (k * stride)
        : places[k] < 0 ? places[k] + length : places[k];

    private (int Outer, int Length, int Inner) Split(LayerCall call)
    {
        (int outer, int inner) = (1, 1);
        for (int i = 0; i < axis; i++) { outer *= call.Input[i]; }
        for (int i = axis + 1; i < call.Input.Rank; i++) { inner *= call.Input[i]; }
        return (outer, call.Input[axis], inner);
    }

    private (int First, int Count, int Step) Range(int length)
    {
        long low = step > 0 ? 0 : -1, high = step > 0 ? length : length - 1;
        long From(long place) => Math.Clamp(place < 0 && place != int.MinValue ? place + length : place, low, high);
        long first = From(start), last = From(end);
        long count = Math.Max(0, step > 0 ? (last - first + step - 1) / step : (first - last - step - 1) / -(long)step);
        return ((int)first, (int)count, step);
    }

    private static int Narrow(long value) => (int)Math.Clamp(value, int.MinValue, int.MaxValue);

    internal static TakePlaces ReadConfig(Configuration config) => config.Has("places")
        ? new TakePlaces(config.Int32("axis"), config.Int32s("places"))
        : new TakePlaces(config.Int32("axis"), config.Int32("start"), config.Int32("end", int.MaxValue), config.Int32("step", 1));

    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("axis", axis);
        if (places is not null)
        {
            config.Set("places", places);
            return;
        }

        config.Set("start", start);
        config.Set("end", end);
        config.Set("step", step);
    }
}
