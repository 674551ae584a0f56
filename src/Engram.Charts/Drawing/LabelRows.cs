namespace Engram.Charts.Drawing;

/// <summary>Places labels of regions and markers in rows above the plot, so that none covers another or the data.</summary>
internal sealed class LabelRows(double left, double right)
{
    public const double RowHeight = 15;

    // Per row, lowest first: the stretches that are taken.
    private readonly List<List<(double From, double To)>> _rows = [];

    private readonly List<(double X, int Row, string Text, string Full)> _labels = [];

    public double Height => _rows.Count * RowHeight;

    public void Add(double x, string label)
    {
        if (string.IsNullOrWhiteSpace(label))
            return;
        string text = TextMetrics.Shorten(label, 11, right - left);
        double width = TextMetrics.Width(text, 11);
        x = Math.Clamp(x, left + width / 2, Math.Max(right - width / 2, left + width / 2));
        (double from, double to) = (x - width / 2 - 3, x + width / 2 + 3);
        int row = _rows.FindIndex(taken => taken.TrueForAll(other => to <= other.From || from >= other.To));
        if (row < 0)
        {
            row = _rows.Count;
            _rows.Add([]);
        }
        _rows[row].Add((from, to));
        _labels.Add((x, row, text, label));
    }

    public void Draw(SvgCanvas canvas, double bottom)
    {
        foreach (var (x, row, text, full) in _labels)
            canvas.Text(x, bottom - 4 - row * RowHeight, text, "small", TextAnchor.Middle, full);
    }
}
