using System.CommandLine;
using Engram.Charts;
using Engram.Cli.Files;
using Engram.Cli.Options;
using Engram.Formats;
using Engram.Inspection;

namespace Engram.Cli.Gates;

/// <summary><c>engram gates</c>: what every gate of a recurrent network does to a sentence, as a page, a picture and numbers.</summary>
internal sealed class GatesCommand : ToolCommand
{
    private const string DefaultFolder = "engram-gates";

    // More than anybody looks at, and a page still opens.
    private const int MostSteps = 2000;

    private readonly Argument<string[]> words = new("MODEL or SENTENCE") { Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> input = OptionKinds.Text("--input", "FILE", "Numbers for a model that reads no words: .csv, .npy, .npz or .safetensors, as for engram run. Needs MODEL.");
    private readonly Option<int?> sample = OptionKinds.Whole("--sample", "NUMBER", "Which sequence of --input is shown. Default: 0, the first.", least: 0);
    private readonly ResultOptions results = new("the page, the picture and the numbers are", DefaultFolder);

    public GatesCommand() => Syntax = new Command("gates") { words, input, sample, results.Folder, results.Json, results.Quiet };

    public override Command Syntax { get; }

    public override string Summary => "Show what the gates of a network do to a sentence, word by word.";

    public override HelpPage Help
    {
        get
        {
            var page = new HelpPage();
            page.Paragraph("engram gates: what is forgotten, what is written and what is put out at each word of a sentence, what the model expects next, and what its answer rests on.");
            page.Heading("Usage");
            page.Line("engram gates [MODEL] [SENTENCE] [options]");
            page.Paragraph("SENTENCE is a text in quotation marks; without one it is the textbook's: \"Today, due to my current job situation and family conditions, I need to take a loan\". "
                + "Its last word is what is looked into; a sentence that ends with ... is looked into for the word that comes next. MODEL is a .keras file with a vocabulary; without one it is a small "
                + "model of everyday sentences that comes with the tool. A model that reads numbers takes them from --input.");
            page.Options("The sequence", input, sample);
            page.Options("The results", results.All);
            page.Heading("Examples");
            page.Line("engram gates");
            page.Line("engram gates \"This morning, because of the dark sky and the rain, I need to take an ...\"");
            page.Line("engram gates reviews.keras \"not a single good scene\" --out scene");
            page.Line("engram gates model.keras --input x.npy --sample 3");
            return page;
        }
    }

    public override void Run(ParseResult arguments, ToolConsole console)
    {
        string[] given = arguments.GetValue(words) ?? [];
        bool isModel = given.Length > 0 && IsFileOfModel(given[0]);
        string? numbers = arguments.GetValue(input);
        string[] rest = isModel ? given[1..] : given;
        if (numbers is null && arguments.GetValue(sample) is not null) { throw new UsageException("--sample is for --input, a file of sequences of numbers."); }
        if (numbers is not null && !isModel) { throw new UsageException("--input needs MODEL, a file of a model that reads numbers; the built-in model reads words."); }
        if (numbers is not null && rest.Length > 0) { throw new UsageException($"a model reads either --input or a sentence, but there is '{rest[0]}' too."); }
        string? sentence = rest.Length == 0 ? null : string.Join(' ', rest);
        if (sentence is not null && string.IsNullOrWhiteSpace(sentence)) { throw new UsageException("the sentence is empty; leave it out for the textbook's, or give one in quotation marks."); }

        GatesModel model = isModel ? GatesModel.Load(given[0]) : GatesModel.BuiltIn();
        GatesRun run = numbers is null ? OfSentence(model, sentence ?? EverydayGrammar.LoanSentence) : OfNumbers(model, given[0], numbers, arguments.GetValue(sample) ?? 0);
        console.Cancellation.ThrowIfCancellationRequested();
        var files = new GatesFiles(results.Prepare(arguments));
        files.Write(run, isDefault: !isModel && sentence is null);
        results.Write(arguments, () => GatesJson.Write(console.Output, run, files), () => GatesText.Write(console.Output, run, files));
    }

    // A sentence has no such ending; a file that is not there shall be missed, not read as a sentence.
    private static bool IsFileOfModel(string text) =>
        Path.GetExtension(text).ToLowerInvariant() is ".keras" or ".h5" or ".onnx" or ".pt" or ".pth" or ".safetensors" || (!text.Contains(' ', StringComparison.Ordinal) && File.Exists(text));

    private static GatesRun OfSentence(GatesModel model, string sentence)
    {
        if (model.Tokenizer is null) { throw new EngramException($"{model.Name}: has no vocabulary (an entry engram/tokenizer.json), so it cannot read a sentence; give its numbers with --input FILE."); }
        string text = sentence.TrimEnd();
        bool unfinished = text.EndsWith("...", StringComparison.Ordinal) || text.EndsWith('…');
        if (unfinished) { text = text.TrimEnd('.', '…', ' '); }
        if (model.Tokenizer.Encode(text).Length is > MostSteps and var steps) { throw new EngramException($"The text has {NumberText.Decimals(steps, 0)} words; gates are shown of at most {NumberText.Decimals(MostSteps, 0)}. Give a sentence of it."); }
        return new GatesRun(model, GateReport.OfText(model.Network, model.Tokenizer, text), unfinished);
    }

    private static GatesRun OfNumbers(GatesModel model, string modelPath, string path, int sample)
    {
        NamedArray array = RunInput.Read(path, RunnableModel.Load(modelPath))[0];
        if (array.Shape.Rank != 3) { throw new EngramException($"{path}: gates are shown for sequences (batch, time, features), but the input has the shape {array.Shape}."); }
        (int count, int steps, int features) = (array.Shape[0], array.Shape[1], array.Shape[2]);
        if (steps > MostSteps) { throw new EngramException($"{path}: the sequences have {NumberText.Decimals(steps, 0)} steps; gates are shown of at most {NumberText.Decimals(MostSteps, 0)}. Give a part of them."); }
        if (sample >= count) { throw new EngramException($"{path}: --sample {sample} is not there; the sequences are 0 to {count - 1}."); }
        float[] values = array.ToFloats();
        var x = new float[steps, features];
        Buffer.BlockCopy(values, sample * x.Length * sizeof(float), x, 0, x.Length * sizeof(float));
        return new GatesRun(model, GateReport.OfNumbers(model.Network, x), isUnfinished: true);
    }
}
