using System.CommandLine;
using System.Diagnostics;
using Engram.Charts;
using Engram.Cli.Series;
using Engram.Translation;

namespace Engram.Cli.Translate;

/// <summary><c>engram translate train</c>: sentences and their translations in; a translator, its measured quality and a page out.</summary>
internal sealed class TranslateTrainCommand : ToolCommand
{
    private readonly TranslateSyntax syntax = new();

    public TranslateTrainCommand() => Syntax = syntax.Command();

    public override Command Syntax { get; }

    public override string Group => "translate";

    public override string Summary => "Learn to translate from sentences and their translations, and say how well.";

    public override HelpPage Help => syntax.Help();

    public override void Run(ParseResult arguments, ToolConsole console)
    {
        var clock = Stopwatch.StartNew();
        bool quiet = arguments.GetValue(syntax.Results.Quiet);
        SentencePairs training = syntax.Pairs(arguments, syntax.Source, syntax.Target)
            ?? throw new UsageException("translate train needs sentences and their translations: --source FILE --target FILE, a sentence a line.");
        SentencePairs? validation = syntax.Pairs(arguments, syntax.ValidationSource, syntax.ValidationTarget), test = syntax.Pairs(arguments, syntax.TestSource, syntax.TestTarget);
        if (validation is null)
        {
            if (training.Count < 2) { throw new EngramException("There is one pair of sentences; two are needed, one to learn from and one to validate on, and some thousands to learn a language."); }
            (training, validation) = training.Split(Math.Clamp(training.Count / 20, 1, 1000));
        }

        TranslationOptions options = syntax.Options(arguments);
        string folder = syntax.Results.Prepare(arguments);
        string model = Path.Combine(folder, "model.keras");
        Translator translator = TrainingProgress.Run(console, quiet, $"Training on {Words.Count(training.Count, "pair")}", shown =>
            Translator.Train(training, options, validation, model, new Reporter<TranslationProgress>(progress => shown(progress.Share, Line(progress))), console.Cancellation));
        double seconds = clock.Elapsed.TotalSeconds;
        SentencePairs measured = test ?? validation;
        TranslationMeasure Measure(int beam) => TrainingProgress.Run(console, quiet, beam == 1 ? "Translating, greedy" : $"Translating, beam {beam}", shown =>
            TranslateRun.Measure(translator, measured, training.AreTokenized, new DecodingOptions { Beam = beam }, done => shown((double)done / measured.Count, ""), console.Cancellation));
        var run = new TranslateRun
        {
            Translator = translator,
            Options = options,
            Training = training,
            Validation = validation,
            Test = test,
            Source = $"{arguments.GetValue(syntax.Source)} and {arguments.GetValue(syntax.Target)}",
            Perplexity = translator.Perplexity(measured),
            Greedy = Measure(1),
            Beam = Measure(arguments.GetValue(syntax.Beam) ?? 5),
            TrainingSeconds = seconds,
            Seconds = clock.Elapsed.TotalSeconds,
            Command = Words.CommandLine(arguments),
            Folder = folder,
        };
        translator.Save(run.ModelPath);
        TranslatePage.Create(run).Save(run.PagePath);
        syntax.Results.Write(arguments, () => TranslateJson.Write(console.Output, run), () => TranslateText.Write(console, run));
    }

    private static string Line(TranslationProgress progress) =>
        $"epoch {progress.Epoch}, perplexity {NumberText.Significant(progress.Perplexity, 3)}{(progress.Last is { } last ? $", validation {NumberText.Significant(last.ValidationPerplexity, 3)}" : "")}";
}
