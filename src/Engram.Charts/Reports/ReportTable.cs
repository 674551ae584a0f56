using System.Text;
using Engram.Charts.Drawing;

namespace Engram.Charts.Reports;

/// <summary>Rows of texts and numbers under named columns, for an <see cref="HtmlReport"/>.</summary>
public sealed class ReportTable
{
    private readonly List<(string Name, ReportCell[] Cells)> _rows = [];

    /// <summary>An empty table.</summary>
    /// <param name="rowTitle">The heading of the first column, which names the rows.</param>
    /// <param name="columns">The further columns; at least one.</param>
    /// <exception cref="ArgumentException">There is no column.</exception>
    public ReportTable(string rowTitle, params IReadOnlyList<ReportColumn> columns)
    {
        ArgumentNullException.ThrowIfNull(rowTitle);
        ArgumentNullException.ThrowIfNull(columns);
        if (columns.Count == 0)
            throw new ArgumentException("A table needs at least one column beside the names of its rows.", nameof(columns));
        RowTitle = rowTitle;
        Columns = [.. columns];
    }

    /// <summary>The heading of the first column.</summary>
    public string RowTitle { get; }

    /// <summary>The further columns.</summary>
    public IReadOnlyList<ReportColumn> Columns { get; }

    /// <summary>A sentence above the table; null (the default) for none.</summary>
    public string? Caption { get; init; }

    /// <summary>Adds a row.</summary>
    /// <param name="name">The name of the row.</param>
    /// <param name="cells">One text or number for each column; NaN shows as an en dash.</param>
    /// <exception cref="ArgumentException">The number of cells is not the number of columns.</exception>
    public void AddRow(string name, params ReportCell[] cells)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(cells);
        if (cells.Length != Columns.Count)
            throw new ArgumentException($"Row '{name}' has {cells.Length} cells but the table has {Columns.Count} columns.", nameof(cells));
        _rows.Add((name, [.. cells]));
    }

    internal void WriteTo(StringBuilder html)
    {
        html.Append("<figure class=\"table\">");
        // Not the table's own caption, which would scroll sideways with it.
        if (Caption is not null)
            html.Append($"<figcaption>{Markup.Escape(Caption)}</figcaption>");
        html.Append("<div><table>\n");
        html.Append($"<thead><tr><th scope=\"col\">{Markup.Escape(RowTitle)}</th>");
        foreach (ReportColumn column in Columns)
            html.Append($"<th scope=\"col\"{(column.IsNumeric ? " class=\"number\"" : "")}>{Markup.Escape(column.Name)}</th>");
        html.Append("</tr></thead>\n<tbody>\n");
        string[] best = [.. Columns.Select((_, i) => BestText(i))];
        foreach (var (name, cells) in _rows)
        {
            html.Append($"<tr><th scope=\"row\">{Markup.Escape(name)}</th>");
            for (int i = 0; i < cells.Length; i++)
            {
                string text = Show(cells[i], Columns[i]);
                bool isBest = cells[i].Number is not null && text == best[i];
                string cssClass = (Columns[i].IsNumeric, isBest) switch { (true, true) => " class=\"number best\"", (true, false) => " class=\"number\"", _ => "" };
                html.Append($"<td{cssClass}>{Markup.Escape(text)}</td>");
            }
            html.Append("</tr>\n");
        }
        html.Append("</tbody></table></div></figure>\n");
    }

    // The text of the best number: rows that read the same are equally good to the reader.
    private string BestText(int column)
    {
        double[] numbers = [.. _rows.Select(row => row.Cells[column].Number ?? double.NaN).Where(number => !double.IsNaN(number))];
        return (numbers.Length, Columns[column].Best) switch
        {
            ( > 1, BestValue.Lowest) => Show(numbers.Min(), Columns[column]),
            ( > 1, BestValue.Highest) => Show(numbers.Max(), Columns[column]),
            _ => "",
        };
    }

    private static string Show(ReportCell cell, ReportColumn column) => cell.Number is { } number
        ? column.Decimals is { } decimals ? NumberText.Decimals(number, decimals) : NumberText.Significant(number)
        : cell.Text ?? "";
}
