using System.Globalization;
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
        Assert.Equal(["adding-problem.cs", "counting.cs", "custom-cell.cs", "random-sequences.cs", "summary.cs"], examples);
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
    public void A_cell_of_ones_own_learns_to_add()
    {
        string output = RunExample("custom-cell.cs");
        Assert.Contains("the gradients are right", output, StringComparison.Ordinal);
        Assert.True(Number(CellError(), output) < 0.01, output);
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

    [GeneratedRegex(@"loss: (\S+)")]
    private static partial Regex EpochLoss();

    [GeneratedRegex(@"^mean squared error ([0-9.]+)", RegexOptions.Multiline)]
    private static partial Regex CellError();

    [GeneratedRegex(@"^LSTM: mean squared error (\S+)", RegexOptions.Multiline)]
    private static partial Regex LstmError();

    [GeneratedRegex(@"^SimpleRNN: mean squared error (\S+)", RegexOptions.Multiline)]
    private static partial Regex SimpleError();
}
