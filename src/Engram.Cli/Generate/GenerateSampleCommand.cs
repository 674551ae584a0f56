using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Engram.Cli.Options;
using Engram.Generation;

namespace Engram.Cli.Generate;

/// <summary><c>engram generate sample</c>: a trained model and a prompt in; text out, as it is written.</summary>
internal sealed class GenerateSampleCommand : ToolCommand
{
    private readonly Argument<string> model = new("MODEL") { Arity = ArgumentArity.ExactlyOne };
    private readonly Argument<string?> prompt = new("PROMPT") { Arity = ArgumentArity.ZeroOrOne };
    private readonly GenerateSampling sampling = new();
    private readonly Option<WeightType?> weights = OptionKinds.Choice("--weights", "How the weights are stored while it writes. Default: float32. With fewer bits it writes faster, another text of the same kind.",
        ("float32", WeightType.Float32), ("bfloat16", WeightType.Bfloat16), ("int8", WeightType.Int8));
    private readonly Option<bool> json = OptionKinds.Flag("--json", "Print one JSON object instead of text. For programs.");

    public GenerateSampleCommand()
    {
        Syntax = new Command("sample") { model, prompt, weights, json };
        foreach (Option option in sampling.All) { Syntax.Add(option); }
    }

    public override Command Syntax { get; }

    public override string Group => "generate";

    public override string Summary => "Write text with a model that was trained on some.";

    public override HelpPage Help
    {
        get
        {
            var page = new HelpPage();
            page.Paragraph("engram generate sample: write on from a prompt.");
            page.Heading("Usage");
            page.Line("engram generate sample MODEL [PROMPT] [options]");
            page.Paragraph("MODEL is a .keras file that engram generate train wrote. The prompt is printed, then what the model writes, as it writes it. Without a prompt it begins as behind a new line.");
            page.Options("What is drawn", sampling.Temperature, sampling.TopK, sampling.TopP, sampling.Penalty, sampling.Window, sampling.Seed);
            page.Options("When it ends", sampling.Length, sampling.Stop);
            page.Options("How", weights, json);
            page.Heading("Examples");
            page.Line("engram generate sample engram-generate/generator.keras \"ROMEO:\" --temperature 0.8");
            page.Line("engram generate sample generator.keras \"Once upon a time\" --top-p 0.9 --length 2000 --seed 7");
            page.Line("engram generate sample generator.keras \"JULIET:\" --stop $'\\n\\n'");
            page.Line("    Until the speech is over: an empty line, as a POSIX shell writes it.");
            return page;
        }
    }

    public override void Run(ParseResult arguments, ToolConsole console)
    {
        SamplingOptions options = sampling.Options(arguments);
        string path = arguments.GetValue(model)!;
        InputFile.Demand(path, $"engram generate train writes a model as {GenerateTrainCommand.DefaultFolder}/generator.keras.");
        TextGenerator generator = TextGenerator.Load(path);
        string begin = arguments.GetValue(prompt) ?? "";
        if (generator.UnknownWords(begin) is { Count: > 0 } unknown)
        {
            console.Error.WriteLine($"engram: note: the model does not know {string.Join(", ", unknown.Select(word => $"'{word}'"))} and reads an unknown word in its place.");
        }

        using TextSession session = generator.OpenSession(options, arguments.GetValue(weights) ?? WeightType.Float32);
        session.Read(begin);
        bool asJson = arguments.GetValue(json);
        if (!asJson) { console.Output.Write(begin); }
        var text = new StringBuilder();
        var clock = Stopwatch.StartNew();
        foreach (string piece in session.Write())
        {
            console.Cancellation.ThrowIfCancellationRequested();
            text.Append(piece);
            if (asJson) { continue; }
            console.Output.Write(piece);
            if (console.OutputIsTerminal) { console.Output.Flush(); }
        }

        double seconds = clock.Elapsed.TotalSeconds;
        if (!asJson)
        {
            console.Output.WriteLine();
            return;
        }

        JsonOutput.Write(console.Output, json =>
        {
            json.WriteString("model", path);
            json.WriteString("prompt", begin);
            json.WriteString("text", text.ToString());
            json.WriteBoolean("stopped", session.Stopped);
            json.WriteNumber("seed", options.Seed);
            json.WriteNumber("temperature", options.Temperature);
            json.Number("seconds", seconds);
        });
    }
}
