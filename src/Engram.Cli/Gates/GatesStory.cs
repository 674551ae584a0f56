using System.Globalization;
using Engram.Cli.Series;
using Engram.Inspection;

namespace Engram.Cli.Gates;

/// <summary>The textbook's story of an LSTM, told with the numbers of one run.</summary>
internal static class GatesStory
{
    // A gate this far open or shut counts as open or shut, after Karpathy et al. 2015.
    private const double Shut = 0.1, Open = 0.9;

    /// <summary>A word in quotation marks.</summary>
    public static string Quoted(string word) => $"“{word}”";

    /// <summary>The key words, the first ones first.</summary>
    public static string Keys(GatesRun run) => Words.And([.. run.Keys.Select(step => Quoted(run.Report.Steps[step]))]);

    /// <summary>A share as a percentage.</summary>
    public static string Share(double share) => Words.Unbroken(share switch
    {
        > 0.9995 and < 1 => "over 99.9 %",
        > 0 and < 0.0005 => "under 0.1 %",
        _ => $"{(100 * share).ToString(share is > 0 and < 0.01 or > 0.99 and < 1 ? "0.0" : "0", CultureInfo.InvariantCulture)} %",
    });

    /// <summary>What the model expects, and what that rests on, in a sentence or two; empty for a model that expects no words.</summary>
    public static string Answer(GatesRun run)
    {
        if (run.First is not { } first) { return ""; }
        RankedGuess second = run.Report.Guesses![run.Due][1];
        string due = Quoted(run.Report.Steps[run.Due]);
        string answer = $"After {due} the model expects {Quoted(first.Label)} ({Share(first.Probability)}), then {Quoted(second.Label)} ({Share(second.Probability)}).";
        if (run.Given is { } given && run.Report.Tokens[run.Due + 1] == Data.Tokenizer.Unknown) { answer += $" The word that stands there, {Quoted(given)}, is not in its vocabulary."; }
        else if (run.Given is not null && !run.IsRight) { answer += $" The word that stands there, {Quoted(run.Answer!)}, has {Share(run.Report.Probability(run.Due, run.Answer!))}."; }
        return answer;
    }

    /// <summary>Which words the answer rests on.</summary>
    public static string Rests(GatesRun run) => run.Keys.Count == 0 ? "" : $"{(run.Answer is null ? "The answer" : Quoted(run.Answer))} rests on {Words.And([.. run.Keys.Select(step => $"{Quoted(run.Report.Steps[step])} ({Share(run.ShareOf(step))})")])}.";

    /// <summary>What is forgotten; null where the layer has no such story.</summary>
    public static string? Forgotten(GatesRun run)
    {
        if (run.Contents is not { } contents || run.Due < 3) { return null; }
        IReadOnlyList<string> steps = run.Report.Steps;
        int[] words = [.. Enumerable.Range(0, run.Due).Where(step => steps[step].Any(char.IsLetterOrDigit) && !run.Keys.Contains(step))];
        if (words.Length == 0) { return null; }
        int[] least = [.. words.OrderBy(contents.Left).Take(3).Order()];
        string text = $"When the answer is due, after {Quoted(steps[run.Due])}, much of what was written is gone: of what {Words.And([.. least.Select(step => $"{Quoted(steps[step])} left {Share(contents.Left(step))}")])}. "
            + "Each later forget gate took its share.";
        if (run.Layer.Series.Contains("forget_gate"))
        {
            (int step, double mean) hardest = Enumerable.Range(1, run.Due).Select(step => (step, GatesRun.Mean(run.Layer.ForgetGate, Enumerable.Range(0, run.Layer.Units), step, step))).MinBy(pair => pair.Item2);
            text += $" The most was cleared at {Quoted(steps[hardest.step])}, where the forget gates of all units stood at {Number(hardest.mean)} on average.";
        }

        return text;
    }

