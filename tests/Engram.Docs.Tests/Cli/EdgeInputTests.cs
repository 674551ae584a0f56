using System.Text;
using System.Text.Json;
using Engram.Cli;

namespace Engram.Docs.Tests.Cli;

/// <summary>Empty texts, single words, endless lines, other languages and other encodings: a right answer or a clear message, from every command that reads texts.</summary>
public sealed class EdgeInputTests : IDisposable
{
    private const int Million = 1_000_000;

    private static readonly string[] Classifier = ["--networks", "1", "--units", "3", "--epochs", "1"], Translator = ["--units", "6", "--embedding", "5", "--epochs", "1", "--min-count", "1"],
        Generator = ["--units", "6", "--layers", "1", "--embedding", "4", "--steps", "10", "--streams", "2", "--window", "8"];

    private readonly ToolRun tool = new();

    public void Dispose() => tool.Dispose();

    [Fact]
    public void Bytes_that_are_no_utf8_are_named_with_their_line_and_the_option_to_give()
    {
        string[] lines = [.. Enumerable.Range(0, 40).Select(i => i == 2 ? "caf\u00E9 noir \u0096 good" : $"a {(i % 2 == 0 ? "good" : "bad")} word {i}")];
        string texts = tool.File("texts.txt"), labels = tool.Write("labels.txt", string.Concat(Enumerable.Range(0, 40).Select(i => $"{i % 2}\n"))), whole = tool.Write("whole.txt", string.Concat(lines.Select(line => $"{line}\n")));
        File.WriteAllBytes(texts, Encoding.Latin1.GetBytes(string.Join('\n', lines))); // 0x96 is a dash in windows-1252
        string[] message = ["texts.txt, line 3: not valid UTF-8", $"byte 0xE9 at offset {lines[0].Length + lines[1].Length + 5}", "--encoding windows-1252"];
        string[][] commands =
        [
            ["classify", "train", texts, labels, .. Classifier], ["generate", "train", texts, .. Generator],
            ["translate", "train", "--source", texts, "--target", whole, .. Translator], ["translate", "train", "--source", whole, "--target", texts, .. Translator],
        ];
        foreach (string[] command in commands)
        {
            tool.Run([.. command, "--out", tool.File("out")]).Fails(EngramTool.Failure, message);
            tool.Run([.. command, "--encoding", "windows-1252", "--out", tool.File(command[0])]);
            Assert.True(tool.ExitCode == 0, $"{string.Join(' ', command)}: {tool.Error}");
        }

        tool.Run("classify", "predict", tool.File("classify/model.keras"), "--input", texts).Fails(EngramTool.Failure, message);
        tool.Run("translate", "run", tool.File("translate/model.keras"), "--input", texts).Fails(EngramTool.Failure, message);
        Assert.Equal(40, tool.Run("classify", "predict", tool.File("classify/model.keras"), "--input", texts, "--encoding", "latin-1", "--json").Succeeds().Json().GetProperty("answers").GetArrayLength());
        Assert.Equal(EngramTool.Success, tool.Run("translate", "run", tool.File("translate/model.keras"), "--input", texts, "--encoding", "windows-1252").ExitCode);
        tool.Run("generate", "train", texts, "--encoding", "utf-16").Fails(EngramTool.UsageError, "--encoding takes utf-8, windows-1252 or latin-1");
    }

