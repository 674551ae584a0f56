using System.CommandLine;
using System.Globalization;
using Engram.Cli.Options;

namespace Engram.Cli.Files;

/// <summary><c>engram diff</c>: how much the weights of two files differ.</summary>
internal sealed class DiffCommand : ToolCommand
{
    private readonly Argument<string> first = FileText.File("A");
    private readonly Argument<string> second = FileText.File("B");
    private readonly Option<double?> tolerance = OptionKinds.Number("--tolerance", "NUMBER", "The largest difference that counts as none. Default: 0. Take 1e-6 where one file was rounded.");
    private readonly Option<bool> json = OptionKinds.Flag("--json", "Print one JSON object instead of text. For programs.");

    public DiffCommand() => Syntax = new Command("diff") { first, second, tolerance, json };

    public override Command Syntax { get; }

    public override string Summary => "Compare the weights of two files, of any two formats.";

    public override HelpPage Help
    {
        get
        {
            var page = new HelpPage();
            page.Paragraph("engram diff: the largest difference of each weight of two files, of any two formats. The exit code is 1 when they differ.");
            page.Heading("Usage");
            page.Line("engram diff A B [options]");
            page.Options("Options", tolerance, json);
            page.Heading("Examples");
            page.Line("engram diff before.keras after.keras");
            page.Line("engram diff weights.pt weights.safetensors --tolerance 1e-6");
            return page;
        }
    }

    public override void Run(ParseResult arguments, ToolConsole console)
    {
        string a = arguments.GetValue(first)!, b = arguments.GetValue(second)!;
        double allowed = arguments.GetValue(tolerance) ?? 0;
        IReadOnlyList<WeightDifference> differences = WeightDifference.Of(a, b);
        bool equal = differences.All(difference => difference.Largest <= allowed);
        if (arguments.GetValue(json))
        {
            JsonOutput.Write(console.Output, writer =>
            {
                writer.WriteString("a", a);
                writer.WriteString("b", b);
                writer.WriteNumber("tolerance", allowed);
                writer.WriteBoolean("equal", equal);
                writer.WriteStartArray("weights");
                foreach (WeightDifference difference in differences)
                {
                    writer.WriteStartObject();
                    writer.WriteString("name", difference.Name);
                    writer.WriteString("a", difference.First?.ToString());
                    writer.WriteString("b", difference.Second?.ToString());
                    writer.Number("largestDifference", difference.Largest);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
            });
        }
        else { WriteText(console, differences, allowed, equal); }

        if (!equal) { console.ExitCode = EngramTool.Failure; }
    }

    private static void WriteText(ToolConsole console, IReadOnlyList<WeightDifference> differences, double allowed, bool equal)
    {
        int differing = differences.Count(difference => !(difference.Largest <= allowed));
        if (differences.Count > 0)
        {
            var table = new TextTable("weight", "A", "B", "largest difference");
            foreach (WeightDifference difference in differences)
            {
                table.Add(!(difference.Largest <= allowed), difference.Name, difference.First?.ToString() ?? "missing", difference.Second?.ToString() ?? "missing",
                    difference.First is null || difference.Second is null || !difference.First.Equals(difference.Second) ? "-" : FileText.Difference(difference.Largest));
            }

            table.WriteTo(console);
        }

        console.Output.WriteLine(equal
            ? string.Create(CultureInfo.InvariantCulture, $"All {differences.Count} weights are equal{(allowed > 0 ? $" to {FileText.Difference(allowed)}" : "")}.")
            : string.Create(CultureInfo.InvariantCulture, $"{differing} of {differences.Count} weights differ."));
    }
}
