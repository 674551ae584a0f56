using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Engram.Charts;
using Engram.Cli.Options;
using Engram.Cli.Series;
using Engram.Layers;
using Engram.Models;

namespace Engram.Cli.Files;

/// <summary><c>engram inspect</c>: what a file of a model or of weights holds.</summary>
internal sealed class InspectCommand : ToolCommand
{
    private readonly Argument<string> file = FileText.File("FILE");
    private readonly Option<bool> json = OptionKinds.Flag("--json", "Print one JSON object instead of text. For programs.");

    public InspectCommand() => Syntax = new Command("inspect") { file, json };

    public override Command Syntax { get; }

    public override string Summary => "Show what a file of a model or of weights holds.";

    public override HelpPage Help
    {
        get
        {
            var page = new HelpPage();
            page.Paragraph("engram inspect: what a file of a model or of weights holds: layers, shapes, parameters, how it was trained, every array with its SHA-256.");
            page.Heading("Usage");
            page.Line("engram inspect FILE [--json]");
            page.Paragraph("Reads .keras (with the settings of Engram's forecasts), .weights.h5 and .h5, .onnx, .safetensors, .npy, .npz, .pt of PyTorch, and event files of TensorBoard. Nothing in a file is ever run.");
            page.Options("Options", json);
            page.Heading("Examples");
            page.Line("engram inspect model.keras");
            page.Line("engram inspect weights.pt --json");
            return page;
        }
    }

    public override void Run(ParseResult arguments, ToolConsole console)
    {
        FileInspection inspection = FileInspection.Of(arguments.GetValue(file)!);
        if (arguments.GetValue(json)) { JsonOutput.Write(console.Output, writer => WriteJson(writer, inspection)); }
        else { WriteText(console, inspection); }
    }

    private static void WriteText(ToolConsole console, FileInspection inspection)
    {
        TextWriter output = console.Output;
        output.WriteLine($"{Path.GetFileName(inspection.Path)}: {FileText.Kind(inspection.Kind)}, {FileText.Size(inspection.Bytes)}");
        output.WriteLine($"SHA-256 {inspection.Hash}");
        if (inspection.Model is { } model)
        {
            output.WriteLine();
            output.WriteLine(model.Summary().TrimEnd());
            output.WriteLine($"Inputs   {string.Join(", ", Ports(model.InputNames, model.InputShapes))}");
            output.WriteLine($"Outputs  {string.Join(", ", model.OutputNames)}");
            foreach (string warning in model.FileWarnings) { output.WriteLine($"Warning: {warning}"); }
        }

        if (inspection.Training is { } training)
        {
            Optimizer(output, inspection.Model!);
            foreach (string name in (string[])["loss", "loss_weights", "metrics", "weighted_metrics"])
            {
                if (training[name] is { } value) { output.WriteLine($"{name,-17}{Short(value)}"); }
            }
        }

        if (inspection.Forecast is { } forecast)
        {
            output.WriteLine();
            output.WriteLine("A model that engram forecast made; use it with engram forecast FILE.csv --model.");
            foreach ((string name, JsonNode? value) in forecast) { output.WriteLine($"  {name,-20} {Short(value)}"); }
        }

        if (inspection.Metadata.Count > 0)
        {
            output.WriteLine();
            foreach ((string key, string value) in inspection.Metadata) { output.WriteLine($"  {key,-20} {Cut(value)}"); }
        }

        if (inspection.Modules.Count > 0) { output.WriteLine($"Recurrent modules of PyTorch: {string.Join(", ", inspection.Modules.Select(module => module.Length == 0 ? "the model itself" : module))}"); }
        inspection.Events?.WriteTo(console);
        if (inspection.Arrays.Count == 0) { return; }
        output.WriteLine();
        var table = new TextTable("array", "type", "shape", "least", "largest", "SHA-256");
        foreach (ArrayFacts array in inspection.Arrays)
        {
            bool any = array.Length > array.NotFinite;
            table.Add(array.NotFinite > 0, array.Name, array.Type, array.Shape.ToString(), any ? NumberText.Significant(array.Least) : "-", any ? NumberText.Significant(array.Largest) : "-", array.Hash[..16]);
        }

        table.WriteTo(console);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{inspection.Arrays.Count} arrays, {inspection.Arrays.Sum(array => (long)array.Length)} numbers."));
        foreach (ArrayFacts array in inspection.Arrays.Where(array => array.NotFinite > 0)) { output.WriteLine($"{array.Name}: {array.NotFinite} of {array.Length} numbers are NaN or infinite."); }
    }

