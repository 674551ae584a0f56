using System.Globalization;
using System.Numerics.Tensors;
using System.Text;
using Engram.Data;
using Engram.Models;

namespace Engram.Inspection;

/// <summary>A guess of a model and its probability.</summary>
/// <param name="Label">The word, or the class.</param>
/// <param name="Probability">From 0 to 1.</param>
public readonly record struct RankedGuess(string Label, double Probability);

/// <summary>
/// What a network did with one sequence, ready to be shown: the names of its steps, the trace of its gates, and, where it puts out probabilities, what it
/// expected after each step.
/// <code>
/// GateReport report = GateReport.OfText(model, tokenizer, "Today, due to my current job situation and family conditions, I need to take a loan");
/// Console.WriteLine(report.Guesses![^2][0].Label);         // what comes behind the last word but one
/// File.WriteAllText("gates.csv", report.ToCsv());
/// </code>
/// </summary>
public sealed class GateReport
{
    // How many guesses are kept for each step: more than anybody reads, fewer than a vocabulary has.
    private const int MostGuesses = 12;

    // Words before this one are the hundred most frequent of a vocabulary.
    private const int Frequent = Tokenizer.Reserved + 100;

    private readonly Network model;
    private readonly NumericArrays x;

    private GateReport(Network model, NumericArrays x, GateTrace trace, IReadOnlyList<string> steps, IReadOnlyList<int> tokens, IReadOnlyList<string> unknown, float[,]? probabilities, IReadOnlyList<string>? labels)
    {
        (this.model, this.x) = (model, x);
        (Trace, Steps, Tokens, Unknown) = (trace, steps, tokens, unknown);
        (Probabilities, Labels) = (probabilities, labels);
        if (probabilities is not null) { Guesses = [.. Enumerable.Range(0, steps.Count).Select(step => Ranked(probabilities, step, labels!))]; }
    }

    /// <summary>What went in at each step: words as they were written, or numbers.</summary>
    public IReadOnlyList<string> Steps { get; }

    /// <summary>The tokens of a text; empty for a sequence of numbers.</summary>
    public IReadOnlyList<int> Tokens { get; }

    /// <summary>The words of the text that the vocabulary does not have; the network read each as [UNK].</summary>
    public IReadOnlyList<string> Unknown { get; }

    /// <summary>The gates and states, of one row.</summary>
    public GateTrace Trace { get; }

    /// <summary>The likeliest answers after each step, best first, 12 at most; null where the network puts out no probabilities for each step.</summary>
    public IReadOnlyList<IReadOnlyList<RankedGuess>>? Guesses { get; }

    /// <summary>What the network's outputs are called: the words of the vocabulary, or classes; null without probabilities.</summary>
    public IReadOnlyList<string>? Labels { get; }

    private float[,]? Probabilities { get; }

    /// <summary>Whether the network expects words: its answers after a step are the vocabulary's.</summary>
    public bool ExpectsWords => Labels is not null && Tokens.Count > 0;

    /// <summary>The probability of an answer after a step; 0 for one that there is not.</summary>
    /// <param name="step">The step.</param>
    /// <param name="label">The word, or the class.</param>
    public double Probability(int step, string label)
    {
        int at = Labels is null ? -1 : Labels.TakeWhile(each => each != label).Count();
        return Labels is null || at == Labels.Count ? 0 : Probabilities![step, at];
    }

