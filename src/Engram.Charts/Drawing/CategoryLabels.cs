namespace Engram.Charts.Drawing;

/// <summary>Names under the slots of a bar chart: broken into lines, shortened, or where slots are narrow only every so many of them.</summary>
internal sealed class CategoryLabels
{
    private const int MaxLines = 3;

    private readonly IReadOnlyList<string> _names;
    private readonly List<string>[] _lines;
    private readonly int _stride = 1;

    public CategoryLabels(IReadOnlyList<string> names, double slot)
    {
        _names = names;
        double room = slot - 3;
        double widest = names.Max(name => TextMetrics.Width(name, 12));
        bool isNarrow = widest > room && slot < 44;
        if (isNarrow)
        {
            room = Math.Min(widest, 120);
            _stride = (int)Math.Ceiling((room + 8) / slot);
        }
        _lines = [.. names.Select(name => TextMetrics.Wrap(name, 12, room, isNarrow ? 1 : MaxLines))];
    }

    /// <summary>The room that the names take under the plot.</summary>
    public double Height => 12 + 14 * _lines.Max(lines => lines.Count);

    public void Draw(SvgCanvas canvas, PlotArea area)
    {
        for (int i = 0; i < _names.Count; i += _stride)
        {
            double widest = _lines[i].Select(line => TextMetrics.Width(line, 12)).DefaultIfEmpty(0).Max();
            double x = Math.Clamp(area.AtX(i + 0.5), widest / 2 + 3, canvas.Width - widest / 2 - 3);
            for (int line = 0; line < _lines[i].Count; line++)
                canvas.Text(x, area.Bottom + 18 + 14 * line, _lines[i][line], "tick", TextAnchor.Middle, _lines[i].Count == 1 ? _names[i] : null);
        }
    }
}
