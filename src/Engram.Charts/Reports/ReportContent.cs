using System.Globalization;
using System.Text;
using Engram.Charts.Drawing;
using Engram.Charts.Gates;

namespace Engram.Charts.Reports;

/// <summary>Paragraphs, figures, tables and charts one after another: the body of an <see cref="HtmlReport"/> or of details in it.</summary>
public abstract class ReportContent
{
    // Pictures embedded so far, in the whole page.
    private readonly HashSet<string> _images;

    private protected ReportContent(HashSet<string> images) => _images = images;

    /// <summary>The elements so far.</summary>
    private protected StringBuilder Html { get; } = new();

    /// <summary>Adds a heading of a section.</summary>
    /// <param name="text">Its text.</param>
    public void AddHeading(string text) => Html.Append($"<h2>{Markup.Escape(text)}</h2>\n");

    /// <summary>Adds a paragraph of plain text.</summary>
    /// <param name="text">Its text.</param>
    public void AddParagraph(string text) => Html.Append($"<p>{Markup.Escape(text)}</p>\n");

    /// <summary>Adds text whose lines and spaces stay as they are.</summary>
    /// <param name="text">The text.</param>
    /// <param name="caption">A line above it; null (the default) for none.</param>
    public void AddText(string text, string? caption = null) => AddColoredText([new ColoredPart(text, 0)], caption);

    /// <summary>Adds text whose parts are coloured by numbers, from not at all at 0 to full at 1; lines and spaces stay as they are.</summary>
    /// <param name="parts">The parts, one behind the other.</param>
    /// <param name="caption">A line above it; null (the default) for none.</param>
    public void AddColoredText(IReadOnlyList<ColoredPart> parts, string? caption = null)
    {
        ArgumentNullException.ThrowIfNull(parts);
        Html.Append("<figure class=\"card text\">\n");
        if (caption is not null)
            Html.Append($"<figcaption>{Markup.Escape(caption)}</figcaption>\n");
        Html.Append("<p>");
        foreach (ColoredPart part in parts)
        {
            if (part.Share > 0 || part.Title is not null)
            {
                Html.Append(CultureInfo.InvariantCulture, $"<span style=\"background:rgb(225 110 30/{Math.Round(70 * part.Share)}%)\"");
                if (part.Title is not null)
                    Html.Append($" title=\"{Markup.Escape(part.Title)}\"");
                Html.Append($">{Lines(part.Text)}</span>");
            }
            else
                Html.Append(Lines(part.Text));
        }
        Html.Append("</p></figure>\n");
    }

    /// <summary>Adds big numbers with captions, side by side as the width allows.</summary>
    /// <param name="figures">The numbers; at least one.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    public void AddKeyFigures(params IReadOnlyList<KeyFigure> figures)
    {
        NotEmpty(figures, "key figure");
        Html.Append("<div class=\"figures\">\n");
        foreach (KeyFigure figure in figures)
        {
            Html.Append($"<div><strong>{Markup.Escape(figure.Value)}</strong><span>{Markup.Escape(figure.Caption)}</span>");
            if (figure.Detail is not null)
                Html.Append($"<small>{Markup.Escape(figure.Detail)}</small>");
            Html.Append("</div>\n");
        }
        Html.Append("</div>\n");
    }

    /// <summary>Adds a chart, laid out once for wide screens and once for narrow ones.</summary>
    /// <param name="chart">The chart.</param>
    /// <param name="caption">A sentence under it; null (the default) for none.</param>
    /// <param name="height">Its height in pixels on a wide screen, from 120 to 2,000; default 340.</param>
    /// <exception cref="ArgumentOutOfRangeException">The height is outside of the limits.</exception>
    /// <exception cref="InvalidOperationException">The data cannot be drawn; see <see cref="Chart.ToSvg"/>.</exception>
    public void AddChart(Chart chart, string? caption = null, int height = 340)
    {
        ArgumentNullException.ThrowIfNull(chart);
        if (height is < 120 or > 2000)
            throw new ArgumentOutOfRangeException(nameof(height), height, "The height of a chart in a report must be from 120 to 2,000 pixels.");
        Html.Append("<figure class=\"card\">\n");
        Html.Append("<div class=\"wide\">").Append(chart.Render(840, height, _images)).Append("</div>\n");
        Html.Append("<div class=\"narrow\">").Append(chart.Render(360, height, _images)).Append("</div>\n");
        if (caption is not null)
            Html.Append($"<figcaption>{Markup.Escape(caption)}</figcaption>\n");
        Html.Append("</figure>\n");
    }

    /// <summary>Adds maps of gates and states to walk through, step by step.</summary>
    /// <param name="gates">What is shown.</param>
    public void AddGates(GateExplorer gates)
    {
        ArgumentNullException.ThrowIfNull(gates);
        gates.WriteTo(Html);
    }

    /// <summary>Adds a table.</summary>
    /// <param name="table">The table as it is now.</param>
    public void AddTable(ReportTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        table.WriteTo(Html);
    }

    /// <summary>Adds a list of names and values.</summary>
    /// <param name="settings">Names with their values; at least one.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    public void AddSettings(params IReadOnlyList<(string Name, string Value)> settings)
    {
        NotEmpty(settings, "setting");
        Html.Append("<dl>\n");
        foreach (var (name, value) in settings)
            Html.Append($"<div><dt>{Markup.Escape(name)}</dt><dd>{Markup.Escape(value)}</dd></div>\n");
        Html.Append("</dl>\n");
    }

    /// <summary>Adds a note that stands out.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="kind">Whether it informs or warns; default informs.</param>
    public void AddNote(string text, NoteKind kind = NoteKind.Note)
    {
        string name = kind == NoteKind.Warning ? "Warning" : "Note";
        Html.Append(CultureInfo.InvariantCulture, $"<p class=\"note {name.ToLowerInvariant()}\" role=\"note\"><b>{name}</b> {Markup.Escape(text)}</p>\n");
    }

    /// <summary>Adds content that is folded away until its summary is clicked; it is printed unfolded or not as it stands.</summary>
    /// <param name="summary">The line that stays visible.</param>
    /// <param name="fill">Adds the content.</param>
    public void AddDetails(string summary, Action<ReportContent> fill)
    {
        ArgumentNullException.ThrowIfNull(fill);
        var inner = new ReportDetails(_images);
        fill(inner);
        Html.Append($"<details><summary>{Markup.Escape(summary)}</summary>\n{inner.Html}</details>\n");
    }

    // Line breaks stay what they are, which attributes and labels do not want.
    private static string Lines(string text) => string.Join('\n', text.Split('\n').Select(Markup.Escape));

    private static void NotEmpty<T>(IReadOnlyList<T> items, string what)
    {
        ArgumentNullException.ThrowIfNull(items);
        if (items.Count == 0)
            throw new ArgumentException($"Give at least one {what}.", nameof(items));
    }

    private sealed class ReportDetails(HashSet<string> images) : ReportContent(images);
}
