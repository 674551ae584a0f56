using Engram.Kernels;

namespace Engram.Layers;

/// <summary>
/// The products of matrices, one for each place of the axes before the last two:
/// <code>
/// x_0: (batch, ..., m, k)   x_1: (batch, ..., k, n)   y = x_0 x_1: (batch, ..., m, n)
/// dx_0 = dy x_1ᵀ   dx_1 = x_0ᵀ dy
/// </code>
/// </summary>
internal sealed class BatchedProduct : Layer
{
    private protected override string? KerasModule => null;

    public override Shape OutputShape(Shape input) => throw new EngramException($"{DisplayName}: expected two inputs, got one.");

    public override IReadOnlyList<Shape> OutputShapes(IReadOnlyList<Shape> inputs)
    {
        static bool Same(int a, int b) => a == b || a == Shape.Unknown || b == Shape.Unknown;
        if (inputs.Count != 2) { throw new EngramException($"{DisplayName}: expected two inputs, got {inputs.Count}."); }
        (Shape a, Shape b) = (inputs[0], inputs[1]);
        bool fit = a.Rank == b.Rank && a.Rank > 2 && Same(a[^1], b[^2]);
        for (int axis = 0; fit && axis < a.Rank - 2; axis++) { fit = Same(a[axis], b[axis]); }
        return fit
            ? [a.With(^1, b[^1])]
            : throw new EngramException($"{DisplayName}: expected (batch, ..., m, k) and (batch, ..., k, n), got {a} and {b}.");
    }

    protected internal override unsafe void Forward(LayerCall call)
    {
        (TensorBuffer a, TensorBuffer b) = (call.Inputs[0], call.Inputs[1]);
        (int m, int k, int n) = (a[^2], a[^1], b[^1]);
        PackedMatrix packed = call.Saved<State>().Packed;
        for (int i = 0; i < Count(a); i++)
        {
            packed.Pack(b.Pointer + ((nint)i * k * n), k, n, n);
            Gemm.Multiply(m, a.Pointer + ((nint)i * m * k), k, packed, call.Output.Pointer + ((nint)i * m * n), n, accumulate: false);
        }
    }

    protected internal override unsafe void Backward(LayerCall call)
    {
        (TensorBuffer a, TensorBuffer b) = (call.Inputs[0], call.Inputs[1]);
        (int m, int k, int n) = (a[^2], a[^1], b[^1]);
        PackedMatrix packed = call.Saved<State>().Packed;
        call.InputGradients[1]?.Clear();
        for (int i = 0; i < Count(a); i++)
        {
            float* dy = call.OutputGradient.Pointer + ((nint)i * m * n);
            if (call.InputGradients[0] is { } da)
            {
                packed.PackTransposed(b.Pointer + ((nint)i * k * n), k, n, n);
                Gemm.Multiply(m, dy, n, packed, da.Pointer + ((nint)i * m * k), k, accumulate: false);
            }

            if (call.InputGradients[1] is { } db) { Gemm.AddTransposed(k, n, m, a.Pointer + ((nint)i * m * k), k, dy, n, db.Pointer + ((nint)i * k * n), n); }
        }
    }

    private static int Count(TensorBuffer a) => a.Length == 0 ? 0 : a.Length / (a[^1] * a[^2]);

    internal static BatchedProduct ReadConfig(Configuration config) => new();

    private sealed class State
    {
        public PackedMatrix Packed { get; } = new();
    }
}
