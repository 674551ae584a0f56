using Engram.Cells;
using Engram.Kernels;
using Engram.Layers;

namespace Engram.Inference;

/// <summary>
/// What one layer does at one step, with its weights packed. A stage never changes once it is made, so any number of sessions share it;
/// what changes from step to step is in <see cref="SessionBuffers"/>.
/// </summary>
internal abstract unsafe class SessionStage(int inputs, int outputs)
{
    /// <summary>The width of a row of input.</summary>
    public int Inputs { get; } = inputs;

    /// <summary>The width of a row of output.</summary>
    public int Outputs { get; } = outputs;

    /// <summary>The width of each state that is carried from step to step.</summary>
    public virtual int[] StateWidths => [];

    /// <summary>Whether the output of a stage with states is the first of them, and not in <see cref="SessionBuffers.Output"/>.</summary>
    public virtual bool OutputIsFirstState => true;

    /// <summary>How many numbers a row of the gate buffer and of the scratch buffer has.</summary>
    public virtual (int Gates, int Scratch) BufferWidths => (0, 0);

    /// <summary>The number of weights in matrices: the multiply-adds of a row.</summary>
    public virtual long WeightCount => 0;

    /// <summary>Output (rows, outputs) from input (rows, inputs) and the states, which are replaced.</summary>
    public abstract void Step(int rows, float* input, SessionBuffers buffers);

    /// <summary>The stages of a chain of layers.</summary>
    /// <param name="layers">The layers, built.</param>
    /// <param name="features">The width of a row of the first one's input.</param>
    /// <param name="weights">How a layer's weights are stored.</param>
    /// <exception cref="EngramException">A layer cannot go step by step.</exception>
    public static SessionStage[] CreateAll(IReadOnlyList<Layer> layers, int features, Func<Layer, WeightType> weights)
    {
        var stages = new List<SessionStage>();
        Layer[] parts = [.. layers.SelectMany(PartsOf).Where(layer => layer is not Dropout)];
        for (int i = 0; i < parts.Length; i++)
        {
            Layer layer = parts[i];
            SessionStage stage;
            if (layer is Embedding embedding && i + 1 < parts.Length && parts[i + 1] is Recurrent { GoBackwards: false } next && EmbeddedInput.Pays(embedding, next))
            {
                stage = new RecurrentStage(next, embedding, weights(next));
                i++;
            }
            else { stage = Create(layer, features, weights(layer)); }

            stages.Add(stage);
            features = stage.Outputs;
        }

        return [.. stages];
    }

    /// <summary>The layers of which a layer is made, as far as sessions are concerned: the cells of a stack each have a stage.</summary>
    public static IEnumerable<Layer> PartsOf(Layer layer) => layer is Rnn { GoBackwards: false } rnn ? rnn.Layers : [layer];

    /// <summary>Whether a chain begins with an embedding, so that a sample is a sequence of numbers.</summary>
    public static bool TakesNumbers(IReadOnlyList<Layer> layers, Shape input) => layers.FirstOrDefault(layer => layer is not Dropout) is Embedding && input.Rank == 2;

    /// <summary>The width of a row of a session's input: one number where a chain begins with an embedding.</summary>
    public static int InputWidth(IReadOnlyList<Layer> layers, Shape input) => TakesNumbers(layers, input) ? 1 : input.Last;

    private static SessionStage Create(Layer layer, int inputs, WeightType weights) => layer switch
    {
        SequenceLayer { GoBackwards: true } => throw Refuse(layer, "reads the sequence from its end"),
        MLstm memory => new MLstmStage(memory, inputs),
        StepByStep steps => new CellStage(steps.Cell, inputs),
        Recurrent recurrent => new RecurrentStage(recurrent, inputs, weights),
        Dense dense => new DenseStage(dense, inputs, weights),
        Activation activation => new ActivationStage(activation.Function, inputs),
        Embedding embedding => new EmbeddingStage(embedding),
        TimeDistributed distributed => Create(distributed.Layer, inputs, weights),
        _ => throw Refuse(layer, "needs the whole sequence at once"),
    };

    private static EngramException Refuse(Layer layer, string reason) => new(
        $"{layer.DisplayName} ({layer.Kind}) {reason} and cannot go step by step; a session takes recurrent, dense, embedding, activation and dropout layers.");
}

/// <summary>A session's own arrays for one stage.</summary>
internal sealed class SessionBuffers
{
    public SessionBuffers(SessionStage stage, int rows)
    {
        Output = new TensorBuffer(rows, stage.Outputs);
        Gates = new TensorBuffer(rows, stage.BufferWidths.Gates);
        Preactivations = new TensorBuffer(rows, stage.BufferWidths.Gates);
        Scratch = new TensorBuffer(rows, stage.BufferWidths.Scratch);
        States = [.. stage.StateWidths.Select(width => new TensorBuffer(rows, width))];
        Before = [.. stage.StateWidths.Select(width => new TensorBuffer(rows, width))];
    }

    /// <summary>The output of the last step, for stages whose output is not a state.</summary>
    public TensorBuffer Output { get; }

    public TensorBuffer Gates { get; }

    public TensorBuffer Preactivations { get; }

    public TensorBuffer Scratch { get; }

    /// <summary>The call of a cell of one's own, and its inputs.</summary>
    public LayerCall? Call { get; set; }

    /// <inheritdoc cref="Call"/>
    public TensorBuffer[] CallInputs { get; set; } = [];

    /// <summary>The states after the last step.</summary>
    public TensorBuffer[] States { get; private set; }

    /// <summary>The states before the last step.</summary>
    public TensorBuffer[] Before { get; private set; }

    /// <summary>Makes the states after the last step those before the next.</summary>
    public void Advance() => (States, Before) = (Before, States);
}

