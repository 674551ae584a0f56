using Engram.Cells;

namespace Engram.Layers;

/// <content>Forward and backward, and the states that go from batch to batch.</content>
public abstract unsafe partial class ConvLstm : IStateCarrier, ITracedLayer
{
    private TensorBuffer[]? carriedStates;

    /// <summary>Forgets the states that a <see cref="Stateful"/> layer carries from batch to batch.</summary>
    public void ResetState() => carriedStates = null;

    TensorBuffer[]? IStateCarrier.CarriedStates
    {
        get => carriedStates;
        set => carriedStates = value;
    }

    string IStateCarrier.ExpectedStates => $"2 of shape (rows, {kernelSize.Length} axes of places, {Filters})";

    // How many places there are is known when the next batch comes, which is checked against the states.
    bool IStateCarrier.Accepts(TensorBuffer[] states) =>
        states.Length == 2 && states[0].Rank == kernelSize.Length + 2 && states[0].Axes.SequenceEqual(states[1].Axes) && states[0].Axes[^1] == Filters;

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        ConvLstmArrays arrays = Arrays(call);
        if (Stateful) { CarryStates(call, ref arrays); }
        call.Saved<ConvLstmPass>().Forward(arrays);
    }

    bool ITracedLayer.ReadsBackward => GoBackwards;

    // A unit is a filter at a place.
    int ITracedLayer.TracedUnits(LayerCall call) => call.Output.Length / (ReturnSequences ? call.Input[0] * call.Input[1] : call.Input[0]);

    IReadOnlyList<TracedArray> ITracedLayer.Trace(LayerCall call) => call.Saved<ConvLstmPass>().Trace();

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        ConvLstmArrays arrays = Arrays(call);
        arrays.DOutput = call.OutputGradient.Pointer;
        if (ReturnState)
        {
            arrays.DFinalHidden = call.OutputGradients[1].Pointer;
            arrays.DFinalCell = call.OutputGradients[2].Pointer;
        }

        arrays.DX = Pointer(call.InputGradient);
        if (call.Inputs.Count > 1)
        {
            arrays.DInitialHidden = Pointer(call.InputGradients[1]);
            arrays.DInitialCell = Pointer(call.InputGradients[2]);
        }

        arrays.DKernel = kernel!.Gradient.Pointer;
        arrays.DRecurrentKernel = recurrentKernel.Gradient.Pointer;
        arrays.DBias = Pointer(bias?.Gradient);
        call.Saved<ConvLstmPass>().Backward(arrays);
    }

    private ConvLstmArrays Arrays(LayerCall call)
    {
        TensorBuffer x = call.Input;
        int axes = kernelSize.Length;
        ReadOnlySpan<int> places = call.Output.Axes[^(axes + 1)..^1];
        Span<WindowAxis> input = stackalloc WindowAxis[axes];
        Span<WindowAxis> recurrent = stackalloc WindowAxis[axes];
        for (int axis = 0; axis < axes; axis++)
        {
            input[axis] = Axis(axis);
            recurrent[axis] = new WindowAxis(kernelSize[axis], 1, 1, ConvolutionPadding.Same);
        }

        var arrays = new ConvLstmArrays
        {
            Input = Windows.Over(input, x.Axes[2..^1]),
            Recurrent = Windows.Over(recurrent, places),
            Samples = x[0],
            Steps = x[1],
            Channels = x[^1],
            Filters = Filters,
            Activation = Activation,
            RecurrentActivation = RecurrentActivation,
            GoBackwards = GoBackwards,
            ReturnSequences = ReturnSequences,
            ZeroOutputForMask = ZeroOutputForMask,
            Keep = call.KeepForBackward || call.Training,
            Dropout = call.Training ? Dropout : 0,
            RecurrentDropout = call.Training ? RecurrentDropout : 0,
            Random = call.Random,
            Mask = call.Mask,
            X = x.Pointer,
            Kernel = kernel!.Value.Pointer,
            RecurrentKernel = recurrentKernel.Value.Pointer,
            Bias = Pointer(bias?.Value),
            Output = call.Output.Pointer,
        };
        if (call.Inputs.Count > 1)
        {
            arrays.InitialHidden = call.Inputs[1].Pointer;
            arrays.InitialCell = call.Inputs[2].Pointer;
        }

        if (ReturnState)
        {
            arrays.FinalHidden = call.Outputs[1].Pointer;
            arrays.FinalCell = call.Outputs[2].Pointer;
        }

        return arrays;
    }

    // The states live with the layer, so that prediction continues where the last batch ended, whoever ran it.
    private void CarryStates(LayerCall call, ref ConvLstmArrays arrays)
    {
        Span<int> axes = stackalloc int[kernelSize.Length + 2];
        axes[0] = call.Input[0];
        call.Output.Axes[^(kernelSize.Length + 1)..].CopyTo(axes[1..]);
        carriedStates ??= [new TensorBuffer(axes), new TensorBuffer(axes)];
        if (!carriedStates[0].Axes.SequenceEqual(axes))
        {
            throw new EngramException(
                $"{DisplayName}: is stateful and carries states of shape {Shape.Format(carriedStates[0].Axes)}, but the batch needs {Shape.Format(axes)}; use batches of one shape or call ResetState() first.");
        }

        if (arrays.InitialHidden is null)
        {
            arrays.InitialHidden = carriedStates[0].Pointer;
            arrays.InitialCell = carriedStates[1].Pointer;
        }

        arrays.CarriedHidden = carriedStates[0].Pointer;
        arrays.CarriedCell = carriedStates[1].Pointer;
    }

    private static float* Pointer(TensorBuffer? buffer) => buffer is null ? null : buffer.Pointer;
}
