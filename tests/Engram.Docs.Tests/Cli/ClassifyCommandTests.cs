using System.Globalization;
using System.Text.Json;

namespace Engram.Docs.Tests.Cli;

public sealed class ClassifyCommandTests
{
    private static readonly string[] Members = ["data", "networks", "words", "temperature", "validation", "test", "verdict", "verdictKind", "seed", "seconds", "files"];
    private static readonly string[] Few = ["--networks", "2", "--units", "4", "--epochs", "3", "--seed", "5"];

    [Fact]
    public void Texts_are_learnt_measured_reported_and_asked_about()
    {
        using var tool = new ToolRun();
        string train = tool.Write("train.csv", Reviews(80, 1)), test = tool.Write("test.csv", Reviews(40, 2));
        JsonElement json = tool.Run(["classify", "train", train, "--test", test, "--json", "--out", tool.File("out"), .. Few]).Succeeds().Json();

        Assert.Equal(Members, json.EnumerateObject().Select(member => member.Name));
        JsonElement data = json.GetProperty("data"), measured = json.GetProperty("test");
        Assert.Equal("texts", data.GetProperty("kind").GetString());
        Assert.Equal(80, data.GetProperty("training").GetInt32() + data.GetProperty("validation").GetInt32());
        Assert.Equal(["bad", "good"], data.GetProperty("classes").EnumerateObject().Select(member => member.Name));
        Assert.Equal(40, measured.GetProperty("samples").GetInt32());
        Assert.Equal(0.5, measured.GetProperty("majorityAccuracy").GetDouble());
        int[][] answers = [.. measured.GetProperty("classes").EnumerateArray().Select(row => row.GetProperty("answers").EnumerateArray().Select(count => count.GetInt32()).ToArray())];
        Assert.Equal(40, answers.Sum(row => row.Sum()));
        Assert.Equal((answers[0][0] + answers[1][1]) / 40.0, measured.GetProperty("accuracy").GetDouble());
        Assert.InRange(measured.GetProperty("calibrationError").GetDouble(), 0, 1);
        foreach (JsonProperty file in json.GetProperty("files").EnumerateObject()) { Assert.True(File.Exists(file.Value.GetString()), file.Name); }
        Assert.Equal(2, Directory.GetFiles(tool.File("out")).Length);
        string page = File.ReadAllText(tool.File("out/report.html"));
        foreach (string words in (string[])["Confusion matrix", "surest mistakes", "Confidence and truth", "Loss by epoch", "expected calibration error"]) { Assert.Contains(words, page, StringComparison.Ordinal); }

        string model = tool.File("out/model.keras");
        Assert.Matches("^(good|bad), [0-9.]+ % sure\n$", tool.Run("classify", "predict", model, "the plot is dull").Succeeds().Output.ReplaceLineEndings("\n"));
        Assert.Contains("None of its 2 words is known to the model", tool.Run("classify", "predict", model, "сегодня хорошо").Succeeds().Output, StringComparison.Ordinal);
        Assert.Contains("the text is empty", tool.Run("classify", "predict", model, "", "--json").Succeeds().Json().GetProperty("answers")[0].GetProperty("caution").GetString(), StringComparison.Ordinal);
        Assert.Contains("the text has 1,000,000 words and only its beginning was read", tool.Run("classify", "predict", model, "--input", tool.Write("long.txt", string.Concat(Enumerable.Repeat("dull ", 1_000_000)))).Succeeds().Output, StringComparison.Ordinal);

        string lines = tool.Write("new.txt", "the acting shines\nthis film drags\n");
        JsonElement[] asked = [.. tool.Run("classify", "predict", model, "--input", lines, "--json", "--output", tool.File("answers.csv")).Succeeds().Json().GetProperty("answers").EnumerateArray()];
        string[] csv = File.ReadAllLines(tool.File("answers.csv"));
        Assert.Equal("class,confidence,p(bad),p(good)", csv[0]);
        Assert.Equal(3, csv.Length);
        for (int i = 0; i < 2; i++)
        {
            string[] cells = csv[i + 1].Split(',');
            Assert.Equal(cells[0], asked[i].GetProperty("class").GetString());
            Assert.Equal(double.Parse(cells[1], CultureInfo.InvariantCulture), asked[i].GetProperty("confidence").GetDouble());
        }

        // The file is a model like any other.
        tool.Run("inspect", model).Succeeds();
        tool.Run("run", model, "--input", tool.Write("tokens.csv", "a,b,c\n4,5,6\n7,8,0\n"), "--output", tool.File("p.csv")).Succeeds();
        double[] probabilities = [.. File.ReadAllLines(tool.File("p.csv"))[^1].Split(',').Select(cell => double.Parse(cell, CultureInfo.InvariantCulture))];
        Assert.Equal(1, probabilities[^2] + probabilities[^1], 5);
    }

