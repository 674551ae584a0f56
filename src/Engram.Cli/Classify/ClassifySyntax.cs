using System.CommandLine;
using Engram.Classification;
using Engram.Cli.Options;
using Engram.Forecasting;

namespace Engram.Cli.Classify;

/// <summary>The arguments and options of <c>engram classify train</c>.</summary>
internal sealed class ClassifySyntax
{
    public const string DefaultFolder = "engram-classify";

    public Argument<string[]> Data { get; } = new("DATA") { Arity = ArgumentArity.ZeroOrMore };

    public Option<string[]?> Test { get; } = new("--test")
    {
        Description = "Samples that play no part in training, to measure the answers on, in files of the same kind. Default: none; the figures are then those of the validation part.",
        HelpName = "FILE [FILE]",
        AllowMultipleArgumentsPerToken = true,
        Arity = new ArgumentArity(1, 2),
    };

    public Option<string?> TextColumn { get; } = OptionKinds.Text("--text-column", "NAME", "The column of a CSV file that has the texts. Default: found by its name, or as the longer of two.");

    public Option<string?> LabelColumn { get; } = OptionKinds.Text("--label-column", "NAME", "The column of a CSV file that has the labels. Default: found by its name, or as the shorter of two.");

    public SequenceSyntax Steps { get; } = new();

    public Option<TextEncoding?> Encoding { get; } = TextEncodings.Option();

    public Option<RecurrentKind?> Cell { get; } = OptionKinds.Choice("--cell", "The kind of network. Default: lstm for texts, gru for sequences of numbers.",
        ("lstm", RecurrentKind.Lstm), ("gru", RecurrentKind.Gru), ("rnn", RecurrentKind.SimpleRnn));

    public Option<int?> Units { get; } = OptionKinds.Whole("--units", "COUNT", "The units of a network in each direction. Default: 64. More for many samples.");

    public Option<int?> Networks { get; } = OptionKinds.Whole("--networks", "COUNT",
        "How many networks are trained; the mean of their outputs decides. Default: 6 for texts, 5 for sequences. Fewer are faster, more are steadier.");

    public Option<int?> Epochs { get; } = OptionKinds.Whole("--epochs", "COUNT", "How many times each network sees all samples at most. Default: 6 for texts, 60 for sequences.");

    public Option<double?> Validation { get; } = OptionKinds.Parsed<double?>("--validation", "SHARE",
        "The share of each class that is kept out of training to choose the epoch and the temperature. Default: 0.1.", "a share between 0 and 0.9 such as 0.1",
        text => double.TryParse(text, System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture, out double share) && share is > 0 and < 0.9 ? share : null);

    public Option<int?> MaxLength { get; } = OptionKinds.Whole("--max-length", "TOKENS", "How many words of a text are read; signs count as words. Default: 400.");

    public Option<int?> Seed { get; } = OptionKinds.Whole("--seed", "NUMBER",
        "The number from which everything random follows: the same seed gives the same classifier on any number of cores. Default: 0.", least: 0);

    public ResultOptions Results { get; } = new("report.html and model.keras are", DefaultFolder);

    public Command Command()
    {
        var command = new Command("train") { Data };
        foreach (Option option in (Option[])[Test, TextColumn, LabelColumn, .. Steps.All, Encoding, Cell, Units, Networks, Epochs, Validation, MaxLength, Seed, .. Results.All]) { command.Add(option); }
        return command;
    }

    public HelpPage Help()
    {
        var page = new HelpPage();
        page.Paragraph("engram classify train: learn from samples whose classes are known to tell the classes of others.");
        page.Heading("Usage");
        page.Line("engram classify train DATA.csv [--test FILE.csv] [options]");
        page.Line("engram classify train TEXTS.txt LABELS.txt [--test TEXTS.txt LABELS.txt] [options]");
        page.Line("engram classify train DATA.ts [--test FILE.ts] [options]");
        page.Line("engram classify train DATA.csv --id COLUMN [--time COLUMN] [--test FILE.csv] [options]");
        page.Paragraph("Texts stand in a CSV file with a column of texts and one of labels, or in two text files with one text and one label a line; sequences of numbers in a .ts "
            + "file of the UEA archive, or in a CSV file with a row for each step of each sequence and a column that says to which it belongs. A few recurrent networks read each sample in both directions. A part of the samples is kept out to choose the best epoch and to "
            + "calibrate the probabilities. The answers are measured beside always answering the most frequent class; when they are no better, it says so.");
        page.Options("The data", Test, LabelColumn, Encoding, Validation);
        page.Options("Texts", TextColumn, MaxLength);
        page.Options("Sequences of numbers in a CSV file", Steps.All);
        page.Options("The networks", Cell, Units, Networks, Epochs, Seed);
        page.Options("The results", Results.All);
        page.Heading("Examples");
        page.Line("engram classify train reviews.csv --test more-reviews.csv");
        page.Line("    Learn which reviews are bad, and measure it. Open engram-classify/report.html afterwards.");
        page.Line("engram classify train vowels_TRAIN.ts --test vowels_TEST.ts");
        page.Line("    Who is speaking? Sequences of different lengths, twelve numbers a step.");
        page.Line("engram classify train sensors.csv --id machine --time hour --label-column state");
        page.Line("    Which machines fail? A row for each hour of each machine; all other columns are what was measured.");
        page.Line("engram classify predict engram-classify/model.keras \"a waste of time\"");
        page.Line("    Ask the classifier.");
        return page;
    }

    /// <summary>The options for texts.</summary>
    public TextClassifierOptions TextOptions(ParseResult arguments)
    {
        var defaults = new TextClassifierOptions();
        return new TextClassifierOptions
        {
            Cell = arguments.GetValue(Cell) ?? defaults.Cell,
            Units = arguments.GetValue(Units) ?? defaults.Units,
            Networks = arguments.GetValue(Networks) ?? defaults.Networks,
            Epochs = arguments.GetValue(Epochs),
            ValidationShare = arguments.GetValue(Validation) ?? defaults.ValidationShare,
            MaxLength = arguments.GetValue(MaxLength) ?? defaults.MaxLength,
            Seed = arguments.GetValue(Seed) ?? 0,
        };
    }

    /// <summary>The options for sequences.</summary>
    public SequenceClassifierOptions SequenceOptions(ParseResult arguments)
    {
        bool isTable = arguments.GetResult(Steps.Id) is not null;
        foreach (Option option in isTable ? (Option[])[TextColumn, MaxLength] : [TextColumn, LabelColumn, Encoding, MaxLength])
        {
            if (arguments.GetResult(option) is not null) { throw new UsageException($"{option.Name} is for texts; {(isTable ? "--id says that the file" : "a .ts file")} has sequences of numbers."); }
        }

        var defaults = new SequenceClassifierOptions();
        return new SequenceClassifierOptions
        {
            Cell = arguments.GetValue(Cell) ?? defaults.Cell,
            Units = arguments.GetValue(Units) ?? defaults.Units,
            Networks = arguments.GetValue(Networks) ?? defaults.Networks,
            Epochs = arguments.GetValue(Epochs),
            ValidationShare = arguments.GetValue(Validation) ?? defaults.ValidationShare,
            Seed = arguments.GetValue(Seed) ?? 0,
        };
    }
}
