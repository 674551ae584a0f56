namespace Engram.Layers;

/// <summary>
/// The mLSTM of xLSTM (Beck et al. 2024, "xLSTM: Extended long short-term memory"): heads with a matrix for a memory, which do not see their
/// own output, so that all steps are computed at once; a session goes step by step. The formulas, forward and back, stand in
/// <c>Cells/MLstmHead.cs</c>. With [q k v ô ĩ f̂] = x W + b, the output is σ(ô) ∘ h. Weights: kernel (features, 4 units + 2 heads) and
/// bias, in the order query, key, value, output gate (units each), input gate, forget gate (heads each). Input and output shapes: see
/// <see cref="SequenceLayer"/>; the states are, for each head of d units, the memory C (d, d) by rows, the normaliser n (d) and the stabiliser
/// m: (batch, units d), (batch, units) and (batch, heads). A masked step changes no state. Time and memory grow with the square of the number
/// of steps; <see cref="SequenceLayer.Stateful"/> takes a long sequence in pieces.
/// </summary>
public sealed partial class MLstm : SequenceLayer
{
    private readonly int heads = 1;
    private Weight? kernel;
    private Weight? bias;

    /// <summary>Creates the layer.</summary>
    /// <param name="units">The number of units: the width of the output.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="units"/> is below 1.</exception>
    public MLstm(int units) => Units = AtLeastOne(units, nameof(units));

    private MLstm(Configuration config) : base(config)
    {
        Units = AtLeastOne(config.Int32("units"), "units");
        Heads = config.Int32("heads", 1);
        KernelInitializer = config.Initializer("kernel_initializer", Initializers.GlorotUniform);
        KernelRegularizer = config.Regularizer("kernel_regularizer");
    }

    /// <summary>The number of units.</summary>
    public int Units { get; }

    /// <summary>The number of heads, a divisor of the number of units. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is no divisor.</exception>
    public int Heads { get => heads; init => heads = SLstm.CheckHeads(value, Units, nameof(Heads)); }

    /// <summary>Where the kernel starts. Default Glorot uniform.</summary>
    public Initializer KernelInitializer { get; init; } = Initializers.GlorotUniform;

    /// <summary>A penalty on the kernel, or null. Default null.</summary>
    public Regularizer? KernelRegularizer { get; init; }

    /// <inheritdoc/>
    public override int OutputWidth => Units;

    private protected override string? KerasModule => null;

    private protected override int? BuiltFeatures => kernel?.Value[0];

    private int Width => (4 * Units) + (2 * heads);

    private protected override int[] WidthsOfStates() => [Units / heads * Units, Units, heads];

    internal override SequenceLayer Clone(SequenceOptions options)
    {
        var copy = (MLstm)base.Clone(options);
        (copy.kernel, copy.bias) = (null, null);
        return copy;
    }

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        kernel = AddWeight("kernel", [inputs[0].Last, Width], KernelInitializer, KernelRegularizer);
        bias = AddWeight("bias", [Width], new RememberingBias(heads));
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call) =>
        call.Saved<Pass>().Forward(this, call, Stateful ? CarryStates(call) : null);

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call) => call.Saved<Pass>().Backward(this, call);

    internal static MLstm ReadConfig(Configuration config) => new(config);

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("units", Units);
        config.Set("heads", Heads);
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
}
