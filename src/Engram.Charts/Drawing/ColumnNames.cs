namespace Engram.Charts.Drawing;

/// <summary>
/// Names under the columns of a heat map: level where all fit, else turned by 45 degrees, or upright where columns are narrow; where they are narrower than a line of text, only every so many of
/// them. A name longer than a few words of text is shortened and gives its full form under the pointer.
/// </summary>
internal sealed class ColumnNames
{
    private const double FontSize = 12, Longest = 170;

    // How far lines of text lie apart, across their direction.
    private const double LineHeight = 12;

    private static readonly double Diagonal = Math.Sqrt(0.5);

    private readonly IReadOnlyList<string> _names;
    private readonly string[] _shown;
    private readonly double[] _widths;
    private readonly int _angle, _stride = 1;

    /// <summary>Lays the names out.</summary>
    /// <param name="names">The names, one for each column.</param>
    /// <param name="width">The width of all columns.</param>
    public ColumnNames(IReadOnlyList<string> names, double width)
    {
        _names = names;
        double slot = width / names.Count;
        _angle = names.Max(name => TextMetrics.Width(name, FontSize)) <= slot - 6 ? 0 : slot * Diagonal >= LineHeight ? 45 : 90;
        if (_angle == 90)
            _stride = Math.Max(1, (int)Math.Ceiling(LineHeight / slot));
        _shown = [.. names.Select(name => _angle == 0 ? name : TextMetrics.Shorten(name, FontSize, Longest))];
        _widths = [.. _shown.Select(name => TextMetrics.Width(name, FontSize))];
        if (_angle == 45)
            Overhang = Math.Max(0, _widths.Select((text, i) => text * Diagonal - (i + 0.5) * slot).Max());
    }

    /// <summary>How far the names reach beyond the left edge of the columns.</summary>
    public double Overhang { get; }

    /// <summary>The room that the names take under the map.</summary>
    public double Height => _angle switch { 0 => 26, 45 => 20 + _widths.Max() * Diagonal, _ => 14 + _widths.Max() };

    public void Draw(SvgCanvas canvas, PlotArea area)
    {
        double baseLine = Math.Round(area.Bottom) + 0.5;
        for (int i = 0; i < _names.Count; i += _stride)
        {
            double x = area.Left + (i + 0.5) / _names.Count * area.Width;
            canvas.Line(Math.Round(x) + 0.5, baseLine, Math.Round(x) + 0.5, baseLine + 4, "axis");
            if (_angle == 0)
            {
                double margin = 3 + _widths[i] / 2;
                canvas.Text(Math.Clamp(x, margin, Math.Max(margin, canvas.Width - margin)), area.Bottom + 18, _shown[i], "tick", TextAnchor.Middle);
            }
            else
                canvas.Text(x + 4, area.Bottom + (_angle == 45 ? 13 : 9), _shown[i], "tick", TextAnchor.End, _names[i], _angle);
        }
    }
}
