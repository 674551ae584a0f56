using Engram.Layers;

namespace Engram.Formats.Onnx.Import;

/// <summary>Operators that move, split or take elements. On what flows most of them are but another view.</summary>
internal static class ViewOperators
{
    public static OnnxValue Transpose(OnnxContext c)
    {
        OnnxValue value = c.Input(0);
        long[] given = c.Attribute("perm") is { Integers.Count: > 0 } perm ? [.. perm.Integers] : [.. Enumerable.Range(0, value.Rank).Reverse().Select(axis => (long)axis)];
        if (!given.Order().SequenceEqual(Enumerable.Range(0, value.Rank).Select(axis => (long)axis))) { throw c.Error($"has the order ({string.Join(", ", given)}) for {value.Rank} axes"); }
        int[] order = [.. given.Select(axis => (int)axis)];
        switch (value)
        {
            case OnnxFlow flow: return flow.WithAxes([.. order.Select(axis => flow.Axes[axis])]);
            case OnnxFilled filled: return new OnnxFilled(filled.Value, [.. order.Select(axis => filled.Dims[axis])]);
            case OnnxConstant constant:
                c.Importer.Fold(c, constant.Count);
                int[] shape = [.. order.Select(axis => constant.Shape[axis])];
                int[] strides = Strides(constant.Shape);
                return constant.Rearranged(c.Node.Outputs[0], shape, i => Offset(i, shape, axis => strides[order[axis]]));
            default: return value;
        }
    }

    public static OnnxValue Squeeze(OnnxContext c)
    {
        OnnxValue value = c.Input(0);
        int[] axes = c.Integers(1, "axes") is { } given
            ? [.. given.Select(axis => c.Axis(axis, value.Rank))]
            : [.. Enumerable.Range(0, value.Rank).Where(axis => value.Dims[axis] == Dim.One)];
        return Without(c, value, axes);
    }

    public static OnnxValue Unsqueeze(OnnxContext c)
    {
        OnnxValue value = c.Input(0);
        long[] given = c.Integers(1, "axes") ?? throw c.Error("names no axes");
        if (given.Length > 64) { throw c.Error($"adds {given.Length} axes"); }
        int rank = value.Rank + given.Length;
        int[] axes = [.. given.Select(axis => c.Axis(axis, rank)).Order()];
        if (axes.Distinct().Count() != axes.Length) { throw c.Error("names an axis twice"); }
        List<T> Inserted<T>(IEnumerable<T> list, T item)
        {
            List<T> result = [.. list];
            foreach (int axis in axes) { result.Insert(axis, item); }
            return result;
        }

        return value switch
        {
            OnnxFlow flow => flow.WithAxes([.. Inserted(flow.Axes, [])]),
            OnnxFilled filled => new OnnxFilled(filled.Value, [.. Inserted(filled.Dims, Dim.One)]),
            OnnxConstant constant => constant.Reshaped([.. Inserted(constant.Shape, 1)]),
            OnnxNumbers { IsScalar: true } number when axes is [0] => new OnnxNumbers(number.Values, isScalar: false),
            _ => throw c.Error("adds an axis to a list of lengths"),
        };
    }

    public static OnnxValue Reshape(OnnxContext c)
    {
        OnnxValue value = c.Input(0);
        Dim[] target = c.Numbers(c.Input(1));
        if (target.Length > 64) { throw c.Error($"asks for {target.Length} axes"); }
        bool zeroIsLength = c.Integer("allowzero", 0) != 0;
        int open = -1;
        for (int i = 0; i < target.Length; i++)
        {
            if (target[i] == Dim.Of(0) && !zeroIsLength) { target[i] = i < value.Rank ? value.Dims[i] : throw c.Error($"keeps axis {i} of {value.Describe()}"); }
            else if (target[i] == Dim.Of(-1)) { open = open < 0 ? i : throw c.Error("leaves two axes open"); }
            else if (target[i].Factor < 1) { throw c.Error($"asks for the shape ({string.Join(", ", target)})"); }
        }

        return Reshaped(c, value, target, open);
    }

    public static OnnxValue Flatten(OnnxContext c)
    {
        OnnxValue value = c.Input(0);
        long given = c.Integer("axis", 1);
        int axis = given == value.Rank ? value.Rank : c.Axis(given, value.Rank);
        return Reshaped(c, value, [Dim.Product(value.Dims.Take(axis)), Dim.Product(value.Dims.Skip(axis))], -1);
    }

