using System.Globalization;
using System.IO.Compression;
using System.Text.RegularExpressions;

namespace Engram.Docs.Tests;

/// <summary>The examples, as they lie in <c>examples/</c>, do what they say.</summary>
[Collection(nameof(ScriptCollection))]
public sealed partial class ExampleTests
{
    [Fact]
    public void Every_example_has_a_test_here()
    {
        IEnumerable<string> examples = Directory.GetFiles(Repository.At("examples"), "*.cs").Select(path => Path.GetFileName(path)!).Order();
        Assert.Equal(
            ["adding-problem.cs", "classify-sequences.cs", "classify-text.cs", "counting.cs", "custom-cell.cs", "gates.cs", "generate-text.cs", "own-pieces.cs", "ragged.cs", "random-sequences.cs", "streaming.cs", "summary.cs", "train-gates-model.cs", "translate.cs", "two-inputs.cs"],
            examples);
    }

    [Theory]
    [InlineData("seed0")]
    [InlineData("seed1")]
    public void The_summary_is_that_of_Keras(string golden) => Assert.Equal(Golden.Summary(golden), RunExample("summary.cs"));

    [Fact]
    public void Counting_answers_101_for_at_least_eight_of_ten_seeds()
    {
        double[] answers = [.. Enumerable.Range(0, 10).Select(seed =>
            Number(AfterHundred(), RunExample("counting.cs", seed.ToString(CultureInfo.InvariantCulture))))];
        int close = answers.Count(answer => Math.Abs(answer - 101) <= 1.5);
        Assert.True(close >= 8, $"{close} of 10 seeds come within 1.5 of 101: {string.Join(", ", answers)}.");
    }

