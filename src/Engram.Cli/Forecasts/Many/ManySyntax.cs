using System.CommandLine;
using System.Globalization;
using Engram.Cli.Options;
using Engram.Cli.Series;
using Engram.Data;
using Engram.Forecasting;

namespace Engram.Cli.Forecasts.Many;

/// <summary>The options of <c>engram forecast</c> for many series, several columns and what stands beside them.</summary>
internal sealed class ManySyntax
{
    public Option<string?> Id { get; } = OptionKinds.Text("--id", "COLUMN",
        "The column that tells many series in one file apart. One model learns from all of them.");

    public Option<string[]?> Past { get; } = OptionKinds.List("--past", "A,B",
        "Columns whose past the networks see; a target may be among them, then the other targets see it.");

    public Option<string[]?> Future { get; } = OptionKinds.List("--future", "A,B",
        "Columns that are known ahead: prices, holidays. Add rows without a target for what is known of the time to come.");

    public Option<string[]?> Statics { get; } = OptionKinds.List("--static", "A,B", "Columns of numbers that hold for a whole series: the size of a shop.");

    public Option<string[]?> Categorical { get; } = OptionKinds.List("--categorical", "A,B",
        "Columns of words that hold for a whole series, learnt as vectors: its region. The id may be among them.");

    public Option<CalendarFeatures?> Calendar { get; } = OptionKinds.Parsed<CalendarFeatures?>("--calendar", "month,weekday,hour",
        "What of the calendar the networks are told of each past and coming time. A column of holidays goes to --future.", "month, weekday, hour, with commas between them", ReadCalendar);

    public Option<ForecastOutput?> Output { get; } = OptionKinds.Choice("--output",
        "How the steps ahead come out. Default: direct, all at once. recursive: one step, fed back, again and again; with a head, sampled paths. "
        + "decoder: a second network reads what is known of the steps ahead.",
        ("direct", ForecastOutput.Direct), ("recursive", ForecastOutput.Recursive), ("decoder", ForecastOutput.EncoderDecoder));

    public Option<WindowScaling?> Scale { get; } = OptionKinds.Choice("--scale",
        "What each window is divided by. Default: its mean where all values are positive, else its spread.", ("mean", WindowScaling.Mean), ("spread", WindowScaling.Spread));

    public Option<ForecastBase?> Base { get; } = OptionKinds.Choice("--base",
        "What the networks correct. Default: seasonal, the mean of the last seasons.", ("seasonal", ForecastBase.Seasonal), ("last", ForecastBase.Last), ("mean", ForecastBase.Mean));

    public Option<ForecastLoss?> Loss { get; } = OptionKinds.Choice("--loss",
        "What training minimises without a head. Default: mae. Take mse where large errors cost more.", ("mae", ForecastLoss.AbsoluteError), ("mse", ForecastLoss.SquaredError));

