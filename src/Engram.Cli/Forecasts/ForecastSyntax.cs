using System.CommandLine;
using Engram.Cli.Forecasts.Many;
using Engram.Cli.Options;
using Engram.Cli.Series;
using Engram.Forecasting;

namespace Engram.Cli.Forecasts;

/// <summary>The argument and options of <c>engram forecast</c>, with what each is for.</summary>
internal sealed class ForecastSyntax
{
    public const string DefaultFolder = "engram-forecast";

    public SeriesSyntax Series { get; } = new();

    public ManySyntax Many { get; } = new();

    public Option<int?> Horizon { get; } = OptionKinds.Whole("--horizon", "STEPS",
        "How many values ahead. Default: 12. Take as many as you act on, no more: each further step is less sure.");

    public Option<Share?> Test { get; } = Share.Option("--test",
        "How much of the end is kept out of training to measure the forecast on. Default: 0.2. Take more rows for a surer measurement, fewer when the series is short.");

    public Option<int?> Season { get; } = OptionKinds.Parsed<int?>("--season", "auto|ROWS",
        "After how many rows the pattern repeats, 1 for none. Default: auto, found in the training rows. Set it when you know better: 12 for months, 7 for days, 24 for hours.",
        "auto or a whole number of at least 1",
        text => text == "auto" ? 0 : int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int rows) && rows >= 1 ? rows : null);

    public Option<bool?> Log { get; } = OptionKinds.Choice<bool>("--log",
        "Whether the logarithm is forecast. Default: decided by the training rows. Take yes when the swings grow with the level.", ("yes", true), ("no", false));

    public Option<double[]?> Intervals { get; } = OptionKinds.Levels("--intervals", "80,95",
        "The levels of the prediction intervals in percent. Default: 80,95.");

    public Option<RecurrentKind?> Cell { get; } = OptionKinds.Choice("--cell",
        "The kind of network. Default: lstm. gru has a quarter fewer weights; rnn is for comparison (see engram compare).",
        ("lstm", RecurrentKind.Lstm), ("gru", RecurrentKind.Gru), ("rnn", RecurrentKind.SimpleRnn));

    public Option<ForecastHead?> Head { get; } = OptionKinds.Choice("--head",
        "What the networks predict. Default: none, a number, and the intervals are conformal: as wide as the errors on rows kept out. With a head each network "
        + "predicts a distribution: the forecast is its median, the intervals are its quantiles. student-t for outliers, negative-binomial for counts, "
        + "mixture for what goes one way or the other, quantiles for no assumption.",
        ("none", ForecastHead.None), ("gaussian", ForecastHead.Gaussian), ("student-t", ForecastHead.StudentT), ("negative-binomial", ForecastHead.NegativeBinomial),
        ("mixture", ForecastHead.Mixture), ("quantiles", ForecastHead.Quantiles));

    public Option<int?> Units { get; } = OptionKinds.Whole("--units", "COUNT",
        "The units of a layer. Default: 32. More for long series with complicated patterns.");

    public Option<int?> Layers { get; } = OptionKinds.Whole("--layers", "COUNT",
        "How many recurrent layers, one above the other. Default: 1. Two rarely help below some thousand rows.");

    public Option<int?> Window { get; } = OptionKinds.Whole("--window", "ROWS",
        "How many past values the networks see. Default: by season and length of the series.");

    public Option<int?> Epochs { get; } = OptionKinds.Whole("--epochs", "COUNT",
        "How many times each network sees the training rows. Default: by the number of rows. More when the loss in the report is still falling.");

    public Option<int?> Networks { get; } = OptionKinds.Whole("--networks", "COUNT",
        "How many networks are trained; the forecast is their mean. Default: 5. Fewer are faster, more are steadier.");

    public Option<int?> Seed { get; } = OptionKinds.Whole("--seed", "NUMBER",
        "The number from which everything random follows: the same seed gives the same forecast on any number of cores. Default: 0.", least: 0);

    public Option<string?> Folder { get; } = OptionKinds.Text("--out", "DIR",
        $"Where forecast.csv, report.html and forecast.keras are written. Default: {DefaultFolder}.");

    public Option<string?> Model { get; } = OptionKinds.Text("--model", "FILE",
        "Forecast with a model that an earlier run saved, without training. For new rows of the same series.");

    public Option<bool> Json { get; } = OptionKinds.Flag("--json", "Print one JSON object instead of text. For programs.");

    public Option<bool> Quiet { get; } = OptionKinds.Flag("--quiet", "Print nothing but errors (and the JSON that was asked for). For scripts.");

    /// <summary>What a saved model has settled.</summary>
    public Option[] OfTraining => [Test, Season, Log, Intervals, Head, Cell, Units, Layers, Window, Epochs, Networks, Seed];

    /// <summary>The command.</summary>
    public Command Command()
    {
        var command = new Command("forecast") { Series.File };
        foreach (Option option in (Option[])[Series.Target, Series.Covariates, .. Series.Reading, Horizon, .. OfTraining, .. Many.All, Folder, Model, Json, Quiet]) { command.Add(option); }
        return command;
    }

    /// <summary>The help.</summary>
    public HelpPage Help()
    {
        var page = new HelpPage();
        page.Paragraph("engram forecast: forecast one series or many, and say how good such forecasts have been.");
        page.Heading("Usage");
        page.Line("engram forecast [FILE.csv] [options]");
        page.Line("engram forecast FILE.csv --id COLUMN [options]");
        page.Line("engram forecast FILE.csv --model forecast.keras [options]");
        page.Paragraph("Reads a CSV file with one row for each time, keeps the last rows out of training, trains a few small recurrent networks "
            + "on the others, and measures their forecasts on the rows that were kept out, beside simple forecasts such as \"the same as last year\". "
            + "Then trains on everything and forecasts what comes next, with intervals. When the network is no better than a simple forecast, it says so.");
        page.Paragraph("Without a file it forecasts the airline passengers of 1949 to 1960, a series that comes with it.");
        page.Options("The file", Series.Target, Series.Time, Series.Covariates, Series.Missing, Series.DateFormat, Series.DecimalMark);
        page.Options("The forecast", Horizon, Test, Season, Log, Intervals, Head);
        page.Options("The network", Cell, Units, Layers, Window, Epochs, Networks, Seed);
        page.Options("Many series, several columns (one model for all)", Many.Id, Many.Past, Many.Future, Many.Calendar, Many.Statics, Many.Categorical,
            Many.Seasons, Many.Output, Many.Scale, Many.Base, Many.Loss, Many.Patch, Many.Dropout, Many.Steps);
        page.Options("Their test", Many.Origins, Many.Stride, Many.Refit, Many.Validation);
        page.Options("The results", Folder, Model, Json, Quiet);
        page.Heading("Examples");
        page.Line("engram forecast");
        page.Line("    The airline passengers, a year ahead. Open engram-forecast/report.html afterwards.");
        page.Line("engram forecast sales.csv --target revenue --horizon 26 --season 52");
        page.Line("    Half a year of weekly revenue with a yearly season.");
        page.Line("engram forecast shops.csv --id shop --horizon 28 --calendar weekday,month --future price,holiday");
        page.Line("    Four weeks of every shop, with one model that learns from all of them.");
        page.Line("engram forecast load.csv --target all --horizon 24 --test 2000");
        page.Line("    A day of every column of an hourly file, measured from each of the last rows.");
        page.Line("engram forecast sales.csv --model engram-forecast/forecast.keras --json");
        page.Line("    New rows have come in: forecast again with the saved model, for a program.");
        return page;
    }

    /// <summary>The options of the forecast that the command line asks for.</summary>
    public ForecastOptions Options(ParseResult arguments)
    {
        Share test = arguments.GetValue(Test) ?? new Share(0.2, null);
        return new ForecastOptions
        {
            Horizon = arguments.GetValue(Horizon) ?? 12,
            TestShare = test.Fraction ?? 0.2,
            TestRows = test.Rows,
            Season = arguments.GetValue(Season) is > 0 and var season ? season : null,
            Log = arguments.GetValue(Log),
            Intervals = arguments.GetValue(Intervals) is { Length: > 0 } levels ? levels : [80, 95],
            Head = arguments.GetValue(Head) ?? ForecastHead.None,
            Cell = arguments.GetValue(Cell) ?? RecurrentKind.Lstm,
            Units = arguments.GetValue(Units) ?? 32,
            Layers = arguments.GetValue(Layers) ?? 1,
            Window = arguments.GetValue(Window),
            Epochs = arguments.GetValue(Epochs),
            Networks = arguments.GetValue(Networks) ?? 5,
            Seed = arguments.GetValue(Seed) ?? 0,
        };
    }
}