    public static OnnxValue Slice(OnnxContext c)
    {
        OnnxValue value = c.Input(0);
        long[] starts = c.Integers(1, "starts") ?? throw c.Error("names no starts"), ends = c.Integers(2, "ends") ?? throw c.Error("names no ends");
        long[] axes = c.Integers(3, "axes") ?? [.. Enumerable.Range(0, starts.Length).Select(axis => (long)axis)];
        long[] steps = c.Integers(4) ?? [.. starts.Select(_ => 1L)];
        if (ends.Length != starts.Length || axes.Length != starts.Length || steps.Length != starts.Length) { throw c.Error("has lists of starts, ends, axes and steps of different lengths"); }
        for (int i = 0; i < starts.Length; i++)
        {
            if (steps[i] == 0 || Math.Abs((double)steps[i]) > int.MaxValue) { throw c.Error($"has the step {steps[i]}"); }
            value = SliceAxis(c, value, c.Axis(axes[i], value.Rank), starts[i], ends[i], steps[i]);
        }

        return value;
    }

    public static OnnxValue Concat(OnnxContext c)
    {
        OnnxValue[] parts = [.. Enumerable.Range(0, c.InputCount).Select(c.Input)];
        if (parts.Length == 0) { throw c.Error("has no inputs"); }
        if (parts.Length == 1) { return parts[0]; }
        int axis = c.Axis(c.Integer("axis", 0), parts[0].Rank);
        if (parts.Any(part => part.Rank != parts[0].Rank)) { throw c.Error("has inputs of different numbers of axes"); }
        if (parts.All(part => part is OnnxConstant)) { return ConcatConstants(c, [.. parts.Cast<OnnxConstant>()], axis); }
        if (parts.All(part => part is OnnxConstant or OnnxNumbers))
        {
            Dim[] numbers = [.. parts.SelectMany(c.Numbers)];
            return numbers.Length <= 1024 ? new OnnxNumbers(numbers, isScalar: false) : throw c.Error($"makes a list of {numbers.Length} lengths");
        }

        OnnxFlow[] flows = [.. parts.Select(part => c.Importer.AsFlow(c, part))];
        SymbolicTensor[] tensors = new SymbolicTensor[flows.Length];
        int batch = -1;
        for (int i = 0; i < flows.Length; i++)
        {
            tensors[i] = c.BatchFirst(flows[i], out int own);
            batch = i == 0 || own == batch ? own : throw c.Error("has inputs whose batch is not the same axis");
        }

        if (axis == batch) { throw c.Error("puts batches together"); }
        Dim total = flows.All(flow => flow.Dims[axis].IsKnown) ? Dim.Of(flows.Sum(flow => flow.Dims[axis].Factor)) : c.Importer.NewSymbol();
        Dim[] dims = [.. flows[0].Dims];
        dims[axis] = total;
        int place = Array.IndexOf(OnnxFlow.BatchFirst(dims.Length, batch), axis);
        return OnnxFlow.Of(c.Apply(new Concatenate(place), tensors), dims, batch);
    }

    /// <summary>A value without some axes, which must be of length 1.</summary>
    public static OnnxValue Without(OnnxContext c, OnnxValue value, int[] axes)
    {
        foreach (int axis in axes)
        {
            if (value.Dims[axis] != Dim.One) { throw c.Error($"leaves out axis {axis} of {value.Describe()}, which has more than one place"); }
        }

        IEnumerable<int> kept = Enumerable.Range(0, value.Rank).Except(axes);
        return value switch
        {
            OnnxFlow flow => flow.WithAxes([.. kept.Select(axis => flow.Axes[axis])]),
            OnnxFilled filled => new OnnxFilled(filled.Value, [.. kept.Select(axis => filled.Dims[axis])]),
            OnnxConstant constant => constant.Reshaped([.. kept.Select(axis => constant.Shape[axis])]),
            OnnxNumbers numbers => new OnnxNumbers(numbers.Values, isScalar: true),
            _ => value,
        };
    }

    /// <inheritdoc cref="Without(OnnxContext, OnnxValue, int[])"/>
    public static OnnxFlow Without(OnnxContext c, OnnxFlow flow, int[] axes) => (OnnxFlow)Without(c, (OnnxValue)flow, axes);

