using Engram.Cells;
using Engram.Layers;
using Engram.Models;

namespace Engram.Inspection;

/// <summary>Goes through the calls of a pass that kept its steps and copies out what the recurrent layers computed.</summary>
internal sealed class TraceReader
{
    private readonly List<LayerTrace> traces = [];
    private readonly int[]? samples;

    private TraceReader(int[]? samples) => this.samples = samples;

    /// <summary>The trace of a pass.</summary>
    /// <param name="model">The model, for messages.</param>
    /// <param name="calls">The calls of its layers, which have run forward.</param>
    /// <param name="samples">Which sample each row of the batch is, or null where they stand in order.</param>
    public static GateTrace Read(Network model, IEnumerable<LayerCall> calls, int[]? samples)
    {
        var reader = new TraceReader(samples);
        foreach (LayerCall call in calls) { reader.Visit(call, "", turned: false); }
        return reader.traces.Count > 0
            ? new GateTrace(reader.traces)
            : throw new EngramException($"{model.DisplayName} has no recurrent layer (Lstm, Gru, SimpleRnn, ...) whose gates could be traced.");
    }

    private void Visit(LayerCall call, string path, bool turned)
    {
        string name = path + call.Layer.DisplayName;
        if (call.Layer is ITracedLayer layer)
        {
            traces.Add(Read(call, layer, Unique(name), turned));
            return;
        }

        // Within a stack that reads backward, only the first layer does; those above it get its steps in the order of reading.
        bool turnsRest = call.Layer is Rnn { GoBackwards: true };
        int number = 0;
        foreach (LayerCall inner in call.Layer.InnerCalls(call)) { Visit(inner, name + "/", turned ^ (turnsRest && number++ > 0)); }
    }

    private string Unique(string name)
    {
        int uses = traces.Count(trace => trace.Name == name || (trace.Name.StartsWith(name, StringComparison.Ordinal) && trace.Name[name.Length] == '#'));
        return uses == 0 ? name : $"{name}#{uses + 1}";
    }

    private LayerTrace Read(LayerCall call, ITracedLayer layer, string name, bool turned)
    {
        (int rows, int steps) = (call.Input[0], call.Input[1]);
        IReadOnlyList<TracedArray> arrays = layer.Trace(call);
        foreach (TracedArray array in arrays)
        {
            if (turned) { Turn<float>(array.Values, rows, steps, array.Width); }
            Sort<float>(array.Values);
        }

        Mask? mask = null;
        if (call.Mask is { } given)
        {
            mask = new Mask(rows, steps);
            given.Span.CopyTo(mask.Span);
            if (turned) { Turn(mask.Span, rows, steps, 1); }
            Sort(mask.Span);
        }

        ReadingDirection direction = layer.ReadsBackward != turned ? ReadingDirection.Backward : ReadingDirection.Forward;
        return new LayerTrace(name, call.Layer.Kind, direction, rows, steps, layer.TracedUnits(call), mask, arrays);
    }

    private static void Turn<T>(Span<T> values, int rows, int steps, int width)
    {
        var step = new T[width];
        for (int row = 0; row < rows; row++)
        {
            Span<T> all = values.Slice(row * steps * width, steps * width);
            for (int t = 0; t < steps / 2; t++)
            {
                Span<T> early = all.Slice(t * width, width), late = all.Slice((steps - 1 - t) * width, width);
                early.CopyTo(step);
                late.CopyTo(early);
                step.CopyTo(late);
            }
        }
    }

    // Rows as the samples stand; a layer for every time step has several for each.
    private void Sort<T>(Span<T> values)
    {
        if (samples is null) { return; }
        T[] batch = values.ToArray();
        int length = values.Length / samples.Length;
        for (int row = 0; row < samples.Length; row++) { batch.AsSpan(row * length, length).CopyTo(values[(samples[row] * length)..]); }
    }
}