    public Option<int[]?> Seasons { get; } = OptionKinds.Parsed<int[]?>("--seasons", "24,168",
        "After how many rows the pattern repeats, several where there are several; 1 for none. Default: found in the rows for training.", "whole numbers of at least 1, ascending, with commas between them",
        text => text.Split(',').Select(part => int.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int rows) ? rows : 0).ToArray() is var seasons
            && seasons is [1] || (Array.TrueForAll(seasons, season => season >= 2) && seasons.Zip(seasons.Skip(1)).All(pair => pair.First < pair.Second)) ? seasons : null);

    public Option<int?> Patch { get; } = OptionKinds.Whole("--patch", "ROWS", "How many values are read as one step. Default: a season where the window has four of them or more.");

    public Option<double?> Dropout { get; } = OptionKinds.Parsed<double?>("--dropout", "SHARE",
        "The share of numbers after each recurrent layer that is dropped in training. Default: 0. Take 0.1 to 0.3 where the networks learn by heart.", "a share from 0 to below 1",
        text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double share) && share is >= 0 and < 1 ? share : null);

    public Option<int?> Steps { get; } = OptionKinds.Whole("--steps", "COUNT", "How many batches each network learns from. Default: 300 to 2500 by the number of windows.");

    public Option<int?> Validation { get; } = OptionKinds.Whole("--validation", "ROWS",
        "How many rows at the end of those for training choose the best weights instead of being learnt from. Default: 0, the weights at the end.", least: 0);

    public Option<int?> Origins { get; } = OptionKinds.Whole("--backtest", "ORIGINS", "Test from so many rows, each a horizon after the one before. Instead of --test.");

    public Option<int?> Stride { get; } = OptionKinds.Whole("--stride", "ROWS", "How many rows lie between two tests. Default: 1, or the horizon with --refit.");

    public Option<bool> Refit { get; } = OptionKinds.Flag("--refit", "Train anew before each test, on all rows before it, as it would be done in use.");

    /// <summary>All of them.</summary>
    public Option[] All => [Id, Past, Future, Statics, Categorical, Calendar, Output, Scale, Base, Loss, Seasons, Patch, Dropout, Steps, Validation, Origins, Stride, Refit];

    /// <summary>What a saved model has settled, of these options.</summary>
    public Option[] OfTraining => [Calendar, Output, Scale, Base, Loss, Seasons, Patch, Dropout, Steps, Validation, Origins, Stride, Refit];

    /// <summary>Whether the command line asks for one model of several series: it has one of these options or names several targets.</summary>
    public bool IsAskedFor(ParseResult arguments, SeriesSyntax series) =>
        All.Any(option => arguments.GetResult(option) is { Implicit: false }) || arguments.GetValue(series.Target) is { } target && (target.Contains(',', StringComparison.Ordinal) || target == PanelOptions.All);

    /// <summary>Reads the series.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="series">The options of the file.</param>
    /// <param name="model">A saved model, whose columns are read where the command line names none; or null.</param>
    /// <exception cref="UsageException">There is no file, or an option is for a single series.</exception>
    /// <exception cref="EngramException">The file cannot be read.</exception>
    public SeriesPanel Read(ParseResult arguments, SeriesSyntax series, GlobalForecastModel? model)
    {
        if (arguments.GetValue(series.File) is not { } path) { throw new UsageException("--id and what goes with it need a file to read from; name a CSV file."); }
        if (!File.Exists(path)) { throw new EngramException($"{path}: {(Directory.Exists(path) ? "is a folder, not a CSV file" : "there is no such file")}."); }
        if (arguments.GetResult(series.Covariates) is not null) { throw new UsageException("--covariates is for a single series; name the columns with --past, or with --future where they are known ahead."); }
        if (arguments.GetResult(series.Missing) is not null) { throw new UsageException("--missing is for a single series; here the networks are told which values are missing."); }
        return SeriesPanel.ReadCsv(path, new PanelOptions
        {
            Id = arguments.GetValue(Id),
            Targets = arguments.GetValue(series.Target)?.Split(',', StringSplitOptions.TrimEntries) ?? [],
            Time = arguments.GetValue(series.Time),
            Past = arguments.GetValue(Past) ?? model?.Past ?? [],
            Future = arguments.GetValue(Future) ?? model?.Future ?? [],
            Statics = arguments.GetValue(Statics) ?? model?.Statics ?? [],
            Categories = arguments.GetValue(Categorical) ?? [.. (model?.Categories ?? []).Where(name => name != PanelOptions.TargetCategory)],
            DateFormat = arguments.GetValue(series.DateFormat),
            DecimalMark = arguments.GetValue(series.DecimalMark),
        });
    }

    /// <summary>The options of the forecast.</summary>
    /// <exception cref="UsageException">Options do not go together, or are for a single series.</exception>
    public GlobalForecastOptions Options(ParseResult arguments, ForecastSyntax single)
    {
        foreach ((Option option, string instead) in ((Option, string)[])[(single.Season, "take --seasons"), (single.Log, "take --scale"), (single.Epochs, "take --steps")])
        {
            if (arguments.GetResult(option) is not null) { throw new UsageException($"{option.Name} is for a single series; {instead}."); }
        }

        int horizon = arguments.GetValue(single.Horizon) ?? 12;
        Share? test = arguments.GetValue(single.Test);
        int? origins = arguments.GetValue(Origins);
        if (test is { Rows: null }) { throw new UsageException("--test takes a number of rows where there are many series."); }
        if (test is not null && origins is not null) { throw new UsageException("--backtest and --test both say how much is tested; leave out one of them."); }
        return new GlobalForecastOptions
        {
            Horizon = horizon,
            TestRows = origins is int count ? checked((count - 1) * (arguments.GetValue(Stride) ?? horizon) + horizon) : test?.Rows,
            Stride = arguments.GetValue(Stride) ?? (origins is null ? null : horizon),
            Refit = arguments.GetValue(Refit),
            ValidationRows = arguments.GetValue(Validation) ?? 0,
            Seasons = arguments.GetValue(Seasons) is { Length: > 0 } seasons ? (seasons is [1] ? [] : seasons) : null,
            Window = arguments.GetValue(single.Window),
            Patch = arguments.GetValue(Patch),
            Output = arguments.GetValue(Output) ?? ForecastOutput.Direct,
            Scaling = arguments.GetValue(Scale) ?? WindowScaling.Automatic,
            Base = arguments.GetValue(Base) ?? ForecastBase.Seasonal,
            Loss = arguments.GetValue(Loss) ?? ForecastLoss.AbsoluteError,
            Calendar = arguments.GetValue(Calendar) ?? CalendarFeatures.None,
            Head = arguments.GetValue(single.Head) ?? ForecastHead.None,
            Cell = arguments.GetValue(single.Cell) ?? RecurrentKind.Lstm,
            Units = arguments.GetValue(single.Units) ?? new GlobalForecastOptions().Units,
            Layers = arguments.GetValue(single.Layers) ?? new GlobalForecastOptions().Layers,
            Networks = arguments.GetValue(single.Networks) ?? new GlobalForecastOptions().Networks,
            Dropout = (float)(arguments.GetValue(Dropout) ?? 0),
            Steps = arguments.GetValue(Steps),
            Intervals = arguments.GetValue(single.Intervals) is { Length: > 0 } levels ? levels : [80, 95],
            Seed = arguments.GetValue(single.Seed) ?? 0,
        };
    }

    private static CalendarFeatures? ReadCalendar(string text)
    {
        CalendarFeatures features = CalendarFeatures.None;
        foreach (string word in text.Split(',', StringSplitOptions.TrimEntries))
        {
            CalendarFeatures? feature = word.ToUpperInvariant() switch
            {
                "MONTH" => CalendarFeatures.Month,
                "WEEKDAY" => CalendarFeatures.Weekday,
                "HOUR" => CalendarFeatures.Hour,
                _ => null,
            };
            if (feature is null) { return null; }
            features |= feature.Value;
        }

        return features;
    }
}
