using System.Globalization;
using System.Text.Json;
using Engram.Formats;
using Engram.Formats.Npy;
using Engram.Formats.Safetensors;
using Engram.Formats.TensorBoard;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Docs.Tests.Cli;

/// <summary>inspect, convert, run and diff.</summary>
public sealed class ModelFileCommandTests : IDisposable
{
    private readonly ToolRun tool = new();

    public void Dispose() => tool.Dispose();

    [Fact]
    public void Inspect_shows_a_model_its_training_and_its_arrays()
    {
        string path = Model("m.keras", out Sequential model);
        JsonElement json = tool.Run("inspect", path, "--json").Succeeds().Json();
        Assert.Equal(["file", "format", "bytes", "sha256", "metadata", "model", "training", "numbers", "arrays"], json.EnumerateObject().Select(member => member.Name));
        Assert.Equal("Keras", json.GetProperty("format").GetString());
        Assert.Equal(Sha(File.ReadAllBytes(path)), json.GetProperty("sha256").GetString());
        JsonElement shown = json.GetProperty("model");
        Assert.Equal(model.ParameterCount, shown.GetProperty("parameters").GetInt64());
        Assert.Equal(["LSTM", "Dense"], shown.GetProperty("layers").EnumerateArray().Select(layer => layer.GetProperty("kind").GetString()));
        Assert.Equal("[null,6,3]", shown.GetProperty("inputs")[0].GetProperty("shape").GetRawText().ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal));
        JsonElement training = json.GetProperty("training");
        Assert.Equal(("adam", 1), (training.GetProperty("optimizer").GetString()!.ToLowerInvariant(), training.GetProperty("steps").GetInt32()));
        JsonElement kernel = json.GetProperty("arrays").EnumerateArray().Single(array => array.GetProperty("name").GetString() == "layers/lstm/cell/vars/0");
        Assert.Equal(Sha(ModelFile.Arrays(model)[0].Bytes), kernel.GetProperty("sha256").GetString());

