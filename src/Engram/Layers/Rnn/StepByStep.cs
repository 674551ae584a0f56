using System.Numerics.Tensors;
using Engram.Cells;

namespace Engram.Layers;

/// <summary>
/// A cell taken through a sequence one step at a time, the whole batch at each. Every step is a call of the cell by itself, so that what
/// the cell keeps for its way back is there for each; without a way back, two calls take turns.
/// </summary>
internal sealed class StepByStep(RnnCell cell) : SequenceLayer, IStateCarrier, ITracedLayer
{
    private TensorBuffer[]? carried;

    public override IReadOnlyList<Weight> Weights => cell.Weights;

    public override int OutputWidth => cell.OutputWidth;

    /// <summary>The cell that a step calls.</summary>
    internal RnnCell Cell => cell;

    private protected override int? BuiltFeatures => null;

    private protected override int[] WidthsOfStates() => [.. cell.StateWidths];

    internal override SequenceLayer Clone(SequenceOptions options) => new StepByStep(cell.Copy()) { Options = options };

    public override void ResetState() => carried = null;

    TensorBuffer[]? IStateCarrier.CarriedStates
    {
        get => carried;
        set => carried = value;
    }

    string IStateCarrier.ExpectedStates => $"{StateCount} of shape (rows, {string.Join(" or ", StateWidths.Distinct())})";

    bool IStateCarrier.Accepts(TensorBuffer[] states) => StateCarriers.AreRows(states, StateWidths);

    protected internal override void Forward(LayerCall call)
    {
        Steps steps = call.Saved<Steps>();
        TensorBuffer x = call.Input;
        int rows = x[0], count = x[1];
        bool keep = call.KeepForBackward || call.Training;
        steps.Prepare(cell, keep ? count : Math.Min(count, 2), StateCount);
        steps.SetStart(this, call, carried);
        if (call.Mask is not null && !ReturnSequences) { call.Output.Clear(); }

        LayerCall? last = null;
        for (int t = 0; t < count; t++)
        {
            int time = GoBackwards ? count - 1 - t : t;
            Step step = steps.List[keep ? t : t % 2];
            LayerCall inner = step.Call;
            inner.Training = call.Training;
            inner.KeepForBackward = call.KeepForBackward;
            inner.Random = call.Random;
            step.Inputs[0].Resize(rows, x[2]);
            CopyStep(x, time, step.Inputs[0], gather: true);
            for (int k = 0; k < StateCount; k++) { step.Inputs[k + 1] = last is null ? steps.Start[k] : last.Outputs[k + 1]; }
            inner.Forward(step.Inputs);
            for (int row = 0; row < rows; row++)
            {
                bool valid = call.Mask is null || call.Mask[row, time];
                if (valid) { steps.Seen[row] = true; }
                else
                {
                    for (int k = 0; k < StateCount; k++) { Row(step.Inputs[k + 1], row).CopyTo(Row(inner.Outputs[k + 1], row)); }
                }

                WriteOutput(call, inner.Output, row, t, valid, steps.Seen[row]);
            }

            last = inner;
        }

        for (int k = 0; k < StateCount; k++)
        {
            if (ReturnState) { call.Outputs[k + 1].CopyFrom(last!.Outputs[k + 1].Span); }
            if (Stateful)
            {
                carried ??= [.. StateWidths.Select(width => new TensorBuffer(rows, width))];
                carried[k].CopyFrom(last!.Outputs[k + 1].Span);
            }
        }
    }

    protected internal override void Backward(LayerCall call)
    {
        Steps steps = call.Saved<Steps>();
        TensorBuffer x = call.Input;
        int rows = x[0], count = x[1];
        steps.BeginBackward(rows, OutputWidth, StateWidths);
        for (int k = 0; k < StateCount; k++)
        {
            if (ReturnState) { steps.DState[k].CopyFrom(call.OutputGradients[k + 1].Span); }
            else { steps.DState[k].Clear(); }
        }

        for (int t = count - 1; t >= 0; t--)
        {
            int time = GoBackwards ? count - 1 - t : t;
            Step step = steps.List[t];
            IReadOnlyList<TensorBuffer> cotangents = step.Call.PrepareOutputGradients();
            for (int row = 0; row < rows; row++)
            {
                bool valid = call.Mask is null || call.Mask[row, time];
                Span<float> pending = Row(steps.DOutput, row);
                AddOutputGradient(call, row, t, valid, pending);
                if (!valid)
                {
                    for (int k = 0; k < cotangents.Count; k++) { Row(cotangents[k], row).Clear(); }
                    continue;
                }

                pending.CopyTo(Row(cotangents[0], row));
                pending.Clear();
                for (int k = 0; k < StateCount; k++) { Row(steps.DState[k], row).CopyTo(Row(cotangents[k + 1], row)); }
            }

            step.Call.Backward(steps.Gradients(call.InputGradient is not null));
            for (int row = 0; row < rows; row++)
            {
                if (call.Mask is not null && !call.Mask[row, time])
                {
                    if (call.InputGradient is not null) { Row(steps.DX, row).Clear(); }
                    continue;
                }

                for (int k = 0; k < StateCount; k++) { Row(steps.DBefore[k], row).CopyTo(Row(steps.DState[k], row)); }
            }

            if (call.InputGradient is { } dx) { CopyStep(dx, time, steps.DX, gather: false); }
        }

        for (int k = 1; k < call.Inputs.Count; k++) { call.InputGradients[k]?.CopyFrom(steps.DState[k - 1].Span); }
    }

    bool ITracedLayer.ReadsBackward => GoBackwards;

