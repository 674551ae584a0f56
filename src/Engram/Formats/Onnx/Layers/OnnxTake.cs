using Engram.Formats.Onnx.Export;
using Engram.Layers;

namespace Engram.Formats.Onnx.Layers;

/// <summary>
/// Some places along an axis, in any order: y = x at places first, first + step, ... (negative ones count from the end), or at places of a
/// list. dx is 0 at the others.
/// </summary>
internal sealed class OnnxTake : Layer
{
    private readonly int axis;
    private readonly long start, end, step;
    private readonly int[]? places;

    /// <summary>Creates the layer for places in a row, as ONNX's Slice has them.</summary>
    public OnnxTake(int axis, long start, long end, long step) => (this.axis, this.start, this.end, this.step) = (axis, start, end, step);

    /// <summary>Creates the layer for a list of places.</summary>
    public OnnxTake(int axis, int[] places) => (this.axis, this.places) = (axis, places);

    public override string Kind => "OnnxTake";

    private protected override string? KerasModule => null;

    /// <summary>Whether it takes the last place alone.</summary>
    public bool IsLast => places is [-1] || (places is null && start == -1 && end >= int.MaxValue && step == 1);

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

    /// <summary>The layer as nodes.</summary>
    public string Write(OnnxGraphWriter g, string x) => places is null
        ? g.Node("Slice", [x, g.Integers(start), g.Integers(end), g.Integers(axis), g.Integers(step)])
        : g.Node("Gather", [x, g.Integers([.. places.Select(place => (long)place)])], OnnxGraphWriter.Attribute("axis", (long)axis));

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
        long From(long place) => Math.Clamp(place < 0 ? Math.Max(place, long.MinValue / 2) + length : place, low, high);
        long first = From(start), last = From(end);
        long count = Math.Max(0, step > 0 ? (last - first + step - 1) / step : (first - last - step - 1) / -step);
        return ((int)first, (int)count, (int)Math.Clamp(step, int.MinValue, int.MaxValue));
    }
}
