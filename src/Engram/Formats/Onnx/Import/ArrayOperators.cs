using Engram.Layers;

namespace Engram.Formats.Onnx.Import;

/// <summary>Operators that repeat, pad, split and number elements.</summary>
internal static class ArrayOperators
{
    /// <summary>One number everywhere, along axes of which some are open: 0 times the places of an array that has them, plus the number.</summary>
    public static OnnxFlow Filled(OnnxContext c, OnnxFilled filled)
    {
        if (filled.Dims.Any(dim => dim.Factor < 1)) { throw c.Error($"computes with an empty array of the shape {filled.Describe()}"); }
        OnnxFlow number = c.Importer.AsFlow(c, new OnnxFilled(filled.Value, []));
        return Repeated(c, number, filled.Dims);
    }

    /// <summary>An array repeated along its axes of length 1.</summary>
    public static OnnxFlow Repeated(OnnxContext c, OnnxFlow flow, IReadOnlyList<Dim> target)
    {
        flow = flow.WithAxes([.. Enumerable.Repeat(Array.Empty<int>(), target.Count - flow.Rank), .. flow.Axes]);
        for (int axis = 0; axis < target.Count; axis++)
        {
            Dim dim = target[axis];
            if (flow.Dims[axis] == dim || c.Importer.SameLength(flow.Dims[axis], dim)) { continue; }
            if (flow.Dims[axis] != Dim.One) { throw c.Error($"repeats axis {axis} of an array of the shape {flow.Describe()} to {dim} places; only axes of length 1 are repeated"); }
            flow = dim.IsBatch
                ? flow.HasBatch ? throw c.Error("has the batch on two axes") : c.WithBatch(flow, target.Count, axis)
                : dim.IsKnown ? RepeatedKnown(c, flow, axis, dim) : ElementwiseOperators.Arrays(c, new Add(), flow, Zeros(c, dim, target.Count - axis - 1));
        }

        return flow;
    }

    /// <summary>first, first + step, ... along an axis whose length is known when the graph is read or runs.</summary>
    public static OnnxValue Range(OnnxContext c)
    {
        if (Enumerable.Range(0, 3).All(i => c.Input(i) is OnnxConstant { IsFloat: true }))
        {
            float[] given = [.. Enumerable.Range(0, 3).Select(i => c.Constant(i).Floats()[0])];
            double number = Math.Max(0, Math.Ceiling(((double)given[1] - given[0]) / given[2]));
            if (!(number <= 1 << 20)) { throw c.Error($"counts {number} places"); }
            float[] values = [.. Enumerable.Range(0, (int)number).Select(i => given[0] + (i * given[2]))];
            return new OnnxConstant(c.Node.Outputs[0], [values.Length], () => values, null);
        }

        Dim start = One(c, 0), end = One(c, 1), step = One(c, 2);
        if (!start.IsKnown || step != Dim.One) { throw c.Error($"counts from {start} by {step}; expected a known start and the step 1"); }
        Dim count = c.Importer.Plus(end, -start.Factor);
        if (!count.IsKnown) { return Numbered(c, count, start.Factor); }
        if (count.Factor is < 0 or > 1 << 20) { throw c.Error($"counts {count} places"); }
        long[] numbers = [.. Enumerable.Range(0, (int)count.Factor).Select(i => start.Factor + i)];
        return new OnnxConstant(c.Node.Outputs[0], [numbers.Length], null, () => numbers);
    }

    public static OnnxValue?[] Split(OnnxContext c)
    {
        OnnxValue value = c.Input(0);
        int axis = c.Axis(c.Integer("axis", 0), value.Rank), parts = c.Node.Outputs.Count;
        Dim length = value is OnnxNumbers list ? Dim.Of(list.Values.Length) : value.Dims[axis];
        if (!length.IsKnown) { throw c.Error($"splits an axis of {value.Describe()} whose length is not known"); }
        if (c.Integer("num_outputs", parts) != parts) { throw c.Error($"has {parts} outputs and not as many as num_outputs says"); }
        long size = (length.Factor + parts - 1) / parts;
        long[] sizes = c.Integers(1, "split") ?? [.. Enumerable.Range(0, parts).Select(i => Math.Min(size, length.Factor - (i * size)))];
        if (sizes.Length != parts || sizes.Any(part => part < 1) || sizes.Sum() != length.Factor) { throw c.Error($"splits {length} places into {string.Join(", ", sizes)} for {parts} outputs"); }
        var results = new OnnxValue?[parts];
        long at = 0;
        for (int i = 0; i < parts; at += sizes[i++])
        {
            if (c.Importer.IsRead(c.Node, i)) { results[i] = ViewOperators.SliceAxis(c, value, axis, at, at + sizes[i], 1); }
        }

        return results;
    }

