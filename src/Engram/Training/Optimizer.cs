using System.Numerics.Tensors;
using Engram.Layers;

namespace Engram.Training;

/// <summary>
/// The rule by which gradients change weights, and what Keras does around every such rule: accumulation, clipping, weight decay,
/// moving averages, constraints. A rule of one's own implements <see cref="Name"/>, <see cref="CreateState"/> and
/// <see cref="Update"/>.
/// </summary>
public abstract class Optimizer
{
    private readonly List<OptimizerArray> arrays = [];
    private Weight[]? weights;
    private TensorBuffer[] averages = [];
    private TensorBuffer[] accumulators = [];
    private double learningRate;

    /// <summary>Sets the learning rate.</summary>
    /// <param name="learningRate">At least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The learning rate is negative or not finite.</exception>
    protected Optimizer(double learningRate) =>
        this.learningRate = Require(double.IsFinite(learningRate) && learningRate >= 0, learningRate, nameof(LearningRate), "at least 0");

    /// <summary>The name as Keras writes it, for example <c>Adam</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The number of steps done; with <see cref="GradientAccumulationSteps"/> each batch counts.</summary>
    public long Iterations { get; internal set; }

    /// <summary>How large the next step is, at least 0. With a <see cref="Schedule"/> what that says for the next step.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    /// <exception cref="InvalidOperationException">There is a schedule, which alone decides.</exception>
    public double LearningRate
    {
        get => Schedule?.At(Iterations) ?? learningRate;
        set
        {
            if (Schedule is not null)
            {
                throw new InvalidOperationException(
                    $"{Name}: the learning rate follows a schedule ({Schedule.Name}) and cannot be set; build the optimizer without one.");
            }

            learningRate = Require(double.IsFinite(value) && value >= 0, value, nameof(LearningRate), "at least 0");
        }
    }

    /// <summary>The learning rate for each step; null, the default, for one that is only changed by setting it.</summary>
    public LearningRateSchedule? Schedule { get; init; }

    /// <summary>
    /// What share of itself, times the learning rate, a weight loses at each step, apart from the gradient. Null, the default except
    /// for AdamW: none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double? WeightDecay
    {
        get;
        init => field = Require(value is null || (double.IsFinite(value.Value) && value >= 0), value, nameof(WeightDecay), "at least 0");
    }

    /// <summary>
    /// Which weights do not decay, for example biases: <c>weight => weight.Name == "bias"</c>. Null, the default: all decay.
    /// </summary>
    public Predicate<Weight>? ExcludeFromWeightDecay { get; init; }

    /// <summary>The greatest length of each weight's gradient; longer ones are scaled down. Null, the default: no limit.</summary>
    /// <exception cref="ArgumentException">The value is not positive, or another kind of clipping is set.</exception>
    public double? ClipNorm { get; init => field = OneClip(value, nameof(ClipNorm), GlobalClipNorm, ClipValue); }

    /// <summary>The greatest length of all gradients together; longer ones are scaled down. Null, the default: no limit.</summary>
    /// <exception cref="ArgumentException">The value is not positive, or another kind of clipping is set.</exception>
    public double? GlobalClipNorm { get; init => field = OneClip(value, nameof(GlobalClipNorm), ClipNorm, ClipValue); }

    /// <summary>The greatest magnitude of each number of a gradient. Null, the default: no limit.</summary>
    /// <exception cref="ArgumentException">The value is not positive, or another kind of clipping is set.</exception>
    public double? ClipValue { get; init => field = OneClip(value, nameof(ClipValue), ClipNorm, GlobalClipNorm); }

    /// <summary>Whether moving averages of the weights are kept, which replace the weights when training ends. Default false.</summary>
    public bool UseEma { get; init; }

    /// <summary>The share of the old average that each step keeps, from 0 to 1. Default 0.99.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 0 to 1.</exception>
    public double EmaMomentum { get; init => field = Require(value is >= 0 and <= 1, value, nameof(EmaMomentum), "from 0 to 1"); } = 0.99;

    /// <summary>
    /// After how many steps, again and again, the averages replace the weights. Null, the default: only when training ends.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? EmaOverwriteFrequency
    {
        get;
        init => field = Require(value is null or >= 1, value, nameof(EmaOverwriteFrequency), "at least 1");
    }

