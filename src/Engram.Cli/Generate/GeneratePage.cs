using System.Globalization;
using System.Text;
using Engram.Charts;
using Engram.Charts.Reports;
using Engram.Cli.Series;
using Engram.Generation;

namespace Engram.Cli.Generate;

/// <summary>A training as a page: what it came to, how it went, what the model writes, and what surprises it.</summary>
internal static class GeneratePage
{
    private const int SampleTokens = 400;
    private const int Judged = 700; // characters of the held-out text that are coloured
    private const int Context = 500; // characters before them

    private static readonly double[] Temperatures = [0.4, 0.7, 1.0, 1.3];

    /// <summary>Creates it.</summary>
    public static HtmlReport Create(GenerateRun run)
    {
        TextGenerator generator = run.Generator;
        TextTraining training = generator.Training;
        var page = new HtmlReport($"A model that writes like {Path.GetFileName(run.Source)}")
        {
            Subtitle = $"{Words.Count(training.Trained.Characters + training.HeldOut.Characters, "character")}, the last {Words.Percent(100 * run.HeldOut)} held out · {GenerateText.Network(generator)}, {Words.Count(generator.Tokenizer.Count - 4, GenerateText.Token(generator))}",
            Footer = $"engram {EngramTool.Version} · seed {generator.Model.Seed} · {GenerateText.Length(training)}",
        };
        AddFigures(page, run);
        AddSamples(page, generator);
        if (run.HeldOut > 0) { AddSurprise(page, run); }
        AddCurve(page, training);
        AddSettings(page, run);
        return page;
    }

    private static void AddFigures(HtmlReport page, GenerateRun run)
    {
        TextTraining training = run.Generator.Training;
        string token = GenerateText.Token(run.Generator);
        if (!double.IsFinite(training.NatsPerToken))
        {
            page.AddNote("Nothing was held out, so nothing says how well the model predicts text that it has not seen.", NoteKind.Warning);
            return;
        }

        page.AddKeyFigures(
            new KeyFigure(NumberText.Decimals(training.NatsPerCharacter, 3), "nats a character on held-out text", $"{NumberText.Decimals(training.BitsPerCharacter, 3)} bits; without a model {NumberText.Decimals(Math.Log(run.Generator.Tokenizer.Count - 4), 2)} nats a {token}"),
            new KeyFigure(NumberText.Decimals(training.Perplexity, 2), $"perplexity a {token}", $"as unsure as among so many equally likely {token}s"),
            new KeyFigure(Words.Seconds(training.Seconds), "of training", $"{Words.Count(training.StepsMade, "step")}, {NumberText.Decimals(training.Passes, 1)} passes over the text"));
        if (training.UnknownShare > 0)
        {
            page.AddNote($"{Words.Percent(100 * training.UnknownShare)} of the held-out {token}s are not in the vocabulary; each was judged as one unknown {token}, which makes the loss look better than that of a model that must spell them.", NoteKind.Warning);
        }
    }

    private static void AddSamples(HtmlReport page, TextGenerator generator)
    {
        page.AddHeading("What it writes");
        page.AddParagraph("The lower the temperature, the more the likeliest is drawn: safe and repetitive. The higher, the wilder. At 1 it draws as it has learnt.");
        foreach (double temperature in Temperatures)
        {
            string text = generator.Generate("", new SamplingOptions { Temperature = temperature, MaximumTokens = SampleTokens, Seed = 1 });
            page.AddText(Printable(text).Trim('\n'), $"temperature {GenerateText.Temperature(temperature)}");
        }
    }

