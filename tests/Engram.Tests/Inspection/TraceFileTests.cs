using System.Globalization;
using Engram.Formats;
using Engram.Formats.Npy;
using Engram.Formats.Safetensors;
using Engram.Inspection;
using Engram.Layers;
using Engram.Models;

namespace Engram.Tests.Inspection;

/// <summary>Files of traces hold every number, and read back the same.</summary>
public sealed class TraceFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("engram-trace").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("trace.safetensors")]
    [InlineData("trace.npz")]
    public void Arrays_are_named_after_layer_and_series(string name)
    {
        GateTrace trace = Trace();
        string path = Path.Combine(folder, name);
        trace.Save(path);
        IReadOnlyList<NamedArray> arrays = name.EndsWith("npz", StringComparison.Ordinal) ? NpzFile.Read(path) : SafetensorsFile.Read(path).Arrays;
        Assert.Equal(
            [.. trace.Layers[0].Series.Select(series => $"first/{series}"), "first/mask", .. trace.Layers[1].Series.Select(series => $"both/forward_gru/{series}"),
                "both/forward_gru/mask", .. trace.Layers[2].Series.Select(series => $"both/backward_gru/{series}"), "both/backward_gru/mask"],
            arrays.Select(array => array.Name));
        NamedArray gates = arrays.Single(array => array.Name == "first/forget_gate"), mask = arrays.Single(array => array.Name == "first/mask");
        Assert.Equal([2, 4, 3], gates.Shape.Axes.ToArray());
        Assert.Equal(trace["first"].ForgetGate.Values.ToArray(), gates.ToFloats());
        Assert.Equal([1, 1, 1, 1, 1, 1, 0, 0], mask.Bytes.ToArray().Select(b => (int)b));
    }

    [Fact]
    public void A_csv_file_has_a_line_for_each_unit_of_each_step()
    {
        GateTrace trace = Trace();
        string path = Path.Combine(folder, "trace.csv");
        trace.Save(path);
        string[] lines = File.ReadAllLines(path);
        Assert.Equal("layer,row,step,unit,input_gate,forget_gate,candidate,output_gate,cell_state,hidden_state,update_gate,reset_gate", lines[0]);
        Assert.Equal(1 + (2 * 4 * (3 + 2 + 2)), lines.Length);
        foreach (string[] cells in lines.Skip(1).Select(line => line.Split(',')))
        {
            LayerTrace layer = trace[cells[0]];
            int[] at = [.. cells[1..4].Select(int.Parse)];
            for (int column = 4; column < cells.Length; column++)
            {
                string series = lines[0].Split(',')[column];
                float value = layer.Series.Contains(series) ? layer[series][at[0], at[1], at[2]] : float.NaN;
                if (float.IsNaN(value)) { Assert.Equal("", cells[column]); }
                else { Assert.Equal(value, float.Parse(cells[column], CultureInfo.InvariantCulture)); }
            }
        }

        Assert.Contains(".csv, .npz or .safetensors", Assert.Throws<EngramException>(() => trace.Save(Path.Combine(folder, "trace.txt"))).Message, StringComparison.Ordinal);
    }

    private static GateTrace Trace()
    {
        var model = new Sequential(
            new Input([4]), new Embedding(9, 2) { MaskZero = true }, new Lstm(3) { Name = "first", ReturnSequences = true },
            new Bidirectional(new Gru(2) { ReturnSequences = true }) { Name = "both" })
        { Seed = 4 };
        return model.Trace(new float[,] { { 1, 2, 3, 4 }, { 5, 6, 0, 0 } });
    }
}
