using System.Globalization;
using Engram.Charts;
using Engram.Cli.Series;
using Engram.Generation;

namespace Engram.Cli.Generate;

/// <summary>A training in words and as JSON.</summary>
internal static class GenerateText
{
    /// <summary>What the progress bar says.</summary>
    public static string Losses(TextProgress progress) => progress.HeldOutLoss is { } heldOut
        ? $"loss {NumberText.Decimals(progress.Loss, 3)}, held out {NumberText.Decimals(heldOut, 3)}"
        : $"loss {NumberText.Decimals(progress.Loss, 3)}";

    /// <summary>What a token is: character, byte pair, word.</summary>
    public static string Token(TextGenerator generator) => generator.Tokens switch { TextTokens.Characters => "character", TextTokens.Words => "word", _ => "byte pair" };

    /// <summary>The network in words.</summary>
    public static string Network(TextGenerator generator)
    {
        Layers.Lstm[] layers = [.. generator.Model.Layers.OfType<Layers.Lstm>()];
        return $"{layers.Length} × {layers[0].Units} LSTM units";
    }

    /// <summary>The number of weights.</summary>
    public static long Weights(TextGenerator generator) => generator.Model.Weights.Sum(weight => (long)weight.Value.Length);

    /// <summary>The length of the training in words.</summary>
    public static string Length(TextTraining training)
    {
        string early = training.StepsMade < training.Steps ? $" of {NumberText.Decimals(training.Steps, 0)}, stopped early" : "";
        return $"{Words.Count(training.StepsMade, "step")}{early} ({NumberText.Decimals(training.Passes, 1)} passes over the text) in {Words.Seconds(training.Seconds)}";
    }

    /// <summary>Writes it for people.</summary>
    public static void Write(TextWriter output, GenerateRun run)
    {
        TextGenerator generator = run.Generator;
        TextTraining training = generator.Training;
        output.WriteLine($"{run.Source}: {Words.Count(training.Trained.Characters, "character")} to learn from, {Words.Count(training.HeldOut.Characters, "character")} held out; a vocabulary of {Words.Count(generator.Tokenizer.Count - 4, Token(generator))}.");
        output.WriteLine($"Network: {Network(generator)}, {NumberText.Decimals(Weights(generator), 0)} weights. {Length(training)}.");
        if (double.IsFinite(training.NatsPerToken))
        {
            output.WriteLine($"Held-out loss: {NumberText.Decimals(training.NatsPerCharacter, 3)} nats a character ({NumberText.Decimals(training.BitsPerCharacter, 3)} bits), perplexity {NumberText.Decimals(training.Perplexity, 2)} a {Token(generator)}.");
            if (training.UnknownShare > 0) { output.WriteLine($"{Words.Percent(100 * training.UnknownShare)} of the held-out {Token(generator)}s are not in the vocabulary; each counts as one unknown {Token(generator)}."); }
        }

        output.WriteLine(FormattableString.Invariant($"The same again: --steps {training.Steps} --seed {generator.Model.Seed}"));
        output.WriteLine();
        foreach (string line in generator.Generate("", new SamplingOptions { MaximumTokens = 300, Temperature = 0.8 }).Split('\n')) { output.WriteLine($"    {line}"); }
        output.WriteLine();
        output.WriteLine($"Written: {run.ModelPath}, {run.PagePath}");
        output.WriteLine($"Next: engram generate sample {Words.Quoted(run.ModelPath)} \"a prompt\"");
    }

    /// <summary>Writes it for programs.</summary>
    public static void WriteJson(TextWriter output, GenerateRun run) => JsonOutput.Write(output, json =>
    {
        TextTraining training = run.Generator.Training;
        json.WriteString("file", run.Source);
        json.WriteString("model", run.ModelPath);
        json.WriteString("report", run.PagePath);
        json.WriteString("tokens", Token(run.Generator));
        json.WriteNumber("vocabulary", run.Generator.Tokenizer.Count);
        json.WriteNumber("weights", Weights(run.Generator));
        json.WriteNumber("seed", run.Generator.Model.Seed);
        json.WriteNumber("steps", training.Steps);
        json.WriteNumber("stepsMade", training.StepsMade);
        json.WriteNumber("streams", training.Streams);
        json.WriteNumber("window", training.TimeSteps);
        json.Number("passes", training.Passes);
        json.Number("seconds", training.Seconds);
        json.WriteNumber("trainedCharacters", training.Trained.Characters);
        json.WriteNumber("trainedTokens", training.Trained.Tokens);
        json.WriteNumber("heldOutCharacters", training.HeldOut.Characters);
        json.WriteNumber("heldOutTokens", training.HeldOut.Tokens);
        json.Number("natsPerCharacter", training.NatsPerCharacter);
        json.Number("bitsPerCharacter", training.BitsPerCharacter);
        json.Number("natsPerToken", training.NatsPerToken);
        json.Number("perplexityPerToken", training.Perplexity);
        json.Number("unknownShare", training.UnknownShare);
        json.WriteStartArray("curve");
        foreach (TextLoss loss in training.Curve)
        {
            json.WriteStartObject();
            json.WriteNumber("step", loss.Step);
            json.Number("loss", loss.Training);
            json.Number("heldOutLoss", loss.HeldOut);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>A number as people read it, with so many decimals.</summary>
    public static string Temperature(double value) => value.ToString("0.0#", CultureInfo.InvariantCulture);
}
