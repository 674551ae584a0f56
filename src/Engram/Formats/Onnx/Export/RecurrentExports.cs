using Engram.Formats.Onnx.Wire;
using Engram.Layers;
using static Engram.Formats.Onnx.Export.OnnxGraphWriter;

namespace Engram.Formats.Onnx.Export;

/// <summary>
/// Recurrent layers as LSTM, GRU and RNN nodes. Those want time first, gates in another order and one block of weights for each direction:
/// X (time, batch, features), W (directions, gates H, features), R (directions, gates H, H), B (directions, 2 gates H), P (directions, 3 H);
/// they put out Y (time, directions, batch, H), Y_h and Y_c (directions, batch, H).
/// </summary>
internal static class RecurrentExports
{
    public static ExportValue[] Write(OnnxExporter exporter, Recurrent layer, ExportValue[] inputs)
    {
        if (exporter.Options.States && layer.GoBackwards)
        {
            throw OnnxExporter.Unsupported(layer, "a layer that begins with the last step cannot be fed piece by piece; turn States off.");
        }

        string[] initial = [.. inputs.Skip(1).Select(input => input.Name)];
        bool streams = exporter.Options.States && initial.Length == 0;
        string[] states = layer.StateCount == 1 ? ["h"] : ["h", "c"];
        if (streams) { initial = [.. states.Select(state => exporter.StateInput(layer.Name, state, layer.Units))]; }
        Node node = WriteNode(exporter, [layer], layer.GoBackwards ? "reverse" : "forward", inputs[0], initial);
        string[] final = [.. node.States.Select(state => Direction(exporter.Graph, state, 0, inputs[0]))];
        if (streams)
        {
            for (int i = 0; i < states.Length; i++) { exporter.StateOutput(layer.Name, states[i], final[i], layer.Units); }
        }

        ExportValue output = Output(exporter.Graph, layer, node, inputs[0], final[0]);
        return layer.ReturnState ? [output, .. final.Select(state => StateValue(state, inputs[0], layer.Units))] : [output];
    }

    public static ExportValue[] Write(OnnxExporter exporter, Bidirectional layer, ExportValue[] inputs)
    {
        if (exporter.Options.States)
        {
            throw OnnxExporter.Unsupported(layer, "a sequence that is read from both ends cannot be fed piece by piece; turn States off.");
        }

        if (layer.ForwardLayer is not Recurrent forward || layer.BackwardLayer is not Recurrent backward)
        {
            throw OnnxExporter.Unsupported(layer, "only LSTM, GRU and SimpleRNN have nodes for both directions.");
        }

        OnnxGraphWriter g = exporter.Graph;
        ExportValue x = inputs[0];
        int half = (inputs.Length - 1) / 2;
        bool sameNode = forward.GetType() == backward.GetType() && forward.Units == backward.Units && !forward.GoBackwards && Same(forward, backward);
        ExportValue f, b;
        string[] final;
        if (sameNode)
        {
            string[] initial = [.. Enumerable.Range(1, half).Select(i => g.Node(
                "Concat", [Unsqueeze(g, inputs[i].Name), Unsqueeze(g, inputs[half + i].Name)], Attribute("axis", 0L)))];
            Node node = WriteNode(exporter, [forward, backward], "bidirectional", x, initial, stacked: true);
            final = [.. from direction in Enumerable.Range(0, 2) from state in node.States select Direction(g, state, direction, x)];
            f = Value(forward, forward.ReturnSequences ? Sequence(g, node.Y, 0, x) : final[0], x);
            b = Value(backward, backward.ReturnSequences ? Sequence(g, node.Y, 1, x) : final[forward.StateCount], x);
        }
        else
        {
            var outputs = new ExportValue[2];
            var states = new List<string>();
            foreach ((int i, Recurrent direction) in new[] { forward, backward }.Index())
            {
                string[] initial = [.. inputs.Skip(1 + (i * forward.StateCount)).Take(direction.StateCount).Select(input => input.Name)];
                Node node = WriteNode(exporter, [direction], direction.GoBackwards ? "reverse" : "forward", x, initial);
                states.AddRange(node.States.Select(state => Direction(g, state, 0, x)));
                string value = direction.ReturnSequences ? Sequence(g, node.Y, 0, x) : states[^direction.StateCount];
                // Y stands in the order of time whatever the direction; both are turned around together where the layer begins at the end.
                outputs[i] = Value(direction, forward.GoBackwards && direction.ReturnSequences ? Reversed(g, value) : value, x);
            }

            (f, b, final) = (outputs[0], outputs[1], [.. states]);
        }

        ExportValue[] merged = Merge(g, layer, f, b);
        if (!forward.ReturnState) { return merged; }
        return
        [
            .. merged,
            .. final.Select((state, i) => StateValue(state, x, i < forward.StateCount ? forward.Units : backward.Units)),
        ];
    }

