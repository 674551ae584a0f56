using System.CommandLine;
using System.Diagnostics;
using Engram.Cli.Options;
using Engram.Formats;
using Engram.Models;

namespace Engram.Cli.Files;

/// <summary><c>engram convert</c>: a model or weights from one format into another.</summary>
internal sealed class ConvertCommand : ToolCommand
{
    private readonly Argument<string> from = FileText.File("IN");
    private readonly Argument<string> to = FileText.File("OUT");
    private readonly Option<bool> json = OptionKinds.Flag("--json", "Print one JSON object instead of text. For programs.");

    public ConvertCommand() => Syntax = new Command("convert") { from, to, json };

    public override Command Syntax { get; }

    public override string Summary => "Write a model or weights in another format.";

    public override HelpPage Help
    {
        get
        {
            var page = new HelpPage();
            page.Paragraph("engram convert: a model or weights in another format; the extension of OUT decides which.");
            page.Heading("Usage");
            page.Line("engram convert IN OUT [--json]");
            page.Paragraph("A model (.keras, .h5, .onnx) becomes a model (.keras, .h5, .onnx), or its weights alone (.weights.h5, .safetensors, .npz). Weights (.weights.h5, .safetensors, .npz, "
                + ".npy, .pt) become weights under the same names; those of a single recurrent module of PyTorch become a model too. An OUT that exists is replaced as a whole.");
            page.Options("Options", json);
            page.Heading("Examples");
            page.Line("engram convert model.keras model.onnx");
            page.Line("engram convert weights.pt weights.safetensors");
            page.Line("engram convert lstm.pt lstm.onnx");
            return page;
        }
    }

    public override void Run(ParseResult arguments, ToolConsole console)
    {
        string source = arguments.GetValue(from)!, target = arguments.GetValue(to)!;
        var clock = Stopwatch.StartNew();
        FileKind kind = ModelFile.KindOf(source);
        int arrays;
        if (ModelFile.TakesModel(target) || ModelFile.HoldsModel(source))
        {
            Network model = ModelFile.Load(source);
            foreach (string warning in model.FileWarnings) { console.Error.WriteLine($"engram: warning: {warning}"); }
            ModelFile.Save(model, target);
            arrays = model.Weights.Count;
        }
        else
        {
            IReadOnlyList<NamedArray> weights = ModelFile.Arrays(source);
            ModelFile.Save(weights, target);
            arrays = weights.Count;
        }

        double seconds = clock.Elapsed.TotalSeconds;
        long bytes = new FileInfo(target).Length;
        if (arguments.GetValue(json))
        {
            JsonOutput.Write(console.Output, writer =>
            {
                writer.WriteString("in", source);
                writer.WriteString("out", target);
                writer.WriteString("from", kind.ToString());
                writer.WriteString("to", ModelFile.KindOf(target).ToString());
                writer.WriteNumber("arrays", arrays);
                writer.WriteNumber("bytes", bytes);
                writer.Number("seconds", seconds);
            });
            return;
        }

        console.Output.WriteLine($"{target}: {FileText.Kind(ModelFile.KindOf(target))}, {FileText.Size(bytes)}, {arrays} arrays from {FileText.Kind(kind)}, {Series.Words.Seconds(seconds)}.");
    }
}
