using System.Globalization;
using Engram.Data;
using Engram.Inspection;
using Engram.Layers;
using Engram.Models;

namespace Engram.Tests.Inspection;

public sealed class GateReportTests
{
    private const string Text = "The Rain came back, so";

    private static readonly WordTokenizer Words = WordTokenizer.Train(["the rain came back , so we need an umbrella"]);

    [Fact]
    public void Guesses_are_the_models_probabilities_best_first_and_words_are_as_they_were_written()
    {
        Network model = Model(logits: false);
        GateReport report = GateReport.OfText(model, Words, $"{Text} zeppelin");
        Assert.Equal(["The", "Rain", "came", "back", ",", "so", "zeppelin"], report.Steps);
        Assert.Equal(["zeppelin"], report.Unknown);
        Assert.Equal(Tokenizer.Unknown, report.Tokens[^1]);
        var x = new float[1, 7];
        for (int t = 0; t < 7; t++) { x[0, t] = report.Tokens[t]; }
        var output = model.Predict(x);
        for (int t = 0; t < 7; t++)
        {
            double[] probabilities = [.. Enumerable.Range(0, Words.Count).Select(word => (double)output[0, t, word])];
            Assert.Equal(probabilities.OrderDescending().Take(12), report.Guesses![t].Select(guess => guess.Probability));
            Assert.All(report.Guesses[t], guess => Assert.Equal(probabilities[Words.Vocabulary.ToList().IndexOf(guess.Label)], report.Probability(t, guess.Label)));
        }

        Assert.Equal(0, report.Probability(0, "no such word"));
    }

    [Fact]
    public void Logits_are_made_probabilities()
    {
        IReadOnlyList<RankedGuess>[] raw = [.. GateReport.OfText(Model(logits: true), Words, Text).Guesses!], ready = [.. GateReport.OfText(Model(logits: false), Words, Text).Guesses!];
        for (int t = 0; t < raw.Length; t++)
        {
            Assert.Equal(ready[t].Select(guess => guess.Label), raw[t].Select(guess => guess.Label));
            for (int i = 0; i < raw[t].Count; i++) { Assert.Equal(ready[t][i].Probability, raw[t][i].Probability, 1e-5); }
        }
    }

    [Fact]
    public void What_an_answer_rests_on_sums_to_the_difference_in_score_from_unknown_words()
    {
        Network model = Model(logits: false);
        GateReport report = GateReport.OfText(model, Words, Text);
        string label = report.Guesses![5][3].Label, best = report.Guesses[5][0].Label;
        IReadOnlyList<double> shares = report.RestsOn(5, label);
        GateReport unknown = GateReport.OfText(model, Words, "x x x x x x");
        double Score(GateReport of) => Math.Log(of.Probability(5, label) / of.Probability(5, best));
        double expected = Score(report) - Score(unknown);
        Assert.True(Math.Abs(shares.Sum() - expected) <= 0.01 * shares.Sum(Math.Abs), $"{shares.Sum()} and {expected}");
        Assert.Throws<EngramException>(() => report.RestsOn(5, "no such word"));
    }

    [Fact]
    public void The_numbers_as_CSV_are_those_of_the_trace()
    {
        GateReport report = GateReport.OfText(Model(logits: false), Words, Text);
        LayerTrace layer = report.Trace.Layers[0];
        string[] lines = report.ToCsv().TrimEnd().Split('\n');
        Assert.Equal(1 + (6 * 4), lines.Length);
        string[] cells = lines[1 + (2 * 4) + 3].Split(',');
        Assert.Equal(["lstm", "forward", "2", "came", "3"], cells[..5]);
        Assert.Equal(layer.ForgetGate[0, 2, 3], float.Parse(cells[6], CultureInfo.InvariantCulture));
        Assert.Equal(layer.CellState[0, 2, 3], GateReport.Values(layer.CellState)[2, 3]);
    }

    [Fact]
    public void Numbers_are_read_too_and_what_cannot_be_shown_is_refused()
    {
        var model = new Sequential(new Input(timeSteps: 4, features: 2), new Gru(3), new Dense(1)) { Seed = 2 };
        GateReport report = GateReport.OfNumbers(model, new float[,] { { 1, 2 }, { 3, 4 }, { -1, 0 }, { 2, 2 } }, ["mon", "tue", "wed", "thu"]);
        Assert.Null(report.Guesses);
        Assert.False(report.ExpectsWords);
        Assert.Equal(4, report.RestsOn(3, null).Count);
        Assert.Throws<ArgumentException>(() => GateReport.OfNumbers(model, new float[4, 2], ["mon"]));
        Assert.Contains("no word", Assert.Throws<EngramException>(() => GateReport.OfText(Model(false), Words, " ")).Message, StringComparison.Ordinal);
        var dense = new Sequential(new Input(timeSteps: 4, features: 2), new Dense(1)) { Seed = 2 };
        Assert.Contains("no recurrent layer", Assert.Throws<EngramException>(() => GateReport.OfNumbers(dense, new float[4, 2])).Message, StringComparison.Ordinal);
    }

    private static Sequential Model(bool logits) => new(
        new Input([Shape.Unknown]), new Embedding(Words.Count, 3), new Lstm(4) { ReturnSequences = true },
        new Dense(Words.Count) { KernelInitializer = Initializers.RandomNormal(standardDeviation: 2), Activation = logits ? Activations.Linear : Activations.Softmax })
    { Seed = 6 };
}
