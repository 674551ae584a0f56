using Engram.Charts;
using Engram.Classification;
using Engram.Cli.Series;

namespace Engram.Cli.Classify;

/// <summary>A training run: what text, JSON and page tell of.</summary>
internal sealed class ClassifyRun
{
    public required ClassifyData Data { get; init; }

    public required ClassifyData? TestData { get; init; }

    public required Classifier Classifier { get; init; }

    public required ClassifierOptions Options { get; init; }

    /// <summary>The evaluation on the test files, or null.</summary>
    public required ClassifierEvaluation? Test { get; init; }

    public required double Seconds { get; init; }

    public required string Command { get; init; }

    public required string Folder { get; init; }

    public ClassifierTraining Training => Classifier.Training!;

    /// <summary>The evaluation that counts: on the test files, else on the validation part.</summary>
    public ClassifierEvaluation Evaluation => Test ?? Training.Validation;

    public string PartName => Test is null ? "validation" : "test";

    public string ModelPath => Path.Combine(Folder, "model.keras");

    public string PagePath => Path.Combine(Folder, "report.html");

    /// <summary>A sample of the part that counts.</summary>
    public string Describe(int sample) => Test is null ? Data.Describe(Training.ValidationSamples[sample]) : TestData!.Describe(sample);

    /// <summary>The samples of that part that are answered wrongly, the surest first.</summary>
    public IEnumerable<int> SurestMistakes() => Enumerable.Range(0, Evaluation.Count).Where(i => Evaluation.Predicted[i] != Evaluation.Targets[i]).OrderByDescending(i => Evaluation.Confidence[i]);

    /// <summary>Whether the classifier is worth its name, in a sentence or two.</summary>
    public string Verdict()
    {
        ClassifierEvaluation e = Evaluation;
        string figures = $"{Percent(e.Accuracy)} of the {PartName} {Data.Noun} ({Percent(e.AccuracyInterval.Low)} to {Percent(e.AccuracyInterval.High)} with 95 % confidence)";
        string baseline = $"always answering '{e.MajorityClass}' is right for {Percent(e.MajorityAccuracy)}";
        return e.Verdict switch
        {
            ClassifierVerdict.Better => $"The classifier is right for {figures}; {baseline}.",
            ClassifierVerdict.AsGood => $"The classifier does not beat the baseline: it is right for {figures}; {baseline}. More {Data.Noun} to learn from, or to test on, may tell them apart.",
            _ => $"The classifier is worse than the baseline: it is right for {figures}; {baseline}. Do not use it; look at the {Data.Noun} and their labels.",
        };
    }

    public static string Percent(double share) => Words.Percent(Math.Round(100 * share, 1));

    public static string Error(double error) => NumberText.Decimals(error, 3);
}
