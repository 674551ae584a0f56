using System.CommandLine;
using System.Globalization;
using Engram.Cli.Options;
using Engram.Generation;

namespace Engram.Cli.Generate;

/// <summary>The argument and options of <c>engram generate train</c>, with what each is for.</summary>
internal sealed class GenerateSyntax
{
    public Argument<string> File { get; } = new("FILE") { Arity = ArgumentArity.ExactlyOne };

    public Option<TextTokens?> Tokens { get; } = OptionKinds.Choice("--tokens",
        "What the text is cut into. Default: characters. byte-pairs or words for texts of many megabytes; words can only write words that the text has.",
        ("characters", TextTokens.Characters), ("byte-pairs", TextTokens.BytePairs), ("words", TextTokens.Words));

    public Option<int?> Vocabulary { get; } = OptionKinds.Whole("--vocabulary", "COUNT", "The most tokens of the vocabulary. Default: all characters, 1024 byte pairs or 10000 words.", least: 8);

    public Option<int?> Units { get; } = OptionKinds.Whole("--units", "COUNT", "The units of a layer. Default: 384. Fewer are faster, and better for short texts: 128 for some ten thousand characters.");

    public Option<int?> Layers { get; } = OptionKinds.Whole("--layers", "COUNT", "How many LSTM layers, one above the other. Default: 2.");

    public Option<int?> Embedding { get; } = OptionKinds.Whole("--embedding", "COUNT", "The length of the vector that stands for a token. Default: 64 for characters, 128 for byte pairs and words.");

    public Option<double?> Dropout { get; } = Between("--dropout", "How much of each layer's output is dropped in training. Default: 0.2. More where the training loss falls and the held-out loss rises.", 0, 0.95);

    public Option<int?> Seed { get; } = OptionKinds.Whole("--seed", "NUMBER", "The number from which everything random follows: the same seed and steps give the same model on any number of cores. Default: 0.", least: 0);

    public Option<double?> Minutes { get; } = OptionKinds.Number("--minutes", "NUMBER",
        "About how long training may take. How fast this machine is gets measured first and decides the number of steps, which is printed: --steps with that number gives the same model again.");

    public Option<int?> Steps { get; } = OptionKinds.Whole("--steps", "COUNT", "How many updates are made. Default: by --minutes or --passes.");

    public Option<double?> Passes { get; } = OptionKinds.Number("--passes", "NUMBER", "How many times the text is read. Default: 5, but at least 1000 steps.");

    public Option<int?> Streams { get; } = OptionKinds.Whole("--streams", "COUNT", "How many places of the text are read side by side. Default: 16, fewer for short texts.");

    public Option<int?> Window { get; } = OptionKinds.Whole("--window", "COUNT", "How many tokens of each stream make an update. Default: 64.");

    public Option<double?> LearningRate { get; } = OptionKinds.Number("--learning-rate", "NUMBER", "The highest learning rate; it falls to a hundredth of that. Default: 0.003.");

    public Option<double?> HeldOut { get; } = Between("--held-out", "The share at the end of the text that measures the model and is not trained on. Default: 0.1. 0 for none.", 0, 0.5);

    public Option<int?> Patience { get; } = OptionKinds.Whole("--patience", "COUNT", "After how many of ten measurements without a better one training stops. Default: 3.");

    public Option<string?> Model { get; } = OptionKinds.Text("--model", "FILE", "Train a saved model further, on this text, instead of a new one.");

    public Option<TextEncoding?> Encoding { get; } = TextEncodings.Option();

    public ResultOptions Results { get; } = new("generator.keras and report.html are", GenerateTrainCommand.DefaultFolder);

    /// <summary>What a saved model has settled.</summary>
    public Option[] OfNetwork => [Tokens, Vocabulary, Units, Layers, Embedding, Dropout, Seed];

    private Option[] OfTraining => [Minutes, Steps, Passes, Streams, Window, LearningRate, HeldOut, Patience, Model];

    /// <summary>The command.</summary>
    public Command Command()
    {
        var command = new Command("train") { File };
        foreach (Option option in (Option[])[.. OfNetwork, .. OfTraining, Encoding, .. Results.All]) { command.Add(option); }
        return command;
    }

    /// <summary>The help.</summary>
    public HelpPage Help()
    {
        var page = new HelpPage();
        page.Paragraph("engram generate train: learn to write like a text.");
        page.Heading("Usage");
        page.Line("engram generate train FILE [options]");
        page.Paragraph("FILE is plain text in UTF-8. Its end is held out of training and says how well the model predicts what it has not seen. Then 'engram generate sample' writes with the model.");
        page.Options("The network", [.. OfNetwork]);
        page.Options("The training", [.. OfTraining]);
        page.Options("The file", Encoding);
        page.Options("The results", Results.All);
        page.Heading("Examples");
        page.Line("engram generate train plays.txt --minutes 15");
        page.Line("    A quarter of an hour. Open engram-generate/report.html afterwards.");
        page.Line("engram generate train poems.txt --units 128 --out poems");
        page.Line("    A small model for a small text.");
        page.Line("engram generate train more.txt --model poems/generator.keras --learning-rate 0.0005 --out poems2");
        page.Line("    The same model, trained further on another text.");
        return page;
    }

    /// <summary>The network that the command line asks for.</summary>
    /// <exception cref="UsageException">The vocabulary cannot be that small.</exception>
    public TextNetworkOptions Network(ParseResult arguments)
    {
        if (arguments.GetValue(Tokens) == TextTokens.BytePairs) { BytePairs.DemandRoom(arguments.GetValue(Vocabulary)); }
        return new TextNetworkOptions
        {
            Tokens = arguments.GetValue(Tokens) ?? TextTokens.Characters,
            VocabularySize = arguments.GetValue(Vocabulary),
            Units = arguments.GetValue(Units) ?? 384,
            Layers = arguments.GetValue(Layers) ?? 2,
            EmbeddingSize = arguments.GetValue(Embedding),
            Dropout = (float)(arguments.GetValue(Dropout) ?? 0.2),
            Seed = arguments.GetValue(Seed) ?? 0,
        };
    }

    /// <summary>The training that the command line asks for.</summary>
    /// <exception cref="UsageException">Two options say how long.</exception>
    public TextFitOptions Fit(ParseResult arguments)
    {
        Option[] lengths = [.. ((Option[])[Minutes, Steps, Passes]).Where(option => arguments.GetResult(option) is not null)];
        if (lengths.Length > 1) { throw new UsageException($"{lengths[0].Name} and {lengths[1].Name} both say how long to train; give one of them."); }
        foreach (Option<double?> option in (Option<double?>[])[Minutes, Passes, LearningRate])
        {
            if (arguments.GetValue(option) == 0) { throw new UsageException($"{option.Name} takes a number above 0."); }
        }

        return new TextFitOptions
        {
            Minutes = arguments.GetValue(Minutes),
            Steps = arguments.GetValue(Steps),
            Passes = arguments.GetValue(Passes) ?? 5,
            Streams = arguments.GetValue(Streams),
            TimeSteps = arguments.GetValue(Window) ?? 64,
            LearningRate = arguments.GetValue(LearningRate) ?? 0.003,
            HeldOut = arguments.GetValue(HeldOut) ?? 0.1,
            Patience = arguments.GetValue(Patience) ?? 3,
        };
    }

    private static Option<double?> Between(string name, string help, double least, double most) => OptionKinds.Parsed<double?>(
        name, "SHARE", help, FormattableString.Invariant($"a share from {least} to {most}"),
        text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double share) && share >= least && share <= most ? share : null);
}
