using System.CommandLine;
using System.Diagnostics;
using Engram.Charts;
using Engram.Cli.Options;
using Engram.Cli.Series;
using Engram.Data;

namespace Engram.Cli.Comparisons;

/// <summary><c>engram compare</c>: three kinds of network on one series, and how far back each can learn.</summary>
internal sealed class CompareCommand : ToolCommand
{
    private const string DefaultFolder = "engram-compare";
    private const double ValidationShare = 0.15;

    private readonly SeriesSyntax series = new();
    private readonly Option<Share?> test = Share.Option("--test", "How much of the end is kept out of training to measure on. Default: 0.2. Take fewer rows when the series is short.");
    private readonly Option<int?> window = OptionKinds.Whole("--window", "ROWS", "How many past values the networks see. Default: 60, or two fifths of the training rows. Take more to see the gradient vanish.", least: 2);
    private readonly Option<int?> units = OptionKinds.Whole("--units", "COUNT", "The units of the LSTM; the others get as many as bring them nearest to its number of weights. Default: 24.");
    private readonly Option<int?> epochs = OptionKinds.Whole("--epochs", "COUNT", "How many times the networks see the training windows. Default: about two thousand batches. More when the losses in the report are still falling.");
    private readonly Option<int?> seed = OptionKinds.Whole("--seed", "NUMBER", "The number from which everything random follows. Default: 0. Another seed shows how much of a difference is luck.", least: 0);
    private readonly Option<string?> folder = OptionKinds.Text("--out", "DIR", $"Where report.html is written. Default: {DefaultFolder}.");
    private readonly Option<bool> json = OptionKinds.Flag("--json", "Print one JSON object instead of text. For programs.");
    private readonly Option<bool> quiet = OptionKinds.Flag("--quiet", "Print nothing but errors (and the JSON that was asked for). For scripts.");

    public CompareCommand()
    {
        Syntax = new Command("compare") { series.File };
        foreach (Option option in (Option[])[series.Target, .. series.Reading, test, window, units, epochs, seed, folder, json, quiet]) { Syntax.Add(option); }
    }

    public override Command Syntax { get; }

    public override string Summary => "Train a simple RNN, a GRU and an LSTM on a series, and show how far back each can learn.";

    public override HelpPage Help
    {
        get
        {
            var page = new HelpPage();
            page.Paragraph("engram compare: a simple RNN, a GRU and an LSTM of about the same number of weights on the same series.");
            page.Heading("Usage");
            page.Line("engram compare [FILE.csv] [options]");
            page.Paragraph("Each learns the next change of the series from a window of past changes: the first rows train, the following validate, the last test. The page shows their losses, their "
                + "errors beside the naive forecast (the value before), their time an epoch, and the picture of the vanishing gradient: how much of the loss's gradient "
                + "reaches each step back in time, before training and after. Without a file it takes the airline passengers of 1949 to 1960.");
            page.Options("The file", series.Target, series.Time, series.Missing, series.DateFormat, series.DecimalMark);
            page.Options("The networks", window, units, epochs, seed, test);
            page.Options("The results", folder, json, quiet);
            page.Heading("Examples");
            page.Line("engram compare");
            page.Line("    The three on the airline passengers. Open engram-compare/report.html afterwards.");
            page.Line("engram compare TSLA.csv --target Close --window 100");
            page.Line("    A hundred trading days of a share, and how little of them any of the three can use.");
            return page;
        }
    }

