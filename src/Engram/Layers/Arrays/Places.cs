namespace Engram.Layers;

/// <summary>The numbers of the places along an axis of its input, start + step k for k = 0, 1, ..., the same for each sample: (batch, length of the axis).</summary>
internal sealed class Places(int axis, float start, float step) : Layer
{
    private protected override string? KerasModule => null;

    public int Axis => axis;

    public float Start => start;

    public float Step => step;

    public override Shape OutputShape(Shape input) => input.Rank > axis ? new Shape(input[0], input[axis]) : throw ShapeError($"an input of more than {axis} axes", input);

    protected internal override void Forward(LayerCall call)
    {
        int length = call.Output[1];
        for (int i = 0; i < call.Output.Length; i++) { call.Output.Span[i] = start + (step * (i % length)); }
    }

    protected internal override void Backward(LayerCall call) => call.InputGradient?.Clear(); // a place has no derivative

    internal static Places ReadConfig(Configuration config)
    {
        int axis = config.Int32("axis");
        ArgumentOutOfRangeException.ThrowIfLessThan(axis, 1, "axis");
        return new Places(axis, config.Single("start", 0), config.Single("step", 1));
    }

    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("axis", axis);
        config.Set("start", start);
        config.Set("step", step);
    }
}
