using System.CommandLine;
using System.Diagnostics;
using Engram.Cli.Series;
using Engram.Data;
using Engram.Forecasting;

namespace Engram.Cli.Forecasts.Many;

/// <summary><c>engram forecast</c> with many series: one model that learns from all of them.</summary>
internal static class ManyCommand
{
    /// <summary>Whether the command line is about many series: it says so, or it names a model of them.</summary>
    public static bool IsFor(ParseResult arguments, ForecastSyntax syntax) =>
        syntax.Many.IsAskedFor(arguments, syntax.Series) || (arguments.GetValue(syntax.Model) is { } path && File.Exists(path) && GlobalForecastModel.IsModel(path));

    /// <summary>Does it.</summary>
    public static void Run(ParseResult arguments, ForecastSyntax syntax, ToolConsole console)
    {
        var clock = Stopwatch.StartNew();
        bool quiet = arguments.GetValue(syntax.Quiet);
        ManyRun run = arguments.GetValue(syntax.Model) is { } path ? WithModel(path, arguments, syntax, clock) : ByTraining(arguments, syntax, console, quiet, clock);
        console.Cancellation.ThrowIfCancellationRequested();
        OutputFolder.Create(run.Folder);
        AtomicFile.WriteText(run.CsvPath, ManyCsv.Text(run));
        if (run.SavedModelPath is { } model) { run.Model.Save(model); }
        ManyPage.Create(run).Save(run.PagePath);
        if (arguments.GetValue(syntax.Json)) { ManyJson.Write(console.Output, run); }
        else if (!quiet) { ManyText.Write(console, run); }
    }

    private static ManyRun ByTraining(ParseResult arguments, ForecastSyntax syntax, ToolConsole console, bool quiet, Stopwatch clock)
    {
        GlobalForecastOptions options = syntax.Many.Options(arguments, syntax);
        SeriesPanel panel = syntax.Many.Read(arguments, syntax.Series, null);
        GlobalForecastReport report = TrainingProgress.Run(console, quiet, $"Training on {Words.Count(panel.Series.Count, "series", "series")}", shown => GlobalForecaster.Run(
            panel, options, new Reporter<ForecastProgress>(progress => shown(progress.Share, Words.Losses(progress.Loss, progress.ValidationLoss))), console.Cancellation));
        return Create(arguments, syntax, clock, panel, report.Model, report.Forecasts, report, null);
    }

    private static ManyRun WithModel(string path, ParseResult arguments, ForecastSyntax syntax, Stopwatch clock)
    {
        if (((Option[])[.. syntax.OfTraining, .. syntax.Many.OfTraining]).FirstOrDefault(option => arguments.GetResult(option) is { Implicit: false }) is { } settled)
        {
            throw new UsageException($"{settled.Name} has no effect with --model: that model is trained already. Leave out one of the two.");
        }

        if (!File.Exists(path)) { throw new EngramException($"{path}: there is no such file. A run without --model saves one as {ForecastSyntax.DefaultFolder}/forecast.keras."); }
        GlobalForecastModel model = GlobalForecastModel.Load(path);
        SeriesPanel panel = syntax.Many.Read(arguments, syntax.Series, model);
        return Create(arguments, syntax, clock, panel, model, model.Forecast(panel, arguments.GetValue(syntax.Horizon)), null, path);
    }

    private static ManyRun Create(
        ParseResult arguments, ForecastSyntax syntax, Stopwatch clock, SeriesPanel panel, GlobalForecastModel model, IReadOnlyList<SeriesForecast> forecasts, GlobalForecastReport? report, string? modelPath) => new()
        {
            Panel = panel,
            Source = Path.GetFileName(arguments.GetValue(syntax.Series.File)!),
            Model = model,
            Forecasts = forecasts,
            Report = report,
            ModelPath = modelPath,
            Seconds = clock.Elapsed.TotalSeconds,
            Command = Words.CommandLine(arguments),
            Folder = arguments.GetValue(syntax.Folder) ?? ForecastSyntax.DefaultFolder,
        };
}
