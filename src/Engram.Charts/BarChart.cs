using Engram.Charts.Axes;
using Engram.Charts.Drawing;

namespace Engram.Charts;

/// <summary>Upright bars from zero, grouped by category, with their values above them where there is room.</summary>
/// <example><code>
/// var chart = new BarChart("LSTM", "GRU") { YTitle = "seconds per epoch", Series = [new BarSeries("Engram", 1.2, 1.0), new BarSeries("other", 3.9, 3.1)] };
/// </code></example>
public sealed class BarChart : Chart
{
    /// <summary>A chart without bars yet.</summary>
    /// <param name="categories">The names along the x axis; at least one.</param>
    /// <exception cref="ArgumentException">There are no categories.</exception>
    public BarChart(params IReadOnlyList<string> categories)
    {
        ArgumentNullException.ThrowIfNull(categories);
        if (categories.Count == 0)
            throw new ArgumentException("A bar chart needs at least one category.", nameof(categories));
        Categories = [.. categories];
    }

    /// <summary>The names along the x axis.</summary>
    public IReadOnlyList<string> Categories { get; }

    /// <summary>The bars, side by side in each category. A chart needs at least one series.</summary>
    /// <exception cref="ArgumentException">A series has not one value for each category.</exception>
    public IReadOnlyList<BarSeries> Series
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (BarSeries series in value)
            {
                if (series.Values.Length != Categories.Count)
                    throw new ArgumentException(
                        $"Series '{series.Name}' has {series.Values.Length} values for {Categories.Count} categories; give one for each.", nameof(value));
            }
            field = value;
        }
    } = [];

    /// <summary>What the categories are, under the axis; null (the default) for nothing.</summary>
    public string? XTitle { get; init; }

    /// <summary>What the values are, with their unit, above the axis; null (the default) for nothing.</summary>
    public string? YTitle { get; init; }

    /// <summary>Significant digits of the values above the bars, from 1 to 15; default 3. Digits before the point are never rounded away.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 1 to 15.</exception>
    public int ValueDigits
    {
        get;
        init => field = value is >= 1 and <= 15
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "Significant digits must be from 1 to 15.");
    } = 3;

    private protected override string DefaultTitle => "Bar chart";

    private protected override string Describe() =>
        $"Bar chart of {string.Join(", ", Series.Select(series => series.Name))} for {string.Join(", ", Categories.Take(20))}{(Categories.Count > 20 ? " and more" : "")}.";

    private protected override void Draw(SvgCanvas canvas)
    {
        double[] values = [.. Series.SelectMany(series => series.Values).Where(value => !double.IsNaN(value))];
        if (Series.Count == 0)
            throw new InvalidOperationException("The chart has no data: give Series at least one series.");
        if (values.Length == 0)
            throw new InvalidOperationException($"All values of {string.Join(", ", Series.Select(series => $"'{series.Name}'"))} are NaN; there is nothing to draw.");
        (double low, double high) = (Math.Min(0, values.Min()), Math.Max(0, values.Max()));
        if (low == high)
            high = 1;

        double top = Header.Draw(canvas, Title, [.. Legend(canvas)], YTitle) + 8;
        // The left margin depends on the y labels, these on the height, and that on the lines of category names.
        double right = canvas.Width - SvgCanvas.Padding;
        double left = SvgCanvas.Padding, height = 0;
        Axis y = null!;
        CategoryLabels labels = null!;
        for (int pass = 0; pass < 2; pass++)
        {
            labels = new CategoryLabels(Categories, (right - left) / Categories.Count);
            height = Math.Max(90, canvas.Height - top - labels.Height - (XTitle is null ? 0 : 19) - SvgCanvas.Padding / 2);
            y = NumberTicks.Covering(low, high, Math.Clamp((int)(height / 32), 3, 9));
            left = SvgCanvas.Padding + 8 + y.Ticks.Max(tick => TextMetrics.Width(tick.Label, 12));
        }
        var area = new PlotArea(left, top, right - left, height, new Axis(0, Categories.Count, IsLogarithmic: false, []), y);
        double below = labels.Height + (XTitle is null ? 0 : 19);
        canvas.Height = Math.Max(canvas.Height, Math.Ceiling(area.Bottom + below + SvgCanvas.Padding / 2));

        area.DrawY(canvas);
        DrawBars(canvas, area);
        double zero = Math.Round(area.AtY(0)) + 0.5;
        canvas.Line(area.Left, zero, area.Right, zero, "axis");
        labels.Draw(canvas, area);
        if (XTitle is not null)
        {
            string shown = TextMetrics.Shorten(XTitle, 12, area.Width);
            canvas.Text(area.Left + area.Width / 2, area.Bottom + labels.Height + 12, shown, "name", TextAnchor.Middle, XTitle);
        }
    }

    private void DrawBars(SvgCanvas canvas, PlotArea area)
    {
        double slot = area.Width / Categories.Count;
        double bar = Math.Min(slot * 0.78 / Series.Count, 64);
        string[][] texts = [.. Series.Select(series => Array.ConvertAll(series.Values, value => NumberText.Significant(value, ValueDigits)))];
        double pitch = Series.Count == 1 ? slot : bar;
        bool showValues = texts.All(row => Array.TrueForAll(row, text => TextMetrics.Width(text, 11) <= pitch + 2));
        for (int category = 0; category < Categories.Count; category++)
        {
            double x = area.AtX(category + 0.5) - bar * Series.Count / 2;
            for (int i = 0; i < Series.Count; i++, x += bar)
            {
                double value = Series[i].Values[category];
                if (double.IsNaN(value))
                    continue;
                double from = area.AtY(Math.Max(value, 0)), to = area.AtY(Math.Min(value, 0));
                double gap = Math.Min(2, bar * 0.12);
                canvas.Rectangle(x + gap / 2, from, bar - gap, to - from, $"class=\"f{ColorOf(i)}\" rx=\"{(bar > 8 ? 1.5 : 0)}\"",
                    $"{Series[i].Name}, {Categories[category]}: {NumberText.Significant(value, Math.Max(ValueDigits, 6))}");
                if (showValues)
                    canvas.Text(x + bar / 2, value < 0 ? to + 12 : from - 4, texts[i][category], "small", TextAnchor.Middle);
            }
        }
    }

    private IEnumerable<LegendEntry> Legend(SvgCanvas canvas)
    {
        if (Series.Count == 1 && !string.IsNullOrWhiteSpace(Title))
            yield break;
        for (int i = 0; i < Series.Count; i++)
        {
            int color = ColorOf(i);
            yield return new LegendEntry(Series[i].Name, (x, y) => canvas.Rectangle(x + 5, y - 6, 12, 12, $"class=\"f{color}\" rx=\"2\""));
        }
    }

    private int ColorOf(int series) => (int?)Series[series].Color ?? series % Palette.AutomaticColors;
}
