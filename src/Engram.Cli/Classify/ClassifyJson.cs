using System.Text.Json;
using Engram.Classification;

namespace Engram.Cli.Classify;

/// <summary>A training run for programs.</summary>
internal static class ClassifyJson
{
    /// <summary>Writes the object.</summary>
    public static void Write(TextWriter output, ClassifyRun run) => JsonOutput.Write(output, json =>
    {
        ClassifierTraining training = run.Training;
        json.WriteStartObject("data");
        json.WriteString("kind", run.Data.Noun);
        json.WriteString("source", run.Data.Source);
        json.WriteNumber("samples", run.Data.Count);
        json.WriteStartObject("classes");
        for (int k = 0; k < training.ClassCounts.Count; k++) { json.WriteNumber(run.Classifier.Classes[k], training.ClassCounts[k]); }
        json.WriteEndObject();
        json.WriteNumber("training", training.TrainingSamples);
        json.WriteNumber("validation", training.ValidationSamples.Count);
        json.Texts("notes", training.Notes);
        json.WriteEndObject();
        json.WriteStartObject("networks");
        json.WriteNumber("count", run.Options.Networks);
        json.WriteString("cell", ClassifyText.CellName(run.Options.Cell));
        json.WriteNumber("units", run.Options.Units);
        json.WriteNumber("weights", training.Parameters);
        json.Numbers("bestEpochs", training.BestEpochs.Select(epoch => (double)epoch));
        json.Number("validationAccuracy", training.NetworksAccuracy);
        json.WriteEndObject();
        if (training.EvidenceWeight is { } weight)
        {
            json.WriteStartObject("words"); // what counting single words adds
            json.Number("weight", weight);
            json.Number("validationAccuracy", training.EvidenceAccuracy!.Value);
            json.WriteEndObject();
        }
        else { json.WriteNull("words"); }

        json.Number("temperature", run.Classifier.Temperature);
        WriteEvaluation(json, "validation", training.Validation);
        WriteEvaluation(json, "test", run.Test);
        json.WriteString("verdict", run.Verdict());
        json.WriteString("verdictKind", run.Evaluation.Verdict switch { ClassifierVerdict.Better => "better", ClassifierVerdict.AsGood => "as good", _ => "worse" });
        json.WriteNumber("seed", run.Options.Seed);
        json.WriteNumber("seconds", Math.Round(run.Seconds, 3));
        json.WriteStartObject("files");
        json.WriteString("report", run.PagePath);
        json.WriteString("model", run.ModelPath);
        json.WriteEndObject();
    });

    private static void WriteEvaluation(Utf8JsonWriter json, string name, ClassifierEvaluation? evaluation)
    {
        if (evaluation is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteNumber("samples", evaluation.Count);
        json.Number("accuracy", evaluation.Accuracy);
        json.Numbers("accuracyInterval", [evaluation.AccuracyInterval.Low, evaluation.AccuracyInterval.High]);
        json.WriteString("majorityClass", evaluation.MajorityClass);
        json.Number("majorityAccuracy", evaluation.MajorityAccuracy);
        json.Number("negativeLogLikelihood", evaluation.NegativeLogLikelihood);
        json.Number("negativeLogLikelihoodBefore", evaluation.UncalibratedNegativeLogLikelihood);
        json.Number("calibrationError", evaluation.Calibration.ExpectedError);
        json.Number("calibrationErrorBefore", evaluation.Uncalibrated.ExpectedError);
        json.WriteStartArray("classes");
        for (int k = 0; k < evaluation.Classes.Count; k++)
        {
            int row = k;
            json.WriteStartObject();
            json.WriteString("class", evaluation.Classes[k]);
            json.WriteNumber("samples", evaluation.Confusion.Support(k));
            json.Number("precision", evaluation.Confusion.Precision(k));
            json.Number("recall", evaluation.Confusion.Recall(k));
            json.Number("f1", evaluation.Confusion.F1(k));
            json.Numbers("answers", Enumerable.Range(0, evaluation.Classes.Count).Select(j => (double)evaluation.Confusion[row, j])); // how often each class was answered
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