    /// <summary>Places along an axis of an array of the file.</summary>
    public static OnnxConstant Take(OnnxContext c, OnnxConstant constant, int axis, int[] places, bool drop)
    {
        int[] shape = [.. constant.Shape];
        shape[axis] = places.Length;
        c.Importer.Fold(c, shape.Aggregate(1L, (product, length) => checked(product * length)));
        int inner = constant.Shape[(axis + 1)..].Aggregate(1, (product, length) => product * length), length = constant.Shape[axis];
        OnnxConstant taken = constant.Rearranged($"{c.Node.Outputs[0]} {constant.Name} {axis} {string.Join(',', places)}", shape, i =>
        {
            (int block, int rest) = Math.DivRem(i, places.Length * inner);
            (int place, int within) = Math.DivRem(rest, inner);
            return (((block * length) + places[place]) * inner) + within;
        });
        return drop ? taken.Reshaped([.. shape.Where((_, i) => i != axis)]) : taken;
    }

    /// <summary>Places along an axis of what flows, by a layer that takes them.</summary>
    public static OnnxFlow TakeFlow(OnnxContext c, OnnxFlow flow, int axis, Func<int, Layer> layer, Dim count)
    {
        // Along an axis that is one of the array as it is, nothing needs to be moved first.
        if (flow.Axes[axis] is [int factor])
        {
            int at = Array.FindIndex(flow.Factors, factors => factors.Length == 1 && factors[0] == flow.Flat[factor]);
            int position = flow.Factors.Take(at < 0 ? 0 : at).Sum(factors => factors.Length);
            if (at > 0 && position == factor)
            {
                if (at == 1 && layer(at) is TakePlaces { IsLast: true } && c.Importer.LastSteps.TryGetValue(flow.Tensor, out SymbolicTensor? last))
                {
                    // (batch, H) instead of (batch, time, H): the axis of time has no factor left
                    int[][] axes = [.. flow.Axes.Select((axis, i) => axis.Where(f => f != factor).Select(f => f > factor ? f - 1 : f).ToArray())];
                    return new OnnxFlow(last, [flow.Factors[0], flow.Factors[2]], axes);
                }

                Dim[][] factors = [.. flow.Factors];
                factors[at] = [count];
                return new OnnxFlow(c.Apply(Plain(layer(at), flow, at), flow.Tensor), factors, flow.Axes);
            }
        }

        SymbolicTensor x = c.BatchFirst(flow, out int batch);
        if (axis == batch) { throw c.Error("takes some samples of the batch"); }
        int place = Array.IndexOf(OnnxFlow.BatchFirst(flow.Rank, batch), axis);
        Dim[] dims = [.. flow.Dims];
        dims[axis] = count;
        return OnnxFlow.Of(c.Apply(layer(place), x), dims, batch);
    }

    // Steps that are left out at the ends of a sequence are what a layer of Keras leaves out.
    private static Layer Plain(Layer layer, OnnxFlow flow, int axis)
    {
        if (axis != 1 || flow.Factors.Length != 3 || layer is not TakePlaces { List: null, Row: { Step: 1, Start: >= 0 } row } take) { return layer; }
        if (row.End == int.MaxValue) { return new Cropping1D(row.Start, 0); }
        if (row.End < 0) { return new Cropping1D(row.Start, -row.End); }
        Dim length = flow.Dims.Count > 0 ? Dim.Product(flow.Factors[1]) : Dim.One;
        return length.IsKnown && row.End > row.Start && row.End <= length.Factor ? new Cropping1D(row.Start, (int)length.Factor - row.End) : take;
    }

