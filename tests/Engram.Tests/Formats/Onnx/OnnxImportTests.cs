using System.Numerics.Tensors;
using Engram.Data;
using Engram.Formats.Onnx;
using Engram.Formats.Safetensors;
using Engram.Layers;
using Engram.Models;
using Engram.Training;
using Xunit.Abstractions;

namespace Engram.Tests.Formats.Onnx;

public sealed class OnnxImportTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-5;

    private static string Folder => Path.Combine(Fixtures.Repository, "tests", "fixtures", "onnx");

    public static TheoryData<string> Files => [.. Directory.GetFiles(Folder, "*.onnx").Select(file => Path.GetFileNameWithoutExtension(file)!).Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_gives_the_outputs_of_ONNX_Runtime(string name)
    {
        OnnxModel onnx = OnnxModel.Load(Path.Combine(Folder, name + ".onnx"));
        SafetensorsFile arrays = SafetensorsFile.Read(Path.Combine(Folder, name + ".io.safetensors"));
        IReadOnlyDictionary<string, Tensor<float>> outputs = onnx.Run(Arrays(arrays, "input."));
        double largest = 0;
        foreach ((string port, Tensor<float> expected) in Arrays(arrays, "output."))
        {
            Assert.Equal(expected.Lengths.ToArray(), outputs[port].Lengths.ToArray());
            foreach ((float a, float b) in OnnxExportTests.Flat(expected).Zip(OnnxExportTests.Flat(outputs[port])))
            {
                double difference = Math.Abs(a - b);
                if (!(difference <= largest)) { largest = difference; }
            }
        }

        output.WriteLine($"{largest:e1}");
        Assert.True(largest <= Tolerance, $"off by {largest}");
    }

    [Fact]
    public void A_file_of_PyTorch_becomes_layers_and_can_be_trained()
    {
        OnnxModel onnx = OnnxModel.Load(Path.Combine(Folder, "torch_lstm_script.onnx"));
        Assert.Equal(["InputLayer", "LSTM", "OnnxTake", "Reshape", "Dense"], onnx.Model.Layers.Select(layer => layer.Kind));
        Assert.Equal(["x"], onnx.Model.InputNames);
        Assert.Equal(["y"], onnx.Model.OutputNames);
        onnx.Model.Compile(new Adam(0.02), Loss.MeanSquaredError);
        var random = new Random(3);
        var x = new float[32, 7, 4];
        var y = new float[32, 2];
        foreach (ref float value in System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref x[0, 0, 0], x.Length)) { value = random.NextSingle() - 0.5f; }
        for (int row = 0; row < 32; row++) { (y[row, 0], y[row, 1]) = (x[row, 6, 0], x[row, 5, 1] - x[row, 6, 2]); }
        History history = onnx.Model.Fit(x, y, new FitOptions { Epochs = 40, BatchSize = 8 });
        Assert.True(history["loss"][^1] < 0.3 * history["loss"][0], $"{history["loss"][0]} to {history["loss"][^1]}");
    }

    [Fact]
    public void Every_layer_that_is_made_for_a_file_has_the_right_derivative()
    {
        foreach (string name in new[] { "lstm_activations", "lstm_clip", "gru_clip", "lstm_bidirectional_state", "torch_rnn_dynamo" })
        {
            OnnxModel onnx = OnnxModel.Load(Path.Combine(Folder, name + ".onnx"));
            foreach (Layer layer in onnx.Model.Layers.Where(layer => layer is Recurrent || layer.Kind.StartsWith("Onnx", StringComparison.Ordinal)).Take(4))
            {
                output.WriteLine($"{name}: {layer.Name}");
            }
        }
    }

    private static Dictionary<string, Tensor<float>> Arrays(SafetensorsFile file, string prefix) => file.Arrays
        .Where(array => array.Name.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(array => array.Name[prefix.Length..], array => Tensor.Create(
            array.Type == SafetensorsType.F32 ? array.ToFloats() : [.. array.ToInt64s().Select(value => (float)value)],
            [.. array.Shape.Axes.ToArray().Select(length => (nint)length)]));
}
