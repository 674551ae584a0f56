using System.CommandLine;
using System.Diagnostics;
using Engram.Charts;
using Engram.Cli.Options;
using Engram.Formats;

namespace Engram.Cli.Files;

/// <summary><c>engram run</c>: a model of any format on the arrays of a file.</summary>
internal sealed class RunCommand : ToolCommand
{
    private const double DefaultTolerance = 1e-5;

    private readonly Argument<string> model = FileText.File("MODEL");
    private readonly Option<string?> input = OptionKinds.Text("--input", "FILE", "What goes in: .npy, .npz, .safetensors or .csv. Always needed.");
    private readonly Option<string?> output = OptionKinds.Text("--output", "FILE", "Where the outputs are written: .npy, .npz, .safetensors or .csv. Default: nowhere; shapes and times are printed.");
    private readonly Option<bool> stateful = OptionKinds.Flag("--stateful", "Go one time step at a time and keep the states, as with live data. For a chain of layers; the outputs are the same.");
    private readonly Option<string?> expect = OptionKinds.Text("--expect", "FILE", "Compare the outputs with those in a file: output.0, output.1, ... or the outputs' names. For checks.");
    private readonly Option<double?> tolerance = OptionKinds.Number("--tolerance", "NUMBER", "The largest difference from --expect that passes. Default: 1e-5. More for long sequences.");
    private readonly Option<bool> json = OptionKinds.Flag("--json", "Print one JSON object instead of text. For programs.");

    public RunCommand() => Syntax = new Command("run") { model, input, output, stateful, expect, tolerance, json };

    public override Command Syntax { get; }

    public override string Summary => "Run a model of any format on the arrays of a file.";

    public override HelpPage Help
    {
        get
        {
            var page = new HelpPage();
            page.Paragraph("engram run: the outputs of a model for given inputs, and how long they took.");
            page.Heading("Usage");
            page.Line("engram run MODEL --input FILE [options]");
            page.Paragraph("MODEL is a .keras, .h5 or .onnx file, or the weights of a single recurrent module of PyTorch. Inputs are arrays named input.0, input.1, ... or by the model's own "
                + "names; a file with a single array needs no name. In a CSV file a row is a sample, or a time step where the columns are the model's features. Outputs are output.0, output.1, ...");
            page.Options("The data", input, output, stateful);
            page.Options("The check", expect, tolerance);
            page.Options("The results", json);
            page.Heading("Examples");
            page.Line("engram run model.keras --input x.npy --output y.npy");
            page.Line("engram run model.onnx --input model.io.safetensors --expect model.io.safetensors");
            return page;
        }
    }

    public override void Run(ParseResult arguments, ToolConsole console)
    {
        if (arguments.GetValue(input) is not { } from) { throw new UsageException("run needs --input, a file of what goes in."); }
        if (arguments.GetValue(tolerance) is not null && arguments.GetValue(expect) is null) { throw new UsageException("--tolerance is for --expect, a file to compare with."); }
        string path = arguments.GetValue(model)!;
        var clock = Stopwatch.StartNew();
        RunnableModel loaded = RunnableModel.Load(path);
        double loadSeconds = clock.Elapsed.TotalSeconds;
        foreach (string warning in loaded.Warnings) { console.Error.WriteLine($"engram: warning: {warning}"); }
        string? to = arguments.GetValue(output);
        if (to is not null) { RunOutput.Check(to, loaded.OutputNames.Count); }
        IReadOnlyList<NamedArray> inputs = RunInput.Read(from, loaded);
        console.Cancellation.ThrowIfCancellationRequested();
        clock.Restart();
        IReadOnlyList<NamedArray> outputs = arguments.GetValue(stateful) ? loaded.RunByStep(inputs) : loaded.Run(inputs);
        double runSeconds = clock.Elapsed.TotalSeconds;
        if (to is not null) { RunOutput.Write(to, outputs); }
        IReadOnlyList<WeightDifference>? differences = arguments.GetValue(expect) is { } expected ? RunOutput.Compare(expected, outputs, loaded.OutputNames) : null;
        var run = new ModelRun(path, loaded, inputs, outputs, to, loadSeconds, runSeconds, differences, arguments.GetValue(tolerance) ?? DefaultTolerance);
        if (arguments.GetValue(json)) { WriteJson(console.Output, run); }
        else { WriteText(console.Output, run); }
        if (differences is not null && !run.Passes)
        {
            throw new EngramException($"the outputs differ from {arguments.GetValue(expect)} by {FileText.Difference(run.Largest)}, more than {FileText.Difference(run.Tolerance)}.");
        }
    }

    private static void WriteText(TextWriter output, ModelRun run)
    {
        for (int i = 0; i < run.Inputs.Count; i++) { output.WriteLine($"Input   {run.Model.InputNames[i]} {run.Inputs[i].Shape}"); }
        for (int i = 0; i < run.Outputs.Count; i++)
        {
            string difference = run.Differences is null ? "" : $", largest difference {FileText.Difference(run.Differences[i].Largest)}";
            output.WriteLine($"Output  {run.Model.OutputNames[i]} {run.Outputs[i].Shape}{difference}");
        }

        if (run.To is not null) { output.WriteLine($"Written to {run.To}."); }
        if (run.Differences is not null) { output.WriteLine($"Largest difference {FileText.Difference(run.Largest)}, {(run.Passes ? "within" : "above")} {FileText.Difference(run.Tolerance)}."); }
        output.WriteLine($"Read in {Milliseconds(run.LoadSeconds)}, run in {Milliseconds(run.RunSeconds)}.");
    }

    private static string Milliseconds(double seconds) => $"{NumberText.Significant(1000 * seconds, 3)} ms";

    private static void WriteJson(TextWriter output, ModelRun run) => JsonOutput.Write(output, json =>
    {
        json.WriteString("model", run.Path);
        WritePorts("inputs", run.Model.InputNames, run.Inputs);
        WritePorts("outputs", run.Model.OutputNames, run.Outputs);
        json.WriteString("file", run.To);
        json.Number("loadSeconds", run.LoadSeconds);
        json.Number("runSeconds", run.RunSeconds);
        if (run.Differences is null) { return; }
        json.WriteStartObject("compared");
        json.Numbers("largestDifferences", run.Differences.Select(difference => difference.Largest));
        json.Number("largestDifference", run.Largest);
        json.WriteNumber("tolerance", run.Tolerance);
        json.WriteBoolean("passes", run.Passes);
        json.WriteEndObject();

        void WritePorts(string name, IReadOnlyList<string> names, IReadOnlyList<NamedArray> arrays)
        {
            json.WriteStartArray(name);
            for (int i = 0; i < arrays.Count; i++)
            {
                json.WriteStartObject();
                json.WriteString("name", names[i]);
                json.Numbers("shape", arrays[i].Shape.Axes.ToArray().Select(axis => (double)axis));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    });
}

/// <summary>A run as the command shows it.</summary>
internal sealed record ModelRun(
    string Path, RunnableModel Model, IReadOnlyList<NamedArray> Inputs, IReadOnlyList<NamedArray> Outputs, string? To,
    double LoadSeconds, double RunSeconds, IReadOnlyList<WeightDifference>? Differences, double Tolerance)
{
    /// <summary>The largest difference of all outputs; NaN where one is.</summary>
    public double Largest => Differences!.Count == 0 ? 0 : Differences.Any(difference => double.IsNaN(difference.Largest)) ? double.NaN : Differences.Max(difference => difference.Largest);

    public bool Passes => Largest <= Tolerance;
}
