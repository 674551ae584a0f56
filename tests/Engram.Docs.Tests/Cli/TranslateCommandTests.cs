using System.Text.Json;
using Engram.Cli;

namespace Engram.Docs.Tests.Cli;

/// <summary><c>engram translate</c> as its users see it, on a language of number words.</summary>
public sealed class TranslateCommandTests : IDisposable
{
    private static readonly string[] German = ["null", "eins", "zwei", "drei", "vier"], English = ["zero", "one", "two", "three", "four"];

    private readonly ToolRun tool = new();

    public void Dispose() => tool.Dispose();

    [Fact]
    public void A_language_is_learnt_measured_and_translated()
    {
        (string source, string target) = WritePairs("train", 1, 500);
        (string testSource, string testTarget) = WritePairs("test", 2, 40);
        string folder = tool.File("out"), model = Path.Combine(folder, "model.keras");
        JsonElement json = tool.Run(["translate", "train", "--source", source, "--target", target, "--test-source", testSource, "--test-target", testTarget, .. Small("12"), "--out", folder, "--json"]).Succeeds().Json();
        Assert.Equal("test", json.GetProperty("measuredOn").GetString());
        Assert.Equal((475, 25, 40), (Number("training"), Number("validation"), Number("test")));
        Assert.True(json.GetProperty("greedy").GetProperty("bleu").GetDouble() > 60);
        Assert.True(json.GetProperty("beam").GetProperty("chrF").GetDouble() > 60);
        Assert.Equal(12, json.GetProperty("epochs").GetArrayLength());
        string page = File.ReadAllText(Path.Combine(folder, "report.html"));
        foreach (string part in (string[])["Where it looked", "Perplexity by epoch", "BLEU", "chrF", "beam 5", "greedy"]) { Assert.Contains(part, page, StringComparison.Ordinal); }

        Assert.Equal("two one", tool.Run("translate", "run", model, "eins zwei").Succeeds().Output.Trim());
        string svg = tool.File("looked.svg");
        JsonElement one = tool.Run("translate", "run", model, "eins zwei", "--beam", "1", "--attention", svg, "--json").Succeeds().Json().GetProperty("translations")[0];
        Assert.Equal(["two", "one", "[END]"], one.GetProperty("words").EnumerateArray().Select(word => word.GetString()));
        Assert.Equal(3, one.GetProperty("attention").GetArrayLength());
        Assert.StartsWith("<svg", File.ReadAllText(svg), StringComparison.Ordinal);

        string output = tool.File("translated.txt"), input = tool.Write("new.txt", "drei\n\neins\n");
        tool.Run("translate", "run", model, "--input", input, "--output", output).Succeeds();
        Assert.Equal("three\n\none\n", File.ReadAllText(output));

        tool.Run("translate", "run", model, "bonjour monde");
        Assert.Equal(0, tool.ExitCode);
        Assert.Contains("None of the sentence's words is known", tool.Error, StringComparison.Ordinal);
        tool.Run("translate", "run", model, string.Join(' ', Enumerable.Repeat("eins", 5000))).Fails(EngramTool.Failure, "sentence 1 has 5000 words", "at most 2000");
        tool.Run("translate", "run", model, "eins", "--input", input).Fails(EngramTool.UsageError, "not both");
        tool.Run("translate", "run", model).Fails(EngramTool.UsageError, "needs a SENTENCE");
        tool.Run("translate", "run", tool.Write("invalid.keras", "no model"), "eins").Fails(EngramTool.Failure, "invalid.keras");
        Assert.Contains("embedding", tool.Run("inspect", model).Succeeds().Output, StringComparison.Ordinal);

        int Number(string name) => json.GetProperty("data").GetProperty(name).GetInt32();
    }

    [Fact]
    public void The_text_says_what_was_done_and_how_good_it_is()
    {
        (string source, string target) = WritePairs("train", 1, 60);
        string output = tool.Run(["translate", "train", "--source", source, "--target", target, .. Small("1"), "--out", tool.File("out")]).Succeeds().Output;
        foreach (string part in (string[])["57 to learn from, 3 to validate on", "weights", "1 epoch", "somewhat flattering", "BLEU", "greedy", "beam 5", "report.html", "model.keras"]) { Assert.Contains(part, output, StringComparison.Ordinal); }
        Assert.Equal("", tool.Run(["translate", "train", "--source", source, "--target", target, .. Small("1"), "--out", tool.File("out"), "--quiet"]).Succeeds().Output);
    }