    public static ExportValue[] Write(OnnxExporter exporter, Rnn layer, ExportValue[] inputs)
    {
        ExportValue current = inputs[0];
        var states = new List<ExportValue>();
        int taken = 1;
        foreach ((int i, SequenceLayer inner) in layer.Layers.Index())
        {
            if (inner is not Recurrent recurrent) { throw OnnxExporter.Unsupported(layer, $"no node computes the cell {layer.Cell.Kind}."); }
            if (recurrent.Name.Length == 0) { recurrent.Name = $"{layer.Name}_{i}"; }
            int count = inputs.Length > 1 ? inner.StateCount : 0;
            ExportValue[] outputs = exporter.Layer(inner, [current, .. inputs.Skip(taken).Take(count)]);
            taken += count;
            current = outputs[0];
            states.AddRange(outputs.Skip(1));
        }

        return layer.ReturnState ? [current, .. states] : [current];
    }

    private readonly record struct Node(string Y, string[] States);

    private static Node WriteNode(OnnxExporter exporter, Recurrent[] directions, string direction, ExportValue x, string[] initial, bool stacked = false)
    {
        OnnxGraphWriter g = exporter.Graph;
        Recurrent first = directions[0];
        string sequence = g.Node("Transpose", [x.Name], Attribute("perm", [1, 0, 2]));
        var inputs = new List<string> { sequence };
        inputs.AddRange(Weights(g, directions));
        while (inputs.Count < 4) { inputs.Add(""); }
        inputs.Add(x.Mask is null ? "" : x.Mask.Lengths(g));
        inputs.AddRange(initial.Select(state => stacked ? state : Unsqueeze(g, state)));
        if (first is Lstm { Peepholes: true })
        {
            while (inputs.Count < 7) { inputs.Add(""); }
            inputs.Add(Peepholes(g, directions));
        }

        while (inputs[^1].Length == 0) { inputs.RemoveAt(inputs.Count - 1); }
        List<ProtoFields> attributes = [Attribute("hidden_size", (long)first.Units), Attribute("direction", direction), .. Activations(directions)];
        if (first is Lstm { CoupledGates: true }) { attributes.Add(Attribute("input_forget", 1L)); }
        if (first is Gru { ResetAfter: true }) { attributes.Add(Attribute("linear_before_reset", 1L)); }
        string op = first switch { Lstm => "LSTM", Gru => "GRU", _ => "RNN" };
        string[] outputs = g.Nodes(op, 1 + first.StateCount, inputs.ToArray(), attributes.ToArray());
        return new Node(outputs[0], outputs[1..]);
    }

    private static IEnumerable<string> Weights(OnnxGraphWriter g, Recurrent[] directions)
    {
        foreach (Recurrent layer in directions) { Require(layer); }
        Recurrent first = directions[0];
        (int units, int features, int[] order) = (first.Units, first.Parts.Kernel.Value[0], Gates(first));
        int count = directions.Length, rows = order.Length * units;
        yield return g.Array("W", [count, rows, features], () => [.. directions.SelectMany(layer => Transposed(layer.Parts.Kernel, units, order))]);
        yield return g.Array("R", [count, rows, units], () => [.. directions.SelectMany(layer => Transposed(layer.Parts.RecurrentKernel, units, order))]);
        if (directions.Any(layer => layer.UseBias))
        {
            yield return g.Array("B", [count, 2 * rows], () => [.. directions.SelectMany(layer => Biases(layer, units, order))]);
        }
    }

