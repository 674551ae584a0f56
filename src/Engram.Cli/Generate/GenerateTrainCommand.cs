using System.CommandLine;
using Engram.Cli.Options;
using Engram.Cli.Series;
using Engram.Data;
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
        TextNetworkOptions network = syntax.Network(arguments);
        string? from = arguments.GetValue(syntax.Model);
        if (from is not null && syntax.OfNetwork.FirstOrDefault(option => arguments.GetResult(option) is not null) is { } settled)
        {
            throw new UsageException($"{settled.Name} has no effect with --model: that model's network and vocabulary are what they are. Leave out one of the two.");
        }

        string text = TextFile.Read(InputFile.Demand(path, "Give a file of plain text."), TextEncodings.Of(arguments, syntax.Encoding));
        if (string.IsNullOrWhiteSpace(text)) { throw new EngramException($"{path}: is empty; a generator learns from a text of some thousand characters or more."); }
        TextGenerator generator = from is not null
            ? TextGenerator.Load(InputFile.Demand(from, $"A run without --model saves one as {DefaultFolder}/generator.keras."))
            : null!;
        string folder = syntax.Results.Prepare(arguments);
        string Named(Func<string> work)
        {
            try { return work(); }
            catch (EngramException e) when (!e.Message.StartsWith(path, StringComparison.Ordinal)) { throw new EngramException($"{path}: {e.Message}", e); }
        }

        Named(() => TrainingProgress.Run(console, arguments.GetValue(syntax.Results.Quiet), $"Training on {Path.GetFileName(path)}", shown =>
        {
            var reporter = new Reporter<TextProgress>(progress => shown(progress.Share, GenerateText.Losses(progress)));
            if (generator is null) { generator = TextGenerator.Train(text, network, fit, reporter, console.Cancellation); }
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
            Command = Words.CommandLine(arguments),
            From = from,
        };
        generator.Save(run.ModelPath);
        GeneratePage.Create(run).Save(run.PagePath);
        syntax.Results.Write(arguments, () => GenerateText.WriteJson(console.Output, run), () => GenerateText.Write(console.Output, run));
    }
}
