using System.CommandLine;
using System.Globalization;
using System.Text;
using Engram.Classification;
using Engram.Cli.Options;
using Engram.Cli.Series;
using Engram.Data;

namespace Engram.Cli.Classify;

/// <summary><c>engram classify predict</c>: the classes of texts or sequences, by a classifier that was trained before.</summary>
internal sealed class ClassifyPredictCommand : ToolCommand
{
    private readonly Argument<string> model = Files.FileText.File("MODEL");
    private readonly Argument<string?> text = new("TEXT") { Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> input = OptionKinds.Text("--input", "FILE", "A file of samples: a text a line, a .csv file with a column of texts, a .ts file of sequences, or with --id a .csv file of sequences.");
    private readonly Option<string?> textColumn = OptionKinds.Text("--text-column", "NAME", "The column of a CSV file that has the texts. Default: the only one, or one named text, review or the like.");
    private readonly SequenceSyntax steps = new();
    private readonly Option<TextEncoding?> encoding = TextEncodings.Option();
    private readonly Option<string?> output = OptionKinds.Text("--output", "FILE", "Write the answers to a CSV file: the class, its confidence, and the probability of every class.");
    private readonly Option<bool> json = OptionKinds.Flag("--json", "Print one JSON object instead of text. For programs.");

    public ClassifyPredictCommand()
    {
        Syntax = new Command("predict") { model, text, input, textColumn, encoding, output, json };
        foreach (Option option in steps.All) { Syntax.Add(option); }
    }

    public override Command Syntax { get; }

    public override string Group => "classify";

    public override string Summary => "Ask a classifier for the class of a text, or of the samples in a file.";

    public override HelpPage Help
    {
        get
        {
            var page = new HelpPage();
            page.Paragraph("engram classify predict: the class of a text or of samples in a file, and how sure it is.");
            page.Heading("Usage");
            page.Line("engram classify predict MODEL TEXT [--json]");
            page.Line("engram classify predict MODEL --input FILE [options]");
            page.Paragraph("MODEL is what engram classify train has written. A confidence is a calibrated probability: of the answers with 80 %, about 80 % are right.");
            page.Options("The samples", input, textColumn, encoding);
            page.Options("Sequences of numbers in a CSV file", steps.All);
            page.Options("The results", output, json);
            page.Heading("Examples");
            page.Line("engram classify predict engram-classify/model.keras \"a waste of time\"");
            page.Line("engram classify predict engram-classify/model.keras --input new-reviews.txt --output answers.csv");
            page.Line("engram classify predict engram-classify/model.keras --input new-sensors.csv --id machine --time hour");
            return page;
        }
    }

    public override void Run(ParseResult arguments, ToolConsole console)
    {
        string path = arguments.GetValue(model)!;
        string? given = arguments.GetValue(text), file = arguments.GetValue(input);
        if ((given is null) == (file is null)) { throw new UsageException(given is null ? "classify predict needs a TEXT, or --input with a file of samples." : "give a TEXT or --input, not both."); }
        InputFile.Demand(path, $"engram classify train writes a model as {ClassifySyntax.DefaultFolder}/model.keras.");
        if (file is not null) { InputFile.Demand(file, "Name a file of samples."); }
        Classifier classifier = Classifier.Load(path);
        (string[] names, IReadOnlyList<ClassPrediction> answers) = classifier is TextClassifier texts
            ? Texts(texts, given, file, arguments)
            : Sequences((SequenceClassifier)classifier, file ?? throw new UsageException($"{path} classifies sequences of numbers; give them with --input FILE.ts, or with --input FILE.csv --id COLUMN."), arguments);
        if (arguments.GetValue(output) is { } target) { AtomicFile.WriteText(target, Csv(classifier.Classes, answers)); }
        if (arguments.GetValue(json)) { WriteJson(console.Output, path, classifier.Classes, names, answers); }
        else { WriteText(console, names, answers, isSingle: given is not null); }
    }

    private (string[] Names, IReadOnlyList<ClassPrediction> Answers) Texts(TextClassifier classifier, string? given, string? file, ParseResult arguments)
    {
        if (steps.All.FirstOrDefault(option => arguments.GetResult(option) is not null) is { } strange) { throw new UsageException($"{strange.Name} is for sequences of numbers; this model classifies texts."); }
        Encoding? decoder = TextEncodings.Of(arguments, encoding);
        string[] texts = given is not null ? [given]
            : Path.GetExtension(file)!.Equals(".csv", StringComparison.OrdinalIgnoreCase) ? LabelledTexts.TextsOfCsv(file!, arguments.GetValue(textColumn), decoder)
            : LabelledTexts.Lines(file!, decoder);
        return (texts, classifier.Predict(texts));
    }

    private (string[] Names, IReadOnlyList<ClassPrediction> Answers) Sequences(SequenceClassifier classifier, string file, ParseResult arguments)
    {
        if (arguments.GetResult(textColumn) is not null) { throw new UsageException("--text-column is for texts; this model classifies sequences of numbers."); }
        SequenceColumns? columns = steps.Columns(arguments, null, classifier.FeatureNames, isLabelled: false);
        bool isTable = !Path.GetExtension(file).Equals(".ts", StringComparison.OrdinalIgnoreCase);
        if (isTable != columns is not null)
        {
            throw new UsageException(isTable ? $"{file}: name the column that tells the sequences apart with --id COLUMN, or give a .ts file." : $"--id names a column of a .csv file; {file} is a .ts file.");
        }

        LabelledSequences sequences = columns is null ? LabelledSequences.ReadTs(file) : LabelledSequences.ReadCsv(file, columns, encoding: TextEncodings.Of(arguments, encoding));
        return ([.. Enumerable.Range(0, sequences.Count).Select(i => ClassifyData.Describe(sequences, i))], classifier.Predict(sequences.Sequences));
    }

    private static void WriteText(ToolConsole console, string[] names, IReadOnlyList<ClassPrediction> answers, bool isSingle)
    {
        if (isSingle)
        {
            ClassPrediction answer = answers[0];
            console.Output.WriteLine($"{answer.Class}, {ClassifyRun.Percent(answer.Confidence)} sure");
            if (Caution(answer) is { } caution) { console.Output.WriteLine($"{char.ToUpperInvariant(caution[0])}{caution[1..]}."); }
            return;
        }

        const int Most = 60;
        var table = new TextTable("sample", "class", "confidence", "");
        for (int i = 0; i < answers.Count; i++)
        {
            string name = names[i].Trim();
            table.Add(false, name.Length <= Most ? name : $"{name[..Most].TrimEnd()}…", answers[i].Class, ClassifyRun.Percent(answers[i].Confidence), Caution(answers[i]) ?? "");
        }

        table.WriteTo(console);
    }

    /// <summary>Why an answer should not be relied on; null where nothing speaks against it.</summary>
    private static string? Caution(ClassPrediction answer) => answer switch
    {
        TextPrediction { Words: 0 } => "the text is empty, so the answer rests on nothing",
        TextPrediction { KnownWords: 0 } text => $"none of its {Words.Count(text.Words, "word")} is known to the model, so the answer rests on nothing known",
        TextPrediction { IsCut: true } text => $"the text has {Words.Count(text.Words, "word")} and only its beginning was read",
        TextPrediction text when text.KnownWords * 2 < text.Words => $"only {text.KnownWords} of its {text.Words} words are known to the model",
        _ => null,
    };

    private static string Csv(IReadOnlyList<string> classes, IReadOnlyList<ClassPrediction> answers)
    {
        static string Cell(string cell) => cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        var csv = new StringBuilder($"class,confidence,{string.Join(',', classes.Select(name => Cell($"p({name})")))}\n");
        foreach (ClassPrediction answer in answers)
        {
            csv.Append(CultureInfo.InvariantCulture, $"{Cell(answer.Class)},{answer.Confidence:R},{string.Join(',', answer.Probabilities.Select(p => p.ToString("R", CultureInfo.InvariantCulture)))}\n");
        }

        return csv.ToString();
    }

    private static void WriteJson(TextWriter output, string path, IReadOnlyList<string> classes, string[] names, IReadOnlyList<ClassPrediction> answers) => JsonOutput.Write(output, json =>
    {
        json.WriteString("model", path);
        json.Texts("classes", classes);
        json.WriteStartArray("answers");
        for (int i = 0; i < answers.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("sample", names[i]);
            json.WriteString("class", answers[i].Class);
            json.Number("confidence", answers[i].Confidence);
            json.Numbers("probabilities", answers[i].Probabilities);
            if (answers[i] is TextPrediction text)
            {
                json.WriteNumber("words", text.Words);
                json.WriteNumber("knownWords", text.KnownWords);
            }

            json.WriteString("caution", Caution(answers[i]));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
