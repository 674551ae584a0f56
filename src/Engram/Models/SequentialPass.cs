using System.Numerics.Tensors;
using Engram.Layers;
using Engram.Training;

namespace Engram.Models;

/// <summary>A batch's way through a chain of layers and back.</summary>
internal sealed class SequentialPass : NetworkPass
{
    private readonly LayerCall[] calls;
    private readonly int firstWithWeights; // before it nobody asks for gradients
    private readonly bool anyActivityPenalty;
    private double activityPenalty;
    private string? maskDroppedBy;

    public SequentialPass(IReadOnlyList<Layer> layers)
    {
        calls = [.. layers.Select(layer => new LayerCall(layer))];
        firstWithWeights = Math.Max(0, Array.FindIndex(calls, call => call.Layer.Weights.Count > 0));
        anyActivityPenalty = layers.Any(layer => layer.ActivityRegularizer is not null);
    }

    public override TensorBuffer Output => calls[^1].Output;

    public override Mask? OutputMask => calls[^1].Layer.OutputMask(calls[^1], 0);

    public override double ActivityPenalty => activityPenalty;

    public override string? MaskDroppedBy => maskDroppedBy;

    public override void Forward(TensorBuffer x, bool training, RandomKey key)
    {
        TensorBuffer input = x;
        Mask? mask = null;
        activityPenalty = 0;
        for (int i = 0; i < calls.Length; i++)
        {
            LayerCall call = calls[i];
            call.Training = training;
            call.KeepForBackward = training;
            call.Recompute = Recompute;
            call.Mask = mask;
            if (training) { call.Random = key.Derive(i); }
            call.Forward(input);
            if (mask is not null && !call.Layer.SupportsMasking) { maskDroppedBy = call.Layer.DisplayName; }
            mask = call.Layer.OutputMask(call, 0);
            input = call.Output;
            if (anyActivityPenalty && call.Layer.ActivityRegularizer is { } regularizer)
            {
                activityPenalty += regularizer.Penalty(input.Span, input.Axes);
            }
        }
    }

    public override TensorBuffer PrepareOutputGradient() => calls[^1].PrepareOutputGradients()[0];

    public override void Backward()
    {
        for (int i = calls.Length - 1; i >= firstWithWeights; i--)
        {
            LayerCall call = calls[i];
            call.Layer.ActivityRegularizer?.AddGradient(call.Output.Span, call.Output.Axes, call.OutputGradient.Span);
            call.Backward(i == firstWithWeights ? null : calls[i - 1].PrepareOutputGradients()[0]);
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

            if (!TensorPrimitives.IsFiniteAll<float>(call.Output.Span)) { return $"the output of {call.Layer.DisplayName} is no longer finite"; }
        }

        return "the loss is not finite although every layer's output is; the outputs are too large for it";
    }
}
