namespace Engram.Formats.Onnx;

/// <summary>How a model is written as ONNX; see <see cref="Models.Network.ExportOnnx"/>.</summary>
public sealed class OnnxOptions
{
    /// <summary>
    /// Whether the states of the recurrent layers are inputs and outputs of the file, so that a sequence can be fed piece by piece: for a layer
    /// <c>lstm</c> the inputs <c>lstm_h_in</c> and <c>lstm_c_in</c> (batch, units), zero at the start, and the outputs <c>lstm_h_out</c> and
    /// <c>lstm_c_out</c>, which are the next piece's inputs. Layers whose initial states are given by the graph keep those. Default false.
    /// </summary>
    public bool States { get; init; }
}