    private static OnnxValue Reshaped(OnnxContext c, OnnxValue value, Dim[] target, int open)
    {
        if (open >= 0)
        {
            Dim total = Dim.Product(value.Dims), given = Dim.Product(target.Where((_, i) => i != open));
            target[open] = total.DividedBy(given) ?? throw c.Error($"asks for ({string.Join(", ", target)}) of an array of the shape {value.Describe()}");
        }

        if (value is OnnxConstant constant)
        {
            int[] shape = [.. target.Select(dim => dim.IsKnown ? checked((int)dim.Factor) : throw c.Error("gives an array of the file a shape that is known only when the graph runs"))];
            return shape.Aggregate(1L, (product, length) => checked(product * length)) == constant.Count
                ? constant.Reshaped(shape)
                : throw c.Error($"asks for ({string.Join(", ", shape)}) of an array of the shape {value.Describe()}");
        }

        switch (value)
        {
            case OnnxFilled filled: return new OnnxFilled(filled.Value, target);
            case OnnxNumbers numbers: return numbers.Values.Length == 1 || target.Length == 1 ? new OnnxNumbers(numbers.Values, target.Length == 0) : throw c.Error("makes a matrix of lengths");
            default:
                return OnnxShapes.Reshape((OnnxFlow)value, target, c.Importer.SameLength)
                    ?? throw c.Error($"asks for ({string.Join(", ", target)}) of an array of the shape {value.Describe()}, whose axes do not fall together");
        }
    }

    /// <summary>Places in a row along an axis.</summary>
    public static OnnxValue SliceAxis(OnnxContext c, OnnxValue value, int axis, long start, long end, long step)
    {
        var layer = new TakePlaces(axis + 1, start, end, step);
        Dim length = value is OnnxNumbers list ? Dim.Of(list.Values.Length) : value.Dims[axis];
        Dim count = length.IsKnown
            ? Dim.Of(layer.Count(checked((int)length.Factor)))
            : (start, end, step) switch
            {
                (0, >= int.MaxValue, 1) or (-1, <= int.MinValue, -1) => length,
                ( < 0, >= int.MaxValue, 1) => Dim.Of(-start),
                ( >= 0, >= int.MaxValue, 1) => c.Importer.Plus(length, -start),
                ( >= 0, < 0, 1) => c.Importer.Plus(length, end - start),
                _ => c.Importer.Derived(length, $"from {start} to {end} by {step}"),
            };
        if (count == length && step == 1) { return value; }
        int[] Places() => layer.Places((int)length.Factor);
        switch (value)
        {
            case OnnxNumbers numbers: return new OnnxNumbers([.. Places().Select(place => numbers.Values[place])], isScalar: false);
            case OnnxConstant constant: return Take(c, constant, axis, Places(), drop: false);
            case OnnxFilled filled: return new OnnxFilled(filled.Value, [.. filled.Dims.Select((dim, i) => i == axis ? count : dim)]);
            default:
                if (count == Dim.Of(0)) { throw c.Error("leaves nothing of an axis"); }
                return TakeFlow(c, (OnnxFlow)value, axis, place => new TakePlaces(place, start, end, step), count);
        }
    }

    private static OnnxConstant ConcatConstants(OnnxContext c, OnnxConstant[] parts, int axis)
    {
        int[] shape = [.. parts[0].Shape];
        shape[axis] = checked(parts.Sum(part => part.Shape[axis]));
        if (parts.Any(part => part.Shape.Where((length, i) => i != axis && length != shape[i]).Any())) { throw c.Error("puts arrays together that differ on another axis"); }
        long count = shape.Aggregate(1L, (product, length) => checked(product * length));
        c.Importer.Fold(c, count);
        T[] Join<T>(Func<OnnxConstant, T[]> read)
        {
            var joined = new T[count];
            int inner = shape[(axis + 1)..].Aggregate(1, (product, length) => product * length), at = 0;
            foreach (OnnxConstant part in parts)
            {
                T[] values = read(part);
                int row = part.Shape[axis] * inner, width = shape[axis] * inner;
                for (int block = 0; row > 0 && block < values.Length / row; block++) { Array.Copy(values, block * row, joined, (block * width) + at, row); }
                at += row;
            }

            return joined;
        }

        string name = c.Node.Outputs[0];
        return parts[0].IsFloat
            ? new OnnxConstant(name, shape, () => Join(part => part.Floats()), null)
            : new OnnxConstant(name, shape, null, () => Join(part => part.Integers()));
    }

    private static int[] Strides(int[] shape)
    {
        var strides = new int[shape.Length];
        for (int i = shape.Length - 1, stride = 1; i >= 0; stride *= shape[i--]) { strides[i] = stride; }
        return strides;
    }

    private static int Offset(int i, int[] shape, Func<int, int> stride)
    {
        int offset = 0;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            (i, int place) = Math.DivRem(i, shape[axis]);
            offset += place * stride(axis);
        }

        return offset;
    }
}
