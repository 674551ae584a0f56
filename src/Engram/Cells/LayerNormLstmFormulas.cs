using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Engram.Kernels;
using Engram.Layers;

namespace Engram.Cells;

/// <summary>
/// The layer-normalised LSTM (Ba, Kiros and Hinton 2016). With N(v) = (v - mean v) / sqrt(var v + ε) over the elements of a row:
/// <code>
/// z = α_x ∘ N(x W) + α_h ∘ N(h' U) + b        (4 H); i, f, o = σ(z_i), σ(z_f), σ(z_o), g = φ(z_g)
/// c = f ∘ c' + i ∘ g
/// h = o ∘ φ(k),  k = α_c ∘ N(c) + β
/// </code>
/// The columns stand in the order i, f, g, o. A row of the gate buffer has the gates (4 H), N(h' U) (4 H), N(x W) (4 H), N(c) (H) and the three
/// 1 / sqrt(var + ε); its gradient has d(x W), d(h' U), dz and dk in the same places. The own weights: b if there is one, α_x, α_h, α_c, β.
/// </summary>
internal sealed unsafe class LayerNormLstmFormulas : Cell
{
    private const int Scales = 16; // room for the three, and for whole vectors behind them

    private readonly FusedGates gates;
    private readonly FusedGates output;
    private readonly bool hasBias;
    private readonly float epsilon;
    private readonly RecurrentProduct[] allGates;
    private readonly RecurrentProduct[] eachGate;
    private RecurrentProduct[] groups = [];
    private float* bias, inputGain, recurrentGain, cellGain, cellOffset;

    public LayerNormLstmFormulas(
        int units, ActivationFunction activation, ActivationFunction recurrentActivation, bool hasBias, float epsilon) : base(units)
    {
        this.hasBias = hasBias;
        this.epsilon = epsilon;
        gates = FusedGates.Choose(activation, recurrentActivation, default(GateFormulas)) ?? throw new EngramException(
            $"A layer-normalised LSTM has the activation tanh or relu and the recurrent activation sigmoid or hard_sigmoid; got {activation.Name} and {recurrentActivation.Name}.");
        output = FusedGates.Choose(activation, recurrentActivation, default(OutputFormulas))!;
        allGates = [new RecurrentProduct(units, 4, 0, 4, 8, 4, units, BufferWidth)];
        eachGate = [.. Enumerable.Range(0, 4).Select(gate => new RecurrentProduct(units, 4, gate, 1, 8, 4 + gate, units, BufferWidth))];
    }

    public override int KernelGates => 4;

    public override int BufferGates => 4;

    public override int BufferWidth => (13 * Units) + Scales;

    public override int StateCount => 2;

    public override int OwnWeights => ((hasBias ? 14 : 10) * Units);

    public override IReadOnlyList<TracedSeries> Traced =>
    [
        new(TracedNames.InputGate, TracedPlace.Gates),
        new(TracedNames.ForgetGate, TracedPlace.Gates, Units),
        new(TracedNames.Candidate, TracedPlace.Gates, 2 * Units),
        new(TracedNames.OutputGate, TracedPlace.Gates, 3 * Units),
        new(TracedNames.CellState, TracedPlace.Cell),
        new(TracedNames.HiddenState, TracedPlace.Hidden),
    ];

    public override bool KeepsPreactivations => false;

    public override int ScratchPerRow => Units;

    public override void PackOwn(float* ownWeights, bool backward)
    {
        bias = hasBias ? ownWeights : null;
        inputGain = ownWeights + (hasBias ? 4 * Units : 0);
        recurrentGain = inputGain + (4 * Units);
        cellGain = recurrentGain + (4 * Units);
        cellOffset = cellGain + Units;
    }

    public override void Pack(float* recurrentKernel, bool byGate, bool backward, WeightType type = WeightType.Float32)
    {
        groups = byGate ? eachGate : allGates;
        foreach (RecurrentProduct group in groups) { group.Pack(recurrentKernel, backward, type); }
    }

    public override void MultiplyForward(in CellStep step)
    {
        foreach (RecurrentProduct group in groups) { group.ForwardWithBias(step, step.HiddenBefore, Units, null); }
    }