    public static OnnxValue Tile(OnnxContext c)
    {
        OnnxFlow flow = c.Flow(0);
        long[] counts = c.Integers(1) ?? throw c.Error("says not how often");
        if (counts.Length != flow.Rank || counts.Any(count => count is < 1 or > 1 << 20)) { throw c.Error($"repeats {flow.Describe()} ({string.Join(", ", counts)}) times"); }
        for (int axis = 0; axis < counts.Length; axis++)
        {
            if (counts[axis] == 1) { continue; }
            if (flow.Axes[axis].Any(factor => flow.Flat[factor].IsBatch)) { throw c.Error("repeats the batch"); }
            // An axis of length 1 before it is repeated, and both are taken together.
            OnnxFlow wide = flow.WithAxes([.. flow.Axes[..axis], [], .. flow.Axes[axis..]]);
            flow = Repeated(c, wide, [.. wide.Dims.Select((dim, i) => i == axis ? Dim.Of(counts[axis]) : dim)]).Together(axis, 2);
        }

        return flow;
    }

    public static OnnxValue Pad(OnnxContext c)
    {
        OnnxFlow flow = c.Flow(0);
        if ((c.Attribute("mode")?.Text ?? "constant") != "constant") { throw c.Error($"pads by the mode '{c.Attribute("mode")!.Text}'; only constants are read"); }
        long[] pads = c.Integers(1, "pads") ?? throw c.Error("names no pads");
        long[] axes = c.Integers(3) ?? [.. Enumerable.Range(0, flow.Rank).Select(axis => (long)axis)];
        if (pads.Length != 2 * axes.Length) { throw c.Error($"has {pads.Length} pads for {axes.Length} axes"); }
        float value = c.Optional(2) is { } given ? ElementwiseOperators.Scalar(given) ?? throw c.Error("pads with something that is no number of the file") : c.Single("value", 0);
        for (int i = 0; i < axes.Length; i++)
        {
            flow = Padded(c, flow, c.Axis(axes[i], flow.Rank), pads[i], pads[i + axes.Length], value);
        }

        return flow;
    }

    /// <summary>Places before and behind along an axis; negative numbers take places away.</summary>
    public static OnnxFlow Padded(OnnxContext c, OnnxFlow flow, int axis, long before, long after, float value)
    {
        if (before < 0 || after < 0)
        {
            flow = (OnnxFlow)ViewOperators.SliceAxis(c, flow, axis, before < 0 ? -before : 0, after < 0 ? after : int.MaxValue, 1);
            (before, after) = (Math.Max(0, before), Math.Max(0, after));
        }

        if (before == 0 && after == 0) { return flow; }
        if (before + after > 1 << 20) { throw c.Error($"pads with {before + after} places"); }
        if (value == 0) { return Zeroed(c, flow, axis, (int)before, (int)after); }
        SymbolicTensor x = c.BatchFirst(flow, out int batch);
        if (axis == batch) { throw c.Error("pads the batch"); }
        int[] order = OnnxFlow.BatchFirst(flow.Rank, batch);
        Dim[] dims = [.. flow.Dims];
        SymbolicTensor Filled(long count)
        {
            dims[axis] = Dim.Of(count);
            return c.BatchFirst(c.Importer.AsFlow(c, new OnnxFilled(value, [.. dims])), out _);
        }

        List<SymbolicTensor> parts = [x];
        if (before > 0) { parts.Insert(0, Filled(before)); }
        if (after > 0) { parts.Add(Filled(after)); }
        SymbolicTensor y = c.Apply(new Concatenate(Array.IndexOf(order, axis)), [.. parts]);
        dims[axis] = c.Importer.Plus(flow.Dims[axis], before + after);
        return OnnxFlow.Of(y, dims, batch);
    }

    /// <summary>Whole numbers of places that each element takes in the output, nearest element first.</summary>
    public static OnnxValue Resize(OnnxContext c)
    {
        OnnxFlow flow = c.Flow(0);
        if ((c.Attribute("mode")?.Text ?? "nearest") != "nearest") { throw c.Error($"scales by the mode '{c.Attribute("mode")!.Text}'; only nearest is read"); }
        int input = c.Node.OpType == "Upsample" ? 1 : 2;
        if (c.Optional(input) is not OnnxConstant { IsFloat: true, Count: > 0 } scales || scales.Count != flow.Rank) { throw c.Error("has no scales for each axis in the file"); }
        string how = c.Attribute("coordinate_transformation_mode")?.Text ?? "half_pixel";
        for (int axis = 0; axis < flow.Rank; axis++)
        {
            float scale = scales.Floats()[axis];
            if (scale == 1) { continue; }
            if (!(scale is > 1 and < 1 << 20) || scale != MathF.Floor(scale) || how is not ("half_pixel" or "asymmetric" or "pytorch_half_pixel")) { throw c.Error($"scales axis {axis} by {scale} ({how}); expected a whole number"); }
            if (flow.Axes[axis].Any(factor => flow.Flat[factor].IsBatch)) { throw c.Error("scales the batch"); }
            OnnxFlow wide = flow.WithAxes([.. flow.Axes[..(axis + 1)], [], .. flow.Axes[(axis + 1)..]]);
            flow = Repeated(c, wide, [.. wide.Dims.Select((dim, i) => i == axis + 1 ? Dim.Of((long)scale) : dim)]).Together(axis, 2);
        }

        return flow;
    }