    [Fact]
    public void Two_text_files_are_understood_in_either_order_and_the_words_are_plain()
    {
        using var tool = new ToolRun();
        string[] rows = Reviews(60, 3).Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..];
        string texts = tool.Write("t.txt", string.Join('\n', rows.Select(row => row.Split(',')[0]))), labels = tool.Write("l.txt", string.Join('\n', rows.Select(row => row.Split(',')[1])));
        string first = tool.Run(["classify", "train", texts, labels, "--out", tool.File("a"), .. Few]).Succeeds().Output;
        string second = tool.Run(["classify", "train", labels, texts, "--out", tool.File("a"), .. Few]).Succeeds().Output;
        Assert.Equal(first.Split('\n')[..^2], second.Split('\n')[..^2]);
        foreach (string words in (string[])["60 texts, 2 classes (bad 30, good 30)", "always answering", "expected calibration error", "somewhat flattering", "precision"]) { Assert.Contains(words, first, StringComparison.Ordinal); }
    }

    [Fact]
    public void Labels_that_are_chance_do_not_beat_the_baseline_and_the_tool_says_so()
    {
        using var tool = new ToolRun();
        var random = new Random(4);
        string Chance(int rows) => "text,label\n" + string.Concat(Enumerable.Range(0, rows).Select(_ => $"w{random.Next(9)} w{random.Next(9)},{(random.Next(2) == 0 ? "x" : "y")}\n"));
        ToolRun run = tool.Run(["classify", "train", tool.Write("a.csv", Chance(80)), "--test", tool.Write("b.csv", Chance(80)), "--out", tool.File("out"), .. Few]).Succeeds();
        Assert.Contains("The classifier does not beat the baseline", run.Output, StringComparison.Ordinal);
        Assert.Contains("does not beat the baseline", File.ReadAllText(tool.File("out/report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void Sequences_of_a_ts_file_are_learnt_and_asked_about()
    {
        using var tool = new ToolRun();
        string train = tool.Write("a.ts", Waves(40, 1)), test = tool.Write("b.ts", Waves(16, 2));
        JsonElement json = tool.Run(["classify", "train", train, "--test", test, "--json", "--out", tool.File("out"), .. Few]).Succeeds().Json();
        Assert.Equal("sequences", json.GetProperty("data").GetProperty("kind").GetString());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("words").ValueKind);
        string model = tool.File("out/model.keras");
        Assert.Equal(16, tool.Run("classify", "predict", model, "--input", test, "--json").Succeeds().Json().GetProperty("answers").GetArrayLength());
        tool.Run("classify", "predict", model, "a text").Fails(2, "classifies sequences of numbers", "--input FILE.ts");
        tool.Run("classify", "train", train, "--max-length", "5").Fails(2, "--max-length is for texts");
        tool.Run("classify", "train", train, "--test", tool.Write("c.csv", Reviews(20, 1))).Fails(2, "both must be of one kind");
    }

    [Fact]
    public void Sequences_of_a_long_table_are_learnt_and_asked_about()
    {
        using var tool = new ToolRun();
        string train = tool.Write("a.csv", Table(40, 1)), test = tool.Write("b.csv", Table(16, 2));
        JsonElement json = tool.Run(["classify", "train", train, "--id", "machine", "--time", "hour", "--label-column", "state", "--test", test, "--json", "--out", tool.File("out"), .. Few]).Succeeds().Json();
        Assert.Equal("sequences", json.GetProperty("data").GetProperty("kind").GetString());
        Assert.Equal(40, json.GetProperty("data").GetProperty("samples").GetInt32());
        Assert.Equal(["fast", "slow"], json.GetProperty("data").GetProperty("classes").EnumerateObject().Select(member => member.Name));
        Assert.Equal(16, json.GetProperty("test").GetProperty("samples").GetInt32());

        // The same sequences, their rows and columns in another order and without labels.
        string model = tool.File("out/model.keras");
        string[] rows = File.ReadAllLines(test)[1..];
        new Random(3).Shuffle(rows);
        string other = tool.Write("c.csv", "heat,note,machine,current,hour\n" + string.Concat(rows.Select(row => row.Split(',') is var cells ? $"{cells[2]},a,{cells[0]},{cells[3]},{cells[1]}\n" : "")));
        JsonElement[] asked = Answers("--input", test, "--id", "machine", "--time", "hour"), again = Answers("--input", other, "--id", "machine", "--time", "hour");
        Assert.Equal(16, asked.Length);
        Assert.StartsWith("m0, ", asked[0].GetProperty("sample").GetString(), StringComparison.Ordinal);
        foreach (JsonElement answer in asked)
        {
            JsonElement same = again.Single(one => one.GetProperty("sample").GetString() == answer.GetProperty("sample").GetString());
            Assert.Equal(answer.GetProperty("confidence").GetDouble(), same.GetProperty("confidence").GetDouble(), 6);
        }

        tool.Run("classify", "predict", model, "--input", test).Fails(2, "--id COLUMN");
        tool.Run("classify", "predict", model, "--input", tool.Write("d.csv", "machine,heat\nm1,1\n"), "--id", "machine").Fails(1, "there is no column 'current'");
        tool.Run("classify", "predict", model, "--input", test, "--time", "hour").Fails(2, "--time is for sequences in a CSV file", "--id");

        JsonElement[] Answers(params string[] args) => [.. tool.Run(["classify", "predict", model, .. args, "--json"]).Succeeds().Json().GetProperty("answers").EnumerateArray()];
    }

    [Theory]
    [InlineData("m0,0,1,a\nm1,0,2,\n", 1, "line 3: 'label' of the sequence 'm1' is empty")]
    [InlineData("m0,0,1,a\nm0,1,2,b\n", 1, "line 3: 'label' of the sequence 'm0' changes from 'a' to 'b'")]
    [InlineData("m0,0,1,a\n,1,2,a\n", 1, "line 3: 'id' is empty")]
    [InlineData("m0,0,1,a\nm0,1,,a\nm0,2,3,a\n", 1, "column 'x' of the sequence 'm0': 1 of 3 values", "line 3")]
    [InlineData("m0,0,,a\nm0,1,2,a\n", 1, "among them the first, which has no neighbour", "--missing", "interpolate")]
    [InlineData("m0,0,1,a\nm0,0,2,a\n", 1, "the sequence 'm0' has 0 twice, on lines 2 and 3")]
    [InlineData("m0,0,1,a\nm0,,2,a\n", 1, "line 3: 't' is empty")]
    [InlineData("m0,0,1,a\nm0,1,one,a\n", 1, "line 3: 'one' is not a number")]
    [InlineData("m0,0,1,a\n", 1, "There are 1 sequences; at least 10")]
    [InlineData("", 1, "there are no rows below the header")]
    [InlineData("m0,0,1,a\n", 1, "there is no column 'y'", "--features", "y")]
    [InlineData("m0,0,1,a\n", 1, "the feature 't' is named twice", "--features", "t,x")]
    [InlineData("m0,0,1,a\n", 2, "--text-column is for texts", "--text-column", "x")]
    public void What_is_wrong_in_a_long_table_is_said_with_its_line(string rows, int exitCode, string message, params string[] more)
    {
        using var tool = new ToolRun();
        string file = tool.Write("a.csv", $"id,t,x,label\n{rows}");
        bool isWord = more is [var first] && !first.StartsWith('-');
        tool.Run(["classify", "train", file, "--id", "id", "--time", "t", "--out", tool.File("out"), .. isWord ? [] : more]).Fails(exitCode, isWord ? [message, more[0]] : [message]);
    }

    [Fact]
    public void Missing_values_of_a_sequence_are_filled_in_where_that_is_asked_for()
    {
        using var tool = new ToolRun();
        string[] rows = Table(20, 1).Split('\n');
        rows[2] = string.Join(',', rows[2].Split(',').Select((cell, i) => i == 3 ? "" : cell));
        string file = tool.Write("a.csv", string.Join('\n', rows));
        string[] command = ["classify", "train", file, "--id", "machine", "--label-column", "state", "--features", "heat,current", "--out", tool.File("out"), .. Few];
        tool.Run(command).Fails(1, "line 3", "'current' of the sequence 'm0'");
        Assert.Contains("1 values were missing and were interpolated linearly", tool.Run([.. command, "--missing", "interpolate"]).Succeeds().Output, StringComparison.Ordinal);
        tool.Run("classify", "train", tool.Write("b.ts", Waves(20, 1)), "--id", "machine").Fails(2, "--id names a column of one .csv file");
        tool.Run("classify", "train", file, "--missing", "zero").Fails(2, "--missing is for sequences in a CSV file");
        tool.Run("classify", "train", tool.Write("c.csv", "id,x,kind\nm0,1,a\n"), "--id", "id").Fails(1, "it is not clear which column has the labels", "id, x, kind");
    }

    [Fact]
    public void What_is_wrong_is_said_in_a_line()
    {
        using var tool = new ToolRun();
        string reviews = tool.Write("r.csv", Reviews(40, 1)), lone = tool.Write("lone.txt", "a\nb\n");
        tool.Run("classify", "train").Fails(2, "classify train needs data", "For example: engram classify train reviews.csv");
        tool.Run("classify").Fails(2, "say which command: train or predict", "engram classify --help");
        tool.Run("classify", "lern").Fails(2, "there is no command 'lern'", "train and predict");
        tool.Run("classify", "train", "none.csv").Fails(1, "none.csv: there is no such file");
        tool.Run("classify", "train", tool.Folder).Fails(1, "is a folder");
        tool.Run("classify", "train", lone).Fails(2, "of which class the samples are is not said");
        tool.Run("classify", "train", tool.Write("one.csv", "text,label\n" + string.Concat(Enumerable.Repeat("word,x\n", 12)))).Fails(1, "of the class 'x'", "at least two");
        tool.Run("classify", "train", reviews, "--test", tool.Write("s.csv", "text,label\ngood,ugly\nfine,good\n")).Fails(1, "text 1 is of the class 'ugly'", "it has bad, good");
        File.WriteAllBytes(tool.File("latin.csv"), [.. "text,label\ncaf"u8, 0xE9, .. ",x\n"u8]);
        tool.Run("classify", "train", tool.File("latin.csv")).Fails(1, "line 2", "not valid UTF-8", "windows-1252");
        tool.Run("classify", "train", reviews, "--validation", "1").Fails(2, "--validation takes a share");
        tool.Run("classify", "predict").Fails(2, "predict needs MODEL");
        tool.Run("classify", "predict", "none.keras", "x").Fails(1, "none.keras: there is no such file");
        tool.Run("classify", "predict", "none.keras").Fails(2, "needs a TEXT, or --input");
        Assert.Contains("classify train", tool.Run("--help").Succeeds().Output, StringComparison.Ordinal);
        Assert.Contains("classify predict", tool.Run("classify", "--help").Succeeds().Output, StringComparison.Ordinal);
        Assert.Contains("--label-column", tool.Run("classify", "train", "--help").Succeeds().Output, StringComparison.Ordinal);
    }

    private static string Reviews(int count, int seed)
    {
        string[] subjects = ["the plot", "the acting", "this film", "the music"], good = ["is wonderful", "delights", "shines"], bad = ["is dull", "drags", "fails"];
        var random = new Random(seed);
        return "text,label\n" + string.Concat(Enumerable.Range(0, count).Select(i =>
            $"{subjects[random.Next(4)]} {(i % 2 == 0 ? good : bad)[random.Next(3)]} and {subjects[random.Next(4)]} {(i % 2 == 0 ? good : bad)[random.Next(3)]},{(i % 2 == 0 ? "good" : "bad")}\n"));
    }

    // Machines of 6 to 10 hours; what is measured swings slowly or fast.
    private static string Table(int count, int seed)
    {
        var random = new Random(seed);
        return "machine,hour,heat,current,state\n" + string.Concat(Enumerable.Range(0, count).SelectMany(i => Enumerable.Range(0, random.Next(6, 11)).Select(t => string.Create(CultureInfo.InvariantCulture,
            $"m{i},{t},{Math.Sin(i + (t * (i % 2 == 0 ? 0.5 : 1.5))):F4},{random.NextDouble():F4},{(i % 2 == 0 ? "slow" : "fast")}\n"))));
    }

    private static string Waves(int count, int seed)
    {
        var random = new Random(seed);
        return "@problemName waves\n@classLabel true slow fast\n@data\n" + string.Concat(Enumerable.Range(0, count).Select(i =>
            string.Join(',', Enumerable.Range(0, random.Next(6, 11)).Select(t => Math.Sin(i + (t * (i % 2 == 0 ? 0.5 : 1.5))).ToString("R", CultureInfo.InvariantCulture))) + $":{(i % 2 == 0 ? "slow" : "fast")}\n"));
    }
}
