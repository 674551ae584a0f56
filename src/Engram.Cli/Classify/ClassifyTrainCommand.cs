using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Engram.Classification;
using Engram.Cli.Options;
using Engram.Cli.Series;
using Engram.Data;

namespace Engram.Cli.Classify;

/// <summary><c>engram classify train</c>: samples with classes in; a classifier, its measured errors and a page out.</summary>
internal sealed class ClassifyTrainCommand : ToolCommand
{
    private readonly ClassifySyntax syntax = new();

    public ClassifyTrainCommand() => Syntax = syntax.Command();

    public override Command Syntax { get; }

    public override string Group => "classify";

    public override string Summary => "Learn to tell the classes of texts or sequences, and say how well.";

    public override HelpPage Help => syntax.Help();

    public override void Run(ParseResult arguments, ToolConsole console)
    {
        var clock = Stopwatch.StartNew();
        string[] files = arguments.GetValue(syntax.Data) ?? [];
        if (files.Length == 0)
        {
            throw new UsageException("classify train needs data: a .csv file with a column of texts and one of labels, a file of texts and a file of labels, a .ts file of sequences, or with --id a .csv file of sequences. "
                + "For example: engram classify train reviews.csv --test more-reviews.csv");
        }

        Encoding? encoding = TextEncodings.Of(arguments, syntax.Encoding);
        (string?, string?) columns = (arguments.GetValue(syntax.TextColumn), arguments.GetValue(syntax.LabelColumn));
        SequenceColumns? steps = syntax.Steps.Columns(arguments, columns.Item2, null, isLabelled: true);
        ClassifyData data = ClassifyData.Read(files, "DATA", columns, steps, encoding);
        if (steps is not null) { steps = syntax.Steps.Columns(arguments, columns.Item2, data.Sequences!.FeatureNames, isLabelled: true); } // the test file's in the same order
        ClassifyData? test = arguments.GetValue(syntax.Test) is { Length: > 0 } names ? ClassifyData.Read(names, "--test", columns, steps, encoding, data.Sequences?.Classes) : null;
        if (test is not null && test.Noun != data.Noun) { throw new UsageException($"--test {test.Source} has {test.Noun}, {data.Source} has {data.Noun}; both must be of one kind."); }
        DemandKnown(data, test);
        ClassifierOptions options = data.Texts is null ? syntax.SequenceOptions(arguments) : syntax.TextOptions(arguments);
        string folder = syntax.Results.Prepare(arguments);
        Classifier classifier = TrainingProgress.Run(console, arguments.GetValue(syntax.Results.Quiet), $"Training on {Words.Count(data.Count, data.Noun[..^1])}", shown =>
        {
            var reporter = new Reporter<ClassifierProgress>(progress => shown(progress.Share, $"{progress.Done} of {progress.Total} networks, {ClassifyRun.Percent(progress.ValidationAccuracy)} right"));
            return options is TextClassifierOptions of
                ? (Classifier)TextClassifier.Train(data.Texts!, of, reporter, console.Cancellation)
                : SequenceClassifier.Train(data.Sequences!, (SequenceClassifierOptions)options, reporter, console.Cancellation);
        });
        var run = new ClassifyRun
        {
            Data = data,
            TestData = test,
            Classifier = classifier,
            Options = options,
            Test = test is null ? null : classifier is TextClassifier texts ? texts.Evaluate(test.Texts!) : ((SequenceClassifier)classifier).Evaluate(test.Sequences!),
            Seconds = clock.Elapsed.TotalSeconds,
            Command = Words.CommandLine(arguments),
            Folder = folder,
        };
        console.Cancellation.ThrowIfCancellationRequested();
        classifier.Save(run.ModelPath);
        ClassifyPage.Create(run).Save(run.PagePath);
        syntax.Results.Write(arguments, () => ClassifyJson.Write(console.Output, run), () => ClassifyText.Write(console, run));
    }

    // Before training, not after it.
    private static void DemandKnown(ClassifyData data, ClassifyData? test)
    {
        if (test?.Texts is not { } texts) { return; }
        HashSet<string> known = [.. data.Texts!.Labels];
        int strange = Enumerable.Range(0, texts.Count).FirstOrDefault(i => !known.Contains(texts.Labels[i]), -1);
        if (strange >= 0)
        {
            throw new EngramException($"{test.Source}: text {strange + 1} is of the class '{texts.Labels[strange]}', which {data.Source} does not have; it has {string.Join(", ", known.Order(StringComparer.Ordinal).Take(20))}.");
        }
    }
}
