using Spectre.Console;

namespace Engram.Cli;

/// <summary>Rows under headings: with lines and colours for those who watch, plain where the output goes to a file.</summary>
/// <param name="headings">The headings; the first column is flush left, the others flush right.</param>
internal sealed class TextTable(params string[] headings)
{
    private readonly List<(string[] Cells, bool Emphasis)> rows = [];

    public void Add(bool emphasis, params string[] cells) => rows.Add((cells, emphasis));

    public void WriteTo(ToolConsole console)
    {
        if (console.OutputIsTerminal) { WriteStyled(console.Output); }
        else { WritePlain(console.Output); }
    }

    private void WritePlain(TextWriter output)
    {
        int[] widths = [.. headings.Select((heading, column) => Math.Max(heading.Length, rows.Max(row => row.Cells[column].Length)))];
        foreach (string[] cells in rows.Select(row => row.Cells).Prepend(headings))
        {
            output.WriteLine($"  {string.Join("  ", cells.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column])))}".TrimEnd());
        }
    }

    private void WriteStyled(TextWriter output)
    {
        var table = new Table { Border = TableBorder.Rounded };
        for (int i = 0; i < headings.Length; i++)
        {
            var column = new TableColumn(Markup.Escape(headings[i]));
            table.AddColumn(i == 0 ? column : column.RightAligned());
        }

        foreach ((string[] cells, bool emphasis) in rows)
        {
            table.AddRow([.. cells.Select(cell => new Text(cell, emphasis ? new Style(decoration: Decoration.Bold) : null))]);
        }

        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) }).Write(table);
    }
}
