using System.Numerics.Tensors;
using Engram.Data;
using Engram.Formats.Onnx;
using Engram.Layers;
using Engram.Models;
using Xunit.Abstractions;

namespace Engram.Tests.Formats.Onnx;

public sealed class OnnxExportTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-5;

    private static readonly (int Batch, int Time)[] Sizes = [(1, 4), (3, 7), (2, 12)];

    [Fact]
    public void Every_exported_model_gives_the_same_in_the_real_ONNX_Runtime()
    {
        using var runtime = new OnnxRuntime();
        int models = 0;
        foreach ((string name, Network model, Filling filling) in ExportedModels.All())
        {
            models++;
            string file = $"{name}.onnx";
            model.ExportOnnx(Path.Combine(runtime.Folder, file));
            foreach ((int batch, int time) in Sizes)
            {
                (int[] axes, float[] values) = Inputs(filling, batch, time);
                IReadOnlyList<Tensor<float>> expected = model.PredictAll(NumericArray.Create(values, axes));
                string type = filling is Filling.Tokens or Filling.PaddedTokens ? "int64" : "float32";
                runtime.Add($"{name} {batch}x{time}", file, [new(model.InputNames[0], type, axes, values)], [.. model.OutputNames.Zip(expected, Array)]);
            }
        }

        Check(runtime, models);
    }

    [Fact]
    public void States_go_in_and_out_so_that_a_sequence_can_be_fed_piece_by_piece()
    {
        Sequential model = ExportedModels.Chain(new Lstm(5) { ReturnSequences = true }, new Gru(3) { ReturnSequences = true });
        using var runtime = new OnnxRuntime();
        model.ExportOnnx(Path.Combine(runtime.Folder, "states.onnx"), new OnnxOptions { States = true });
        (int[] axes, float[] values) = Inputs(Filling.Numbers, 2, 9);

        // The states after four steps are those of a model that returns them.
        var x = new Input(Shape.Unknown, 4);
        IReadOnlyList<SymbolicTensor> first = new Lstm(5) { ReturnSequences = true, ReturnState = true }.ApplyAll(x);
        IReadOnlyList<SymbolicTensor> second = new Gru(3) { ReturnSequences = true, ReturnState = true }.ApplyAll(first[0]);
        var states = new Model([x], [second[0], first[1], first[2], second[1]]);
        states.Build();
        foreach ((Weight from, Weight to) in model.Weights.Zip(states.Weights)) { to.Value.CopyFrom(from.Value.Span); }

        string[] names = [model.OutputNames[0], "lstm_h_out", "lstm_c_out", "gru_h_out"];
        float[] begin = Steps(values, axes, 0, 4), end = Steps(values, axes, 4, 9);
        IReadOnlyList<Tensor<float>> middle = states.PredictAll(NumericArray.Create(begin, 2, 4, 4));
        Tensor<float> whole = model.Predict(NumericArray.Create(values, axes));
        OnnxArray[] zeros = [new("lstm_h_in", "float32", [2, 5], new float[10]), new("lstm_c_in", "float32", [2, 5], new float[10]), new("gru_h_in", "float32", [2, 3], new float[6])];
        OnnxArray[] kept = [.. zeros.Zip(middle.Skip(1), (zero, state) => zero with { Values = Flat(state) })];
        runtime.Add("first piece", "states.onnx", [new("x", "float32", [2, 4, 4], begin), .. zeros], [.. names.Zip(middle, Array)]);
        float[] rest = Steps(Flat(whole), [2, 9, 3], 4, 9);
        runtime.Add("second piece", "states.onnx", [new("x", "float32", [2, 5, 4], end), .. kept], [new(names[0], "float32", [2, 5, 3], rest)]);
        Check(runtime, 1);
    }

    [Fact]
    public void What_has_no_form_in_ONNX_is_refused_with_the_layer_and_the_reason()
    {
        Refused(new LayerNormLstm(3), "layer_norm_lstm", "no node computes it");
        Refused(new Lstm(5) { ProjectionUnits = 2 }, "lstm", "projection");
        Refused(new Lstm(5) { ZoneoutCell = 0.1f }, "lstm", "zoneout");
        Refused(new Gru(5) { Activation = Activations.Gelu() }, "gru", "gelu");
        Refused(new SLstm(4), "s_lstm", "no node computes it");
        Refused(new MLstm(4), "m_lstm", "");
        var padded = ExportedModels.Chain(new Masking(), new Lstm(5) { ReturnSequences = true }, new Softmax());
        Assert.Contains("padded", Assert.Throws<EngramException>(() => padded.ExportOnnx(Path.GetTempFileName())).Message, StringComparison.Ordinal);
        Assert.Throws<EngramException>(() => new Sequential(new Lstm(3)).ExportOnnx(Path.GetTempFileName()));
    }

    private static void Refused(Layer layer, string name, string why)
    {
        Sequential model = ExportedModels.Chain(layer);
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.onnx");
        EngramException error = Assert.Throws<EngramException>(() => model.ExportOnnx(path));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
    }

    private void Check(OnnxRuntime runtime, int models)
    {
        if (runtime.Run(out string reason) is not { } results)
        {
            output.WriteLine($"Skipped: {reason}.");
            return;
        }

        string[] failed = [.. results.Where(result => !(result.Difference <= Tolerance)).Select(result => $"{result.Name}: {result.Error ?? $"off by {result.Difference}"}")];
        output.WriteLine($"{models} models, {results.Count} runs in ONNX Runtime; the largest difference is {results.Max(result => result.Difference):e1}.");
        Assert.True(failed.Length == 0, $"{failed.Length} of {results.Count}:\n{string.Join('\n', failed)}\n{reason}");
        Assert.NotEmpty(results);
    }

    internal static (int[] Axes, float[] Values) Inputs(Filling filling, int batch, int time)
    {
        var random = new Random((100 * batch) + time);
        bool tokens = filling is Filling.Tokens or Filling.PaddedTokens;
        bool padded = filling is Filling.Padded or Filling.PaddedTokens;
        int width = tokens ? 1 : 4;
        var values = new float[batch * time * width];
        for (int i = 0; i < values.Length; i++)
        {
            (int row, int step) = Math.DivRem(i / width, time);
            bool isData = !padded || step < time - row; // each row a step shorter than the one before
            values[i] = !isData ? 0 : tokens ? random.Next(padded ? 1 : 0, 7) : (2 * random.NextSingle()) - 1;
        }

        return (tokens ? [batch, time] : [batch, time, width], values);
    }

    internal static float[] Flat(Tensor<float> tensor)
    {
        var values = new float[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return values;
    }

    private static OnnxArray Array(string name, Tensor<float> tensor) => new(name, "float32", [.. tensor.Lengths.ToArray().Select(length => (int)length)], Flat(tensor));

    private static float[] Steps(float[] values, int[] axes, int first, int end) =>
    [
        .. Enumerable.Range(0, axes[0]).SelectMany(row => values.Skip(((row * axes[1]) + first) * axes[2]).Take((end - first) * axes[2])),
    ];
}
