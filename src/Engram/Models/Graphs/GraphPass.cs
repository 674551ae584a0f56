using System.Numerics.Tensors;
using Engram.Layers;
using Engram.Training;

namespace Engram.Models;

/// <summary>
/// A batch's way through a graph of layers and back. Where several nodes read one output, its gradient is the sum of theirs, added from the
/// last reader to the first. Nodes before which nothing is trained are left out on the way back.
/// </summary>
internal sealed class GraphPass : NetworkPass
{
    private readonly Graph graph;
    private readonly LayerCall[] calls;
    private readonly TensorBuffer[][] inputs;        // of each node
    private readonly TensorBuffer?[][] gradients;    // of each node: where those of its inputs go
    private readonly TensorBuffer?[][] shares;       // of each node: for inputs that others have read too
    private readonly bool[][] written;               // of each node: which output's gradient has begun
    private readonly bool[] trains;                  // whether something is trained at the node or before it
    private readonly bool[] needed;                  // the same, with the graph's inputs whose gradient is asked for
    private readonly bool[] prepared;                // of each output of the graph
    private readonly bool[] inputWritten;
    private readonly TensorBuffer?[] repeated;       // gradients of outputs that the graph puts out twice, or of its inputs
    private readonly TensorBuffer[] graphInputs;
    private readonly Mask?[] graphMasks;
    private readonly bool anyActivityPenalty;
    private readonly TensorBuffer activityGradient = new(0);
    private double activityPenalty;
    private string? maskDroppedBy;

    public GraphPass(Graph graph)
    {
        this.graph = graph;
        IReadOnlyList<GraphNode> nodes = graph.Nodes;
        calls = [.. nodes.Select(node => new LayerCall(node.Layer))];
        inputs = [.. nodes.Select(node => new TensorBuffer[node.Inputs.Length])];
        gradients = [.. nodes.Select(node => new TensorBuffer?[node.Inputs.Length])];
        shares = [.. nodes.Select(node => new TensorBuffer?[node.Inputs.Length])];
        written = new bool[nodes.Count][];
        trains = new bool[nodes.Count];
        needed = new bool[nodes.Count];
        prepared = new bool[graph.Outputs.Count];
        inputWritten = new bool[graph.Inputs];
        repeated = new TensorBuffer?[graph.Outputs.Count];
        graphInputs = new TensorBuffer[graph.Inputs];
        graphMasks = new Mask?[graph.Inputs];
        anyActivityPenalty = nodes.Any(node => node.Layer.ActivityRegularizer is not null || node.Layer is Network);
        for (int i = 0; i < trains.Length; i++)
        {
            trains[i] = TrainableWeights.Any(nodes[i].Layer) || nodes[i].Inputs.Any(source => !source.IsInput && trains[source.Node]);
        }
    }

    /// <summary>The calls of the layers, in the order of the nodes.</summary>
    public IReadOnlyList<LayerCall> Calls => calls;

    /// <summary>Whether gradients are those of the loss alone, without the penalties on layers' outputs.</summary>
    public bool LeavesOutPenalties { get; init; }

    public override int OutputCount => graph.Outputs.Count;

    public override double ActivityPenalty => activityPenalty;

    public override string? MaskDroppedBy => maskDroppedBy;

    public override TensorBuffer Output(int output) => BufferOf(graph.Outputs[output]);

    public override Mask? OutputMask(int output) => MaskOf(graph.Outputs[output]);

    public override void Forward(ReadOnlySpan<TensorBuffer> x, ReadOnlySpan<Mask?> masks, bool training, bool keepForBackward, RandomKey key)
    {
        x.CopyTo(graphInputs);
        Array.Clear(graphMasks);
        masks.CopyTo(graphMasks);
        Array.Clear(prepared);
        activityPenalty = 0;
        for (int i = 0; i < calls.Length; i++)
        {
            LayerCall call = calls[i];
            GraphSource[] sources = graph.Nodes[i].Inputs;
            call.Training = training;
            call.KeepForBackward = keepForBackward;
            call.Recompute = Recompute;
            if (training) { call.Random = key.Derive(i); }
            for (int j = 0; j < sources.Length; j++)
            {
                inputs[i][j] = BufferOf(sources[j]);
                Mask? mask = MaskOf(sources[j]);
                call.SetMask(j, mask);
                if (mask is not null && !call.Layer.SupportsMasking) { maskDroppedBy = call.Layer.DisplayName; }
            }

            call.Forward(inputs[i]);
            if (anyActivityPenalty) { AddActivity(call); }
        }
    }

    public override TensorBuffer PrepareOutputGradient(int output)
    {
        prepared[output] = true;
        GraphSource source = graph.Outputs[output];
        if (IsFirst(output)) { return calls[source.Node].PrepareOutputGradients()[source.Output]; }
        TensorBuffer own = repeated[output] ??= new TensorBuffer(0);
        own.Resize(BufferOf(source).Axes);
        return own;
    }

    public override void Backward(ReadOnlySpan<TensorBuffer?> inputGradients)
    {
        BeginBackward(inputGradients);
        for (int i = calls.Length - 1; i >= 0; i--)
        {
            if (!needed[i]) { continue; }
            LayerCall call = calls[i];
            IReadOnlyList<TensorBuffer> dOutputs = call.PrepareOutputGradients();
            for (int k = 0; k < dOutputs.Count; k++)
            {
                if (!written[i][k]) { dOutputs[k].Clear(); }
                if (!LeavesOutPenalties && call.Layer.ActivityRegularizer is { } regularizer) { AddActivityGradient(regularizer, call.Outputs[k], dOutputs[k]); }
            }

            GraphSource[] sources = graph.Nodes[i].Inputs;
            for (int j = 0; j < sources.Length; j++) { gradients[i][j] = WhereTo(i, j, inputGradients); }
            call.Backward(gradients[i]);
            for (int j = 0; j < sources.Length; j++)
            {
                if (gradients[i][j] is { } share && ReferenceEquals(share, shares[i][j])) { Add(share, Gradient(sources[j], inputGradients)!); }
            }
        }

        for (int i = 0; i < inputGradients.Length; i++)
        {
            if (inputGradients[i] is { } gradient && !inputWritten[i])
            {
                gradient.Resize(graphInputs[i].Axes);
                gradient.Clear();
            }
        }
    }