    // What stands in Engram's blocks, in the order of ONNX; -1 for a block that Engram does not have. LSTM there: i, o, f, c.
    private static int[] Gates(Recurrent layer) => layer switch
    {
        Lstm { CoupledGates: true } => [0, 2, -1, 1],
        Lstm => [0, 3, 1, 2],
        Gru => [0, 1, 2],
        _ => [0],
    };

    // (inputs, gates H) to (gates H, inputs)
    private static float[] Transposed(Weight kernel, int units, int[] order)
    {
        (int inputs, int width) = (kernel.Value[0], kernel.Value[1]);
        ReadOnlySpan<float> from = kernel.Value.Span;
        var to = new float[order.Length * units * inputs];
        for (int gate = 0; gate < order.Length; gate++)
        {
            if (order[gate] < 0) { continue; }
            for (int unit = 0; unit < units; unit++)
            {
                for (int i = 0; i < inputs; i++)
                {
                    to[(((gate * units) + unit) * inputs) + i] = from[(i * width) + (order[gate] * units) + unit];
                }
            }
        }

        return to;
    }

    // The bias of the input and that of the state one after the other; where Engram has one for both, the second is 0.
    private static float[] Biases(Recurrent layer, int units, int[] order)
    {
        var to = new float[2 * order.Length * units];
        if (layer.Parts.Bias is not { } bias) { return to; }
        int parts = bias.Value.Rank == 2 ? 2 : 1, width = bias.Value[^1];
        for (int part = 0; part < parts; part++)
        {
            for (int gate = 0; gate < order.Length; gate++)
            {
                if (order[gate] < 0) { continue; }
                bias.Value.Span.Slice((part * width) + (order[gate] * units), units).CopyTo(to.AsSpan(((part * order.Length) + gate) * units));
            }
        }

        return to;
    }

    // Rows i, f, o (coupled: i, o) to i, o, f.
    private static string Peepholes(OnnxGraphWriter g, Recurrent[] directions) => g.Array("P", [directions.Length, 3 * directions[0].Units], () =>
    [
        .. directions.SelectMany(layer =>
        {
            int units = layer.Units;
            ReadOnlySpan<float> p = layer.Parts.Own[0].Value.Span;
            return ((Lstm)layer).CoupledGates
                ? [.. p, .. new float[units]]
                : (float[])[.. p[..units], .. p[(2 * units)..], .. p[units..(2 * units)]];
        }),
    ]);

    private static IEnumerable<ProtoFields> Activations(Recurrent[] directions)
    {
        (string Name, float? Alpha, float? Beta)[] functions = [.. directions.SelectMany(layer => Functions(layer).Select(f => ActivationExports.InNode(layer, f)))];
        yield return Attribute("activations", functions.Select(f => f.Name));
        if (functions.Any(f => f.Alpha is not null)) { yield return Attribute("activation_alpha", functions.Where(f => f.Alpha is not null).Select(f => f.Alpha!.Value)); }
        if (functions.Any(f => f.Beta is not null)) { yield return Attribute("activation_beta", functions.Where(f => f.Beta is not null).Select(f => f.Beta!.Value)); }
        if (Clip(directions[0]) is { } clip) { yield return Attribute("clip", clip); }
    }

    private static ActivationFunction[] Functions(Recurrent layer) => layer switch
    {
        Lstm lstm => [lstm.RecurrentActivation, lstm.Activation, lstm.OutputActivation ?? lstm.Activation],
        Gru gru => [gru.RecurrentActivation, gru.Activation],
        _ => [layer.Activation],
    };

    private static float? Clip(Recurrent layer) => layer.Activation is ElementwiseActivation<ParametricFunction> { Function: { HasLimit: true } f } ? f.Limit : null;