    /// <summary>Over how many batches gradients are averaged before one update. Null, the default: each batch updates.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 2.</exception>
    public int? GradientAccumulationSteps
    {
        get;
        init => field = Require(value is null or >= 2, value, nameof(GradientAccumulationSteps), "at least 2");
    }

    /// <summary>What a configuration says about all optimizers.</summary>
    internal OptimizerOptions Common
    {
        init
        {
            Schedule = value.Schedule;
            if (value.HasWeightDecay) { WeightDecay = value.WeightDecay; }
            ClipNorm = value.ClipNorm;
            GlobalClipNorm = value.GlobalClipNorm;
            ClipValue = value.ClipValue;
            UseEma = value.UseEma;
            EmaMomentum = value.EmaMomentum;
            EmaOverwriteFrequency = value.EmaOverwriteFrequency;
            GradientAccumulationSteps = value.GradientAccumulationSteps;
        }
    }

    /// <summary>
    /// The arrays that the rule keeps, by names that are unique and stay the same: <c>3/kernel/velocity</c> is that of weight 3. In the
    /// order in which Keras stores them, behind the iteration and the learning rate. Empty before <see cref="Build"/>.
    /// </summary>
    public IEnumerable<(string Path, TensorBuffer Value)> State => arrays.Select(array => (array.Path, array.Value));

    /// <summary>
    /// The number of numbers kept: those of <see cref="State"/>, the iteration and, without a schedule, the learning rate. It is what a
    /// summary calls optimizer params.
    /// </summary>
    public long StateCount
    {
        get
        {
            long count = Schedule is null ? 2 : 1;
            foreach (OptimizerArray array in arrays) { count += array.Value.Length; }
            return count;
        }
    }

    /// <summary>What <see cref="State"/> lists, with the weight that each array belongs to.</summary>
    internal IReadOnlyList<OptimizerArray> Arrays => arrays;

    /// <summary>The weights that the state was created for; empty before <see cref="Build"/>.</summary>
    internal IReadOnlyList<Weight> BuiltWeights => weights ?? [];

    /// <summary>The number of updates done: <see cref="Iterations"/>, or what is full of them with gradient accumulation.</summary>
    protected long Updates => Iterations / (GradientAccumulationSteps ?? 1);

    /// <summary>Creates the state for the trainable weights of a model. Does nothing when it was created for the same weights.</summary>
    /// <param name="weights">The trainable weights, in the model's order.</param>
    /// <exception cref="InvalidOperationException">The state was created for other weights.</exception>
    public void Build(IReadOnlyList<Weight> weights)
    {
        if (this.weights is not null)
        {
            if (weights.SequenceEqual(this.weights)) { return; }
            throw new InvalidOperationException(
                $"{Name}: was built for {this.weights.Length} other weights and keeps state for them; " +
                "use a new optimizer for a new model, or after changing which layers are trainable.");
        }

        this.weights = [.. weights];
        if (UseEma) { averages = AddStates("average"); }
        if (GradientAccumulationSteps is not null) { accumulators = AddStates("gradient_accumulator"); }
        CreateState(this.weights);
    }

    /// <summary>Does one update: clips the gradients (in place), changes every weight, applies its constraint.</summary>
    /// <exception cref="InvalidOperationException">The optimizer was not built.</exception>
    public void Step()
    {
        Weight[] weights = Built();
        if (Accumulate(weights))
        {
            Clip(weights);
            double rate = LearningRate;
            BeginUpdate();
            for (int i = 0; i < weights.Length; i++)
            {
                bool decays = WeightDecay is not null && ExcludeFromWeightDecay?.Invoke(weights[i]) != true;
                Update(i, weights[i], rate, decays ? rate * WeightDecay!.Value : 0);
            }
        }

        if (UseEma) { Average(weights); }
        foreach (Weight weight in weights) { weight.Constraint?.Apply(weight.Value.Span, weight.Value.Axes); }
        Iterations++;
    }

    /// <summary>Called when training ends: with <see cref="UseEma"/> the averages replace the weights.</summary>
    /// <exception cref="InvalidOperationException">The optimizer was not built.</exception>
    public void FinishTraining()
    {
        Weight[] weights = Built();
        for (int i = 0; i < averages.Length; i++)
        {
            if (AveragesAreSwapped) { averages[i].CopyFrom(weights[i].Value.Span); }
            else { weights[i].Value.CopyFrom(averages[i].Span); }
        }

        AveragesAreSwapped = false;
    }

