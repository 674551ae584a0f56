using System.Text;
using Engram.Charts.Drawing;
using Engram.Charts.Gates;

namespace Engram.Charts.Reports;

/// <summary>
/// A page of text, figures, tables and charts in one file that needs nothing from elsewhere: on light and dark ground, on phones,
/// on wide screens and on paper. All text is plain; markup in it is shown, not obeyed.
/// </summary>
/// <example><code>
/// var report = new HtmlReport("Load of the grid, next 24 hours") { Subtitle = "load.csv · 35,040 rows" };
/// report.AddKeyFigures(new KeyFigure("1.84 %", "mean absolute error", "seasonal naive: 4.10 %"));
/// report.AddChart(chart, "The shaded bands hold 80 % and 95 % of the outcomes.");
/// report.Save("report.html");
/// </code></example>
/// <param name="title">The title of the page.</param>
public sealed class HtmlReport(string title) : ReportContent([])
{
    /// <summary>The title of the page.</summary>
    public string Title { get; } = string.IsNullOrWhiteSpace(title)
        ? throw new ArgumentException("A report needs a title; it was empty.", nameof(title))
        : title;

    /// <summary>A line under the title; null (the default) for none.</summary>
    public string? Subtitle { get; init; }

    /// <summary>A quiet line at the end, such as the version that made the report; null (the default) for none.</summary>
    public string? Footer { get; init; }

    /// <summary>The whole page.</summary>
    public string ToHtml()
    {
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        page.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n");
        bool hasGates = Html.ToString().Contains("<figure class=\"gates\">", StringComparison.Ordinal);
        page.Append($"<title>{Markup.Escape(Title)}</title>\n<style>{ReportStyle.Css}{Palette.StyleSheet}{(hasGates ? GateStyle.Css : "")}</style>\n</head>\n<body>\n<main>\n");
        page.Append($"<header><h1>{Markup.Escape(Title)}</h1>");
        if (Subtitle is not null)
            page.Append($"<p>{Markup.Escape(Subtitle)}</p>");
        page.Append("</header>\n").Append(Html);
        if (Footer is not null)
            page.Append($"<footer>{Markup.Escape(Footer)}</footer>\n");
        page.Append("</main>\n");
        if (Html.ToString().Contains("data-plot=", StringComparison.Ordinal))
            page.Append($"<script>{ReportScript.Source}</script>\n");
        if (hasGates)
            page.Append($"<script>{GateScript.Source}</script>\n");
        return page.Append("</body>\n</html>\n").ToString();
    }

    /// <summary>Writes the page to a file, replacing it at once or not at all.</summary>
    /// <param name="path">The file to write; its folder must exist.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.Write(path, ToHtml());
}