    [Fact]
    public void Random_sequences_are_learnt_down_to_their_variance()
    {
        string output = RunExample("random-sequences.cs", "3", "64", "50");
        MatchCollection losses = EpochLoss().Matches(output);
        Assert.Equal(3, losses.Count);
        Assert.All(losses, match => Assert.InRange(double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), 0.01, 2));
        Assert.Contains("3 epochs in ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_model_of_everyday_sentences_is_trained_to_the_same_weights_by_the_same_seed()
    {
        string first = Path.Combine(Path.GetTempPath(), $"{Path.GetRandomFileName()}.keras"), second = Path.ChangeExtension(first, ".again.keras");
        try
        {
            string output = RunExample("train-gates-model.cs", first, "5", "300", "1", "6");
            RunExample("train-gates-model.cs", second, "5", "300", "1", "6");
            Assert.Equal(Contents(first), Contents(second));
            Assert.Matches(@"last word right in [\d.]+ %", output);
        }
        finally
        {
            File.Delete(first);
            File.Delete(second);
        }
    }

    // Layers, weights and vocabulary; another entry has the date.
    private static Dictionary<string, string> Contents(string path)
    {
        using ZipArchive zip = ZipFile.OpenRead(path);
        return zip.Entries.Where(entry => entry.Name is "config.json" or "model.weights.h5" or "tokenizer.json").ToDictionary(entry => entry.FullName, entry =>
        {
            using Stream stream = entry.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return Convert.ToHexString(bytes.ToArray());
        });
    }

    // Forty steps are enough to part the two, in a tenth of the time that a hundred take.
    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public void An_LSTM_solves_the_adding_problem_and_a_simple_network_does_not(string seed)
    {
        string output = RunExample("adding-problem.cs", seed, "40", "2000", "20");
        double lstm = Number(LstmError(), output), simple = Number(SimpleError(), output);
        Assert.True(lstm < 0.01, output);
        Assert.True(simple > 0.1, output);
    }

    [Fact]
    public void The_gates_of_a_network_that_keeps_a_word_tell_which()
    {
        string output = RunExample("gates.cs");
        Assert.Contains("answer: pen, because of: pen, keep", output.Replace("keep, pen", "pen, keep", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("lstm (LSTM, Forward): 1 x 12 x 16", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cell_of_ones_own_learns_to_add()
    {
        string output = RunExample("custom-cell.cs");
        Assert.Contains("the gradients are right", output, StringComparison.Ordinal);
        Assert.True(Number(CellError(), output) < 0.01, output);
    }

    [Fact]
    public void Letters_are_told_apart_and_an_unknown_language_is_named()
    {
        string output = RunExample("classify-text.cs");
        Assert.Contains("many thanks, the lamp is lovely: praise", output, StringComparison.Ordinal);
        Assert.Contains("the parcel came late and the box was broken: complaint", output, StringComparison.Ordinal);
        Assert.Contains("der Brief ist auf Deutsch", output, StringComparison.Ordinal);
        Assert.Contains("it knows none of these words", output, StringComparison.Ordinal);
        Assert.True(Number(Accuracy(), output) > 85, output);
    }

    [Fact]
    public void Sequences_of_different_lengths_are_told_apart_better_than_by_the_most_frequent_class()
    {
        string output = RunExample("classify-sequences.cs");
        Assert.True(Number(Accuracy(), output) > 80, output);
        Assert.Contains("always answering sine: 33.3", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        EngramException error = Assert.Throws<EngramException>(() => RunExample("classify-sequences.cs", "none_TRAIN.ts", "none_TEST.ts"));
        Assert.StartsWith("none_TRAIN.ts: the file cannot be read", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_with_two_inputs_and_two_outputs_learns_both()
    {
        string output = RunExample("two-inputs.cs");
        Assert.True(Number(FailuresRight(), output) > 85, output);
        Assert.True(Number(TemperatureError(), output) < 0.01, output);
        Assert.Contains("│ add (Add) ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Pieces_of_ones_own_work_together()
    {
        string output = RunExample("own-pieces.cs");
        Assert.Contains("the gradient is right", output, StringComparison.Ordinal);
        Assert.InRange(Number(OwnEpochs(), output), 2, 59); // stopped by its own callback
    }

    [Fact]
    public void All_three_ways_of_streaming_learn_the_wave()
    {
        string output = RunExample("streaming.cs");
        MatchCollection last = LastLoss().Matches(output);
        Assert.Equal(3, last.Count);
        Assert.All(last, match => Assert.InRange(double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), 0, 0.005));
    }

    [Fact]
    public void A_rhyme_is_learnt()
    {
        string output = RunExample("generate-text.cs");
        Assert.Contains("Over the hill and far away.\n", output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("little ducks came back.", output, StringComparison.Ordinal);
        Assert.Contains("the same again from the file: little duck", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Padding_changes_nothing()
    {
        string output = RunExample("ragged.cs");
        Assert.Contains("to the last bit: True", output, StringComparison.Ordinal);
        Assert.True(Number(RaggedAccuracy(), output) > 85, output);
    }

    [Fact]
    public void A_translator_of_number_words_is_nearly_always_right()
    {
        string output = RunExample("translate.cs");
        Assert.True(Number(SentencesRight(), output) >= 85, output);
        Assert.Contains("vier sechs null neun -> nine zero six four", output, StringComparison.Ordinal);
    }

    private static string RunExample(string name, params string[] args) => Script.RunFile(Repository.At("examples", name), args);

    private static double Number(Regex pattern, string output)
    {
        Match match = pattern.Match(output);
        Assert.True(match.Success, $"Nothing in the output fits {pattern}:\n{output}");
        return double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"after 100 comes (\S+)")]
    private static partial Regex AfterHundred();

    [GeneratedRegex(@"^accuracy ([\d.]+)", RegexOptions.Multiline)]
    private static partial Regex Accuracy();

    [GeneratedRegex(@"failures told right: ([\d.]+)")]
    private static partial Regex FailuresRight();

    [GeneratedRegex(@"error of the temperature: (\S+)")]
    private static partial Regex TemperatureError();

    [GeneratedRegex(@"^(\d+) epochs, loss", RegexOptions.Multiline)]
    private static partial Regex OwnEpochs();

    [GeneratedRegex(@"loss .*, (\S+)$", RegexOptions.Multiline)]
    private static partial Regex LastLoss();

    [GeneratedRegex(@"accuracy ([\d.]+)")]
    private static partial Regex RaggedAccuracy();

    [GeneratedRegex(@"loss: (\S+)")]
    private static partial Regex EpochLoss();

    [GeneratedRegex(@"^mean squared error ([0-9.]+)", RegexOptions.Multiline)]
    private static partial Regex CellError();

    [GeneratedRegex(@"^LSTM: mean squared error (\S+)", RegexOptions.Multiline)]
    private static partial Regex LstmError();

    [GeneratedRegex(@"(\d+) of 100 sentences right")]
    private static partial Regex SentencesRight();

    [GeneratedRegex(@"^SimpleRNN: mean squared error (\S+)", RegexOptions.Multiline)]
    private static partial Regex SimpleError();
}
