namespace Engram.Charts.Drawing;

/// <summary>What an entry of a legend shows beside its name; widths of the swatch are <see cref="Header.SwatchWidth"/>.</summary>
internal sealed record LegendEntry(string Name, Action<double, double> DrawSwatch);

/// <summary>Title, legend and the y axis' title, stacked above the plot.</summary>
internal static class Header
{
    public const double SwatchWidth = 22;

    private const double RowHeight = 19;

    /// <summary>Draws from the top and returns the y at which the plot, or what stands right above it, may begin.</summary>
    public static double Draw(SvgCanvas canvas, string? title, IReadOnlyList<LegendEntry> legend, string? yTitle)
    {
        double room = canvas.Width - 2 * SvgCanvas.Padding;
        double y = SvgCanvas.Padding;
        if (!string.IsNullOrWhiteSpace(title))
        {
            // Semi-bold letters are about a twentieth wider.
            foreach (string line in TextMetrics.Wrap(title, 15 * 1.05, room, maxLines: 3))
            {
                y += 15;
                canvas.Text(SvgCanvas.Padding, y, line, "title", hint: title);
                y += 4;
            }
            y += legend.Count == 0 && string.IsNullOrWhiteSpace(yTitle) ? 8 : 4;
        }
        if (legend.Count > 0)
            y = DrawLegend(canvas, legend, room, y);
        if (!string.IsNullOrWhiteSpace(yTitle))
        {
            y += 12;
            canvas.Text(SvgCanvas.Padding, y, TextMetrics.Shorten(yTitle, 12, room), "name", hint: yTitle);
            y += 8;
        }
        return y + 6;
    }

    private static double DrawLegend(SvgCanvas canvas, IReadOnlyList<LegendEntry> legend, double room, double y)
    {
        double x = 0;
        foreach (LegendEntry entry in legend)
        {
            string name = TextMetrics.Shorten(entry.Name, 12, room - SwatchWidth - 7);
            double width = SwatchWidth + 7 + TextMetrics.Width(name, 12);
            if (x > 0 && x + width > room)
            {
                x = 0;
                y += RowHeight;
            }
            entry.DrawSwatch(SvgCanvas.Padding + x, y + RowHeight / 2);
            canvas.Text(SvgCanvas.Padding + x + SwatchWidth + 7, y + RowHeight / 2 + 4, name, "name", hint: entry.Name);
            x += width + 16;
        }
        return y + RowHeight + 3;
    }
}
