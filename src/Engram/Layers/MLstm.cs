using System.Numerics.Tensors;
using Engram.Cells;
using Engram.Kernels;

namespace Engram.Layers;

/// <summary>
/// The mLSTM of xLSTM (Beck et al. 2024, "xLSTM: Extended long short-term memory"): heads with a matrix for a memory, which do not see their
/// own output, so that all steps are computed at once; a session goes step by step. The formulas, forward and back, stand in
/// <c>Cells/MLstmHead.cs</c>. With [q k v ô ĩ f̂] = x W + b, the output is σ(ô) ∘ h. Input: (batch, time, features); output: (batch, units) or
/// (batch, time, units). Time and memory grow with the square of the number of steps. Weights: kernel (features, 4 units + 2 heads) and
/// bias, in the order query, key, value, output gate (units each), input gate, forget gate (heads each). A masked step writes nothing to the
/// memory and puts out zeros.
/// </summary>
public sealed unsafe partial class MLstm : Layer
{
    private readonly int heads = 1;
    private Weight? kernel;
    private Weight? bias;

    /// <summary>Creates the layer.</summary>
    /// <param name="units">The number of units: the width of the output.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="units"/> is below 1.</exception>
    public MLstm(int units)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(units, 1);
        Units = units;
    }

    /// <summary>The number of units.</summary>
    public int Units { get; }

    /// <summary>The number of heads, a divisor of the number of units. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is no divisor.</exception>
    public int Heads
    {
        get => heads;
        init => heads = value > 0 && Units % value == 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Heads), value, $"{Units} units cannot be parted into {value} heads.");
    }

    /// <summary>Whether the output has every step instead of the last only. Default false.</summary>
    public bool ReturnSequences { get; init; }

    /// <summary>Where the kernel starts. Default Glorot uniform.</summary>
    public Initializer KernelInitializer { get; init; } = Initializers.GlorotUniform;

    /// <summary>A penalty on the kernel, or null. Default null.</summary>
    public Regularizer? KernelRegularizer { get; init; }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    private protected override string? KerasModule => null;

    private int Width => (4 * Units) + (2 * heads);

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        if (input.Rank != 3 || input.Last == Shape.Unknown || input[1] == 0 || (kernel is not null && input.Last != kernel.Value[0]))
        {
            throw ShapeError(kernel is null ? "(batch, time, features)" : $"(batch, time, features={kernel.Value[0]})", input);
        }

        return ReturnSequences ? new Shape(input[0], input[1], Units) : new Shape(input[0], Units);
    }

    /// <inheritdoc/>
    protected internal override Mask? OutputMask(LayerCall call, int output) => ReturnSequences ? call.Mask : null;

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        kernel = AddWeight("kernel", [inputs[0].Last, Width], KernelInitializer, KernelRegularizer);
        bias = AddWeight("bias", [Width], new RememberingBias(heads));
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        Pass pass = call.Saved<Pass>();
        pass.Prepare(this, call);
        pass.Project.Forward(pass.Arrays);
        pass.Run(backward: false);
        for (int row = 0; row < call.Input[0]; row++)
        {
            for (int t = 0; t < call.Input[1]; t++) { pass.WriteOutput(row, t); }
        }
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        Pass pass = call.Saved<Pass>();
        pass.Prepare(this, call);
        pass.PrepareBackward(kernel!, bias!);
        pass.Run(backward: true);
        pass.Project.Backward(pass.Arrays);
    }

    internal static MLstm ReadConfig(Configuration config) => new(config.Int32("units"))
    {
        Heads = config.Int32("heads", 1),
        ReturnSequences = config.Boolean("return_sequences", false),
        KernelInitializer = config.Initializer("kernel_initializer", Initializers.GlorotUniform),
        KernelRegularizer = config.Regularizer("kernel_regularizer"),
        ActivityRegularizer = config.Regularizer("activity_regularizer"),
    };

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("units", Units);
        config.Set("heads", Heads);
        config.Set("return_sequences", ReturnSequences);
        config.Set("kernel_initializer", KernelInitializer);
        config.Set("kernel_regularizer", KernelRegularizer);
        config.Set("activity_regularizer", ActivityRegularizer);
    }

    // As the authors start it: the heads' forget gates from 3 to 6, so that much is remembered; all else 0.
    private sealed class RememberingBias(int heads) : Initializer
    {
        public override string Name => "RememberingBias";

        public override void Fill(Span<float> values, ReadOnlySpan<int> shape, RandomKey key)
        {
            values.Clear();
            for (int head = 0; head < heads; head++) { values[^(heads - head)] = heads == 1 ? 3 : 3 + (3f * head / (heads - 1)); }
        }
    }

    /// <summary>One use of the layer: a head of a sequence is a piece of work by itself.</summary>
    private sealed partial class Pass : IShardWork
    {
        private readonly TensorBuffer projected = new(0), dProjected = new(0), hidden = new(0), dHidden = new(0);
        private MLstm layer = null!;
        private LayerCall call = null!;
        private bool backward;
        private DenseArrays arrays;

        public DenseProduct Project { get; } = new();

        public ref readonly DenseArrays Arrays => ref arrays;

        private int Rows => call.Input[0];

        private int Steps => call.Input[1];

        public void Prepare(MLstm layer, LayerCall call)
        {
            (this.layer, this.call) = (layer, call);
            int count = checked(call.Input[0] * call.Input[1]);
            projected.Resize(count, layer.Width);
            hidden.Resize(count, layer.Units);
            arrays = new DenseArrays
            {
                Rows = count,
                Features = call.Input[2],
                Units = layer.Width,
                Outputs = layer.Width,
                X = call.Input.Pointer,
                Kernel = layer.kernel!.Value.Pointer,
                Bias = layer.bias!.Value.Pointer,
                Z = projected.Pointer,
                Y = projected.Pointer,
            };
        }

        public void PrepareBackward(Weight kernel, Weight bias)
        {
            dProjected.Resize(arrays.Rows, layer.Width);
            dHidden.Resize(arrays.Rows, layer.Units);
            arrays.DY = arrays.DZ = dProjected.Pointer;
            arrays.DX = call.InputGradient is { } dx ? dx.Pointer : null;
            arrays.DKernel = kernel.Gradient.Pointer;
            arrays.DBias = bias.Gradient.Pointer;
            for (int row = 0; row < Rows; row++)
            {
                for (int t = 0; t < Steps; t++) { GateGradient(row, t); }
            }
        }

        public void Run(bool backward)
        {
            this.backward = backward;
            Workers.Run(this, Rows * layer.heads, (backward ? 5L : 2L) * Rows * Steps * Steps * layer.Units);
        }

        void IShardWork.Run(int shard)
        {
            (int row, int head) = Math.DivRem(shard, layer.heads);
            int units = layer.Units, width = units / layer.heads;
            nint first = (nint)row * Steps;
            float* p = projected.Pointer + (first * layer.Width);
            var arrays = new MLstmArrays
            {
                Steps = Steps,
                Width = width,
                Stride = layer.Width,
                HStride = units,
                Q = p + (head * width),
                K = p + units + (head * width),
                V = p + (2 * units) + (head * width),
                Input = p + (4 * units) + head,
                Forget = p + (4 * units) + layer.heads + head,
                H = hidden.Pointer + (first * units) + (head * width),
            };
            fixed (byte* mask = call.Mask is null ? default : call.Mask.Span)
            {
                arrays.Mask = mask is null ? null : mask + first;
                if (!backward)
                {
                    MLstmHead.Forward(arrays);
                    return;
                }

                float* dp = dProjected.Pointer + (first * layer.Width);
                arrays.DH = dHidden.Pointer + (first * units) + (head * width);
                arrays.DQ = dp + (head * width);
                arrays.DK = arrays.DQ + units;
                arrays.DV = arrays.DK + units;
                arrays.DInput = dp + (4 * units) + head;
                arrays.DForget = arrays.DInput + layer.heads;
                MLstmHead.Backward(arrays);
            }
        }

        // y = σ(ô) ∘ h
        public void WriteOutput(int row, int t)
        {
            if (Target(call.Output, row, t) is not { IsEmpty: false } y) { return; }
            if (!IsData(row, t))
            {
                y.Clear();
                return;
            }

            VectorMath.Apply(VectorFunction.Sigmoid, OutputGate(projected, row, t), y);
            TensorPrimitives.Multiply(y, Hidden(hidden, row, t), y);
        }

        // dh = dy ∘ σ(ô), dô = dy ∘ h ∘ σ'(ô); nothing where the step is not put out.
        private void GateGradient(int row, int t)
        {
            Span<float> dh = Hidden(dHidden, row, t), dGate = OutputGate(dProjected, row, t);
            if (Target(call.OutputGradient, row, t) is not { IsEmpty: false } dy || !IsData(row, t))
            {
                dh.Clear();
                dGate.Clear();
                return;
            }

            VectorMath.Apply(VectorFunction.Sigmoid, OutputGate(projected, row, t), dh);
            ReadOnlySpan<float> h = Hidden(hidden, row, t);
            for (int u = 0; u < dh.Length; u++)
            {
                float gate = dh[u];
                dGate[u] = dy[u] * h[u] * gate * (1 - gate);
                dh[u] = dy[u] * gate;
            }
        }

        // Where a step's output is; empty where it is none: the last that is data is the one, or the first where none is.
        private Span<float> Target(TensorBuffer output, int row, int t)
        {
            if (layer.ReturnSequences) { return Hidden(output, row, t); }
            int last = Steps - 1;
            if (call.Mask is not null)
            {
                while (last > 0 && !call.Mask[row, last]) { last--; }
            }

            return t == last ? output.Span.Slice(row * layer.Units, layer.Units) : default;
        }

        private Span<float> Hidden(TensorBuffer buffer, int row, int t) => buffer.Span.Slice(((row * Steps) + t) * layer.Units, layer.Units);

        private Span<float> OutputGate(TensorBuffer buffer, int row, int t) =>
            buffer.Span.Slice((((row * Steps) + t) * layer.Width) + (3 * layer.Units), layer.Units);
    }
}