    public override void ActivateForward(in CellStep step)
    {
        for (int row = 0; row < step.Rows; row++)
        {
            float* buffer = step.Gates + ((nint)row * BufferWidth);
            Span<float> z = new(buffer, 4 * Units), fromState = new(buffer + (4 * Units), 4 * Units), fromInput = new(buffer + (8 * Units), 4 * Units);
            float* scales = buffer + (13 * Units);
            z.CopyTo(fromInput);
            scales[0] = Normalize(fromInput);
            scales[1] = Normalize(fromState);
            TensorPrimitives.Multiply(fromInput, new ReadOnlySpan<float>(inputGain, 4 * Units), z);
            TensorPrimitives.FusedMultiplyAdd(fromState, new ReadOnlySpan<float>(recurrentGain, 4 * Units), z, z);
            if (hasBias) { TensorPrimitives.Add(z, new ReadOnlySpan<float>(bias, 4 * Units), z); }
        }

        gates.Forward(step, Units);
        for (int row = 0; row < step.Rows; row++)
        {
            float* buffer = step.Gates + ((nint)row * BufferWidth);
            Span<float> n = new(buffer + (12 * Units), Units), k = new(step.Scratch + ((nint)row * Units), Units);
            new ReadOnlySpan<float>(step.Cell + ((nint)row * Units), Units).CopyTo(n);
            buffer[(13 * Units) + 2] = Normalize(n);
            TensorPrimitives.FusedMultiplyAdd(n, new ReadOnlySpan<float>(cellGain, Units), new ReadOnlySpan<float>(cellOffset, Units), k);
        }

        output.Forward(step, Units);
    }

    public override void ActivateBackward(in CellStep step)
    {
        for (int row = 0; row < step.Rows; row++)
        {
            ReadOnlySpan<float> n = new(step.Gates + ((nint)row * BufferWidth) + (12 * Units), Units);
            TensorPrimitives.FusedMultiplyAdd(
                n, new ReadOnlySpan<float>(cellGain, Units), new ReadOnlySpan<float>(cellOffset, Units), new Span<float>(step.Scratch + ((nint)row * Units), Units));
        }

        output.Backward(step, Units); // dz_o and dk
        for (int row = 0; row < step.Rows; row++)
        {
            float* buffer = step.Gates + ((nint)row * BufferWidth), gradient = step.DGates + ((nint)row * BufferWidth);
            Span<float> dc = new(step.Scratch + ((nint)row * Units), Units), sum = new(step.DCell + ((nint)row * Units), Units);
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(gradient + (12 * Units), Units), new ReadOnlySpan<float>(cellGain, Units), dc);
            NormalizeBackward(new(buffer + (12 * Units), Units), buffer[(13 * Units) + 2], dc);
            TensorPrimitives.Add(sum, dc, sum);
        }