    public override string DescribeNonFinite()
    {
        foreach (LayerCall call in calls)
        {
            foreach (Weight weight in call.Layer.Weights)
            {
                if (!TensorPrimitives.IsFiniteAll<float>(weight.Value.Span)) { return $"the weight {weight.Name} of {call.Layer.DisplayName} is no longer finite"; }
            }

            foreach (TensorBuffer output in call.Outputs)
            {
                if (!TensorPrimitives.IsFiniteAll<float>(output.Span)) { return $"the output of {call.Layer.DisplayName} is no longer finite"; }
            }
        }

        return "the loss is not finite although every layer's output is; the outputs are too large for it";
    }

    private TensorBuffer BufferOf(GraphSource source) => source.IsInput ? graphInputs[source.InputIndex] : calls[source.Node].Outputs[source.Output];

    private Mask? MaskOf(GraphSource source) => source.IsInput
        ? graphMasks[source.InputIndex]
        : calls[source.Node].Layer.OutputMask(calls[source.Node], source.Output);

    // Keras divides the penalty on a layer's outputs by the number of rows, so that it does not depend on the batch size.
    private void AddActivityGradient(Regularizer regularizer, TensorBuffer output, TensorBuffer gradient)
    {
        activityGradient.Resize(output.Axes);
        activityGradient.Clear();
        regularizer.AddGradient(output.Span, output.Axes, activityGradient.Span);
        TensorPrimitives.MultiplyAdd(activityGradient.Span, 1f / output[0], gradient.Span, gradient.Span);
    }

    // A nested model adds what its own layers ask for, and says where its masks end.
    private void AddActivity(LayerCall call)
    {
        if (call.Layer.ActivityRegularizer is { } regularizer)
        {
            foreach (TensorBuffer output in call.Outputs) { activityPenalty += regularizer.Penalty(output.Span, output.Axes) / output[0]; }
        }

        if (call.Layer is Network)
        {
            NetworkPass inner = call.Saved<NestedPass>().Pass!;
            activityPenalty += inner.ActivityPenalty;
            maskDroppedBy ??= inner.MaskDroppedBy;
        }
    }

    // The first mention of an output writes its gradient; a second one, or one of the graph's own input, has a buffer of its own.
    private bool IsFirst(int output)
    {
        GraphSource source = graph.Outputs[output];
        if (source.IsInput) { return false; }
        for (int earlier = 0; earlier < output; earlier++)
        {
            if (prepared[earlier] && graph.Outputs[earlier] == source) { return false; }
        }

        return true;
    }

    private void BeginBackward(ReadOnlySpan<TensorBuffer?> inputGradients)
    {
        Array.Clear(inputWritten);
        for (int i = 0; i < calls.Length; i++)
        {
            if (written[i]?.Length != calls[i].Outputs.Count) { written[i] = new bool[calls[i].Outputs.Count]; }
            Array.Clear(written[i]);
            needed[i] = trains[i];
            foreach (GraphSource source in graph.Nodes[i].Inputs)
            {
                needed[i] |= source.IsInput ? source.InputIndex < inputGradients.Length && inputGradients[source.InputIndex] is not null : needed[source.Node];
            }
        }

        for (int output = 0; output < prepared.Length; output++)
        {
            if (!prepared[output]) { continue; }
            GraphSource source = graph.Outputs[output];
            if (IsFirst(output))
            {
                written[source.Node][source.Output] = true;
                continue;
            }

            TensorBuffer? gradient = Gradient(source, inputGradients);
            if (gradient is null) { continue; }
            if (source.IsInput && !inputWritten[source.InputIndex])
            {
                gradient.Resize(repeated[output]!.Axes);
                gradient.CopyFrom(repeated[output]!.Span);
                inputWritten[source.InputIndex] = true;
            }
            else { Add(repeated[output]!, gradient); }
        }
    }

    // Where a node puts the gradient of an input: the first to come writes it, the others write a share that is added.
    private TensorBuffer? WhereTo(int node, int input, ReadOnlySpan<TensorBuffer?> inputGradients)
    {
        GraphSource source = graph.Nodes[node].Inputs[input];
        if (Gradient(source, inputGradients) is not { } gradient) { return null; }
        ref bool begun = ref source.IsInput ? ref inputWritten[source.InputIndex] : ref written[source.Node][source.Output];
        if (begun) { return shares[node][input] ??= new TensorBuffer(0); }
        begun = true;
        return gradient;
    }

    private TensorBuffer? Gradient(GraphSource source, ReadOnlySpan<TensorBuffer?> inputGradients)
    {
        if (source.IsInput) { return source.InputIndex < inputGradients.Length ? inputGradients[source.InputIndex] : null; }
        return needed[source.Node] ? calls[source.Node].PrepareOutputGradients()[source.Output] : null;
    }

    private static void Add(TensorBuffer share, TensorBuffer gradient) => TensorPrimitives.Add(gradient.Span, share.Span, gradient.Span);
}