    /// <summary>Whether the weights are the averages at present, and the averages the weights.</summary>
    internal bool AveragesAreSwapped { get; private set; }

    /// <summary>
    /// Continues where another run stopped. <see cref="Arrays"/> and the weights are set by themselves; this is all the rest that changes.
    /// </summary>
    /// <param name="iterations"><see cref="Iterations"/>, at least 0.</param>
    /// <param name="rate"><see cref="LearningRate"/>, at least 0; null where a schedule decides.</param>
    /// <param name="averagesAreSwapped"><see cref="AveragesAreSwapped"/>.</param>
    internal void Continue(long iterations, double? rate, bool averagesAreSwapped = false)
    {
        Iterations = iterations;
        if (rate is double value) { LearningRate = value; }
        AveragesAreSwapped = averagesAreSwapped;
    }

    /// <summary>Exchanges the weights and their moving averages.</summary>
    internal void SwapAverages()
    {
        Weight[] weights = Built();
        for (int i = 0; i < averages.Length; i++)
        {
            Span<float> average = averages[i].Span, w = weights[i].Value.Span;
            for (int k = 0; k < w.Length; k++) { (average[k], w[k]) = (w[k], average[k]); }
        }

        AveragesAreSwapped = !AveragesAreSwapped;
    }

    /// <summary>
    /// What stands for the squared gradient of a weight: the sum of the squares of the gradient's shares where the layer keeps it
    /// (<see cref="Weight.GradientSquares"/>), else null for the square of the sum. So it is in Keras on TensorFlow, where a penalty, the mean
    /// over several batches and a limit on the length of all gradients together add up the shares before they are squared. A limit on each
    /// number does so here too; there it acts on each share.
    /// </summary>
    /// <param name="weight">The weight.</param>
    protected TensorBuffer? Squares(Weight weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        return GlobalClipNorm is null && ClipValue is null ? Shares(weight) : null;
    }

    /// <summary>Creates the rule's own state with <c>AddState</c>.</summary>
    /// <param name="weights">The trainable weights.</param>
    protected abstract void CreateState(IReadOnlyList<Weight> weights);

    /// <summary>Called before the first <see cref="Update"/> of a step, for what all weights share. Does nothing by default.</summary>
    protected virtual void BeginUpdate() { }

    /// <summary>Changes one weight by its gradient.</summary>
    /// <param name="index">The weight's number.</param>
    /// <param name="weight">The weight.</param>
    /// <param name="learningRate">The learning rate of this step.</param>
    /// <param name="decay">What share of itself the weight loses first; 0 for none.</param>
    protected abstract void Update(int index, Weight weight, double learningRate, double decay);

    /// <summary>Adds an array to the state that belongs to no weight.</summary>
    /// <param name="name">Its name, unique within the optimizer.</param>
    /// <param name="initial">What it is filled with.</param>
    /// <param name="axes">Its shape.</param>
    protected TensorBuffer AddState(string name, float initial, params ReadOnlySpan<int> axes) => AddArray(null, name, name, initial, axes);

    /// <summary>Adds an array of a weight's shape to the state.</summary>
    /// <param name="index">The weight's number.</param>
    /// <param name="name">What the array is, for example <c>momentum</c>.</param>
    /// <param name="initial">What it is filled with. Default 0.</param>
    protected TensorBuffer AddState(int index, string name, float initial = 0) =>
        AddArray(index, name, $"{index}/{Built()[index].Name}/{name}", initial, Built()[index].Value.Axes);

    /// <summary>Adds an array for a weight, of a shape of its own, to the state.</summary>
    /// <param name="index">The weight's number.</param>
    /// <param name="name">What the array is, for example <c>row</c>.</param>
    /// <param name="initial">What it is filled with.</param>
    /// <param name="axes">Its shape.</param>
    private protected TensorBuffer AddState(int index, string name, float initial, ReadOnlySpan<int> axes) =>
        AddArray(index, name, $"{index}/{Built()[index].Name}/{name}", initial, axes);