        gates.Backward(step, Units);
        for (int row = 0; row < step.Rows; row++)
        {
            float* buffer = step.Gates + ((nint)row * BufferWidth), gradient = step.DGates + ((nint)row * BufferWidth);
            ReadOnlySpan<float> dz = new(gradient + (8 * Units), 4 * Units);
            Span<float> dInput = new(gradient, 4 * Units), dState = new(gradient + (4 * Units), 4 * Units);
            TensorPrimitives.Multiply(dz, new ReadOnlySpan<float>(inputGain, 4 * Units), dInput);
            TensorPrimitives.Multiply(dz, new ReadOnlySpan<float>(recurrentGain, 4 * Units), dState);
            NormalizeBackward(new(buffer + (8 * Units), 4 * Units), buffer[13 * Units], dInput);
            NormalizeBackward(new(buffer + (4 * Units), 4 * Units), buffer[(13 * Units) + 1], dState);
        }
    }

    public override void MultiplyBackward(in CellStep step)
    {
        for (int group = 0; group < groups.Length; group++) { groups[group].Backward(step, step.DHidden, accumulate: group > 0); }
    }

    public override void AddRecurrentGradient(int rows, in CellStep step, float* dRecurrentKernel)
    {
        foreach (RecurrentProduct group in groups) { group.AddGradient(rows, step, step.HiddenBefore, Units, dRecurrentKernel); }
    }

    // db = Σ dz    dα_x = Σ dz ∘ N(x W)    dα_h = Σ dz ∘ N(h' U)    dα_c = Σ dk ∘ N(c)    dβ = Σ dk
    public override void AddOwnGradient(int rows, in CellStep step, float* dOwnWeights)
    {
        for (int row = 0; row < rows; row++)
        {
            float* buffer = step.Gates + ((nint)row * BufferWidth), gradient = step.DGates + ((nint)row * BufferWidth);
            float* target = dOwnWeights;
            ReadOnlySpan<float> dz = new(gradient + (8 * Units), 4 * Units), dk = new(gradient + (12 * Units), Units);
            if (hasBias)
            {
                var db = new Span<float>(target, 4 * Units);
                TensorPrimitives.Add(db, dz, db);
                target += 4 * Units;
            }

            AddProduct(dz, buffer + (8 * Units), target);
            AddProduct(dz, buffer + (4 * Units), target + (4 * Units));
            AddProduct(dk, buffer + (12 * Units), target + (8 * Units));
            var offset = new Span<float>(target + (9 * Units), Units);
            TensorPrimitives.Add(offset, dk, offset);
        }
    }

    private static void AddProduct(ReadOnlySpan<float> left, float* right, float* sum)
    {
        var target = new Span<float>(sum, left.Length);
        TensorPrimitives.FusedMultiplyAdd(left, new ReadOnlySpan<float>(right, left.Length), target, target);
    }

    // Sums run in one order whatever the width of vectors, in double precision.
    private float Normalize(Span<float> values)
    {
        double sum = 0, squares = 0;
        foreach (float value in values) { sum += value; }
        double mean = sum / values.Length;
        foreach (float value in values) { squares += (value - mean) * (value - mean); }
        double scale = 1 / Math.Sqrt((squares / values.Length) + epsilon);
        foreach (ref float value in values) { value = (float)((value - mean) * scale); }
        return (float)scale;
    }

    // dv = scale (dn - mean(dn) - n mean(dn ∘ n)), in the place of dn.
    private static void NormalizeBackward(ReadOnlySpan<float> n, float scale, Span<float> gradient)
    {
        double sum = 0, product = 0;
        for (int i = 0; i < n.Length; i++)
        {
            sum += gradient[i];
            product += (double)gradient[i] * n[i];
        }

        double mean = sum / n.Length;
        product /= n.Length;
        for (int i = 0; i < n.Length; i++) { gradient[i] = (float)(scale * (gradient[i] - mean - (n[i] * product))); }
    }

    private readonly struct GateFormulas : IFusedCell
    {
        public FusedGates For<TActivation, TRecurrent>()
            where TActivation : struct, IGateFunction
            where TRecurrent : struct, IGateFunction =>
            new FusedGates<ForwardGates<TActivation, TRecurrent>, BackwardGates<TActivation, TRecurrent>>();
    }

    private readonly struct OutputFormulas : IFusedCell
    {
        public FusedGates For<TActivation, TRecurrent>()
            where TActivation : struct, IGateFunction
            where TRecurrent : struct, IGateFunction =>
            new FusedGates<ForwardOutput<TActivation, TRecurrent>, BackwardOutput<TActivation, TRecurrent>>();
    }

    /// <summary>The four gates and c.</summary>
    private struct ForwardGates<TActivation, TRecurrent> : IGateKernel
        where TActivation : struct, IGateFunction
        where TRecurrent : struct, IGateFunction
    {
        public CellStep Step;
        public int Units;

        public void Set(in CellStep step, int units) => (Step, Units) = (step, units);

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            for (int row = 0; row < Step.Rows; row++)
            {
                float* z = Step.Gates + ((nint)row * ((13 * Units) + Scales));
                nint at = (nint)row * Units;
                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    int left = Units - u;
                    V i = TRecurrent.Value<TIsa, V>(TIsa.Load(z + u));
                    V f = TRecurrent.Value<TIsa, V>(TIsa.Load(z + Units + u));
                    V g = TActivation.Value<TIsa, V>(TIsa.Load(z + (2 * Units) + u));
                    V c = TIsa.MultiplyAdd(f, TIsa.Load(Step.CellBefore + at + u), TIsa.Multiply(i, g));
                    Edge.Store<TIsa, V>(z + u, i, left);
                    Edge.Store<TIsa, V>(z + Units + u, f, left);
                    Edge.Store<TIsa, V>(z + (2 * Units) + u, g, left);
                    Edge.Store<TIsa, V>(Step.Cell + at + u, c, left);
                }
            }
        }
    }

    /// <summary>o and h; k is in the scratch rows.</summary>
    private struct ForwardOutput<TActivation, TRecurrent> : IGateKernel
        where TActivation : struct, IGateFunction
        where TRecurrent : struct, IGateFunction
    {
        public CellStep Step;
        public int Units;

        public void Set(in CellStep step, int units) => (Step, Units) = (step, units);

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            for (int row = 0; row < Step.Rows; row++)
            {
                float* zO = Step.Gates + ((nint)row * ((13 * Units) + Scales)) + (3 * Units);
                nint at = (nint)row * Units;
                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    V o = TRecurrent.Value<TIsa, V>(TIsa.Load(zO + u));
                    V h = TIsa.Multiply(o, TActivation.Value<TIsa, V>(TIsa.Load(Step.Scratch + at + u)));
                    Edge.Store<TIsa, V>(zO + u, o, Units - u);
                    Edge.Store<TIsa, V>(Step.Hidden + at + u, h, Units - u);
                }
            }
        }
    }

    /// <summary>dz_o = dh ∘ φ(k) ∘ σ'(z_o), dk = dh ∘ o ∘ φ'(k); then dc += N's derivative of dk ∘ α_c.</summary>
    private struct BackwardOutput<TActivation, TRecurrent> : IGateKernel
        where TActivation : struct, IGateFunction
        where TRecurrent : struct, IGateFunction
    {
        public CellStep Step;
        public int Units;

        public void Set(in CellStep step, int units) => (Step, Units) = (step, units);

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            for (int row = 0; row < Step.Rows; row++)
            {
                nint start = (nint)row * ((13 * Units) + Scales);
                nint at = (nint)row * Units;
                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    V o = TIsa.Load(Step.Gates + start + (3 * Units) + u);
                    V s = TActivation.Value<TIsa, V>(TIsa.Load(Step.Scratch + at + u));
                    V dh = TIsa.Load(Step.DHidden + at + u);
                    V dzO = TIsa.Multiply(TIsa.Multiply(dh, s), TRecurrent.Slope<TIsa, V>(o));
                    V dk = TIsa.Multiply(TIsa.Multiply(dh, o), TActivation.Slope<TIsa, V>(s));
                    Edge.Store<TIsa, V>(Step.DGates + start + (11 * Units) + u, dzO, Units - u);
                    Edge.Store<TIsa, V>(Step.DGates + start + (12 * Units) + u, dk, Units - u);
                }
            }
        }
    }

    /// <summary>dz_i = dc ∘ g ∘ σ'(z_i), dz_f = dc ∘ c' ∘ σ'(z_f), dz_g = dc ∘ i ∘ φ'(z_g), dc' = dc ∘ f.</summary>
    private struct BackwardGates<TActivation, TRecurrent> : IGateKernel
        where TActivation : struct, IGateFunction
        where TRecurrent : struct, IGateFunction
    {
        public CellStep Step;
        public int Units;

        public void Set(in CellStep step, int units) => (Step, Units) = (step, units);

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            for (int row = 0; row < Step.Rows; row++)
            {
                float* z = Step.Gates + ((nint)row * ((13 * Units) + Scales));
                float* dz = Step.DGates + ((nint)row * ((13 * Units) + Scales)) + (8 * Units);
                nint at = (nint)row * Units;
                for (int u = 0; u < Units; u += TIsa.Lanes)
                {
                    int left = Units - u;
                    V i = TIsa.Load(z + u);
                    V f = TIsa.Load(z + Units + u);
                    V g = TIsa.Load(z + (2 * Units) + u);
                    V dc = TIsa.Load(Step.DCell + at + u);
                    V dzI = TIsa.Multiply(TIsa.Multiply(dc, g), TRecurrent.Slope<TIsa, V>(i));
                    V dzF = TIsa.Multiply(TIsa.Multiply(dc, TIsa.Load(Step.CellBefore + at + u)), TRecurrent.Slope<TIsa, V>(f));
                    V dzG = TIsa.Multiply(TIsa.Multiply(dc, i), TActivation.Slope<TIsa, V>(g));
                    Edge.Store<TIsa, V>(dz + u, dzI, left);
                    Edge.Store<TIsa, V>(dz + Units + u, dzF, left);
                    Edge.Store<TIsa, V>(dz + (2 * Units) + u, dzG, left);
                    Edge.Store<TIsa, V>(Step.DCell + at + u, TIsa.Multiply(dc, f), left);
                }
            }
        }
    }
}
