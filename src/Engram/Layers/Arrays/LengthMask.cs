namespace Engram.Layers;

/// <summary>
/// Makes a mask of lengths: passes the sequence (batch, time, features) on with the mask that its first length steps are data. Inputs: the
/// sequence and the lengths, (batch).
/// </summary>
internal sealed class LengthMask : Layer
{
    private protected override string? KerasModule => null;

    public override bool SupportsMasking => true;

    public override Shape OutputShape(Shape input) => input;

    public override IReadOnlyList<Shape> OutputShapes(IReadOnlyList<Shape> inputs) => inputs.Count == 2 && inputs[0].Rank == 3 && inputs[1].Rank == 1
        ? [inputs[0]]
        : throw new EngramException($"{DisplayName}: expected a sequence (batch, time, features) and lengths (batch,), got {string.Join(" and ", inputs)}.");

    protected internal override void Forward(LayerCall call)
    {
        call.Output.CopyFrom(call.Input.Span);
        Mask mask = call.Saved<KeptMask>().Mask;
        mask.Resize(call.Input[0], call.Input[1]);
        mask.Span.Clear();
        for (int row = 0; row < mask.Rows; row++)
        {
            float length = call.Inputs[1].Span[row];
            if (!(length >= 0 && length <= mask.TimeSteps && length == MathF.Floor(length)))
            {
                throw new EngramException($"{DisplayName}: expected whole lengths from 0 to {mask.TimeSteps}, got {length} in row {row}.");
            }

            mask.Span.Slice(row * mask.TimeSteps, (int)length).Fill(1);
        }
    }

    protected internal override void Backward(LayerCall call)
    {
        call.InputGradient?.CopyFrom(call.OutputGradient.Span);
        call.InputGradients[1]?.Clear(); // a length has no derivative
    }

    protected internal override Mask? OutputMask(LayerCall call, int output) => call.Saved<KeptMask>().Mask;

    internal static LengthMask ReadConfig(Configuration config) => new();
}
