using Engram.Cells;

namespace Engram.Layers;

/// <content>What a forward pass that kept its steps has computed: (samples, steps, places x filters) each.</content>
internal sealed unsafe partial class ConvLstmPass
{
    private static readonly string[] GateNames = [TracedNames.InputGate, TracedNames.ForgetGate, TracedNames.Candidate, TracedNames.OutputGate];

    public IReadOnlyList<TracedArray> Trace() =>
    [
        .. GateNames.Select((name, gate) => Trace(name, (sample, time) => IsData(sample, time) ? Gate(Slot(gates, sample, time, Gates), gate) : default)),
        Trace(TracedNames.CellState, (sample, time) => After(cellBefore, 1, sample, time)),
        Trace(TracedNames.HiddenState, (sample, time) => After(hiddenBefore, 0, sample, time)),
    ];

    private TracedArray Trace(string name, Func<int, int, Span<float>> of)
    {
        var values = new float[checked(arrays.Samples * arrays.Steps * Width)];
        for (int sample = 0; sample < arrays.Samples; sample++)
        {
            for (int time = 0; time < arrays.Steps; time++)
            {
                Span<float> source = of(sample, time), target = values.AsSpan(((sample * arrays.Steps) + time) * Width, Width);
                if (source.IsEmpty) { target.Fill(float.NaN); }
                else { source.CopyTo(target); }
            }
        }

        return new TracedArray(name, Width, values);
    }

    // The state after a step is that before the next, or where the sample's pass has left it.
    private Span<float> After(TensorBuffer before, int workSlot, int sample, int time)
    {
        int next = arrays.GoBackwards ? time - 1 : time + 1;
        return next >= 0 && next < arrays.Steps ? Slot(before, sample, next, 1) : Work(sample, workSlot);
    }

    private bool IsData(int sample, int time) => arrays.Mask is null || arrays.Mask[sample, time];
}