    public override void Run(ParseResult arguments, ToolConsole console)
    {
        var clock = Stopwatch.StartNew();
        SeriesInput input = series.Read(arguments);
        Share testShare = arguments.GetValue(test) ?? new Share(0.2, null);
        int count = input.Series.Count;
        const int Fewest = 30;
        if (count < Fewest) { throw new EngramException($"'{input.Series.Name}' has {count} values; a comparison needs at least {Fewest}."); }
        int testRows = testShare.Rows ?? Math.Max(1, (int)Math.Round(testShare.Fraction!.Value * count));
        Split split = Split.Chronological(count, (int)Math.Round(ValidationShare * count), testRows);
        int length = arguments.GetValue(window) ?? Comparison.DefaultWindow(split);
        var options = new ComparisonOptions(length, arguments.GetValue(units) ?? 24, arguments.GetValue(epochs) ?? Comparison.DefaultEpochs(split, length), arguments.GetValue(seed) ?? 0);
        Comparison comparison = TrainingProgress.Run(console, arguments.GetValue(quiet), "Training", progress => Comparison.Run(input.Series, split, options, progress, console.Cancellation));
        console.Cancellation.ThrowIfCancellationRequested();
        var run = new CompareRun(
            input, new Timeline(input.Series), comparison, clock.Elapsed.TotalSeconds,
            Words.CommandLine(arguments),
            Path.Combine(arguments.GetValue(folder) ?? DefaultFolder, "report.html"));
        OutputFolder.Create(Path.GetDirectoryName(run.PagePath)!);
        ComparePage.Create(run).Save(run.PagePath);
        if (arguments.GetValue(json)) { CompareJson.Write(console.Output, run); }
        else if (!arguments.GetValue(quiet)) { WriteText(console, run); }
    }

    private static void WriteText(ToolConsole console, CompareRun run)
    {
        (TextWriter output, Comparison comparison) = (console.Output, run.Comparison);
        if (run.Input.Path is null) { output.WriteLine("No file was given, so the series is one that comes with engram: airline passengers in thousands."); }
        output.WriteLine($"Series    {Forecasts.ForecastText.SeriesLine(run.Input.Series, run.Timeline)}");
        foreach (string note in run.Input.Series.Notes) { output.WriteLine($"          {note}"); }
        output.WriteLine($"Split     {Forecasts.ForecastText.SplitLine(comparison.Split, run.Timeline)}");
        output.WriteLine($"Task      the next change from the {comparison.Options.Window} before it; {comparison.Options.Epochs} epochs, the best one's weights kept");
        output.WriteLine();
        int back = GradientWords.StepsBack(comparison);
        var table = new TextTable("", "units", "weights", "loss", "val. loss", "best epoch", "test RMSE", "of naive", "ms/epoch", $"gradient {back} steps back");
        foreach (Contestant contestant in comparison.Contestants)
        {
            table.Add(contestant == comparison.Best, contestant.Name, $"{contestant.Units}", NumberText.Decimals(contestant.Parameters, 0),
                Words.Number(contestant.Loss[contestant.BestEpoch]), Words.Number(contestant.ValidationLoss[contestant.BestEpoch]), $"{contestant.BestEpoch + 1}",
                Words.Number(contestant.Rmse), NumberText.Decimals(contestant.Rmse / comparison.NaiveRmse, 2),
                NumberText.Decimals(1000 * contestant.SecondsPerEpoch, 1), GradientWords.Share(Contestant.Left(contestant.Trained, back)));
        }

        table.Add(false, "naive", "", "", "", "", "", Words.Number(comparison.NaiveRmse), "1.00", "", "");
        table.WriteTo(console);
        output.WriteLine(comparison.Verdict);
        output.WriteLine();
        output.WriteLine($"Report    {run.PagePath}");
        output.WriteLine($"Seed {comparison.Options.Seed}, {Words.Seconds(run.Seconds)}.");
    }
}

/// <summary>A comparison as the command shows it.</summary>
/// <param name="Input">The series and where it came from.</param>
/// <param name="Timeline">Its rows.</param>
/// <param name="Comparison">What was measured.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Command">The command that does the same again.</param>
/// <param name="PagePath">The page's file.</param>
internal sealed record CompareRun(SeriesInput Input, Timeline Timeline, Comparison Comparison, double Seconds, string Command, string PagePath);
