using System.Numerics.Tensors;
using Engram.Data;
using Engram.Formats;
using Engram.Formats.Safetensors;
using Engram.Models;

namespace Engram.Tests.Formats.Keras;

/// <summary>Whole models from files that Keras wrote: what they compute, and how training goes on.</summary>
public sealed class LoadTests
{
    public static TheoryData<string> Files => [.. KerasFixtures.Files];

    public static TheoryData<string> Resumed => [.. KerasFixtures.Files.Where(file => File.Exists(Beside(file, "resume")))];

    [Theory]
    [MemberData(nameof(Files))]
    public void Outputs_are_those_of_Keras(string file)
    {
        Network model = Network.Load(file);
        Check(model, file);
    }

    [Theory]
    [MemberData(nameof(Resumed))]
    public void Training_goes_on_where_Keras_stopped(string file)
    {
        Network model = Network.Load(file);
        SafetensorsFile io = SafetensorsFile.Read(Beside(file, "io")), resume = SafetensorsFile.Read(Beside(file, "resume"));
        NumericArrays x = Inputs(io), y = Array(resume["y"]);
        model.TrainOnBatch(x, y);
        Tensor<float> output = model.Predict(x);
        Close(resume["output_after_one_more_step.0"].ToDoubles(), output, 1e-5);
    }

    private static void Check(Network model, string file)
    {
        SafetensorsFile io = SafetensorsFile.Read(Beside(file, "io"));
        IReadOnlyList<Tensor<float>> outputs = model.PredictAll(Inputs(io));
        for (int i = 0; i < outputs.Count; i++) { Close(io[$"output.{i}"].ToDoubles(), outputs[i], 1e-5); }
        Assert.Null(io.Find($"output.{outputs.Count}"));
    }

    private static string Beside(string file, string kind) => Path.Combine(Path.GetDirectoryName(file)!, $"{Path.GetFileNameWithoutExtension(file)}.{kind}.safetensors");

    private static NumericArrays Inputs(SafetensorsFile io)
    {
        var inputs = new List<NumericArray>();
        while (io.Find($"input.{inputs.Count}") is { } array) { inputs.Add(Array(array)); }
        return NumericArrays.Create([.. inputs]);
    }

    private static NumericArray Array(NamedArray array) => NumericArray.Create(array.ToFloats(), array.Shape.Axes);

    private static void Close(double[] expected, Tensor<float> actual, double tolerance)
    {
        float[] values = new float[actual.FlattenedLength];
        actual.FlattenTo(values);
        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            Assert.True(Math.Abs(values[i] - expected[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])), $"[{i}]: expected {expected[i]}, got {values[i]}");
        }
    }
}