/// <summary>A recurrent layer: z = x W + b, then the cell, exactly as over a whole sequence.</summary>
internal sealed unsafe class RecurrentStage : SessionStage
{
    private readonly Cell cell;
    private readonly PackedMatrix kernel = new();
    private readonly TensorBuffer inputBias;
    private readonly TensorBuffer recurrentBias;
    private readonly TensorBuffer ownWeights = new(0);
    private readonly EmbeddedInput? embedded;

    /// <summary>A layer behind an embedding, in one stage.</summary>
    public RecurrentStage(Recurrent layer, Embedding embedding, WeightType type) : this(layer, 1, embedding.OutputDim, type) =>
        embedded = new EmbeddedInput(new EmbeddingStage(embedding), kernel, inputBias);

    public RecurrentStage(Recurrent layer, int inputs, WeightType type) : this(layer, inputs, inputs, type) { }

    private RecurrentStage(Recurrent layer, int inputs, int features, WeightType type) : base(inputs, layer.OutputWidth)
    {
        cell = layer.CreateCell();
        int width = cell.KernelGates * layer.Units;
        (Weight kernel, Weight recurrentKernel, Weight? bias, IReadOnlyList<Weight> own) = layer.Parts;
        this.kernel.Pack(kernel.Value.Pointer, features, width, width, type);
        SequencePass.Join(own, ownWeights);
        cell.PackOwn(ownWeights.Pointer, backward: false);
        cell.Pack(recurrentKernel.Value.Pointer, byGate: false, backward: false, type);
        inputBias = new TensorBuffer(width);
        recurrentBias = new TensorBuffer(width);
        if (bias is null) { return; }
        ReadOnlySpan<float> biases = bias.Value.Span;
        biases[..width].CopyTo(inputBias.Span);
        if (biases.Length == 2 * width)
        {
            biases[width..].CopyTo(recurrentBias.Span);
            SequencePass.JoinBiases(inputBias.Span, recurrentBias.Span, layer.Units);
        }
    }

    public override int[] StateWidths => cell.StateCount == 1 ? [cell.HiddenWidth] : [cell.HiddenWidth, cell.CellWidth];

    public override (int Gates, int Scratch) BufferWidths => (cell.BufferWidth, cell.ScratchPerRow);

    public override long WeightCount => (long)(Inputs + cell.Units) * cell.KernelGates * cell.Units;

    public override void Step(int rows, float* input, SessionBuffers buffers)
    {
        buffers.Advance();
        float* gates = buffers.Gates.Pointer;
        bool twoStates = cell.StateCount > 1;
        var step = new CellStep
        {
            Rows = rows,
            MaskRows = rows,
            Gates = gates,
            Preactivations = buffers.Preactivations.Pointer,
            HiddenBefore = buffers.Before[0].Pointer,
            Hidden = buffers.States[0].Pointer,
            HiddenStride = cell.HiddenWidth,
            CellBefore = twoStates ? buffers.Before[1].Pointer : null,
            Cell = twoStates ? buffers.States[1].Pointer : null,
            Scratch = buffers.Scratch.Pointer,
            RecurrentBias = recurrentBias.Pointer,
        };

        if (embedded is not null)
        {
            embedded.Project(rows, input, gates, cell.BufferWidth);
            if (cell.Draws) { cell.Draw(step, null, 0, 0); }
            cell.Forward(step);
            return;
        }

        if (cell.MultipliesOnly)
        {
            // The threads meet once a layer, for the products of input and state together.
            Gemm.BeginTogether();
            Gemm.MultiplyWithBias(rows, input, Inputs, kernel, inputBias.Pointer, gates, cell.BufferWidth);
            cell.MultiplyForward(step);
            Gemm.RunTogether();
            cell.ActivateForward(step);
            return;
        }

        Gemm.MultiplyWithBias(rows, input, Inputs, kernel, inputBias.Pointer, gates, cell.BufferWidth);
        if (cell.Draws) { cell.Draw(step, null, 0, 0); }
        cell.Forward(step);
    }
}

/// <summary>A dense layer: y = f(x W + b).</summary>
internal sealed unsafe class DenseStage : SessionStage
{
    private readonly PackedMatrix kernel = new();
    private readonly TensorBuffer bias;
    private readonly ActivationFunction? activation;
    private readonly int units;

    public DenseStage(Dense layer, int inputs, WeightType type) : base(inputs, layer.Activation.OutputLength(layer.Units))
    {
        units = layer.Units;
        kernel.Pack(layer.Weights[0].Value.Pointer, inputs, units, units, type);
        bias = new TensorBuffer(units);
        if (layer.Weights.Count > 1) { layer.Weights[1].Value.Span.CopyTo(bias.Span); }
        activation = layer.Activation.Equals(Activations.Linear) ? null : layer.Activation;
    }

    public override (int Gates, int Scratch) BufferWidths => (units, 0);

    public override long WeightCount => (long)Inputs * units;

    public override void Step(int rows, float* input, SessionBuffers buffers)
    {
        TensorBuffer z = activation is null ? buffers.Output : buffers.Gates;
        Gemm.MultiplyWithBias(rows, input, Inputs, kernel, bias.Pointer, z.Pointer, units);
        activation?.Forward(z.Span, buffers.Output.Span, units);
    }
}

/// <summary>An activation by itself.</summary>
internal sealed unsafe class ActivationStage(ActivationFunction function, int inputs) : SessionStage(inputs, function.OutputLength(inputs))
{
    public override void Step(int rows, float* input, SessionBuffers buffers) =>
        function.Forward(new ReadOnlySpan<float>(input, rows * Inputs), buffers.Output.Span, Inputs);
}