    // A layer that repeats steps puts them where the axis stands: (batch, before, count, behind).
    private static OnnxFlow RepeatedKnown(OnnxContext c, OnnxFlow flow, int axis, Dim count)
    {
        if (count.Factor is < 1 or > 1 << 20) { throw c.Error($"repeats an axis to {count} places"); }
        OnnxFlow apart = OnnxContext.WithBatchApart(flow, out _);
        int shift = apart.Rank - flow.Rank;
        int merged = flow.MergedBatch, place = axis + (merged >= 0 && merged < axis ? shift : 0);
        bool had = apart.HasBatch;
        OnnxFlow whole = had ? apart : c.WithBatch(apart.WithAxes([[], .. apart.Axes]), apart.Rank + 1, 0);
        int target = had ? place : place + 1;
        int[] order = OnnxFlow.BatchFirst(whole.Rank, whole.BatchAxis);
        SymbolicTensor x = c.Arranged(whole, order);
        int at = Array.IndexOf(order, target);
        Dim[] arranged = [.. order.Select(i => whole.Dims[i])];
        Dim outer = Dim.Product(arranged[1..at]), inner = Dim.Product(arranged[(at + 1)..]);
        SymbolicTensor y = outer == Dim.One
            ? c.Apply(new RepeatVector((int)count.Factor), c.Reshaped(x, arranged, [Dim.Batch, inner]))
            : c.Apply(new UpSampling1D((int)count.Factor), c.Reshaped(x, arranged, [Dim.Batch, outer, inner]));
        Dim[][] factors = [[Dim.Batch], [.. arranged[1..at], count], [.. arranged[(at + 1)..]]];
        var axes = new int[whole.Rank][];
        for (int i = 0; i < order.Length; i++) { axes[order[i]] = [i]; }
        OnnxFlow result = new(y, factors, axes);
        if (!had) { result = result.WithAxes(result.Axes[1..]); }
        return merged >= 0 ? result.Together(merged, shift + 1) : result;
    }

    private static OnnxFlow Zeroed(OnnxContext c, OnnxFlow flow, int axis, int before, int after)
    {
        int batch = flow.BatchAxis;
        if (batch < 0 || axis == batch) { throw c.Error("pads the batch, or something that has none on an axis of its own"); }
        int[] order = [batch, axis, .. Enumerable.Range(0, flow.Rank).Where(i => i != batch && i != axis)];
        SymbolicTensor x = c.Arranged(flow, order);
        Dim[] arranged = [.. order.Select(i => flow.Dims[i])];
        Dim[] rest = arranged[2..];
        SymbolicTensor y = c.Apply(new ZeroPadding1D(before, after), c.Reshaped(x, arranged, [Dim.Batch, arranged[1], Dim.Product(rest)]));
        var axes = new int[flow.Rank][];
        for (int i = 0; i < order.Length; i++) { axes[order[i]] = [i]; }
        return new OnnxFlow(y, [[Dim.Batch], [c.Importer.Plus(arranged[1], before + after)], rest.Length == 0 ? [Dim.One] : rest], axes);
    }

    private static OnnxFlow Zeros(OnnxContext c, Dim dim, int behind)
    {
        OnnxFlow numbered = Numbered(c, dim, 0, 0);
        return numbered.WithAxes([.. numbered.Axes, .. Enumerable.Repeat(Array.Empty<int>(), behind)]);
    }

    private static OnnxFlow Numbered(OnnxContext c, Dim count, float start, float step = 1)
    {
        if (c.Importer.Find(count) is not { } array) { throw c.Error($"counts {count} places, and no array has an axis of this length"); }
        return OnnxFlow.Same(c.Apply(new Places(array.Axis, start, step), array.Tensor), [count]);
    }

    private static Dim One(OnnxContext c, int input) => c.Numbers(c.Input(input)) is [Dim only] ? only : throw c.Error($"input {input} is no single number");
}
