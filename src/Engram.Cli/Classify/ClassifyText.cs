using Engram.Charts;
using Engram.Classification;
using Engram.Cli.Series;
using Engram.Forecasting;

namespace Engram.Cli.Classify;

/// <summary>A training run as text.</summary>
internal static class ClassifyText
{
    private const int MostClasses = 20;

    /// <summary>Writes it.</summary>
    public static void Write(ToolConsole console, ClassifyRun run)
    {
        TextWriter output = console.Output;
        output.WriteLine($"Data      {DataLine(run)}");
        foreach (string note in run.Training.Notes) { output.WriteLine($"          {note}"); }
        output.WriteLine($"Networks  {NetworkLine(run)}");
        if (EvidenceLine(run) is { } evidence) { output.WriteLine($"Words     {evidence}"); }
        output.WriteLine();
        output.WriteLine(run.Test is null
            ? $"The {Words.Count(run.Training.ValidationSamples.Count, run.Data.Noun[..^1])} of the validation part, which also chose the epochs and the temperature: somewhat flattering. Measure with --test."
            : $"The {Words.Count(run.Test.Count, run.Data.Noun[..^1])} of {run.TestData!.Source}, which played no part in training");
        WriteClasses(console, run.Evaluation);
        output.WriteLine(run.Verdict());
        output.WriteLine(CalibrationLine(run));
        output.WriteLine();
        output.WriteLine($"Report    {run.PagePath}");
        output.WriteLine($"Model     {run.ModelPath}");
        output.WriteLine($"Seed {run.Options.Seed}, {Words.Seconds(run.Seconds)}.");
    }

    /// <summary>The data in a line.</summary>
    public static string DataLine(ClassifyRun run)
    {
        IReadOnlyList<int> counts = run.Training.ClassCounts;
        string classes = counts.Count > MostClasses
            ? $"{counts.Count} classes of {counts.Min()} to {counts.Max()}"
            : $"{counts.Count} classes ({string.Join(", ", run.Classifier.Classes.Zip(counts, (name, count) => $"{name} {NumberText.Decimals(count, 0)}"))})";
        return $"{run.Data.Source}: {Words.Count(run.Data.Count, run.Data.Noun[..^1])}, {classes}; {NumberText.Decimals(run.Training.TrainingSamples, 0)} to learn from, {NumberText.Decimals(run.Training.ValidationSamples.Count, 0)} to validate on";
    }

    /// <summary>The networks in a line.</summary>
    public static string NetworkLine(ClassifyRun run)
    {
        (int first, int last) = (run.Training.BestEpochs.Min(), run.Training.BestEpochs.Max());
        string epochs = first == last ? $"epoch {first}" : $"epochs {first} to {last}";
        return $"{Words.Count(run.Options.Networks, "network")} of {NumberText.Decimals(run.Training.Parameters, 0)} weights ({CellName(run.Options.Cell)}, {run.Options.Units} units in each direction), weights of {epochs}; right for {ClassifyRun.Percent(run.Training.NetworksAccuracy)} of the validation part";
    }

    /// <summary>What single words add, in a line; null where nothing is counted.</summary>
    public static string? EvidenceLine(ClassifyRun run) => run.Training.EvidenceWeight is not { } weight ? null
        : $"single words, by counting, are right for {ClassifyRun.Percent(run.Training.EvidenceAccuracy!.Value)} of the validation part; "
            + (weight > 0 ? $"added to the networks with the weight {NumberText.Significant(weight, 3)}: {ClassifyRun.Percent(run.Training.Validation.Accuracy)}" : "they add nothing to the networks and are left out");

    /// <summary>The calibration in a line.</summary>
    public static string CalibrationLine(ClassifyRun run) =>
        $"Temperature {NumberText.Significant(run.Classifier.Temperature, 3)}; expected calibration error on the {run.PartName} {run.Data.Noun} {ClassifyRun.Error(run.Evaluation.Uncalibrated.ExpectedError)} before, {ClassifyRun.Error(run.Evaluation.Calibration.ExpectedError)} after.";

    /// <summary>The name of a kind of layer.</summary>
    public static string CellName(RecurrentKind kind) => kind switch { RecurrentKind.Lstm => "LSTM", RecurrentKind.Gru => "GRU", _ => "simple RNN" };

    private static void WriteClasses(ToolConsole console, ClassifierEvaluation evaluation)
    {
        bool shows = evaluation.Classes.Count <= 12;
        var table = new TextTable(["class", "precision", "recall", "F1", "samples", .. shows ? evaluation.Classes.Select(name => $"→ {name}") : []]);
        for (int k = 0; k < evaluation.Classes.Count; k++)
        {
            int row = k;
            table.Add(false, [evaluation.Classes[k], NumberText.Decimals(evaluation.Confusion.Precision(k), 3), NumberText.Decimals(evaluation.Confusion.Recall(k), 3), NumberText.Decimals(evaluation.Confusion.F1(k), 3),
                NumberText.Decimals(evaluation.Confusion.Support(k), 0), .. shows ? Enumerable.Range(0, evaluation.Classes.Count).Select(j => NumberText.Decimals(evaluation.Confusion[row, j], 0)) : []]);
        }

        table.WriteTo(console);
    }
}
