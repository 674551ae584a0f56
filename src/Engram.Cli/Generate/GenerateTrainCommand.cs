using System.CommandLine;
using Engram.Cli.Series;
using Engram.Generation;

namespace Engram.Cli.Generate;

/// <summary><c>engram generate train</c>: a text in; a model that writes on, what it came to on held-out text, and a page out.</summary>
internal sealed class GenerateTrainCommand : ToolCommand
{
    public const string DefaultFolder = "engram-generate";

    private readonly GenerateSyntax syntax = new();

    public GenerateTrainCommand() => Syntax = syntax.Command();

    public override Command Syntax { get; }

    public override string Group => "generate";

    public override string Summary => "Learn to write like a text.";

    public override HelpPage Help => syntax.Help();

    public override void Run(ParseResult arguments, ToolConsole console)
    {
        string path = arguments.GetValue(syntax.File)!;
        TextFitOptions fit = syntax.Fit(arguments);
        string? from = arguments.GetValue(syntax.Model);
        if (from is not null && syntax.OfNetwork.FirstOrDefault(option => arguments.GetResult(option) is not null) is { } settled)
        {
            throw new UsageException($"{settled.Name} has no effect with --model: that model's network and vocabulary are what they are. Leave out one of the two.");
        }

        string text = TextFile.Read(path);
        string folder = arguments.GetValue(syntax.Folder) ?? DefaultFolder;
        OutputFolder.Create(folder); // before an hour of training
        bool quiet = arguments.GetValue(syntax.Quiet);
        TextGenerator generator = from is not null
            ? TextGenerator.Load(File.Exists(from) ? from : throw new EngramException($"{from}: there is no such file. A run without --model saves one as {DefaultFolder}/generator.keras."))
            : null!;
        string Named(Func<string> work)
        {
            try { return work(); }
            catch (EngramException e) when (!e.Message.StartsWith(path, StringComparison.Ordinal)) { throw new EngramException($"{path}: {e.Message}", e); }
        }

        Named(() => TrainingProgress.Run(console, quiet, $"Training on {Path.GetFileName(path)}", shown =>
        {
            var reporter = new Reporter(progress => shown(progress.Share, GenerateText.Losses(progress)));
            if (generator is null) { generator = TextGenerator.Train(text, syntax.Network(arguments), fit, reporter, console.Cancellation); }
            else { generator.Fit(text, fit, reporter, console.Cancellation); }
            return "";
        }));
        var run = new GenerateRun
        {
            Generator = generator,
            Source = path,
            Text = text,
            HeldOut = fit.HeldOut,
            Folder = folder,
            Command = string.Join(' ', arguments.Tokens.Select(token => Words.Quoted(token.Value)).Prepend("engram")),
            From = from,
        };
        generator.Save(run.ModelPath);
        GeneratePage.Create(run).Save(run.PagePath);
        if (arguments.GetValue(syntax.Json)) { GenerateText.WriteJson(console.Output, run); }
        else if (!quiet) { GenerateText.Write(console.Output, run); }
    }

    // Progress<T> would report from the thread pool, later and in any order.
    private sealed class Reporter(Action<TextProgress> report) : IProgress<TextProgress>
    {
        public void Report(TextProgress value) => report(value);
    }
}