    [Fact]
    public void A_million_words_in_a_line_are_read_or_refused_with_their_number()
    {
        string line = string.Concat(Enumerable.Range(0, Million).Select(i => i % 3 == 0 ? "one " : "two "));
        tool.Run("gates", line, "--out", tool.File("gates")).Fails(EngramTool.Failure, "1,000,000 words", "at most 2,000");

        string few = string.Concat(Enumerable.Range(0, 20).Select(i => $"word {i % 4}\n")), source = tool.Write("source", $"{few}{line}\n"), target = tool.Write("target", $"{few}one\n");
        ToolRun translated = tool.Run(["translate", "train", "--source", source, "--target", target, .. Translator, "--validation-source", tool.Write("v", few), "--validation-target", tool.File("v"), "--out", tool.File("out")]).Succeeds();
        Assert.Contains("Left out: 1 pairs with more than 100 words on a side", translated.Output, StringComparison.Ordinal);
        tool.Run("translate", "run", tool.File("out/model.keras"), line).Fails(EngramTool.Failure, "sentence 1 has 1000000 words; at most 2000");

        JsonElement json = tool.Run(["generate", "train", tool.Write("line.txt", line), .. Generator, "--tokens", "words", "--out", tool.File("generate"), "--json"]).Succeeds().Json();
        Assert.Equal(4 * Million, json.GetProperty("trainedCharacters").GetInt32() + json.GetProperty("heldOutCharacters").GetInt32());

        string texts = tool.Write("texts", few.ReplaceLineEndings(" good\n") + line + "\n"), labels = tool.Write("labels", string.Concat(Enumerable.Range(0, 21).Select(i => $"{i % 2}\n")));
        Assert.Contains("21 texts", tool.Run(["classify", "train", texts, labels, .. Classifier, "--max-length", "9", "--out", tool.File("classify")]).Succeeds().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Single_words_empty_texts_and_other_languages_are_answered_or_refused()
    {
        Assert.Contains("loan", tool.Run("gates", "loan", "--out", tool.File("gates")).Succeeds().Output, StringComparison.Ordinal);
        Assert.Contains("is not in its vocabulary", tool.Run("gates", "сегодня хорошо", "--out", tool.File("gates")).Succeeds().Output, StringComparison.Ordinal);
        tool.Run("gates", "", "--out", tool.File("gates")).Fails(EngramTool.UsageError, "the sentence is empty");

        string tale = string.Concat(Enumerable.Repeat("the cat sat on the mat. ", 40)), model = tool.File("out/generator.keras");
        tool.Run(["generate", "train", tool.Write("tale.txt", tale), .. Generator, "--out", tool.File("out")]).Succeeds();
        Assert.StartsWith("cat", tool.Run("generate", "sample", model, "cat", "--length", "5").Succeeds().Output, StringComparison.Ordinal);
        Assert.NotEmpty(tool.Run("generate", "sample", model, "", "--length", "5").Succeeds().Output);
        tool.Run("generate", "sample", model, "кот", "--length", "5").Fails(EngramTool.Failure, "character 1", "к");
        tool.Run("generate", "train", tool.Write("blank.txt", " \n\n "), "--out", tool.File("o")).Fails(EngramTool.Failure, "blank.txt", "some thousand characters");
        tool.Run(["generate", "train", tool.Write("tale.txt", tale), "--tokens", "byte-pairs", "--vocabulary", "100", "--out", tool.File("o")]).Fails(EngramTool.UsageError, "--vocabulary takes at least 260");
        Assert.False(Directory.Exists(tool.File("o")), "a folder for nothing");
    }

    [Fact]
    public void A_label_that_occurs_once_is_learnt_and_pointed_out()
    {
        string rows = "text,label\n" + string.Concat(Enumerable.Range(0, 30).Select(i => $"word {i % 5} and more,{(i == 7 ? "rare" : i % 2 == 0 ? "a" : "b")}\n"));
        string output = tool.Run(["classify", "train", tool.Write("rare.csv", rows), .. Classifier, "--out", tool.File("out")]).Succeeds().Output;
        Assert.Contains("The class 'rare' occurs once", output, StringComparison.Ordinal);
        Assert.Equal(0, tool.Run("classify", "predict", tool.File("out/model.keras"), "word").ExitCode);
        tool.Run("classify", "train", tool.Write("lone.csv", "text,label\nword,a\n"), "--out", tool.File("o")).Fails(EngramTool.Failure, "There are 1 texts; at least 10");
        tool.Run("classify", "train", tool.Write("blank.csv", "text,label\n,a\n"), "--out", tool.File("o")).Fails(EngramTool.Failure, "line 2", "the text is empty");
    }
}
