using Engram.Inspection;

namespace Engram.Cli.Gates;

/// <summary>A sequence that a model has read, and the answer that is looked into.</summary>
internal sealed class GatesRun
{
    // As many words as one remembers; below a tenth of what speaks for the answer none is named.
    private const int MostKeys = 6, MostHolders = 8;
    private const double LeastShare = 0.08;

    /// <summary>Looks into the last word of a sentence, or, where the sentence is unfinished, into what is expected behind it.</summary>
    public GatesRun(GatesModel model, GateReport report, bool isUnfinished)
    {
        (Model, Report) = (model, report);
        int last = report.Steps.Count - 1;
        int lastWord = last;
        if (report.ExpectsWords)
        {
            while (lastWord > 0 && !report.Steps[lastWord].Any(char.IsLetterOrDigit)) { lastWord--; }
            bool given = !isUnfinished && lastWord > 0;
            Due = given ? lastWord - 1 : last;
            Given = given ? report.Steps[lastWord] : null;
            string? known = given && report.Labels!.Contains(Vocabulary(lastWord)) && report.Tokens[lastWord] != Data.Tokenizer.Unknown ? Vocabulary(lastWord) : null;
            Answer = known ?? report.Guesses![Due][0].Label;
        }
        else { Due = last; }

        Layer = report.Trace.Layers.FirstOrDefault(layer => layer.TimeSteps == report.Steps.Count && CellContents.Of(layer, 0, Due) is not null) ?? report.Trace.Layers[0];
        Contents = Layer.TimeSteps == report.Steps.Count ? CellContents.Of(Layer, 0, Due) : null;
        (Weights, NoWeights) = Rests();
        Keys = KeySteps();
        if (Contents is not null && Keys.Count > 0) { Holders = Contents.Holders([.. Keys], Math.Min(MostHolders, Layer.Units)); }
    }

    public GatesModel Model { get; }

    public GateReport Report { get; }

    /// <summary>The step after which the answer is due.</summary>
    public int Due { get; }

    /// <summary>The last word as it was written; null where the sentence is unfinished, or the model expects no words.</summary>
    public string? Given { get; }

    /// <summary>The word that is looked into: the given one where the model knows it, else the likeliest; null where the model expects no words.</summary>
    public string? Answer { get; }

    /// <summary>How much the answer rests on each step; null where that cannot be told.</summary>
    public IReadOnlyList<double>? Weights { get; }

    /// <summary>Why there are no weights.</summary>
    public string? NoWeights { get; }

    /// <summary>The words that the answer rests on most, in the order of the sentence.</summary>
    public IReadOnlyList<int> Keys { get; }

    /// <summary>The layer that the story is about.</summary>
    public LayerTrace Layer { get; }

    /// <summary>What its state holds when the answer is due; null where that is no sum over the past.</summary>
    public CellContents? Contents { get; }

    /// <summary>The units that hold most of what was written at the key words.</summary>
    public IReadOnlyList<int> Holders { get; } = [];

    /// <summary>The guess that comes first when the answer is due.</summary>
    public RankedGuess? First => Report.Guesses is { } guesses ? guesses[Due][0] : null;

    /// <summary>Whether the answer comes first.</summary>
    public bool IsRight => First is { } first && first.Label == Answer;

    /// <summary>The mean of a series over some units and the steps from one to another.</summary>
    public static double Mean(GateSeries series, IEnumerable<int> units, int from, int to)
    {
        double sum = 0;
        int count = 0;
        foreach (int unit in units)
        {
            for (int step = from; step <= to; step++)
            {
                if (!float.IsFinite(series[0, step, unit])) { continue; }
                sum += series[0, step, unit];
                count++;
            }
        }

        return count == 0 ? double.NaN : sum / count;
    }

    /// <summary>The share of a step among the steps that speak for the answer.</summary>
    public double ShareOf(int step) => Weights is null ? double.NaN : Math.Max(0, Weights[step]) / Weights.Sum(weight => Math.Max(0, weight));

    private string Vocabulary(int step) => Model.Tokenizer!.Vocabulary[Report.Tokens[step]];

    private (IReadOnlyList<double>?, string?) Rests()
    {
        try
        {
            IReadOnlyList<double> shares = Report.RestsOn(Due, Answer);
            return ([.. Enumerable.Range(0, Report.Steps.Count).Select(step => step < shares.Count && step <= Due ? shares[step] : 0)], null);
        }
        catch (EngramException e) { return (null, e.Message); }
    }

    private IReadOnlyList<int> KeySteps()
    {
        if (Weights is null) { return []; }
        return [.. Enumerable.Range(0, Due + 1).Where(step => ShareOf(step) >= LeastShare && Report.Steps[step].Any(char.IsLetterOrDigit))
            .OrderByDescending(step => Weights[step]).Take(MostKeys).Order()];
    }
}
