using Engram.Kernels;

namespace Engram.Layers;

/// <summary>
/// The products of two inputs, sample by sample, along one axis of each: with the axes at the end and the rest of each input taken together,
/// <code>
/// x_0: (batch, m, k)   x_1: (batch, n, k)   y = x_0 x_1ᵀ: (batch, m, n)
/// dx_0 = dy x_1   dx_1 = dyᵀ x_0
/// </code>
/// The output's axes are those of x_0 without the one that was contracted, then those of x_1 without batch and contracted axis;
/// (batch, 1) where nothing else is left.
/// </summary>
public sealed class Dot : Layer
{
    private readonly int[] axes;
    private readonly bool oneForBoth;

    /// <summary>Creates the layer.</summary>
    /// <param name="axis">The axis of both inputs; a negative one counts from the end of each.</param>
    /// <exception cref="ArgumentOutOfRangeException">The axis is that of the batch.</exception>
    public Dot(int axis) : this(axis, axis) => oneForBoth = true;

    /// <summary>Creates the layer.</summary>
    /// <param name="first">The first input's axis; a negative one counts from the end.</param>
    /// <param name="second">The second input's axis.</param>
    /// <exception cref="ArgumentOutOfRangeException">An axis is that of the batch.</exception>
    public Dot(int first, int second)
    {
        ArgumentOutOfRangeException.ThrowIfZero(first);
        ArgumentOutOfRangeException.ThrowIfZero(second);
        axes = [first, second];
    }

    /// <summary>The axis of each input.</summary>
    public IReadOnlyList<int> Axes => axes;

    /// <summary>Whether both inputs are brought to length 1 along their axis first, so that the products are cosines. Default false.</summary>
    public bool Normalize { get; init; }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => throw new EngramException($"{DisplayName}: expected two inputs, got one.");

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> OutputShapes(IReadOnlyList<Shape> inputs)
    {
        if (inputs.Count != 2) { throw new EngramException($"{DisplayName}: expected two inputs, got {inputs.Count}."); }
        var rest = new List<int> { inputs[0][0] == Shape.Unknown ? inputs[1][0] : inputs[0][0] };
        int[] lengths = new int[2];
        for (int k = 0; k < 2; k++)
        {
            int axis = AxisNumbers.Resolve(axes[k], inputs[k].Rank, this);
            if (axis == 0) { throw ShapeError("an axis of its own beside the batch", inputs[k]); }
            lengths[k] = inputs[k][axis];
            for (int i = 1; i < inputs[k].Rank; i++)
            {
                if (i != axis) { rest.Add(inputs[k][i]); }
            }
        }

        bool known = !lengths.Contains(Shape.Unknown);
        bool batches = inputs[0][0] == inputs[1][0] || inputs[0][0] == Shape.Unknown || inputs[1][0] == Shape.Unknown;
        if ((known && lengths[0] != lengths[1]) || !batches)
        {
            throw new EngramException($"{DisplayName}: expected as many elements on axis {axes[0]} of the first input as on axis {axes[1]} of the second, got {inputs[0]} and {inputs[1]}.");
        }

        if (rest.Count == 1) { rest.Add(1); }
        return [new Shape([.. rest])];
    }

    /// <inheritdoc/>
    protected internal override unsafe void Forward(LayerCall call)
    {
        DotState state = call.Saved<DotState>();
        (TensorBuffer a, TensorBuffer b) = (Rows(call, state, 0), Rows(call, state, 1));
        (int m, int n, int k) = Lengths(call, state);
        for (int sample = 0; sample < call.Input[0]; sample++)
        {
            state.Packed.PackTransposed(b.Pointer + ((nint)sample * n * k), n, k, k);
            Gemm.Multiply(m, a.Pointer + ((nint)sample * m * k), k, state.Packed, call.Output.Pointer + ((nint)sample * m * n), n, accumulate: false);
        }
    }

    /// <inheritdoc/>
    protected internal override unsafe void Backward(LayerCall call)
    {
        DotState state = call.Saved<DotState>();
        (TensorBuffer a, TensorBuffer b) = (Used(call, state, 0), Used(call, state, 1));
        (int m, int n, int k) = Lengths(call, state);
        TensorBuffer da = call.Scratch(6, call.Inputs[0].Axes);
        TensorBuffer db = call.Scratch(7, call.Inputs[1].Axes);
        db.Clear();
        for (int sample = 0; sample < call.Input[0]; sample++)
        {
            float* dy = call.OutputGradient.Pointer + ((nint)sample * m * n);
            state.Packed.Pack(b.Pointer + ((nint)sample * n * k), n, k, k);
            Gemm.Multiply(m, dy, n, state.Packed, da.Pointer + ((nint)sample * m * k), k, accumulate: false);
            Gemm.AddTransposed(n, k, m, dy, n, a.Pointer + ((nint)sample * m * k), k, db.Pointer + ((nint)sample * n * k), k);
        }

        Finish(call, state, 0, da);
        Finish(call, state, 1, db);
    }

    /// <inheritdoc/>
    protected internal override Mask? OutputMask(LayerCall call, int output) => null;

    // An input with its axis at the end, of length 1 along it where that is asked for.
    private TensorBuffer Rows(LayerCall call, DotState state, int input)
    {
        RowOrder order = state.Orders[input];
        order.Prepare(call.Inputs[input], state.Axis(input, axes[input]), this);
        TensorBuffer rows = order.Read(call, input, call.Inputs[input]);
        if (!Normalize) { return rows; }
        TensorBuffer unit = call.Scratch(2 + input, call.Inputs[input].Axes);
        state.Normalizer.Forward(rows, unit, call.Scratch(4 + input, order.Rows, 2), order.Length, RowScale.Length, 0);
        return unit;
    }

    private TensorBuffer Used(LayerCall call, DotState state, int input) => Normalize
        ? call.Scratch(2 + input, call.Inputs[input].Axes)
        : state.Orders[input].Read(call, input, call.Inputs[input]);

    private void Finish(LayerCall call, DotState state, int input, TensorBuffer gradient)
    {
        if (call.InputGradients[input] is not { } dx) { return; }
        RowOrder order = state.Orders[input];
        if (Normalize)
        {
            state.Normalizer.Backward(gradient, Used(call, state, input), call.Scratch(4 + input, order.Rows, 2), gradient, order.Length, RowScale.Length);
        }

        TensorBuffer target = order.Target(call, 8 + input, dx);
        target.CopyFrom(gradient.Span);
        order.Write(target, dx);
    }

    private static (int M, int N, int K) Lengths(LayerCall call, DotState state)
    {
        int batch = Math.Max(1, call.Input[0]);
        return (state.Orders[0].Rows / batch, state.Orders[1].Rows / batch, state.Orders[0].Length);
    }

    internal static Dot ReadConfig(Configuration config) => config.Int32s("axes") switch
    {
        [int only] => new Dot(only) { Normalize = config.Boolean("normalize", false) },
        [int first, int second] => new Dot(first, second) { Normalize = config.Boolean("normalize", false) },
        _ => throw new EngramException($"{config.Owner}: axes must be one whole number or two."),
    };

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        if (oneForBoth) { config.Set("axes", axes[0]); }
        else { config.Set("axes", axes); }
        config.Set("normalize", Normalize);
    }

    private sealed class DotState
    {
        private readonly int[][] axes = [new int[1], new int[1]];

        public RowOrder[] Orders { get; } = [new(), new()];

        public RowNormalizer Normalizer { get; } = new();

        public PackedMatrix Packed { get; } = new();

        public int[] Axis(int input, int axis)
        {
            axes[input][0] = axis;
            return axes[input];
        }
    }
}