    private static void Optimizer(TextWriter output, Network model)
    {
        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{"optimizer",-17}{model.Optimizer!.Name}, learning rate {NumberText.Significant(model.Optimizer.LearningRate)}, {Words.Count((int)model.Optimizer.Iterations, "step")}, {model.Optimizer.StateCount} numbers of state"));
    }

    private static void WriteJson(Utf8JsonWriter json, FileInspection inspection)
    {
        json.WriteString("file", inspection.Path);
        json.WriteString("format", inspection.Kind.ToString());
        json.WriteNumber("bytes", inspection.Bytes);
        json.WriteString("sha256", inspection.Hash);
        json.WriteStartObject("metadata");
        foreach ((string key, string value) in inspection.Metadata) { json.WriteString(key, value); }
        json.WriteEndObject();
        if (inspection.Model is { } model) { WriteModel(json, model); }
        if (inspection.Training is { } training) { WriteTraining(json, inspection.Model!, training); }
        if (inspection.Forecast is { } forecast)
        {
            json.WritePropertyName("forecast");
            forecast.WriteTo(json);
        }

        inspection.Events?.WriteTo(json);
        if (inspection.Modules.Count > 0) { json.Texts("recurrentModules", inspection.Modules); }
        json.WriteNumber("numbers", inspection.Arrays.Sum(array => (long)array.Length));
        json.WriteStartArray("arrays");
        foreach (ArrayFacts array in inspection.Arrays)
        {
            json.WriteStartObject();
            json.WriteString("name", array.Name);
            json.WriteString("type", array.Type);
            Axes(json, "shape", array.Shape);
            json.Number("least", array.Least);
            json.Number("largest", array.Largest);
            json.WriteNumber("notFinite", array.NotFinite);
            json.WriteString("sha256", array.Hash);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteModel(Utf8JsonWriter json, Network model)
    {
        json.WriteStartObject("model");
        json.WriteString("name", model.Name);
        json.WriteString("kind", model.Kind);
        json.WriteNumber("parameters", model.ParameterCount);
        json.WriteNumber("trainableParameters", model.TrainableWeights.Sum(weight => (long)weight.Value.Length));
        json.WriteStartArray("inputs");
        for (int i = 0; i < model.InputNames.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("name", model.InputNames[i]);
            if (model.InputShapes is { } shapes) { Axes(json, "shape", shapes[i]); }
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.Texts("outputs", model.OutputNames);
        json.WriteStartArray("layers");
        foreach (Layer layer in model.Layers)
        {
            json.WriteStartObject();
            json.WriteString("name", layer.Name);
            json.WriteString("kind", layer.Kind);
            json.WriteNumber("parameters", layer.ParameterCount);
            json.WriteBoolean("trainable", layer.Trainable);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.Texts("warnings", model.FileWarnings);
        json.WriteEndObject();
    }

    private static void WriteTraining(Utf8JsonWriter json, Network model, JsonObject training)
    {
        json.WriteStartObject("training");
        json.WriteString("optimizer", model.Optimizer!.Name);
        json.Number("learningRate", model.Optimizer.LearningRate);
        json.WriteNumber("steps", model.Optimizer.Iterations);
        json.WriteNumber("stateNumbers", model.Optimizer.StateCount);
        json.WritePropertyName("configuration");
        training.WriteTo(json);
        json.WriteEndObject();
    }

    private static void Axes(Utf8JsonWriter json, string name, Shape shape)
    {
        json.WriteStartArray(name);
        foreach (int axis in shape.Axes)
        {
            if (axis == Shape.Unknown) { json.WriteNullValue(); }
            else { json.WriteNumberValue(axis); }
        }

        json.WriteEndArray();
    }

    private static IEnumerable<string> Ports(IReadOnlyList<string> names, IReadOnlyList<Shape>? shapes) => names.Select((name, i) => shapes is null ? name : $"{name} {shapes[i]}");

    private static string Short(JsonNode? value) => Cut(value?.ToJsonString() ?? "null");

    private static string Cut(string text) => text.Length <= 80 ? text : $"{text[..77]}...";
}
