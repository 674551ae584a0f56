using System.CommandLine;
using System.Diagnostics;
using Engram.Cli.Forecasts.Many;
using Engram.Cli.Series;
using Engram.Forecasting;

namespace Engram.Cli.Forecasts;

/// <summary><c>engram forecast</c>: a series in; a forecast with intervals, its measured errors, a page and a model out.</summary>
internal sealed class ForecastCommand : ToolCommand
{
    private readonly ForecastSyntax syntax = new();

    public ForecastCommand() => Syntax = syntax.Command();

    public override Command Syntax { get; }

    public override string Summary => "Forecast one series or many, and say how good such forecasts have been.";

    public override HelpPage Help => syntax.Help();

    public override void Run(ParseResult arguments, ToolConsole console)
    {
        var clock = Stopwatch.StartNew();
        bool quiet = arguments.GetValue(syntax.Quiet);
        bool json = arguments.GetValue(syntax.Json);
        if (ManyCommand.IsFor(arguments, syntax))
        {
            ManyCommand.Run(arguments, syntax, console);
            return;
        }

        ForecastRun run = arguments.GetValue(syntax.Model) is { } path ? WithModel(path, arguments, clock) : ByTraining(arguments, console, quiet, clock);
        console.Cancellation.ThrowIfCancellationRequested();
        Write(run);
        if (json) { ForecastJson.Write(console.Output, run); }
        else if (!quiet) { ForecastText.Write(console, run); }
    }

    private ForecastRun ByTraining(ParseResult arguments, ToolConsole console, bool quiet, Stopwatch clock)
    {
        ForecastOptions options = syntax.Options(arguments);
        SeriesInput input = syntax.Series.Read(arguments);
        ForecastReport report = TrainingProgress.Run(console, quiet, $"Training on {input.Series.Name}", shown => Forecaster.Run(
            input.Series, options,
            new Reporter<ForecastProgress>(progress => shown(progress.Share, Words.Losses(progress.Loss, progress.ValidationLoss))),
            console.Cancellation));
        return Create(arguments, clock, input, report.Model, report.Forecast, report, null);
    }

    private ForecastRun WithModel(string path, ParseResult arguments, Stopwatch clock)
    {
        if (syntax.OfTraining.FirstOrDefault(option => arguments.GetResult(option) is not null) is { } settled)
        {
            throw new UsageException($"{settled.Name} has no effect with --model: that model is trained already. Leave out one of the two.");
        }

        if (!File.Exists(path)) { throw new EngramException($"{path}: there is no such file. A run without --model saves one as {ForecastSyntax.DefaultFolder}/forecast.keras."); }
        ForecastModel model = ForecastModel.Load(path);
        SeriesInput input = syntax.Series.Read(arguments, model.SeriesName, model.Covariates);
        Forecast forecast = model.Forecast(input.Series, arguments.GetValue(syntax.Horizon));
        return Create(arguments, clock, input, model, forecast, null, path);
    }

    private ForecastRun Create(ParseResult arguments, Stopwatch clock, SeriesInput input, ForecastModel model, Forecast forecast, ForecastReport? report, string? modelPath) => new()
    {
        Input = input,
        Timeline = new Timeline(input.Series, forecast.Horizon),
        Model = model,
        Forecast = forecast,
        Report = report,
        ModelPath = modelPath,
        Seconds = clock.Elapsed.TotalSeconds,
        Command = Words.CommandLine(arguments),
        Folder = arguments.GetValue(syntax.Folder) ?? ForecastSyntax.DefaultFolder,
    };

    private static void Write(ForecastRun run)
    {
        OutputFolder.Create(run.Folder);
        AtomicFile.WriteText(run.CsvPath, ForecastCsv.Text(run));
        if (run.SavedModelPath is { } model) { run.Model.Save(model); }
        ForecastPage.Create(run).Save(run.PagePath);
    }
}
