using System.Numerics.Tensors;
using Engram.Data;
using Engram.Formats.Onnx.Import;
using Engram.Models;

namespace Engram.Formats.Onnx;

/// <summary>
/// A model that was read from an ONNX file: its layers and weights as an Engram <see cref="Models.Model"/> that can be trained on, and the inputs
/// and outputs as the file has them. Recurrent files often have time before batch; the model has the batch first everywhere.
/// <code>
/// OnnxModel onnx = OnnxModel.Load("lstm.onnx");
/// onnx.Model.Compile(new Adam(), Loss.MeanSquaredError);
/// onnx.Model.Fit(x, y); // x: (batch, time, features)
/// </code>
/// </summary>
public sealed class OnnxModel
{
    private OnnxModel(Model model, IReadOnlyList<OnnxPort> inputs, IReadOnlyList<OnnxPort> outputs) => (Model, Inputs, Outputs) = (model, inputs, outputs);

    /// <summary>The model, built and with the weights of the file; inputs and outputs in the order of <see cref="Inputs"/> and <see cref="Outputs"/>.</summary>
    public Model Model { get; }

    /// <summary>The inputs that outputs depend on, as the file has them.</summary>
    public IReadOnlyList<OnnxPort> Inputs { get; }

    /// <summary>The outputs as the file has them.</summary>
    public IReadOnlyList<OnnxPort> Outputs { get; }

    /// <summary>Reads a file. Weights must stand in it; no other file is ever opened.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">How much it may ask for; null for the defaults.</param>
    /// <exception cref="EngramException">The file cannot be read, is damaged, or has an operator that is not read; the message names the place.</exception>
    public static OnnxModel Load(string path, ReadLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            return Load(stream, path, limits ?? ReadLimits.Default);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Runs the model on arrays as the file has them, for example (time, batch, features).</summary>
    /// <param name="inputs">An array for each of <see cref="Inputs"/> by name; others are left aside.</param>
    /// <returns>Each of <see cref="Outputs"/> by name.</returns>
    /// <exception cref="EngramException">An input is missing or has another shape.</exception>
    public IReadOnlyDictionary<string, Tensor<float>> Run(IReadOnlyDictionary<string, Tensor<float>> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        var arrays = new NumericArray[Inputs.Count];
        int batch = 0;
        for (int i = 0; i < arrays.Length; i++)
        {
            OnnxPort port = Inputs[i];
            if (!inputs.TryGetValue(port.Name, out Tensor<float>? array)) { throw new EngramException($"The input {port.Name} is missing; the file has {string.Join(", ", Inputs.Select(input => input.Name))}."); }
            int[] axes = [.. array.Lengths.ToArray().Select(length => checked((int)length))];
            if (axes.Length != port.Shape.Rank) { throw new EngramException($"The input {port.Name} has the shape {Shape.Format(axes)}; the file has {port.Shape}."); }
            int[] order = OnnxFlow.BatchFirst(axes.Length, port.BatchAxis);
            batch = axes[port.BatchAxis];
            var values = new float[array.FlattenedLength];
            array.FlattenTo(values);
            arrays[i] = NumericArray.Create(Moved(values, axes, order, out int[] moved), moved);
        }

        IReadOnlyList<Tensor<float>> outputs = Model.PredictAll(NumericArrays.Create(arrays), Math.Max(1, batch));
        var results = new Dictionary<string, Tensor<float>>(StringComparer.Ordinal);
        for (int i = 0; i < outputs.Count; i++)
        {
            int[] axes = [.. outputs[i].Lengths.ToArray().Select(length => checked((int)length))];
            int[] order = OnnxFlow.BatchFirst(axes.Length, Outputs[i].BatchAxis);
            int[] back = [.. Enumerable.Range(0, axes.Length).Select(axis => Array.IndexOf(order, axis))];
            var values = new float[outputs[i].FlattenedLength];
            outputs[i].FlattenTo(values);
            results[Outputs[i].Name] = Tensor.Create(Moved(values, axes, back, out int[] moved), [.. moved.Select(length => (nint)length)]);
        }

        return results;
    }

    internal static OnnxModel Load(Stream stream, string path, ReadLimits limits)
    {
        (Model model, IReadOnlyList<OnnxPort> inputs, IReadOnlyList<OnnxPort> outputs) = OnnxImporter.Import(new OnnxSource(stream, path, limits));
        return new OnnxModel(model, inputs, outputs);
    }

    private static float[] Moved(float[] values, int[] axes, int[] order, out int[] moved)
    {
        moved = [.. order.Select(axis => axes[axis])];
        if (order.SequenceEqual(Enumerable.Range(0, order.Length))) { return values; }
        var result = new float[values.Length];
        Engram.Layers.Transposition.Forward(values, axes, order, result);
        return result;
    }
}