    int ITracedLayer.TracedUnits(LayerCall call) => OutputWidth;

    // What a cell of one's own keeps is unknown; what it puts out and hands on is not.
    IReadOnlyList<TracedArray> ITracedLayer.Trace(LayerCall call) =>
        [Trace(call, "output", 0), .. Enumerable.Range(0, StateCount).Select(k => Trace(call, $"state_{k}", k + 1))];

    private TracedArray Trace(LayerCall call, string name, int output)
    {
        (int rows, int count) = (call.Input[0], call.Input[1]);
        int width = output == 0 ? OutputWidth : StateWidths[output - 1];
        var values = new float[checked(rows * count * width)];
        for (int t = 0; t < count; t++)
        {
            int time = GoBackwards ? count - 1 - t : t;
            TensorBuffer from = call.Saved<Steps>().List[t].Call.Outputs[output];
            for (int row = 0; row < rows; row++)
            {
                Span<float> target = values.AsSpan(((row * count) + time) * width, width);
                if (output == 0 && call.Mask is { } mask && !mask[row, time]) { target.Fill(float.NaN); }
                else { Row(from, row).CopyTo(target); }
            }
        }

        return new TracedArray(name, width, values);
    }

    // A masked step puts out what the step before it did (zero before the first that is data), or zero.
    private void WriteOutput(LayerCall call, TensorBuffer y, int row, int t, bool valid, bool seen)
    {
        Span<float> output = OutputRow(call.Output, row, t);
        if (valid) { Row(y, row).CopyTo(output); }
        else if (ZeroOutputForMask || !seen) { output.Clear(); }
        else if (ReturnSequences) { OutputRow(call.Output, row, t - 1).CopyTo(output); }
    }

    // The gradient of a masked step's output waits for the step whose output it was; that of a constant zero ends.
    private void AddOutputGradient(LayerCall call, int row, int t, bool valid, Span<float> pending)
    {
        int count = call.Input[1];
        if (!ReturnSequences && t < count - 1) { return; }
        if (!valid && ZeroOutputForMask) { return; }
        TensorPrimitives.Add(pending, OutputRow(call.OutputGradient, row, t), pending);
    }

    private Span<float> OutputRow(TensorBuffer output, int row, int t) => ReturnSequences
        ? output.Span.Slice(((row * output[1]) + t) * OutputWidth, OutputWidth)
        : Row(output, row);

    private static Span<float> Row(TensorBuffer buffer, int row) => buffer.Span.Slice(row * buffer[1], buffer[1]);

    private static void CopyStep(TensorBuffer sequence, int time, TensorBuffer step, bool gather)
    {
        for (int row = 0; row < step[0]; row++)
        {
            Span<float> inSequence = sequence.Span.Slice(((row * sequence[1]) + time) * step[1], step[1]);
            if (gather) { inSequence.CopyTo(Row(step, row)); }
            else { Row(step, row).CopyTo(inSequence); }
        }
    }

    private sealed class Step
    {
        public Step(RnnCell cell, int states)
        {
            Call = new LayerCall(cell);
            Inputs = new TensorBuffer[1 + states];
            Inputs[0] = new TensorBuffer(0);
        }

        public LayerCall Call { get; }

        public TensorBuffer[] Inputs { get; }
    }

    private sealed class Steps
    {
        private TensorBuffer?[] gradients = [];

        public List<Step> List { get; } = [];

        public TensorBuffer[] Start { get; private set; } = [];

        public bool[] Seen { get; private set; } = [];

        public TensorBuffer DOutput { get; } = new(0);

        public TensorBuffer DX { get; } = new(0);

        public TensorBuffer[] DState { get; private set; } = [];

        public TensorBuffer[] DBefore { get; private set; } = [];

        public void Prepare(RnnCell cell, int steps, int states)
        {
            while (List.Count < steps) { List.Add(new Step(cell, states)); }
        }

        public void SetStart(StepByStep layer, LayerCall call, TensorBuffer[]? carried)
        {
            int rows = call.Input[0];
            if (Start.Length == 0) { Start = [.. layer.StateWidths.Select(_ => new TensorBuffer(0))]; }
            if (Seen.Length < rows) { Seen = new bool[rows]; }
            Seen.AsSpan().Clear();
            for (int k = 0; k < Start.Length; k++)
            {
                Start[k].Resize(rows, layer.StateWidths[k]);
                if (call.Inputs.Count > 1) { Start[k].CopyFrom(call.Inputs[k + 1].Span); }
                else if (carried is null) { Start[k].Clear(); }
                else if (carried[k][0] == rows) { Start[k].CopyFrom(carried[k].Span); }
                else
                {
                    throw new EngramException(
                        $"{layer.DisplayName}: is stateful and carries the states of {carried[k][0]} rows, but the batch has {rows}; use batches of one size or call ResetState() first.");
                }
            }
        }

        public void BeginBackward(int rows, int outputWidth, IReadOnlyList<int> stateWidths)
        {
            if (DState.Length == 0)
            {
                DState = [.. stateWidths.Select(_ => new TensorBuffer(0))];
                DBefore = [.. stateWidths.Select(_ => new TensorBuffer(0))];
                gradients = [null, .. DBefore];
            }

            DOutput.Resize(rows, outputWidth);
            DOutput.Clear();
            for (int k = 0; k < DState.Length; k++) { DState[k].Resize(rows, stateWidths[k]); }
        }

        public TensorBuffer?[] Gradients(bool ofInput)
        {
            gradients[0] = ofInput ? DX : null;
            return gradients;
        }
    }
}