    /// <summary>Adds an array of each weight's shape to the state.</summary>
    /// <param name="name">What the arrays are, for example <c>momentum</c>.</param>
    /// <param name="initial">What they are filled with. Default 0.</param>
    protected TensorBuffer[] AddStates(string name, float initial = 0)
    {
        var states = new TensorBuffer[Built().Length];
        for (int i = 0; i < states.Length; i++) { states[i] = AddState(i, name, initial); }
        return states;
    }

    /// <summary>Checks an option: its value, or an error that names it.</summary>
    private protected static T Require<T>(bool valid, T value, string name, string range) =>
        valid ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be {range}.");

    private static double? OneClip(double? value, string name, double? other, double? another)
    {
        if (value is not null && (other ?? another) is not null)
        {
            throw new ArgumentException(
                $"Only one of {nameof(ClipNorm)}, {nameof(GlobalClipNorm)} and {nameof(ClipValue)} can be set.", name);
        }

        return Require(value is null || (double.IsFinite(value.Value) && value > 0), value, name, "above 0");
    }

    private TensorBuffer AddArray(int? weight, string slot, string path, float initial, ReadOnlySpan<int> axes)
    {
        var value = new TensorBuffer(axes);
        value.Span.Fill(initial);
        arrays.Add(new OptimizerArray(weight, slot, path, value));
        return value;
    }

    private Weight[] Built() =>
        weights ?? throw new InvalidOperationException($"{Name}: Build must be called before the optimizer is used.");

    // Adds the gradients to the accumulators until enough are there; then the gradients become the mean.
    private bool Accumulate(Weight[] weights)
    {
        if (GradientAccumulationSteps is not int steps) { return true; }
        bool full = (Iterations + 1) % steps == 0;
        for (int i = 0; i < weights.Length; i++)
        {
            Span<float> sum = accumulators[i].Span, g = weights[i].Gradient.Span;
            TensorPrimitives.Add(sum, g, sum);
            if (full)
            {
                TensorPrimitives.Divide(sum, steps, g);
                sum.Clear();
            }
        }

        return full;
    }

    private void Clip(Weight[] weights)
    {
        if (ClipValue is double limit)
        {
            foreach (Weight weight in weights) { TensorPrimitives.Clamp(weight.Gradient.Span, -(float)limit, (float)limit, weight.Gradient.Span); }
        }
        else if (ClipNorm is double norm)
        {
            foreach (Weight weight in weights) { Shorten(weight, norm, Math.Sqrt(SquaredLength(weight))); }
        }
        else if (GlobalClipNorm is double globalNorm)
        {
            double squares = 0;
            foreach (Weight weight in weights) { squares += SquaredLength(weight); }
            foreach (Weight weight in weights) { Shorten(weight, globalNorm, Math.Sqrt(squares)); }
        }
    }

    // A length that is not finite makes the gradient NaN, as in Keras, so that the failure is seen.
    private static void Shorten(Weight weight, double limit, double length)
    {
        if (length <= limit) { return; }
        double scale = double.IsFinite(length) ? limit / length : double.NaN;
        TensorPrimitives.Multiply(weight.Gradient.Span, (float)scale, weight.Gradient.Span);
        if (weight.GradientSquares is { } squares) { TensorPrimitives.Multiply(squares.Span, (float)(scale * scale), squares.Span); }
    }

    private TensorBuffer? Shares(Weight weight) => weight.Regularizer is null && GradientAccumulationSteps is null ? weight.GradientSquares : null;

    private double SquaredLength(Weight weight)
    {
        if (Shares(weight) is not { } squares) { return OrderedSum.OfSquares(weight.Gradient.Span); }
        double sum = 0;
        foreach (float square in squares.Span) { sum += square; }
        return sum;
    }

    private void Average(Weight[] weights)
    {
        float momentum = Updates == 0 ? 0 : (float)EmaMomentum;
        bool overwrite = EmaOverwriteFrequency is int frequency && (Updates + 1) % frequency == 0;
        for (int i = 0; i < weights.Length; i++)
        {
            Span<float> average = averages[i].Span, w = weights[i].Value.Span;
            TensorPrimitives.Multiply(average, momentum, average);
            TensorPrimitives.MultiplyAdd(w, 1 - momentum, average, average);
            if (overwrite) { average.CopyTo(w); }
        }
    }
}
