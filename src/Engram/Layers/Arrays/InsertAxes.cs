namespace Engram.Layers;

/// <summary>Puts axes of length 1 behind the batch; the elements stay as they are. Unlike <see cref="Reshape"/> it leaves the lengths of all other axes open.</summary>
internal sealed class InsertAxes : Layer
{
    private readonly int[] axes;

    /// <summary>Creates the layer.</summary>
    /// <param name="axes">Where the new axes stand in the output, in ascending order, each 1 or more.</param>
    public InsertAxes(int[] axes)
    {
        for (int i = 0; i < axes.Length; i++)
        {
            if (axes[i] < 1 || (i > 0 && axes[i] <= axes[i - 1])) { throw new ArgumentException($"axes are {string.Join(", ", axes)}; expected ascending numbers from 1.", nameof(axes)); }
        }

        this.axes = AxisNumbers.Required(axes, nameof(axes));
    }

    public IReadOnlyList<int> Axes => axes;

    private protected override string? KerasModule => null;

    public override Shape OutputShape(Shape input)
    {
        if (axes[^1] >= input.Rank + axes.Length) { throw ShapeError($"an input of at least {axes[^1] - axes.Length + 1} axes", input); }
        var lengths = input.Axes.ToArray().ToList();
        foreach (int axis in axes) { lengths.Insert(axis, 1); }
        return new Shape([.. lengths]);
    }

    protected internal override void Forward(LayerCall call) => call.Output.CopyFrom(call.Input.Span);

    protected internal override void Backward(LayerCall call) => call.InputGradient?.CopyFrom(call.OutputGradient.Span);

    internal static InsertAxes ReadConfig(Configuration config) => new(config.Int32s("axes"));

    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("axes", axes);
    }
}