    private static void Require(Recurrent layer)
    {
        string? why = layer switch
        {
            Lstm { ProjectionUnits: > 0 } => "an LSTM node has no projection.",
            Lstm { Extras.Zoneout: true } => "an LSTM node has no zoneout.",
            Lstm or Gru or SimpleRnn => null,
            _ => "no node computes it; LSTM, GRU and SimpleRNN have nodes.",
        };
        if (why is not null) { throw OnnxExporter.Unsupported(layer, why); }
    }

    private static bool Same(Recurrent a, Recurrent b) => (a, b) switch
    {
        (Lstm x, Lstm y) => x.Extras == y.Extras,
        (Gru x, Gru y) => x.ResetAfter == y.ResetAfter,
        _ => true,
    } && Clip(a) == Clip(b);

    private static ExportValue Output(OnnxGraphWriter g, Recurrent layer, Node node, ExportValue x, string lastHidden)
    {
        if (!layer.ReturnSequences)
        {
            if (layer.ZeroOutputForMask && x.Mask is not null)
            {
                throw OnnxExporter.Unsupported(layer, "the last output of a padded sequence as zero has no node; turn ZeroOutputForMask off.");
            }

            return Value(layer, lastHidden, x);
        }

        string y = Sequence(g, node.Y, 0, x);
        if (x.Mask is { } mask && !layer.ZeroOutputForMask && !layer.GoBackwards)
        {
            // Behind the data the last output is repeated; the node puts out zero.
            y = g.Node("Where", [g.Node("Unsqueeze", [mask.Name, g.Integers(2)]), y, g.Node("Unsqueeze", [lastHidden, g.Integers(1)])]);
        }

        return Value(layer, layer.GoBackwards ? Reversed(g, y) : y, x);
    }

    private static ExportValue Value(Recurrent layer, string name, ExportValue x) =>
        new(name, layer.OutputShape(x.Shape), layer.ReturnSequences ? x.Mask : null);

    private static ExportValue StateValue(string name, ExportValue x, int units) => new(name, new Shape(x.Shape[0], units));

    private static ExportValue[] Merge(OnnxGraphWriter g, Bidirectional layer, ExportValue f, ExportValue b)
    {
        switch (layer.MergeMode)
        {
            case MergeMode.None: return [f, b];
            case MergeMode.Concat:
                return [f with { Name = g.Node("Concat", [f.Name, b.Name], Attribute("axis", -1L)), Shape = f.Shape.With(^1, f.Shape.Last + b.Shape.Last) }];
            case MergeMode.Multiply: return [f with { Name = g.Node("Mul", [f.Name, b.Name]) }];
            default:
                string sum = g.Node("Add", [f.Name, b.Name]);
                return [f with { Name = layer.MergeMode == MergeMode.Average ? g.Node("Mul", [sum, g.Number(0.5f)]) : sum }];
        }
    }

    // (time, directions, batch, H) to (batch, time, H) of one direction
    private static string Sequence(OnnxGraphWriter g, string y, int direction, ExportValue x)
    {
        string one = g.Node("Transpose", [g.Node("Gather", [y, g.Integer(direction)], Attribute("axis", 1L))], Attribute("perm", [1, 0, 2]));
        return x.Mask?.Guard(g) is { } guard ? g.Node("Add", [one, g.Node("Unsqueeze", [guard, g.Integers(2)])]) : one;
    }

    // (directions, batch, H) to (batch, H) of one direction
    private static string Direction(OnnxGraphWriter g, string state, int direction, ExportValue x)
    {
        string one = g.Node("Gather", [state, g.Integer(direction)], Attribute("axis", 0L));
        return x.Mask?.Guard(g) is { } guard ? g.Node("Add", [one, guard]) : one;
    }

    private static string Unsqueeze(OnnxGraphWriter g, string state) => g.Node("Unsqueeze", [state, g.Integers(0)]);

    private static string Reversed(OnnxGraphWriter g, string y) => g.Node(
        "Slice", [y, g.Integers(-1), g.Integers(long.MinValue + 1), g.Integers(1), g.Integers(-1)]);
}
