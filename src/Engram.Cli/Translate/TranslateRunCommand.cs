using System.CommandLine;
using Engram.Cli.Options;
using Engram.Cli.Series;
using Engram.Translation;

namespace Engram.Cli.Translate;

/// <summary><c>engram translate run</c>: sentences in, translations out, by a translator that was trained before.</summary>
internal sealed class TranslateRunCommand : ToolCommand
{
    private readonly Argument<string> model = Files.FileText.File("MODEL");
    private readonly Argument<string?> sentence = new("SENTENCE") { Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> input = OptionKinds.Text("--input", "FILE", "A text file of sentences, one a line.");
    private readonly Option<TextEncoding?> encoding = TextEncodings.Option();
    private readonly Option<int?> beam = OptionKinds.Whole("--beam", "WIDTH", "How many beginnings are kept at each word. 1 takes the most likely word each time, which is fastest. Default: 5.");
    private readonly Option<double?> lengthPenalty = OptionKinds.Number("--length-penalty", "ALPHA", "How much longer translations are favoured: their scores are divided by ((5 + words) / 6) to the power of this. Default: 1.");
    private readonly Option<double?> coverage = OptionKinds.Number("--coverage", "BETA", "How much it costs to leave a part of the sentence out. Try 0.2. Default: 0.");
    private readonly Option<int?> maxLength = OptionKinds.Whole("--max-length", "WORDS", "The most words, or byte pairs, of a translation. Default: twice those of the sentence and ten more.");
    private readonly Option<string?> output = OptionKinds.Text("--output", "FILE", "Write the translations to a text file, one a line.");
    private readonly Option<string?> attention = OptionKinds.Text("--attention", "FILE.svg", "Draw where the model looked while it translated the sentence.");
    private readonly Option<bool> json = OptionKinds.Flag("--json", "Print one JSON object, with scores and attention, instead of text. For programs.");

    public TranslateRunCommand() => Syntax = new Command("run") { model, sentence, input, encoding, beam, lengthPenalty, coverage, maxLength, output, attention, json };

    public override Command Syntax { get; }

    public override string Group => "translate";

    public override string Summary => "Translate a sentence, or a file of sentences.";

    public override HelpPage Help
    {
        get
        {
            var page = new HelpPage();
            page.Paragraph("engram translate run: translate a sentence, or a file of sentences, with a model that was trained before.");
            page.Heading("Usage");
            page.Line("engram translate run MODEL SENTENCE [options]");
            page.Line("engram translate run MODEL --input FILE [options]");
            page.Paragraph("MODEL is what engram translate train has written. Sentences are to look like those that it learnt from: where these were cut into words, so must be what is translated.");
            page.Options("The sentences", input, encoding);
            page.Options("The search", beam, lengthPenalty, coverage, maxLength);
            page.Options("The results", output, attention, json);
            page.Heading("Examples");
            page.Line("engram translate run engram-translate/model.keras \"ein hund schläft .\"");
            page.Line("engram translate run engram-translate/model.keras \"ein hund schläft .\" --attention looked.svg");
            page.Line("engram translate run engram-translate/model.keras --input test.de --output test.translated");
            return page;
        }
    }

    public override void Run(ParseResult arguments, ToolConsole console)
    {
        string path = arguments.GetValue(model)!;
        string? given = arguments.GetValue(sentence), file = arguments.GetValue(input), target = arguments.GetValue(output), picture = arguments.GetValue(attention);
        if ((given is null) == (file is null)) { throw new UsageException(given is null ? "translate run needs a SENTENCE, or --input with a file of sentences." : "give a SENTENCE or --input, not both."); }
        if (picture is not null && given is null) { throw new UsageException("--attention draws the map of one sentence; give it as SENTENCE instead of --input."); }
        InputFile.Demand(path, $"engram translate train writes a model as {TranslateSyntax.DefaultFolder}/model.keras.");
        string[] sentences = given is not null ? [given] : SentencePairs.Lines(TranslateSyntax.Demand(file!), TextEncodings.Of(arguments, encoding));
        Translator translator = Translator.Load(path);
        var options = new DecodingOptions
        {
            Beam = arguments.GetValue(beam) ?? 5,
            LengthPenalty = arguments.GetValue(lengthPenalty) ?? 1,
            CoveragePenalty = arguments.GetValue(coverage) ?? 0,
            MaxLength = arguments.GetValue(maxLength),
        };
        IReadOnlyList<TranslatedText> texts = TrainingProgress.Run(console, given is not null, $"Translating {Words.Count(sentences.Length, "sentence")}", shown =>
            translator.Translate(sentences, options, new Reporter<int>(done => shown((double)done / sentences.Length, "")), console.Cancellation));
        if (target is not null) { AtomicFile.WriteText(target, string.Concat(texts.Select(text => Line(text) + "\n"))); }
        if (picture is not null) { Draw(texts[0], picture); }
        if (arguments.GetValue(json)) { TranslateJson.Write(console.Output, path, options, texts); }
        else
        {
            if (target is null) { foreach (TranslatedText text in texts) { console.Output.WriteLine(Line(text)); } }
            foreach (string caution in Cautions(texts)) { console.Error.WriteLine(caution); }
        }
    }

    // A model of byte pairs can write any text, line breaks too, but a sentence is a line.
    private static string Line(TranslatedText text) => text.Text.ReplaceLineEndings(" ");

    private static void Draw(TranslatedText text, string path)
    {
        if (text.Words.Count == 0) { throw new EngramException("The sentence is empty, so there is nothing that the model looked at; --attention needs a sentence."); }
        AtomicFile.WriteText(path, AttentionChart.Create(text).ToSvg(AttentionChart.Width(text), AttentionChart.Height(text)));
    }

    /// <summary>What speaks against relying on translations: sentences of which no word is known, or hardly any.</summary>
    private static IEnumerable<string> Cautions(IReadOnlyList<TranslatedText> texts)
    {
        int[] strange = [.. Enumerable.Range(0, texts.Count).Where(i => texts[i].UnknownWords.Count > 0 && texts[i].UnknownWords.Count == texts[i].SourceWords.Count - 1)];
        int[] partly = [.. Enumerable.Range(0, texts.Count).Where(i => texts[i].UnknownWords.Count > 0 && !strange.Contains(i))];
        if (strange.Length > 0)
        {
            yield return texts.Count == 1
                ? "None of the sentence's words is known to the model, so the translation is a guess. Is it the language that the model learnt?"
                : $"None of the words is known to the model in {strange.Length} of {texts.Count} sentences (the first is sentence {strange[0] + 1}); their translations are guesses.";
        }

        if (partly.Length > 0)
        {
            yield return texts.Count == 1
                ? $"Not known to the model: {string.Join(", ", texts[0].UnknownWords.Distinct(StringComparer.Ordinal))}."
                : $"{Words.Count(partly.Length, "sentence")} of {texts.Count} {(partly.Length == 1 ? "has" : "have")} words that the model does not know.";
        }
    }
}