    /// <summary>What is written, and kept.</summary>
    public static string? Written(GatesRun run)
    {
        if (run.Contents is not { } contents || run.Keys.Count == 0 || !run.Layer.Series.Contains("input_gate")) { return null; }
        IReadOnlyList<string> steps = run.Report.Steps;
        int first = run.Keys[0];
        IEnumerable<int> all = Enumerable.Range(0, run.Layer.Units);
        double[] amounts = [.. Enumerable.Range(0, run.Due + 1).Select(step => run.Holders.Average(unit => Math.Abs(run.Layer.InputGate[0, step, unit] * run.Layer.Candidate[0, step, unit])))];
        int[] others = [.. Enumerable.Range(0, run.Due + 1).Except(run.Keys)];
        string text = $"{Words.Count(run.Holders.Count, "unit")} of {run.Layer.Units} carry most of what {Keys(run)} wrote: {string.Join(", ", run.Holders.Order())}. There each of these words writes {Number(run.Keys.Average(step => amounts[step]))}"
            + (others.Length > 0 ? $", another one {Number(others.Average(step => amounts[step]))}" : "") + $" (input gate times candidate, without sign, on average), and when the answer is due {Share(contents.Share(run.Holders, run.Keys))} of what they hold is from these words.";
        if (first < run.Due)
        {
            text += $" From {Quoted(steps[first + 1])} to {Quoted(steps[run.Due])} the forget gates of these units stand at {Number(GatesRun.Mean(run.Layer.ForgetGate, run.Holders, first + 1, run.Due))} on average, "
                + $"those of all units at {Number(GatesRun.Mean(run.Layer.ForgetGate, all, first + 1, run.Due))}: that is how a cause is carried over {Words.Count(run.Due - first, "word")}. "
                + $"What is left when the answer is due: {Words.And([.. run.Keys.Where(step => step < run.Due).Select(step => $"{Share(contents.Left(step))} of {Quoted(steps[step])}")])}.";
        }

        return text;
    }

    /// <summary>What is put out.</summary>
    public static string? PutOut(GatesRun run)
    {
        if (run.Contents is null || run.Keys.Count == 0 || run.Keys[^1] >= run.Due || !run.Layer.Series.Contains("output_gate")) { return null; }
        IReadOnlyList<string> steps = run.Report.Steps;
        double between = run.Due - run.Keys[^1] > 1 ? GatesRun.Mean(run.Layer.OutputGate, run.Holders, run.Keys[^1] + 1, run.Due - 1) : double.NaN;
        double now = GatesRun.Mean(run.Layer.OutputGate, run.Holders, run.Due, run.Due);
        string text = $"What a cell holds does not show until its output gate opens. In these units it stands at {Number(now)} after {Quoted(steps[run.Due])}, where the answer is due"
            + (double.IsNaN(between) ? "." : $", and at {Number(between)} on average on the way there from {Quoted(steps[run.Keys[^1]])}.");
        return run.First is { } guess ? text + $" What comes out makes {Quoted(guess.Label)} the first guess, with {Share(guess.Probability)}." : text;
    }

    /// <summary>What happens at each step, in a sentence.</summary>
    public static IReadOnlyList<string> Notes(GatesRun run) => [.. Enumerable.Range(0, run.Report.Steps.Count).Select(step => Note(run, step))];

    private static string Note(GatesRun run, int step)
    {
        LayerTrace layer = run.Layer;
        string word = Quoted(run.Report.Steps[step]);
        if (layer.TimeSteps != run.Report.Steps.Count || !layer.IsData(0, step)) { return $"{word} is padding: nothing happens."; }
        List<string> parts = [];
        if (layer.Series.Contains("forget_gate") && layer.Series.Contains("cell_state"))
        {
            int kept = Count(layer.ForgetGate, step, value => value > Open), gone = Count(layer.ForgetGate, step, value => value < Shut);
            parts.Add(step == 0 ? "there is nothing to forget yet" : $"{Words.Count(kept, "unit")} of {layer.Units} keep nearly all they hold (f above 0.9), {gone} forget nearly all (f below 0.1)");
        }
        else if (layer.Series.Contains("update_gate")) { parts.Add($"{Count(layer.UpdateGate, step, value => value > Open)} of {layer.Units} units keep nearly all they hold (z above 0.9)"); }

        if (layer.Series.Contains("input_gate") && layer.InputGate.Units == layer.Units) { parts.Add($"{Count(layer.InputGate, step, value => value > Open)} take in all that is offered (i above 0.9)"); }
        if (layer.Series.Contains("output_gate") && layer.OutputGate.Units == layer.Units) { parts.Add($"{Count(layer.OutputGate, step, value => value > Open)} put all of it out (o above 0.9)"); }
        string text = parts.Count == 0 ? "the state takes in the word" : string.Join("; ", parts);
        if (run.Report.Guesses is not null && step < run.Report.Steps.Count - 1 && run.Report.Tokens[step + 1] != Data.Tokenizer.Unknown)
        {
            string next = run.Model.Tokenizer!.Vocabulary[run.Report.Tokens[step + 1]];
            text += $". The word that follows, {Quoted(run.Report.Steps[step + 1])}, has a probability of {Share(run.Report.Probability(step, next))}";
        }

        return $"At {word}: {text}.";
    }

    private static int Count(GateSeries series, int step, Func<float, bool> holds)
    {
        int count = 0;
        foreach (float value in series.Step(0, step)) { count += holds(value) ? 1 : 0; }
        return count;
    }

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
