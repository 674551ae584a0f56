using System.Text;
using System.Text.Json;
using Engram.Cli;

namespace Engram.Docs.Tests.Cli;

public sealed class GenerateCommandTests
{
    private static readonly string[] Small = ["--units", "12", "--layers", "1", "--embedding", "6", "--steps", "40", "--streams", "4", "--window", "12", "--learning-rate", "0.02"];

    [Fact]
    public void Train_writes_a_model_and_a_page_and_sample_writes_with_it()
    {
        using var tool = new ToolRun();
        string text = tool.Write("tale.txt", Tale(3000)), folder = tool.File("out"), model = Path.Combine(folder, "generator.keras");
        JsonElement json = tool.Run(["generate", "train", text, "--out", folder, "--json", "--seed", "3", .. Small]).Succeeds().Json();
        Assert.Equal(model, json.GetProperty("model").GetString());
        Assert.Equal((40, 40, 3), (json.GetProperty("steps").GetInt32(), json.GetProperty("stepsMade").GetInt32(), json.GetProperty("seed").GetInt32()));
        Assert.Equal((2700, 300), (json.GetProperty("trainedCharacters").GetInt32(), json.GetProperty("heldOutCharacters").GetInt32()));
        double nats = json.GetProperty("natsPerCharacter").GetDouble();
        double unigram = Tale(3000).GroupBy(letter => letter).Sum(group => -group.Count() / 3000.0 * Math.Log(group.Count() / 3000.0));
        Assert.InRange(nats, 0.1, unigram); // better than one who knows how frequent letters are
        Assert.Equal(nats / Math.Log(2), json.GetProperty("bitsPerCharacter").GetDouble(), 1e-12);
        Assert.Equal(nats, json.GetProperty("curve").EnumerateArray().Min(point => point.GetProperty("heldOutLoss").GetDouble()), 1e-12);

        string page = File.ReadAllText(Path.Combine(folder, "report.html"));
        foreach (string part in (string[])["nats a character", "temperature 0.4", "temperature 1.3", "What surprises it", "Loss by step", "--steps 40"]) { Assert.Contains(part, page, StringComparison.Ordinal); }

        JsonElement sample = tool.Run("generate", "sample", model, "Ann ", "--length", "50", "--temperature", "0.5", "--seed", "2", "--json").Succeeds().Json();
        string written = sample.GetProperty("text").GetString()!;
        Assert.Equal(50, written.Length);
        Assert.Equal($"Ann {written}{Environment.NewLine}", tool.Run("generate", "sample", model, "Ann ", "--length", "50", "--temperature", "0.5", "--seed", "2").Succeeds().Output);

        string stop = written.Substring(20, 2);
        JsonElement stopped = tool.Run("generate", "sample", model, "Ann ", "--length", "50", "--temperature", "0.5", "--seed", "2", "--stop", "€", "--stop", stop, "--json").Succeeds().Json();
        Assert.True(stopped.GetProperty("stopped").GetBoolean());
        Assert.Equal(written[..written.IndexOf(stop, StringComparison.Ordinal)], stopped.GetProperty("text").GetString());

        string numbers = tool.Write("numbers.csv", "4,5,6,7\n5,6,7,4\n");
        Assert.Contains("(2, 4, ", tool.Run("run", model, "--input", numbers).Succeeds().Output, StringComparison.Ordinal);

        JsonElement further = tool.Run("generate", "train", text, "--model", model, "--out", tool.File("out2"), "--steps", "40", "--json").Succeeds().Json();
        Assert.True(further.GetProperty("natsPerCharacter").GetDouble() < nats);
    }

    [Fact]
    public void Words_tell_of_what_they_do_not_know()
    {
        using var tool = new ToolRun();
        string text = tool.Write("tale.txt", Tale(6000));
        string output = tool.Run(["generate", "train", text, "--tokens", "words", "--vocabulary", "12", "--out", tool.File("out"), .. Small]).Succeeds().Output;
        Assert.Contains("perplexity", output, StringComparison.Ordinal);
        Assert.Contains("are not in the vocabulary", output, StringComparison.Ordinal);
        Assert.Contains("--steps 40 --seed 0", output, StringComparison.Ordinal);
        tool.Run("generate", "sample", tool.File("out/generator.keras"), "Ann sees zebras", "--length", "5");
        Assert.Equal(EngramTool.Success, tool.ExitCode);
        Assert.Contains("'zebras'", tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_read_is_named_with_its_place()
    {
        using var tool = new ToolRun();
        File.WriteAllBytes(tool.File("latin1.txt"), Encoding.Latin1.GetBytes(Tale(200) + "\ncafé noir"));
        int place = Encoding.Latin1.GetByteCount(Tale(200)) + 4;
        tool.Run("generate", "train", tool.File("latin1.txt")).Fails(EngramTool.Failure, "latin1.txt, line 2", $"byte 0xE9 at offset {place}", "not valid UTF-8", "--encoding windows-1252");
        tool.Run("generate", "train", tool.Write("empty.txt", "")).Fails(EngramTool.Failure, "empty.txt", "is empty");
        tool.Run("generate", "train", tool.Write("word.txt", "word"), "--out", tool.File("o")).Fails(EngramTool.Failure, "word.txt", "too short");
        tool.Run("generate", "train", tool.File("none.txt")).Fails(EngramTool.Failure, "none.txt", "no such file");
        tool.Run("generate", "train", tool.Write("short.txt", Tale(500)), "--streams", "50", "--window", "20", "--out", tool.File("o")).Fails(EngramTool.Failure, "50 streams of 20 steps");
        tool.Run("generate", "sample", tool.File("none.keras")).Fails(EngramTool.Failure, "none.keras", "generate train");
    }

    [Fact]
    public void Wrong_command_lines_are_refused()
    {
        using var tool = new ToolRun();
        string text = tool.Write("tale.txt", Tale(1000));
        tool.Run("generate", "train").Fails(EngramTool.UsageError, "FILE");
        tool.Run("generate", "train", text, "--minutes", "5", "--steps", "9").Fails(EngramTool.UsageError, "--minutes and --steps");
        tool.Run("generate", "train", text, "--model", "m.keras", "--units", "9").Fails(EngramTool.UsageError, "--units has no effect with --model");
        tool.Run("generate", "train", text, "--dropout", "1.5").Fails(EngramTool.UsageError, "--dropout takes a share");
        tool.Run("generate", "sample", "m.keras", "--top-p", "0").Fails(EngramTool.UsageError, "--top-p takes a share");
        tool.Run("generate", "sample", "m.keras", "--repetition-window", "5").Fails(EngramTool.UsageError, "--repetition-penalty");
    }

    private static string Tale(int length)
    {
        string[] who = ["Ann", "Bob", "The cat", "My aunt"], does = ["sees", "likes", "hears", "knows"], what = ["the sea.", "a song!", "Tom.", "old trees."];
        var random = new Random(7);
        var text = new StringBuilder();
        while (text.Length < length) { text.Append(who[random.Next(4)]).Append(' ').Append(does[random.Next(4)]).Append(' ').Append(what[random.Next(4)]).Append(' '); }
        return text.ToString(0, length);
    }
}