    private static void AddSurprise(HtmlReport page, GenerateRun run)
    {
        (string trained, string heldOut) = TextParts.Split(run.Text, run.HeldOut);
        int from = Cut(heldOut, heldOut.Length / 2 > Judged ? heldOut.Length / 2 : 0), to = Cut(heldOut, Math.Min(heldOut.Length, from + Judged));
        string before = trained + heldOut[..from];
        string context = before[Cut(before, Math.Max(0, before.Length - Context))..];
        IReadOnlyList<TokenSurprise> surprises = run.Generator.Surprise(context, heldOut[from..to]);
        double most = Math.Log(run.Generator.Tokenizer.Count);
        page.AddHeading("What surprises it");
        page.AddParagraph("A piece of the held-out text, which the model has never seen. The stronger the colour, the less likely the model thought what came; point at it for its probability. "
            + "Words usually surprise where they begin, and are clear after some letters.");
        page.AddColoredText([.. surprises.Select(token => new ColoredPart(Shown(token), token.Nats / most, $"{Probability(token.Nats)}, {NumberText.Decimals(token.Nats, 2)} nats"))],
            $"{Words.Count(to - from, "character")}, mean {NumberText.Decimals(surprises.Sum(token => token.Nats) / TextParts.Characters(heldOut[from..to]), 3)} nats a character");
    }

    private static void AddCurve(HtmlReport page, TextTraining training)
    {
        page.AddHeading("Training");
        double[] steps = [.. training.Curve.Select(loss => (double)loss.Step)];
        List<LineSeries> lines = [new("training, with dropout", steps, [.. training.Curve.Select(loss => loss.Training)]) { ShowPoints = true }];
        if (training.Curve.Any(loss => double.IsFinite(loss.HeldOut))) { lines.Add(new("held out", steps, [.. training.Curve.Select(loss => loss.HeldOut)]) { ShowPoints = true }); }
        page.AddChart(new LineChart { Title = "Loss by step", XTitle = "step", YTitle = "nats for each token", Lines = lines },
            "The training loss is the mean since the point before, while dropout makes the task harder; so it may lie above the held-out loss. Where the held-out loss rises while the training loss falls, the model learns by heart; the weights of the lowest point were kept.", 320);
    }

    private static void AddSettings(HtmlReport page, GenerateRun run)
    {
        TextGenerator generator = run.Generator;
        TextTraining training = generator.Training;
        page.AddHeading("Settings");
        List<(string, string)> settings =
        [
            ("network", GenerateText.Network(generator)),
            ("weights", NumberText.Decimals(GenerateText.Weights(generator), 0)),
            ("tokens", $"{generator.Tokenizer.Count - 4} {GenerateText.Token(generator)}s"),
            ("steps", NumberText.Decimals(training.Steps, 0)),
            ("streams", $"{training.Streams} of {training.TimeSteps} tokens a step"),
            ("learning rate", string.Create(CultureInfo.InvariantCulture, $"{training.LearningRate}, falling to a hundredth")),
            ("seed", $"{generator.Model.Seed}"),
        ];
        if (run.From is not null) { settings.Add(("trained further from", run.From)); }
        page.AddSettings(settings);
        page.AddParagraph($"The command was: {run.Command}. With the same text, --steps {training.Steps} and --seed {generator.Model.Seed} instead of a time it makes the same model again, to the last bit.");
    }

    // A line break is shown as what it is and does.
    private static string Shown(TokenSurprise token) => token.Text.Length == 0 ? "\uFFFD" : Printable(token.Text).Replace("\n", "⏎\n", StringComparison.Ordinal);

    private static string Printable(string text)
    {
        if (!text.Any(c => char.IsControl(c) && c is not ('\n' or '\t'))) { return text; }
        var shown = new StringBuilder(text.Length);
        foreach (char c in text.Replace("\r\n", "\n", StringComparison.Ordinal)) { shown.Append(char.IsControl(c) && c is not ('\n' or '\t') ? '\uFFFD' : c); }
        return shown.ToString();
    }

    private static string Probability(double nats)
    {
        double percent = 100 * Math.Exp(-nats);
        return percent >= 0.01 ? $"{NumberText.Significant(percent, 2)} %" : "below 0.01 %";
    }

    private static int Cut(string text, int at) => at > 0 && at < text.Length && char.IsSurrogatePair(text[at - 1], text[at]) ? at - 1 : at;
}
