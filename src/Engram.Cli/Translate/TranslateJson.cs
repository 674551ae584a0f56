using Engram.Translation;

namespace Engram.Cli.Translate;

/// <summary>A training run, or translations, for programs.</summary>
internal static class TranslateJson
{
    /// <summary>Writes a training run.</summary>
    public static void Write(TextWriter output, TranslateRun run) => JsonOutput.Write(output, json =>
    {
        json.WriteStartObject("data");
        json.WriteString("source", run.Source);
        json.WriteNumber("training", run.Training.Count);
        json.WriteNumber("validation", run.Validation.Count);
        json.WriteNumber("test", run.Test?.Count ?? 0);
        json.WriteString("tokens", run.HasWords ? "words" : "byte-pairs");
        json.WriteNumber("sourceWords", run.SourceWords - 4);
        json.WriteNumber("targetWords", run.TargetWords - 4);
        json.Texts("notes", run.Translator.Notes);
        json.WriteEndObject();
        json.WriteNumber("weights", run.Translator.Model.ParameterCount);
        json.WriteStartArray("epochs");
        foreach (TranslationEpoch epoch in run.Translator.Epochs)
        {
            json.WriteStartObject();
            json.WriteNumber("epoch", epoch.Epoch);
            json.Number("loss", epoch.Loss);
            json.Number("perplexity", epoch.Perplexity);
            json.Number("validationPerplexity", epoch.ValidationPerplexity);
            json.WriteNumber("seconds", Math.Round(epoch.Seconds, 3));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("bestEpoch", run.Best.Epoch);
        json.WriteString("measuredOn", run.PartName);
        json.Number("perplexity", run.Perplexity);
        foreach ((string name, TranslationMeasure measure) in ((string, TranslationMeasure)[])[("greedy", run.Greedy), ("beam", run.Beam)])
        {
            json.WriteStartObject(name);
            json.Number("bleu", measure.Bleu.Score);
            json.Numbers("precisions", measure.Bleu.Precisions);
            json.Number("brevityPenalty", measure.Bleu.BrevityPenalty);
            json.Number("chrF", measure.ChrF);
            json.WriteNumber("seconds", Math.Round(measure.Seconds, 3));
            json.WriteEndObject();
        }

        json.WriteNumber("seed", run.Options.Seed);
        json.WriteNumber("trainingSeconds", Math.Round(run.TrainingSeconds, 3));
        json.WriteNumber("seconds", Math.Round(run.Seconds, 3));
        json.WriteStartObject("files");
        json.WriteString("report", run.PagePath);
        json.WriteString("model", run.ModelPath);
        json.WriteEndObject();
    });

    /// <summary>Writes translations.</summary>
    public static void Write(TextWriter output, string model, DecodingOptions options, IReadOnlyList<TranslatedText> texts) => JsonOutput.Write(output, json =>
    {
        json.WriteString("model", model);
        json.WriteNumber("beam", options.Beam);
        json.WriteStartArray("translations");
        foreach (TranslatedText text in texts)
        {
            json.WriteStartObject();
            json.WriteString("source", text.Source);
            json.WriteString("translation", text.Text);
            json.Number("logProbability", text.LogProbability);
            json.Number("score", text.Score);
            json.Texts("sourceWords", text.SourceWords);
            json.Texts("words", text.Words);
            json.Texts("unknownWords", text.UnknownWords);
            json.WriteStartArray("attention"); // for each word of the translation, how much it rests on each word of the source
            for (int i = 0; i < text.Attention.GetLength(0); i++)
            {
                json.WriteStartArray();
                for (int k = 0; k < text.Attention.GetLength(1); k++) { json.WriteNumberValue(Math.Round(text.Attention[i, k], 4)); }
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
