using Engram.Layers;

namespace Engram.Inference;

/// <summary>A cell of one's own: a step is a call of it. The stage has a copy of the weights, as all stages have.</summary>
internal sealed unsafe class CellStage : SessionStage
{
    private readonly RnnCell cell;

    public CellStage(RnnCell cell, int inputs) : base(inputs, cell.OutputWidth)
    {
        this.cell = cell.Copy();
        this.cell.Build(cell.StepShapes(Shape.Unknown, inputs), new RandomKey(0));
        for (int i = 0; i < cell.Weights.Count; i++) { this.cell.Weights[i].Value.CopyFrom(cell.Weights[i].Value.Span); }
        StateWidths = [.. cell.StateWidths];
    }

    public override int[] StateWidths { get; }

    public override bool OutputIsFirstState => false;

    public override void Step(int rows, float* input, SessionBuffers buffers)
    {
        buffers.Advance();
        LayerCall call = buffers.Call ??= new LayerCall(cell);
        TensorBuffer[] inputs = buffers.CallInputs;
        if (inputs.Length == 0) { inputs = buffers.CallInputs = [new TensorBuffer(rows, Inputs), .. buffers.Before]; }
        inputs[0].CopyFrom(new ReadOnlySpan<float>(input, rows * Inputs));
        for (int k = 0; k < StateWidths.Length; k++) { inputs[k + 1] = buffers.Before[k]; }
        call.Forward(inputs);
        buffers.Output.CopyFrom(call.Output.Span);
        for (int k = 0; k < StateWidths.Length; k++) { buffers.States[k].CopyFrom(call.Outputs[k + 1].Span); }
    }
}
