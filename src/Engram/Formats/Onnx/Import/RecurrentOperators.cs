using Engram.Layers;

namespace Engram.Formats.Onnx.Import;

/// <summary>
/// LSTM, GRU and RNN nodes as layers. ONNX has W (directions, gates H, features), R (directions, gates H, H), B (directions, 2 gates H), P (directions,
/// 3 H), gates of an LSTM in the order i, o, f, c; X (time, batch, features), Y (time, directions, batch, H), states (directions, batch, H); with
/// layout 1 the batch first.
/// </summary>
internal static class RecurrentOperators
{
    public static OnnxValue?[] Read(OnnxContext c)
    {
        string direction = c.Attribute("direction")?.Text ?? "forward";
        int directions = direction switch { "forward" or "reverse" => 1, "bidirectional" => 2, _ => throw c.Error($"has the direction '{direction}'") };
        bool batchFirst = c.Integer("layout", 0) switch { 0 => false, 1 => true, var other => throw c.Error($"has the layout {other}") };
        var cell = new RecurrentCell(c, directions);
        OnnxFlow x = c.Flow(0);
        if (x.Rank != 3 || x.Dims[2] != Dim.Of(cell.Features)) { throw c.Error($"reads an input of the shape {x.Describe()} with weights for {cell.Features} features"); }
        SymbolicTensor sequence = c.BatchFirst(x, out int batch);
        if (batch != (batchFirst ? 0 : 1)) { throw c.Error($"has its batch on axis {(batchFirst ? 0 : 1)} of {x.Describe()}, where the input's batch B is not"); }
        Dim time = x.Dims[batchFirst ? 1 : 0];
        bool masked = c.Optional(4) is not null;
        if (masked) { sequence = c.Apply(new LengthMask(), sequence, Lengths(c)); }

        bool readsSequence = c.Importer.IsRead(c.Node, 0);
        bool readsStates = c.Importer.IsRead(c.Node, 1) || c.Importer.IsRead(c.Node, 2);
        bool lastIsState = directions == 1 && direction == "forward" && !masked && readsSequence;
        var options = new SequenceOptions(readsSequence, readsStates || lastIsState, GoBackwards: direction == "reverse", Stateful: false, ZeroOutputForMask: masked && readsSequence);
        SymbolicTensor[] initial = InitialStates(c, cell, batchFirst);
        SymbolicTensor[] outputs;
        if (directions == 1)
        {
            Recurrent layer = cell.Create(0, options);
            outputs = Apply(c, layer, [sequence, .. initial]);
            c.Importer.AfterBuild(() => cell.Fill(layer, 0));
            if (lastIsState) { c.Importer.LastSteps[outputs[0]] = outputs[1]; }
        }
        else
        {
            var layer = new Bidirectional(cell.Create(0, options), cell.Create(1, options with { GoBackwards = true }));
            outputs = Apply(c, layer, [sequence, .. initial]);
            c.Importer.AfterBuild(() => cell.Fill((Recurrent)layer.ForwardLayer, 0));
            c.Importer.AfterBuild(() => cell.Fill((Recurrent)layer.BackwardLayer, 1));
        }

        if (masked && readsSequence) { outputs[0] = c.Apply(new Cropping1D(0, 0), outputs[0]); } // all steps, without the mask, which the node's Y has not
        if (direction == "reverse" && readsSequence) { outputs[0] = c.Apply(new TakePlaces(1, -1, int.MinValue, -1), outputs[0]); }
        return Results(c, cell, outputs, directions, time, batchFirst, readsSequence, readsStates);
    }

    private static SymbolicTensor[] Apply(OnnxContext c, Layer layer, SymbolicTensor[] inputs)
    {
        c.Importer.Use(layer);
        return [.. layer.ApplyAll(inputs)];
    }

    private static SymbolicTensor Lengths(OnnxContext c)
    {
        if (c.Input(4) is not OnnxFlow { Rank: 1 } lengths) { throw c.Error("has lengths that are no input (batch)"); }
        return c.BatchFirst(lengths, out _);
    }

    // Zeros are what a layer begins with anyway. Those of two directions are taken apart: forward h, c, then backward h, c.
    private static SymbolicTensor[] InitialStates(OnnxContext c, RecurrentCell cell, bool batchFirst)
    {
        OnnxValue?[] given = [.. Enumerable.Range(5, cell.States).Select(c.Optional)];
        if (given.All(IsZero)) { return []; }
        var states = new SymbolicTensor[cell.Directions * cell.States];
        for (int s = 0; s < given.Length; s++)
        {
            OnnxValue value = IsZero(given[s])
                ? new OnnxFilled(0, batchFirst ? [Dim.Batch, Dim.Of(cell.Directions), Dim.Of(cell.Units)] : [Dim.Of(cell.Directions), Dim.Batch, Dim.Of(cell.Units)])
                : given[s]!;
            OnnxFlow flow = c.Importer.AsFlow(c, value);
            int axis = batchFirst ? 1 : 0;
            if (flow.Rank != 3 || flow.Dims[axis] != Dim.Of(cell.Directions) || flow.Dims[2] != Dim.Of(cell.Units))
            {
                throw c.Error($"begins with states of the shape {flow.Describe()}; expected {cell.Directions} x batch x {cell.Units}");
            }

            for (int d = 0; d < cell.Directions; d++)
            {
                int place = d;
                OnnxFlow one = cell.Directions == 1 ? flow : ViewOperators.TakeFlow(c, flow, axis, at => new TakePlaces(at, [place]), Dim.One);
                states[(d * cell.States) + s] = c.BatchFirst(ViewOperators.Without(c, one, [axis]), out _);
            }
        }

        return states;
    }

    private static bool IsZero(OnnxValue? value) => value switch
    {
        null => true,
        OnnxFilled filled => filled.Value == 0,
        OnnxConstant constant => !constant.Floats().AsSpan().ContainsAnyExcept(0f),
        _ => false,
    };

    private static OnnxValue?[] Results(
        OnnxContext c, RecurrentCell cell, SymbolicTensor[] outputs, int directions, Dim time, bool batchFirst, bool readsSequence, bool readsStates)
    {
        Dim units = Dim.Of(cell.Units), both = Dim.Of(directions);
        OnnxFlow? y = null;
        if (readsSequence)
        {
            // (batch, time, directions H): factors batch, time, directions, H
            Dim[][] factors = [[Dim.Batch], [time], directions == 1 ? [units] : [both, units]];
            int[] turned = directions == 1 ? [] : [2];
            int[] last = [directions == 1 ? 2 : 3];
            y = new OnnxFlow(outputs[0], factors, batchFirst ? [[0], [1], turned, last] : [[1], turned, [0], last]);
        }

        if (!readsStates) { return [y]; }
        var results = new List<OnnxValue?> { y };
        for (int s = 0; s < cell.States; s++)
        {
            SymbolicTensor state = directions == 1
                ? outputs[1 + s]
                : c.Apply(new Concatenate(), outputs[1 + s], outputs[1 + cell.States + s]);
            Dim[][] factors = [[Dim.Batch], directions == 1 ? [units] : [both, units]];
            int[] turned = directions == 1 ? [] : [1];
            int[] last = [directions == 1 ? 1 : 2];
            results.Add(new OnnxFlow(state, factors, batchFirst ? [[0], turned, last] : [turned, [0], last]));
        }

        return [.. results];
    }
}
