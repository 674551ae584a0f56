using System.Numerics.Tensors;
using Engram.Data;
using Engram.Formats;
using Engram.Formats.Onnx;
using Engram.Inference;
using Engram.Models;

namespace Engram.Cli.Files;

/// <summary>A model of any format, ready to be run on arrays.</summary>
internal abstract class RunnableModel
{
    /// <summary>The names of the inputs, in order.</summary>
    public abstract IReadOnlyList<string> InputNames { get; }

    /// <summary>The shapes of the inputs, where they are known; axes may be unknown.</summary>
    public abstract IReadOnlyList<Shape>? InputShapes { get; }

    /// <summary>The names of the outputs, in order.</summary>
    public abstract IReadOnlyList<string> OutputNames { get; }

    /// <summary>The layers and weights.</summary>
    public abstract Network Network { get; }

    /// <summary>Weights that are no numbers: the outputs will be none either.</summary>
    public IEnumerable<string> Warnings => ModelFile.Arrays(Network).Select(array => (array.Name, array.Length, FileText.Range(array).NotFinite))
        .Where(weight => weight.NotFinite > 0).Select(weight => $"{weight.Name}: {weight.NotFinite} of {weight.Length} numbers are not finite.");

    /// <summary>Reads a file.</summary>
    public static RunnableModel Load(string path) => ModelFile.KindOf(path) == FileKind.Onnx
        ? new OfOnnx(OnnxModel.Load(path))
        : new OfNetwork(ModelFile.Load(path, new LoadOptions { Compile = false }));

    /// <summary>All outputs for the inputs, each named by its place: output.0, output.1 and so on.</summary>
    /// <param name="inputs">One array for each input.</param>
    public abstract IReadOnlyList<NamedArray> Run(IReadOnlyList<NamedArray> inputs);

    /// <summary>The same, one time step at a time with the states kept between steps.</summary>
    /// <param name="inputs">One array for each input.</param>
    public abstract IReadOnlyList<NamedArray> RunByStep(IReadOnlyList<NamedArray> inputs);

    private static NamedArray Output(int index, Tensor<float> tensor)
    {
        var values = new float[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return new NamedArray($"output.{index}", [.. tensor.Lengths.ToArray().Select(length => (int)length)], values);
    }

    private sealed class OfNetwork(Network network) : RunnableModel
    {
        public override Network Network => network;

        public override IReadOnlyList<string> InputNames => network.InputNames;

        public override IReadOnlyList<Shape>? InputShapes => network.InputShapes;

        public override IReadOnlyList<string> OutputNames => network.OutputNames;

        public override IReadOnlyList<NamedArray> Run(IReadOnlyList<NamedArray> inputs)
        {
            NumericArray[] arrays = [.. inputs.Select(input => NumericArray.Create(input.ToFloats(), input.Shape.Axes))];
            return [.. network.PredictAll(NumericArrays.Create(arrays), Math.Max(1, arrays[0].Count)).Select((tensor, i) => Output(i, tensor))];
        }

        public override IReadOnlyList<NamedArray> RunByStep(IReadOnlyList<NamedArray> inputs)
        {
            if (network is not Sequential sequential) { throw new EngramException($"--stateful runs a chain of layers step by step, but {network.Name} is a graph; run it without."); }
            if (inputs is not [{ Shape.Rank: 3 } input]) { throw new EngramException($"--stateful runs sequences of the shape (batch, time, features) step by step; the input has the shape {inputs[0].Shape}."); }
            (int batch, int steps, int features) = (input.Shape[0], input.Shape[1], input.Shape[2]);
            if (sequential.InputShape is { } known && !known.Accepts(input.Shape.Axes)) { throw new EngramException($"{sequential.Name}: expected an input of shape {known}, got {input.Shape}."); }
            bool each = sequential.OutputShapes([new Shape(batch, steps, features)])[0].Rank == 3;
            float[] x = input.ToFloats();
            using LstmSession session = sequential.OpenSession(batch);
            int width = session.OutputWidth;
            float[] step = new float[batch * features], result = new float[batch * width], all = new float[each ? batch * steps * width : 0];
            for (int t = 0; t < steps; t++)
            {
                for (int row = 0; row < batch; row++) { x.AsSpan(((row * steps) + t) * features, features).CopyTo(step.AsSpan(row * features)); }
                session.Step(step, result);
                for (int row = 0; each && row < batch; row++) { result.AsSpan(row * width, width).CopyTo(all.AsSpan(((row * steps) + t) * width)); }
            }

            return [each ? new NamedArray("output.0", [batch, steps, width], all) : new NamedArray("output.0", [batch, width], result)];
        }
    }

    private sealed class OfOnnx(OnnxModel onnx) : RunnableModel
    {
        public override Network Network => onnx.Model;

        public override IReadOnlyList<string> InputNames { get; } = [.. onnx.Inputs.Select(port => port.Name)];

        public override IReadOnlyList<Shape>? InputShapes { get; } = [.. onnx.Inputs.Select(port => port.Shape)];

        public override IReadOnlyList<string> OutputNames { get; } = [.. onnx.Outputs.Select(port => port.Name)];

        public override IReadOnlyList<NamedArray> Run(IReadOnlyList<NamedArray> inputs)
        {
            var byName = new Dictionary<string, Tensor<float>>(StringComparer.Ordinal);
            for (int i = 0; i < inputs.Count; i++)
            {
                nint[] lengths = [.. inputs[i].Shape.Axes.ToArray().Select(axis => (nint)axis)];
                byName[InputNames[i]] = Tensor.Create(inputs[i].ToFloats(), lengths);
            }

            IReadOnlyDictionary<string, Tensor<float>> outputs = onnx.Run(byName);
            return [.. OutputNames.Select((name, i) => Output(i, outputs[name]))];
        }

        public override IReadOnlyList<NamedArray> RunByStep(IReadOnlyList<NamedArray> inputs) =>
            throw new EngramException("--stateful runs a chain of layers step by step, but an ONNX file is a graph; run it without.");
    }
}
