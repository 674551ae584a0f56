using Engram.Data;
using Engram.Formats.Hdf5;
using Engram.Formats.Keras.Weights;
using Engram.Formats.Safetensors;
using Engram.Models;

namespace Engram.Tests.Formats.Keras.Weights;

/// <summary>What Keras wrote is read into models that begin with other weights, computes and trains on as in Keras, and is written again as it was.</summary>
public sealed class KerasWeightsTests
{
    private const double Tolerance = 1e-5;

    private static readonly string[] OfKeras3 = [.. KerasModels.All.Select(name => $"{name}.weights.h5"), .. KerasModels.All.Select(name => $"{name}.h5")];

    public static TheoryData<string> FilesOfKeras3() => new(OfKeras3);

    public static TheoryData<string> Files() =>
        new([.. OfKeras3, .. KerasModels.OfKeras2.Select(name => $"{name}.weights.h5"), .. KerasModels.OfKeras2.Select(name => $"{name}.h5")]);

    public static TheoryData<string> FilesThatTrainOn() => new(OfKeras3.Where(file => File.Exists(KerasFiles.Find($"{Name(file)}.resume.safetensors"))));

    [Theory]
    [MemberData(nameof(Files))]
    public void Outputs_are_those_of_Keras(string file)
    {
        Network model = KerasModels.Create(Name(file));
        WeightsRead read = KerasWeights.Read(KerasFiles.Open(file), model, file);
        Assert.Empty(read.Warnings);
        Assert.Equal(model.Optimizer is not null, read.Optimizer);
        SafetensorsFile io = KerasFiles.Arrays($"{Name(file)}.io.safetensors");
        RequireOutputs(model, KerasFiles.Several(io, "input"), KerasFiles.Several(io, "output"));
    }

    [Theory]
    [MemberData(nameof(FilesThatTrainOn))]
    public void Training_goes_on_as_in_Keras(string file)
    {
        Network model = KerasModels.Create(Name(file));
        KerasWeights.Read(KerasFiles.Open(file), model, file);
        Assert.Equal(3, model.Optimizer!.Iterations);
        SafetensorsFile io = KerasFiles.Arrays($"{Name(file)}.io.safetensors"), resume = KerasFiles.Arrays($"{Name(file)}.resume.safetensors");
        NumericArrays x = KerasFiles.Several(io, "input");
        model.TrainOnBatch(x, NumericArray.Create(resume["y"].ToFloats(), resume["y"].Shape.Axes));
        RequireOutputs(model, x, KerasFiles.Several(resume, "output_after_one_more_step"));
    }

    [Theory]
    [MemberData(nameof(FilesOfKeras3))]
    public void What_was_read_is_written_as_it_was(string file)
    {
        Network model = KerasModels.Create(Name(file));
        Hdf5Group root = KerasFiles.Open(file);
        KerasWeights.Read(root, model, file);
        bool legacy = LegacyWeights.IsLegacy(root);
        string[] expected = [.. Hdf5Trees.Lines(root).Where(line => !line.Contains("_config: ", StringComparison.Ordinal))];
        Assert.Equal(expected, Hdf5Trees.Lines(legacy ? LegacyWeights.Write(model) : KerasWeights.Write(model)));
    }

    private static void RequireOutputs(Network model, NumericArrays x, NumericArrays expected)
    {
        IReadOnlyList<System.Numerics.Tensors.Tensor<float>> outputs = model.PredictAll(x);
        int i = 0;
        foreach (NumericArray output in expected)
        {
            // The file has them in the order in which a dictionary was written; Keras sorts its keys.
            NumericArray actual = outputs[outputs.Count - 1 - i];
            double difference = KerasFiles.Difference(actual.Span, output.Span);
            Assert.True(difference <= Tolerance, $"output {i}: {difference}");
            i++;
        }

        Assert.Equal(outputs.Count, i);
    }

    private static string Name(string file) => file.Split('.')[0];
}
