using Engram.Formats.Onnx.Wire;
using Engram.Layers;

namespace Engram.Formats.Onnx.Import;

/// <summary>Operators on shapes, and those that make arrays of them.</summary>
internal static class ShapeOperators
{
    public static OnnxValue Shape(OnnxContext c)
    {
        IReadOnlyList<Dim> dims = c.Input(0).Dims;
        int Clamped(long place) => (int)Math.Clamp(place < 0 ? place + dims.Count : place, 0, dims.Count);
        int start = Clamped(c.Integer("start", 0)), end = Clamped(c.Integer("end", dims.Count));
        return new OnnxNumbers([.. dims.Skip(start).Take(Math.Max(0, end - start))], isScalar: false);
    }

    public static OnnxValue Constant(OnnxContext c)
    {
        if (c.Attribute("value")?.Tensor is { } tensor) { return c.Importer.Source.Constant(tensor, c.Node.Outputs[0]); }
        if (c.Attribute("value_int") is { } integer) { return new OnnxConstant(c.Node.Outputs[0], [], null, () => [integer.Integer]); }
        if (c.Attribute("value_float") is { } single) { return new OnnxConstant(c.Node.Outputs[0], [], () => [single.Single], null); }
        if (c.Attribute("value_ints") is { } integers) { return new OnnxConstant(c.Node.Outputs[0], [integers.Integers.Count], null, () => [.. integers.Integers]); }
        if (c.Attribute("value_floats") is { } singles) { return new OnnxConstant(c.Node.Outputs[0], [singles.Singles.Count], () => [.. singles.Singles], null); }
        throw c.Error("has no value that is read; expected an array, numbers or a number");
    }

    public static OnnxValue ConstantOfShape(OnnxContext c)
    {
        Dim[] dims = c.Numbers(c.Input(0));
        RequireLengths(c, dims);
        if (c.Attribute("value")?.Tensor is not { } tensor) { return new OnnxFilled(0, dims); }
        OnnxConstant value = c.Importer.Source.Constant(tensor, c.Node.Outputs[0]);
        if (value.Count != 1) { throw c.Error($"fills with {value.Count} numbers; expected one"); }
        return new OnnxFilled(value.Floats()[0], dims);
    }

    public static OnnxValue Expand(OnnxContext c)
    {
        OnnxValue value = c.Input(0);
        Dim[] target = c.Numbers(c.Input(1));
        RequireLengths(c, target);
        int rank = Math.Max(value.Rank, target.Length);
        Dim At(IReadOnlyList<Dim> dims, int axis) => axis < rank - dims.Count ? Dim.One : dims[axis - rank + dims.Count];
        Dim[] dims = [.. Enumerable.Range(0, rank).Select(axis => At(target, axis) == Dim.One ? At(value.Dims, axis) : At(target, axis))];
        if (dims.SequenceEqual(value.Dims)) { return value; }
        return value switch
        {
            OnnxConstant { Count: 1 } constant => new OnnxFilled(constant.Floats()[0], dims),
            OnnxFilled filled => new OnnxFilled(filled.Value, dims),
            _ => ArrayOperators.Repeated(c, c.Importer.AsFlow(c, value), dims),
        };
    }

    public static OnnxValue Cast(OnnxContext c)
    {
        OnnxValue value = c.Input(0);
        var type = (OnnxElementType)c.Integer("to", 1);
        bool toFloat = type is OnnxElementType.Float32 or OnnxElementType.Float64 or OnnxElementType.Float16 or OnnxElementType.BFloat16;
        bool toInteger = type is OnnxElementType.Int32 or OnnxElementType.Int64;
        if (type == OnnxElementType.Boolean) { return ElementwiseOperators.Truth(c, value); }
        if (!toFloat && !toInteger) { throw c.Error($"casts to {type}; casts to float, whole numbers and truth values are read"); }
        return value switch
        {
            OnnxConstant constant when toFloat => new OnnxConstant(constant.Name, constant.Shape, constant.Floats, null),
            OnnxConstant constant => new OnnxConstant(constant.Name, constant.Shape, null, constant.Integers),
            OnnxNumbers when toFloat => throw c.Error("makes a number of a length, which is not read"),
            _ => value,
        };
    }

    public static OnnxValue Gather(OnnxContext c)
    {
        OnnxValue data = c.Input(0), places = c.Input(1);
        int axis = c.Axis(c.Integer("axis", 0), data.Rank);
        if (data is OnnxConstant table && places is OnnxFlow tokens) { return Embedding(c, table, tokens, axis); }
        if (places is OnnxFlow) { throw c.Error("takes places that are computed from the input out of something that is no table of the file"); }
        long[] numbers = c.Integers(1)!;
        bool single = places.Rank == 0;
        if (places.Rank > 1) { throw c.Error($"takes places of the shape {places.Describe()}; expected one or a list"); }
        switch (data)
        {
            case OnnxNumbers list:
                Dim[] taken = [.. numbers.Select(place => list.Values[c.Axis(place, list.Values.Length)])];
                return new OnnxNumbers(taken, single);
            case OnnxConstant constant:
                return ViewOperators.Take(c, constant, axis, [.. numbers.Select(place => c.Axis(place, constant.Shape[axis]))], drop: single);
            case OnnxFlow flow when single && flow.Dims[axis] == Dim.One && numbers[0] is (0 or -1):
                return ViewOperators.Without(c, flow, [axis]);
            case OnnxFlow flow:
                if (numbers.Any(place => place is > int.MaxValue or < int.MinValue)) { throw c.Error("takes a place that is none"); }
                int[] list32 = [.. numbers.Select(place => (int)place)];
                OnnxFlow result = ViewOperators.TakeFlow(c, flow, axis, axisOfTensor => new TakePlaces(axisOfTensor, list32), Dim.Of(list32.Length));
                return single ? ViewOperators.Without(c, result, [axis]) : result;
            case OnnxFilled filled:
                return new OnnxFilled(filled.Value, [.. filled.Dims.Take(axis), .. single ? Array.Empty<Dim>() : [Dim.Of(numbers.Length)], .. filled.Dims.Skip(axis + 1)]);
            default: throw c.Error("takes places out of something else than an array");
        }
    }

    private static OnnxFlow Embedding(OnnxContext c, OnnxConstant table, OnnxFlow tokens, int axis)
    {
        if (axis != 0 || table.Rank != 2 || !table.IsFloat || table.Shape.Contains(0)) { throw c.Error($"looks up tokens along axis {axis} of a table of the shape {table.Describe()}; expected (tokens, features)"); }
        SymbolicTensor x = c.BatchFirst(tokens, out int batch);
        var layer = (Embedding)c.Importer.Shared($"embedding {table.Name}", () =>
        {
            var created = new Embedding(table.Shape[0], table.Shape[1]) { EmbeddingsInitializer = Initializers.Zeros };
            c.Importer.AfterBuild(() => table.Floats().CopyTo(created.Weights[0].Value.Span));
            return created;
        });
        return OnnxFlow.Of(c.Apply(layer, x), [.. tokens.Dims, Dim.Of(table.Shape[1])], batch);
    }

    private static void RequireLengths(OnnxContext c, Dim[] dims)
    {
        if (dims.Any(dim => dim.Factor < 0)) { throw c.Error($"has the shape ({string.Join(", ", dims)}); lengths are 0 or more"); }
    }
}
