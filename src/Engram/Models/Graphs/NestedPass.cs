using Engram.Layers;
using Engram.Training;

namespace Engram.Models;

/// <summary>A batch's way through a model that is a layer of another.</summary>
internal sealed class NestedPass
{
    private TensorBuffer[] inputs = [];
    private Mask?[] masks = [];
    private TensorBuffer?[] gradients = [];

    /// <summary>The way through the model itself, once it has run.</summary>
    public NetworkPass? Pass { get; private set; }

    public void Forward(Network model, LayerCall call)
    {
        Pass ??= ((INetwork)model).CreatePass();
        if (inputs.Length != call.Inputs.Count) { (inputs, masks) = (new TensorBuffer[call.Inputs.Count], new Mask?[call.Inputs.Count]); }
        for (int i = 0; i < inputs.Length; i++) { (inputs[i], masks[i]) = (call.Inputs[i], call.MaskOf(i)); }
        Pass.Forward(inputs, masks, call.Training, call.KeepForBackward, call.Random);
        for (int i = 0; i < call.Outputs.Count; i++) { call.Outputs[i].CopyFrom(Pass.Output(i).Span); }
    }

    public void Backward(LayerCall call)
    {
        for (int i = 0; i < call.OutputGradients.Count; i++) { Pass!.PrepareOutputGradient(i).CopyFrom(call.OutputGradients[i].Span); }
        if (gradients.Length != call.InputGradients.Count) { gradients = new TensorBuffer?[call.InputGradients.Count]; }
        for (int i = 0; i < gradients.Length; i++) { gradients[i] = call.InputGradients[i]; }
        Pass!.Backward(gradients);
    }
}