    /// <summary>Reads a text with a network of tokens.</summary>
    /// <param name="model">The network: (batch, time) of tokens in. Where it puts out a probability for each token at each step, these are its guesses.</param>
    /// <param name="tokenizer">What made the tokens that it was trained with.</param>
    /// <param name="text">The text.</param>
    /// <exception cref="EngramException">The text has no word, or the network has no recurrent layer or takes no tokens.</exception>
    public static GateReport OfText(Network model, Tokenizer tokenizer, string text)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        int[] tokens = tokenizer.Encode(text);
        if (tokens.Length == 0) { throw new EngramException("The text has no word; gates are shown for a sentence such as \"the rain came back\"."); }
        string[] words = WordsOf(tokenizer, tokens, text);
        var x = new float[1, tokens.Length];
        for (int t = 0; t < tokens.Length; t++) { x[0, t] = tokens[t]; }
        (GateTrace trace, float[,]? probabilities) = Read(model, x, tokens.Length, tokenizer.Count);
        return new GateReport(model, x, trace, words, tokens, [.. words.Where((_, t) => tokens[t] == Tokenizer.Unknown).Distinct()], probabilities, probabilities is null ? null : tokenizer.Vocabulary);
    }

    /// <summary>Reads a sequence of numbers.</summary>
    /// <param name="model">The network: (batch, time, features) in.</param>
    /// <param name="x">(timeSteps, features).</param>
    /// <param name="steps">A name for each step; null for numbers from 0.</param>
    /// <exception cref="ArgumentException">There is not one name for each step.</exception>
    /// <exception cref="EngramException">The network has no recurrent layer, or the sequence does not fit it.</exception>
    public static GateReport OfNumbers(Network model, float[,] x, IReadOnlyList<string>? steps = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(x);
        int count = x.GetLength(0);
        if (steps is not null && steps.Count != count) { throw new ArgumentException($"There are {steps.Count} names for {count} steps.", nameof(steps)); }
        var rows = new float[1, count, x.GetLength(1)];
        for (int t = 0; t < count; t++)
        {
            for (int feature = 0; feature < x.GetLength(1); feature++) { rows[0, t, feature] = x[t, feature]; }
        }

        (GateTrace trace, _) = Read(model, rows, count, null);
        return new GateReport(model, rows, trace, steps ?? [.. Enumerable.Range(0, count).Select(t => t.ToString(CultureInfo.InvariantCulture))], [], [], null, null);
    }

    /// <summary>
    /// How much an answer rests on each step, by integrated gradients (<see cref="Attribution"/>). Of a word it is the difference of its score to that of the best
    /// other guess, before the softmax: what speaks for any noun at all, such as an article, cancels out, and what speaks for this one is left. What a word
    /// speaks for is counted from an unknown word in its place; the hundred most frequent words of a vocabulary, which say little by themselves, stay as they are where
    /// there are others.
    /// </summary>
    /// <param name="step">The step after which the answer is due; of a network without an output for each step it does not count.</param>
    /// <param name="label">The word; null for the largest number of the output.</param>
    /// <returns>A number for each step, above zero for what speaks for the answer.</returns>
    /// <exception cref="EngramException">There is no such word, or the way back to the input is closed (by a layer without a derivative).</exception>
    public IReadOnlyList<double> RestsOn(int step, string? label)
    {
        if (Labels is null || label is null) { return Attribution.IntegratedGradients(model, x)[0].Steps; }
        int unit = Labels.TakeWhile(each => each != label).Count();
        if (unit == Labels.Count) { throw new EngramException($"The network has no answer '{label}'."); }
        string other = Guesses![step].First(guess => guess.Label != label).Label;
        int against = Labels.TakeWhile(each => each != other).Count();
        return Attribution.IntegratedGradients(model, x, new AttributionOptions { Step = step, Unit = unit, Against = against, Logarithm = true, Baseline = WithoutContent() })[0].Steps;
    }

    /// <summary>A gate or state of a layer over the sequence, for a map: (timeSteps, units).</summary>
    /// <param name="series">One of the series of the trace.</param>
    public static float[,] Values(GateSeries series)
    {
        ArgumentNullException.ThrowIfNull(series);
        var values = new float[series.TimeSteps, series.Units];
        for (int step = 0; step < series.TimeSteps; step++)
        {
            for (int unit = 0; unit < series.Units; unit++) { values[step, unit] = series[0, step, unit]; }
        }

        return values;
    }

    /// <summary>Every number of every layer as CSV: a line for each layer, step and unit, a column for each gate and state.</summary>
    public string ToCsv()
    {
        string[] names = [.. Trace.Layers.SelectMany(layer => layer.Series).Distinct()];
        var csv = new StringBuilder("layer,direction,step,input,unit").AppendJoin("", names.Select(name => "," + name)).Append('\n');
        foreach (LayerTrace layer in Trace.Layers)
        {
            GateSeries?[] series = [.. names.Select(name => layer.Series.Contains(name) ? layer[name] : null)];
            int units = series.Max(each => each?.Units ?? 0);
            for (int step = 0; step < layer.TimeSteps; step++)
            {
                string input = step < Steps.Count ? Quoted(Steps[step]) : "";
                for (int unit = 0; unit < units; unit++)
                {
                    csv.Append(CultureInfo.InvariantCulture, $"{Quoted(layer.Name)},{(layer.Direction == ReadingDirection.Forward ? "forward" : "backward")},{step},{input},{unit}");
                    foreach (GateSeries? each in series)
                    {
                        csv.Append(',');
                        if (each is not null && unit < each.Units && float.IsFinite(each[0, step, unit])) { csv.Append(CultureInfo.InvariantCulture, $"{each[0, step, unit]}"); }
                    }

                    csv.Append('\n');
                }
            }
        }

        return csv.ToString();
    }

    // The vocabulary of words is in the order of frequency.
    private NumericArrays WithoutContent()
    {
        bool stays = Tokens.Any(token => token >= Frequent);
        var tokens = new float[1, Tokens.Count];
        for (int t = 0; t < Tokens.Count; t++) { tokens[0, t] = stays && Tokens[t] < Frequent ? Tokens[t] : Tokenizer.Unknown; }
        return tokens;
    }

    private static (GateTrace Trace, float[,]? Probabilities) Read(Network model, NumericArrays x, int steps, int? words)
    {
        GateTrace trace = model.Trace(x);
        if (trace.Layers.Count == 0) { throw new EngramException($"{model.Name}: has no recurrent layer, so there are no gates to show; its layers are {string.Join(", ", model.Layers.Select(layer => layer.Kind))}."); }
        if (words is null) { return (trace, null); }
        Tensor<float> output = model.PredictAll(x)[0];
        if (output.Rank != 3 || output.Lengths[1] != steps || output.Lengths[2] != words) { return (trace, null); }
        var probabilities = new float[steps, words.Value];
        for (int t = 0; t < steps; t++)
        {
            for (int word = 0; word < words; word++) { probabilities[t, word] = output[0, t, word]; }
        }

        Normalize(probabilities);
        return (trace, probabilities);
    }

    // A network may put out logits and leave the softmax to its loss.
    private static void Normalize(float[,] rows)
    {
        for (int t = 0; t < rows.GetLength(0); t++)
        {
            double sum = 0, largest = double.NegativeInfinity;
            bool negative = false;
            for (int word = 0; word < rows.GetLength(1); word++)
            {
                sum += rows[t, word];
                largest = Math.Max(largest, rows[t, word]);
                negative |= rows[t, word] < 0;
            }

            if (!negative && Math.Abs(sum - 1) < 1e-3) { continue; }
            sum = 0;
            for (int word = 0; word < rows.GetLength(1); word++) { sum += rows[t, word] = (float)Math.Exp(rows[t, word] - largest); }
            for (int word = 0; word < rows.GetLength(1); word++) { rows[t, word] = (float)(rows[t, word] / sum); }
        }
    }

    private static RankedGuess[] Ranked(float[,] probabilities, int step, IReadOnlyList<string> labels) =>
        [.. Enumerable.Range(0, labels.Count).OrderByDescending(label => probabilities[step, label]).ThenBy(label => label).Take(MostGuesses)
            .Select(label => new RankedGuess(labels[label], probabilities[step, label]))];

    // Words as they were written: those that a tokenizer would learn from this text alone, cut in the same way.
    private static string[] WordsOf(Tokenizer tokenizer, int[] tokens, string text)
    {
        if (tokenizer is WordTokenizer words)
        {
            var same = new WordTokenizerOptions { Lowercase = false, Punctuation = words.Options.Punctuation, SplitContractions = words.Options.SplitContractions };
            WordTokenizer own = WordTokenizer.Train([text], same);
            int[] written = own.Encode(text);
            if (written.Length == tokens.Length) { return [.. written.Select(token => own.Vocabulary[token])]; }
        }

        return [.. tokens.Select(token => tokenizer.Vocabulary[token])];
    }

    private static string Quoted(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
