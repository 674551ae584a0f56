using System.CommandLine;

namespace Engram.Cli;

/// <summary>A page of help: what a command does, its options in groups, examples.</summary>
internal sealed class HelpPage
{
    private const int Width = 100;
    private const int Indent = 2;

    private readonly List<string> lines = [];

    /// <summary>The page of the tool itself.</summary>
    public static HelpPage Overview(IEnumerable<ToolCommand> commands)
    {
        var page = new HelpPage();
        page.Paragraph("engram: recurrent networks from the command line: forecasts, and files of models in any format.");
        page.Heading("Usage");
        page.Line("engram COMMAND [FILE ...] [options]");
        page.Heading("Commands");
        page.Terms([.. commands.Select(command => (command.Name, command.Summary))]);
        page.Heading("Options");
        page.Terms([("--help", "Show this page; engram COMMAND --help shows a command's options and examples."), ("--version", "Show the version.")]);
        page.Heading("Try");
        page.Line("engram forecast                   a forecast of a well-known series, without any file");
        page.Line("engram forecast sales.csv         a forecast of your own");
        page.Line("engram inspect model.keras        what a model's file holds");
        return page;
    }

    /// <summary>The page of several commands about the same thing.</summary>
    public static HelpPage Overview(string group, IEnumerable<ToolCommand> commands)
    {
        var page = new HelpPage();
        page.Heading("Usage");
        page.Line($"engram {group} COMMAND [options]");
        page.Heading("Commands");
        page.Terms([.. commands.Where(command => command.Group == group).Select(command => (command.Name, command.Summary))]);
        page.Heading("Options");
        page.Terms([("--help", $"Show this page; engram {group} COMMAND --help shows a command's options and examples.")]);
        return page;
    }

    public void Heading(string text)
    {
        lines.Add("");
        lines.Add($"{text}:");
    }

    /// <summary>Text that is wrapped.</summary>
    public void Paragraph(string text)
    {
        if (lines.Count > 0) { lines.Add(""); }
        lines.AddRange(Wrap(text, Width));
    }

    /// <summary>A line as it stands, indented.</summary>
    public void Line(string text) => lines.Add(new string(' ', Indent) + text);

    /// <summary>Options under a heading.</summary>
    public void Options(string heading, params ReadOnlySpan<Option> options)
    {
        Heading(heading);
        var terms = new (string, string)[options.Length];
        for (int i = 0; i < terms.Length; i++) { terms[i] = ($"{options[i].Name} {options[i].HelpName}".TrimEnd(), options[i].Description ?? ""); }
        Terms(terms);
    }

    public void WriteTo(TextWriter output)
    {
        foreach (string line in lines) { output.WriteLine(line); }
    }

    private void Terms(IReadOnlyList<(string Term, string Text)> terms)
    {
        const int Column = 26;
        foreach ((string term, string text) in terms)
        {
            List<string> wrapped = Wrap(text, Width - Indent - Column);
            bool fits = term.Length + 2 <= Column;
            if (!fits) { Line(term); }
            for (int i = 0; i < wrapped.Count; i++) { Line((i == 0 && fits ? term : "").PadRight(Column) + wrapped[i]); }
        }
    }

    private static List<string> Wrap(string text, int width)
    {
        List<string> wrapped = [""];
        foreach (string word in text.Split(' '))
        {
            if (wrapped[^1].Length > 0 && wrapped[^1].Length + 1 + word.Length > width) { wrapped.Add(""); }
            wrapped[^1] += wrapped[^1].Length > 0 ? $" {word}" : word;
        }

        return wrapped;
    }
}