    [Fact]
    public void Byte_pairs_take_the_place_of_words()
    {
        (string source, string target) = WritePairs("train", 1, 500);
        string folder = tool.File("out"), model = Path.Combine(folder, "model.keras"), svg = tool.File("looked.svg");
        JsonElement json = tool.Run(["translate", "train", "--source", source, "--target", target, .. Small("2"), "--tokens", "byte-pairs", "--vocabulary", "300", "--out", folder, "--json"]).Succeeds().Json();
        Assert.Equal("byte-pairs", json.GetProperty("data").GetProperty("tokens").GetString());
        Assert.InRange(json.GetProperty("data").GetProperty("sourceWords").GetInt32(), 257, 296);
        string page = File.ReadAllText(Path.Combine(folder, "report.html"));
        foreach (string part in (string[])["Where it looked", "▁", "validation byte pairs", "nothing is unknown"]) { Assert.Contains(part, page, StringComparison.Ordinal); }
        Assert.DoesNotContain("Words it does not know", page, StringComparison.Ordinal);
        JsonElement one = tool.Run("translate", "run", model, "eins zwei", "--attention", svg, "--json").Succeeds().Json().GetProperty("translations")[0];
        Assert.Equal(" eins zwei[END]", string.Concat(one.GetProperty("sourceWords").EnumerateArray().Select(word => word.GetString())));
        Assert.Contains("▁", File.ReadAllText(svg), StringComparison.Ordinal);
        Assert.Equal(0, tool.Run("translate", "run", model, "日本語").ExitCode);
        string output = tool.File("lines"), input = tool.Write("input", "eins\n\nzwei\n");
        tool.Run("translate", "run", model, "--input", input, "--output", output).Succeeds();
        Assert.Equal(3, File.ReadAllLines(output).Length);
        tool.Run(["translate", "train", "--source", source, "--target", target, "--tokens", "byte-pairs", "--min-count", "2"]).Fails(EngramTool.UsageError, "--min-count has no effect");
        tool.Run(["translate", "train", "--source", source, "--target", target, "--tokens", "byte-pairs", "--vocabulary", "100"]).Fails(EngramTool.UsageError, "at least 260");
        tool.Run(["translate", "train", "--source", source, "--target", target, "--tokens", "letters"]).Fails(EngramTool.UsageError, "words or byte-pairs");
    }

    [Fact]
    public void What_cannot_be_is_said_in_a_sentence()
    {
        (string source, string target) = WritePairs("train", 1, 10);
        string shorter = tool.Write("shorter", "one\n"), invalid = tool.File("invalid"), empty = tool.Write("empty", ""), blank = tool.Write("blank", string.Concat(Enumerable.Repeat("\n", 10)));
        File.WriteAllBytes(invalid, [0x61, 0xff, 0x0a]);
        Fails(EngramTool.Failure, "10 lines", "--source", source, "--target", shorter);
        Fails(EngramTool.Failure, "UTF-8", "--source", invalid, "--target", shorter);
        Fails(EngramTool.Failure, "empty", "--source", empty, "--target", shorter);
        Fails(EngramTool.Failure, "no word", "--source", blank, "--target", target);
        Fails(EngramTool.Failure, "no such file", "--source", tool.File("none"), "--target", target);
        Fails(EngramTool.Failure, "one pair", "--source", shorter, "--target", shorter);
        Fails(EngramTool.UsageError, "--source", "--units", "3");
        Fails(EngramTool.UsageError, "--target is missing", "--source", source);
        Fails(EngramTool.UsageError, "--minutes", "--source", source, "--target", target, "--minutes", "0");
        tool.Run("translate").Fails(EngramTool.UsageError, "train");

        void Fails(int code, string word, params string[] args) => tool.Run(["translate", "train", .. args, "--out", tool.File("out")]).Fails(code, word);
    }

    private static string[] Small(string epochs) => ["--units", "20", "--embedding", "10", "--epochs", epochs, "--learning-rate", "0.02", "--batch-size", "16", "--dropout", "0", "--label-smoothing", "0"];

    private (string Source, string Target) WritePairs(string name, int seed, int count)
    {
        var random = new Random(seed);
        List<string> source = [], target = [];
        for (int i = 0; i < count; i++)
        {
            int[] numbers = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(German.Length))];
            source.Add(string.Join(' ', numbers.Select(number => German[number])));
            target.Add(string.Join(' ', numbers.Reverse().Select(number => English[number])));
        }

        return (tool.Write($"{name}.de", string.Join('\n', source) + "\n"), tool.Write($"{name}.en", string.Join('\n', target) + "\n"));
    }
}