        string text = tool.Run("inspect", path).Succeeds().Output;
        foreach (string words in (string[])["m.keras: a .keras file", "lstm (LSTM)", "Total params", "learning rate 0.001000, 1 step,", "mean_squared_error", "layers/lstm/cell/vars/0", "F32", "(3, 20)"]) { Assert.Contains(words, text, StringComparison.Ordinal); }
    }

    [Fact]
    public void Inspect_counts_what_is_no_number()
    {
        string path = tool.File("nan.safetensors");
        SafetensorsFile.Write(path, [new("w", [4], [1f, float.NaN, -3f, float.PositiveInfinity])], new Dictionary<string, string> { ["made"] = "here" });
        JsonElement json = tool.Run("inspect", path, "--json").Succeeds().Json();
        JsonElement array = json.GetProperty("arrays")[0];
        Assert.Equal((2, -3, 1), (array.GetProperty("notFinite").GetInt32(), array.GetProperty("least").GetDouble(), array.GetProperty("largest").GetDouble()));
        Assert.Equal("here", json.GetProperty("metadata").GetProperty("made").GetString());
        Assert.Contains("w: 2 of 4 numbers are NaN or infinite.", tool.Run("inspect", path).Succeeds().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_shows_a_forecast()
    {
        tool.Run(["forecast", tool.WriteSeries("sales.csv", 60), "--horizon", "3", "--quiet", "--out", tool.File("out"), .. ToolRun.Small]).Succeeds();
        JsonElement json = tool.Run("inspect", tool.File("out/forecast.keras"), "--json").Succeeds().Json();
        Assert.Equal("engram-forecast", json.GetProperty("forecast").GetProperty("format").GetString());
        Assert.Equal(3, json.GetProperty("forecast").GetProperty("horizon").GetInt32());
        string text = tool.Run("inspect", tool.File("out/forecast.keras")).Succeeds().Output;
        Assert.Contains("A model that engram forecast made", text, StringComparison.Ordinal);
        Assert.Contains("network_0", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_shows_the_values_of_an_event_file()
    {
        string path;
        using (var writer = new EventFileWriter(tool.File("logs")))
        {
            path = writer.Path;
            writer.Scalar("epoch_loss", 0.5, 2);
            writer.Scalar("epoch_loss", 0.25, 7);
            writer.Histogram("w", [1, 2, 3], 7);
        }

        JsonElement json = tool.Run("inspect", path, "--json").Succeeds().Json();
        Assert.Equal(("TensorBoard", 4), (json.GetProperty("format").GetString(), json.GetProperty("events").GetProperty("records").GetInt32()));
        JsonElement[] values = [.. json.GetProperty("events").GetProperty("values").EnumerateArray()];
        Assert.Equal(["epoch_loss", "w"], values.Select(value => value.GetProperty("name").GetString()));
        Assert.Equal(["scalar", "histogram"], values.Select(value => value.GetProperty("kind").GetString()));
        Assert.Equal((2, 2, 7, 0.25), (values[0].GetProperty("number").GetInt32(), values[0].GetProperty("firstStep").GetInt32(), values[0].GetProperty("lastStep").GetInt32(), values[0].GetProperty("last").GetDouble()));
        string text = tool.Run("inspect", path).Succeeds().Output;
        Assert.Contains("an event file of TensorBoard", text, StringComparison.Ordinal);
        Assert.Contains("4 records, 3 values", text, StringComparison.Ordinal);
        string renamed = tool.File("renamed");
        File.Copy(path, renamed);
        Assert.Equal(FileKind.TensorBoard, ModelFile.KindOf(renamed));
        tool.Run("inspect", tool.File("logs")).Fails(1, "is a folder");
        tool.Run("convert", Model("m.keras", out _), tool.File("m.foo")).Fails(1, "m.foo", ".keras, .h5 or .onnx");
    }

    [Theory]
    [InlineData("onnx")]
    [InlineData("h5")]
    [InlineData("keras")]
    public void A_model_gives_the_same_numbers_in_each_format(string extension)
    {
        string path = Model("m.keras", out _), x = Inputs(), y = tool.File("y.safetensors"), other = tool.File("other." + extension);
        tool.Run("run", path, "--input", x, "--output", y).Succeeds();
        JsonElement converted = tool.Run("convert", path, other, "--json").Succeeds().Json();
        Assert.Equal(new FileInfo(other).Length, converted.GetProperty("bytes").GetInt64());
        JsonElement json = tool.Run("run", other, "--input", x, "--expect", y, "--json").Succeeds().Json();
        JsonElement compared = json.GetProperty("compared");
        Assert.True(compared.GetProperty("passes").GetBoolean());
        Assert.True(compared.GetProperty("largestDifference").GetDouble() <= 1e-5);
        Assert.True(json.GetProperty("runSeconds").GetDouble() > 0);
        if (extension != "onnx") { tool.Run("diff", path, other).Succeeds(); }
    }

    [Theory]
    [InlineData("y.npy")]
    [InlineData("y.npz")]
    [InlineData("y.csv")]
    [InlineData("y.safetensors")]
    public void Run_reads_and_writes_each_form_of_array(string name)
    {
        string path = Model("m.keras", out Sequential model), y = tool.File(name);
        float[] x = SafetensorsFile.Read(Inputs())["input.0"].ToFloats();
        NpyFile.Write(tool.File("x.npy"), new NamedArray("x", [2, 6, 3], x));
        NpzFile.Write(tool.File("x.npz"), [new NamedArray("arr_0", [2, 6, 3], x)], compress: true);
        tool.Write("x.csv", string.Join('\n', Enumerable.Range(0, 2).Select(row => string.Join(',', x.AsSpan(row * 18, 18).ToArray().Select(value => value.ToString("R", CultureInfo.InvariantCulture))))));
        var expected = new float[4];
        model.Predict(Engram.Data.NumericArray.Create(x, 2, 6, 3)).FlattenTo(expected);
        foreach (string input in (string[])["x.npy", "x.npz", "x.csv", "x.safetensors"])
        {
            tool.Run("run", path, "--input", tool.File(input), "--output", y).Succeeds();
            float[] actual = name.EndsWith(".csv", StringComparison.Ordinal)
                ? [.. File.ReadAllLines(y).Skip(1).SelectMany(line => line.Split(',').Skip(1)).Select(cell => float.Parse(cell, CultureInfo.InvariantCulture))]
                : ModelFile.Arrays(y)[0].ToFloats();
            Assert.Equal(expected, actual);
        }

        Assert.Contains("Written to", tool.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_goes_step_by_step()
    {
        string path = Model("m.keras", out _), x = Inputs();
        tool.Run("run", path, "--input", x, "--output", tool.File("y.npy")).Succeeds();
        tool.Run("run", path, "--input", x, "--stateful", "--expect", tool.File("y.npy"), "--tolerance", "0").Succeeds();
        Assert.Contains("Largest difference 0, within 0", tool.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_fails_above_the_tolerance_and_names_what_does_not_fit()
    {
        string path = Model("m.keras", out _), x = Inputs();
        SafetensorsFile.Write(tool.File("y.safetensors"), [new("output.0", [2, 2], [9f, 9f, 9f, 9f])]);
        tool.Run("run", path, "--input", x, "--expect", tool.File("y.safetensors"));
        Assert.Equal(1, tool.ExitCode);
        Assert.Contains("more than 1e-05", tool.Error, StringComparison.Ordinal);
        SafetensorsFile.Write(tool.File("nan.safetensors"), [new("output.0", [2, 2], [float.NaN, 9f, 9f, 9f])]);
        tool.Run("run", path, "--input", x, "--expect", tool.File("nan.safetensors"), "--tolerance", "1e9");
        Assert.Equal(1, tool.ExitCode);

        SafetensorsFile.Write(tool.File("wrong.safetensors"), [new("input.0", [2, 6, 4], new float[48])]);
        tool.Run("run", path, "--input", tool.File("wrong.safetensors")).Fails(1, "(2, 6, 4)");
        SafetensorsFile.Write(tool.File("more.safetensors"), [new("input.0", [2, 6, 3], new float[36]), new("lengths", [2], [1L, 2L])]);
        tool.Run("run", path, "--input", tool.File("more.safetensors")).Fails(1, "'lengths' is no input");
        tool.Run("run", path, "--input", tool.File("gone.npy")).Fails(1, "gone.npy");
        tool.Run("run", path).Fails(2, "--input");
        tool.Run("run", path, "--input", x, "--tolerance", "1").Fails(2, "--expect");
        tool.Run("run", path, "--input", x, "--output", tool.File("y.txt")).Fails(2, ".safetensors");
        tool.Run("run", tool.WriteSeries("sales.csv", 12), "--input", x).Fails(1, "no format that is known");
    }

    [Fact]
    public void Weights_are_converted_and_compared()
    {
        string torch = Path.Combine(Repository.Root, "tests", "fixtures", "pytorch", "lstm.pt");
        foreach (string name in (string[])["w.safetensors", "w.npz", "w.h5"])
        {
            tool.Run("convert", torch, tool.File(name));
            if (name == "w.h5")
            {
                Assert.Equal(0, tool.ExitCode); // weights of one recurrent module become a model
                Assert.Equal("LSTM", tool.Run("inspect", tool.File(name), "--json").Succeeds().Json().GetProperty("model").GetProperty("layers")[0].GetProperty("kind").GetString());
                continue;
            }

            tool.Succeeds();
            tool.Run("diff", torch, tool.File(name)).Succeeds();
            Assert.Contains("All 4 weights are equal.", tool.Output, StringComparison.Ordinal);
        }

        SafetensorsFile.Write(tool.File("a.safetensors"), [new("x", [2], [1f, 2f]), new("y", [1], [float.NaN]), new("only", [1], [0f])]);
        SafetensorsFile.Write(tool.File("b.safetensors"), [new("x", [2], [1f, 2.5f]), new("y", [1], [float.NaN])]);
        JsonElement json = tool.Run("diff", tool.File("a.safetensors"), tool.File("b.safetensors"), "--json").Json();
        Assert.Equal((1, ""), (tool.ExitCode, tool.Error));
        Assert.False(json.GetProperty("equal").GetBoolean());
        JsonElement[] weights = [.. json.GetProperty("weights").EnumerateArray()];
        Assert.Equal(["x", "y", "only"], weights.Select(weight => weight.GetProperty("name").GetString()));
        Assert.Equal(0.5, weights[0].GetProperty("largestDifference").GetDouble());
        Assert.Equal(0, weights[1].GetProperty("largestDifference").GetDouble());
        Assert.Equal(JsonValueKind.Null, weights[2].GetProperty("largestDifference").ValueKind);
        SafetensorsFile.Write(tool.File("c.safetensors"), [new("x", [2], [1f, 2f]), new("y", [1], [float.NaN]), new("only", [1], [0.5f])]);
        tool.Run("diff", tool.File("a.safetensors"), tool.File("c.safetensors"));
        Assert.Equal(1, tool.ExitCode);
        Assert.Contains("1 of 3 weights differ.", tool.Output, StringComparison.Ordinal);
        tool.Run("diff", tool.File("a.safetensors"), tool.File("c.safetensors"), "--tolerance", "0.5").Succeeds();
    }

    [Fact]
    public void Mistakes_are_named()
    {
        string path = Model("m.keras", out _);
        tool.Run("inspect").Fails(2, "FILE");
        tool.Run("inspect", path, path).Fails(2, "too");
        tool.Run("diff", path).Fails(2, "needs B");
        tool.Run("convert", path, tool.File("x.txt")).Fails(1, ".txt");
        tool.Run("convert", path, tool.File("none/x.onnx")).Fails(1, "none");
        tool.Run("convert", Path.Combine(Repository.Root, "tests", "fixtures", "torch", "checkpoint.pt"), tool.File("x.keras")).Fails(1, "layers they belong to");
        tool.Run("inspect", Path.Combine(Repository.Root, "tests", "fixtures", "hostile", "pickle.pt")).Fails(1, "os.system");
        tool.Run("inspect", tool.File("gone.keras")).Fails(1, "gone.keras");
        tool.Run("inspect", tool.Write("empty.keras", "")).Fails(1, "empty.keras");
    }

    [Theory]
    [InlineData("inspect", "--json")]
    [InlineData("convert", "--json")]
    [InlineData("run", "--input", "--output", "--stateful", "--expect", "--tolerance", "--json")]
    [InlineData("diff", "--tolerance", "--json")]
    public void Help_names_every_option_and_has_examples(string command, params string[] options)
    {
        tool.Run(command, "--help").Succeeds();
        Assert.Contains("Examples:", tool.Output, StringComparison.Ordinal);
        Assert.All(tool.Output.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, 100));
        Assert.All(options, option => Assert.Contains($"  {option}", tool.Output, StringComparison.Ordinal));
    }

    private string Model(string name, out Sequential model)
    {
        model = new Sequential(new Input(timeSteps: 6, features: 3), new Lstm(5), new Dense(2)) { Seed = 4 };
        model.Compile(new Adam(), Loss.MeanSquaredError);
        model.Fit(new float[4, 6, 3], new float[4, 2], new FitOptions { Epochs = 1, BatchSize = 4 });
        model.Save(tool.File(name));
        return tool.File(name);
    }

    private string Inputs()
    {
        string path = tool.File("x.safetensors");
        SafetensorsFile.Write(path, [new("input.0", [2, 6, 3], Enumerable.Range(0, 36).Select(i => MathF.Sin(7 * i)).ToArray())]);
        return path;
    }

    private static string Sha(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
}
