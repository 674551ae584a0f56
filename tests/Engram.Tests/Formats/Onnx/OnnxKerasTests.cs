using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Engram.Data;
using Engram.Formats.Onnx;
using Engram.Formats.Safetensors;
using Engram.Layers;
using Engram.Models;
using Engram.Training;
using Xunit.Abstractions;

namespace Engram.Tests.Formats.Onnx;

/// <summary>Models that came from ONNX as files of Keras: written, read, the same numbers, trained on.</summary>
public sealed class OnnxKerasTests(ITestOutputHelper output)
{
    private static string Folder => Path.Combine(Fixtures.Repository, "tests", "fixtures", "onnx");

    [Fact]
    public void Every_model_that_was_read_from_ONNX_is_saved_as_keras_and_read_again()
    {
        string onnxPath = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.onnx"), path = Path.ChangeExtension(onnxPath, ".keras");
        int models = 0;
        foreach (string file in Directory.GetFiles(Folder, "*.onnx"))
        {
            string name = Path.GetFileNameWithoutExtension(file);
            OnnxModel onnx = OnnxModel.Load(file);
            SafetensorsFile arrays = SafetensorsFile.Read(Path.Combine(Folder, name + ".io.safetensors"));
            NumericArrays inputs = NumericArrays.Create([.. onnx.Inputs.Select(port => BatchFirst(port, OnnxImportTests.Arrays(arrays, "input.")[port.Name]))]);
            Same(name, onnx.Model, path, inputs);
            models++;
        }

        foreach ((string name, Network model, Filling filling) in ExportedModels.All())
        {
            model.ExportOnnx(onnxPath);
            (int[] axes, float[] values) = OnnxExportTests.Inputs(filling, 3, 12);
            Same(name, OnnxModel.Load(onnxPath).Model, path, NumericArrays.Create([NumericArray.Create(values, axes)]));
            models++;
        }

        File.Delete(onnxPath);
        File.Delete(path);
        output.WriteLine($"{models} models.");
    }

    [Theory]
    [InlineData("attention")]
    [InlineData("rms_norm")]
    [InlineData("prelu_softmax")]
    [InlineData("lstm_elu_leaky")]
    public void A_model_that_was_read_again_is_trained_to_the_same_weights(string name)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.onnx"), keras = Path.ChangeExtension(path, ".keras");
        ExportedModels.All().First(entry => entry.Name == name).Model.ExportOnnx(path);
        Model first = OnnxModel.Load(path).Model;
        first.Compile(new Adam(0.01), Loss.MeanSquaredError);
        (int[] axes, float[] values) = OnnxExportTests.Inputs(Filling.Numbers, 6, 5);
        NumericArray x = NumericArray.Create(values, axes);
        Tensor<float> y = first.Predict(x);
        var target = new float[y.FlattenedLength];
        for (int i = 0; i < target.Length; i++) { target[i] = MathF.Sin(i); }
        NumericArray wanted = NumericArray.Create(target, [.. y.Lengths.ToArray().Select(length => (int)length)]);
        var options = new FitOptions { Epochs = 2, BatchSize = 3 };
        first.Fit(x, wanted, options);
        first.Save(keras);
        Network second = Network.Load(keras);
        History one = first.Fit(x, wanted, options), two = second.Fit(x, wanted, options);
        Assert.Equal(one.Loss, two.Loss);
        Assert.True(one.Loss[^1] < one.Loss[0]);
        foreach ((Weight a, Weight b) in first.Weights.Zip(second.Weights)) { Assert.Equal(a.Value.Span, b.Value.Span); }
        File.Delete(path);
        File.Delete(keras);
    }

    [Theory]
    [InlineData("StoredArray", """{"shape": [2, 0]}""", "shape")]
    [InlineData("StoredArray", """{"shape": "wide"}""", "shape")]
    [InlineData("TakePlaces", """{"axis": 0, "start": 1}""", "axis")]
    [InlineData("TakePlaces", """{"axis": 1, "start": 1, "step": 0}""", "step")]
    [InlineData("TakePlaces", """{"axis": 1, "places": []}""", "places")]
    [InlineData("InsertAxes", """{"axes": [2, 2]}""", "axes")]
    [InlineData("InsertAxes", """{"axes": []}""", "axis")]
    [InlineData("Places", """{"axis": -1}""", "axis")]
    [InlineData("Reduce", """{"reduction": "prod", "axes": [1]}""", "reduction")]
    [InlineData("Reduce", """{"reduction": "sum", "axes": [0]}""", "axes")]
    [InlineData("Reduce", """{"reduction": "sum"}""", "axes")]
    [InlineData("Select", """{"places": 3}""", "places")]
    [InlineData("LengthMask", """{"axis": 3}""", "axis")]
    [InlineData("BatchedProduct", """{"shell": "ls"}""", "shell")]
    [InlineData("Activation", """{"activation": {"class_name": "ParametricFunction", "registered_name": "Engram>ParametricFunction", "config": {"function": "system"}}}""", "system")]
    [InlineData("Activation", """{"activation": {"class_name": "ParametricFunction", "config": {"function": "clip", "alpha": "one"}}}""", "alpha")]
    [InlineData("Activation", """{"activation": {"class_name": "ParametricFunction", "config": {"function": "elu", "alpha": 1, "gamma": 1}}}""", "gamma")]
    [InlineData("Activation", """{"activation": {"class_name": "Lambda", "config": {}}}""", "Lambda")]
    [InlineData("LSTM", """{"units": 3, "output_activation": "relu", "peepholes": true}""", "output_activation")]
    public void A_hostile_configuration_is_refused(string kind, string config, string what)
    {
        var json = (JsonObject)JsonNode.Parse(config)!;
        json["name"] = "layer";
        EngramException error = Assert.Throws<EngramException>(() => LayerTypes.BuiltIn.Create(kind, json));
        Assert.Contains("layer", error.Message, StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    private static void Same(string name, Network model, string path, NumericArrays inputs)
    {
        model.Save(path);
        Network again = Network.Load(path);
        Assert.All(again.FileWarnings, warning => Assert.Contains("not finite", warning, StringComparison.Ordinal)); // -inf and NaN are what graphs mask with
        Assert.Equal(model.Weights.Select(weight => weight.IsTrainable), again.Weights.Select(weight => weight.IsTrainable));
        foreach ((Tensor<float> a, Tensor<float> b) in model.PredictAll(inputs).Zip(again.PredictAll(inputs)))
        {
            Assert.True(MemoryMarshal.AsBytes(OnnxExportTests.Flat(a).AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(OnnxExportTests.Flat(b).AsSpan())), name);
        }
    }

    private static NumericArray BatchFirst(OnnxPort port, Tensor<float> array)
    {
        int[] order = [port.BatchAxis, .. Enumerable.Range(0, array.Rank).Where(axis => axis != port.BatchAxis)];
        return NumericArray.Create(OnnxExportTests.Flat(Tensor.PermuteDimensions(array, order)), [.. order.Select(axis => (int)array.Lengths[axis])]);
    }
}
