using System.Numerics.Tensors;
using Engram.Data;
using Engram.Formats;
using Engram.Formats.Onnx;
using Engram.Formats.Safetensors;
using Engram.Models;
using Engram.Training;
using Xunit.Abstractions;

namespace Engram.Tests.Formats.Onnx;

public sealed class OnnxImportTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-5;

    private static string Folder => Path.Combine(Fixtures.Repository, "tests", "fixtures", "onnx");

    private static string[] Names => [.. Directory.GetFiles(Folder, "*.onnx").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Files => [.. Names];

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
        Assert.Equal(["InputLayer", "LSTM", "Dense"], onnx.Model.Layers.Select(layer => layer.Kind));
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
    public void What_is_exported_is_read_again_and_gives_the_same()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.onnx");
        var wrong = new List<string>();
        int models = 0;
        foreach ((string name, Network model, Filling filling) in ExportedModels.All())
        {
            models++;
            model.ExportOnnx(path);
            try
            {
                OnnxModel onnx = OnnxModel.Load(path);
                foreach ((int batch, int time) in new[] { (3, 12), (2, 7) })
                {
                    (int[] axes, float[] values) = OnnxExportTests.Inputs(filling, batch, time);
                    IReadOnlyList<Tensor<float>> expected = model.PredictAll(NumericArray.Create(values, axes));
                    var inputs = new Dictionary<string, Tensor<float>> { [model.InputNames[0]] = Tensor.Create(values, [.. axes.Select(length => (nint)length)]) };
                    IReadOnlyDictionary<string, Tensor<float>> outputs = onnx.Run(inputs);
                    foreach ((string port, Tensor<float> tensor) in model.OutputNames.Zip(expected))
                    {
                        Assert.Equal(tensor.Lengths.ToArray(), outputs[port].Lengths.ToArray());
                        float[] wanted = OnnxExportTests.Flat(tensor), actual = OnnxExportTests.Flat(outputs[port]);
                        if (!wanted.Zip(actual).All(pair => Math.Abs(pair.First - pair.Second) <= Tolerance)) { wrong.Add($"{name}: {port} differs"); }
                    }
                }
            }
            catch (EngramException e) { wrong.Add($"{name}: {e.Message}"); }
        }

        File.Delete(path);
        output.WriteLine($"{models} models; {models - wrong.Count} came back the same.");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void What_was_read_is_written_again_and_gives_the_same_in_ONNX_Runtime()
    {
        using var runtime = new OnnxRuntime();
        foreach (string name in Names)
        {
            OnnxModel onnx = OnnxModel.Load(Path.Combine(Folder, name + ".onnx"));
            onnx.Model.ExportOnnx(Path.Combine(runtime.Folder, name + ".onnx"));
            Dictionary<string, Tensor<float>> given = Arrays(SafetensorsFile.Read(Path.Combine(Folder, name + ".io.safetensors")), "input.");
            OnnxArray[] inputs = [.. onnx.Inputs.Select(port => BatchFirst(port, given[port.Name]))];
            NumericArrays arrays = NumericArrays.Create([.. inputs.Select(input => NumericArray.Create(input.Values, input.Dims))]);
            runtime.Add(name, name + ".onnx", inputs, onnx.Model.OutputNames.Zip(
                onnx.Model.PredictAll(arrays), (output, expected) => new OnnxArray(output, "float32", [.. expected.Lengths.ToArray().Select(length => (int)length)], OnnxExportTests.Flat(expected))));
        }

        if (runtime.Run(out string reason) is not { } results)
        {
            output.WriteLine($"Skipped: {reason}.");
            return;
        }

        Assert.Equal(Names.Length, results.Count);
        Assert.All(results, result => Assert.True(result.Difference <= Tolerance, $"{result.Name}: {result.Error ?? $"off by {result.Difference}"}"));
    }

    private static OnnxArray BatchFirst(OnnxPort port, Tensor<float> array)
    {
        int[] axes = [.. array.Lengths.ToArray().Select(length => (int)length)];
        int[] order = [port.BatchAxis, .. Enumerable.Range(0, axes.Length).Where(axis => axis != port.BatchAxis)];
        Tensor<float> moved = Tensor.PermuteDimensions(array, order);
        return new OnnxArray(port.Name, "float32", [.. order.Select(axis => axes[axis])], OnnxExportTests.Flat(moved));
    }

    internal static Dictionary<string, Tensor<float>> Arrays(SafetensorsFile file, string prefix) => file.Arrays
        .Where(array => array.Name.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(array => array.Name[prefix.Length..], array => Tensor.Create(
            array.Type == ElementType.F32 ? array.ToFloats() : [.. array.ToInt64s().Select(value => (float)value)],
            [.. array.Shape.Axes.ToArray().Select(length => (nint)length)]));
}
