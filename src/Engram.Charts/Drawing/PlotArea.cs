using Engram.Charts.Axes;

namespace Engram.Charts.Drawing;

/// <summary>The rectangle of the data, in pixels, and the two axes along it.</summary>
internal sealed record PlotArea(double Left, double Top, double Width, double Height, Axis X, Axis Y)
{
    public double Right => Left + Width;

    public double Bottom => Top + Height;

    public double AtX(double x) => Left + X.Fraction(x) * Width;

    /// <summary>The height of a value. One far outside of the axis stays within reach of a path, whose clip hides it.</summary>
    public double AtY(double y) => Bottom - Math.Clamp(Y.Fraction(y), -1, 2) * Height;

    /// <summary>Gridlines and labels of the y axis.</summary>
    public void DrawY(SvgCanvas canvas)
    {
        foreach (Tick tick in Y.Ticks)
        {
            double y = AtY(tick.Value);
            canvas.Line(Left, Math.Round(y) + 0.5, Right, Math.Round(y) + 0.5, "grid");
            canvas.Text(Left - 8, y + 4, tick.Label, "tick", TextAnchor.End);
        }
    }

    /// <summary>Base line, tick marks and labels of the x axis; labels that would touch their neighbour are left out.</summary>
    public void DrawX(SvgCanvas canvas, string? title)
    {
        double baseLine = Math.Round(Bottom) + 0.5;
        canvas.Line(Left, baseLine, Right, baseLine, "axis");
        double free = double.NegativeInfinity;
        var contexts = new List<(double X, double Width, string Text)>();
        foreach (Tick tick in X.Ticks)
        {
            double x = AtX(tick.Value);
            canvas.Line(Math.Round(x) + 0.5, baseLine, Math.Round(x) + 0.5, baseLine + 4, "axis");
            double center = Centered(canvas, x, tick.Label, out double width);
            if (center - width / 2 >= free)
            {
                canvas.Text(center, Bottom + 18, tick.Label, "tick", TextAnchor.Middle);
                free = center + width / 2 + 6;
            }
            if (tick.Context is { } context)
            {
                double place = Centered(canvas, x, context, out double contextWidth);
                // The first date says what held before; a change right after it is what readers need.
                if (contexts.Count == 1 && Touch(contexts[0], place, contextWidth))
                    contexts.Clear();
                if (contexts.Count == 0 || !Touch(contexts[^1], place, contextWidth))
                    contexts.Add((place, contextWidth, context));
            }
        }
        foreach (var (x, _, text) in contexts)
            canvas.Text(x, Bottom + 33, text, "tick", TextAnchor.Middle);
        if (title is not null)
        {
            string shown = TextMetrics.Shorten(title, 12, canvas.Width - 2 * SvgCanvas.Padding);
            double center = Centered(canvas, Left + Width / 2, shown, out _);
            canvas.Text(center, Bottom + (contexts.Count > 0 ? 51 : 37), shown, "name", TextAnchor.Middle, title);
        }
    }

    /// <summary>The room that <see cref="DrawX"/> takes under the plot.</summary>
    public static double RoomBelow(bool hasContext, string? title) => 26 + (hasContext ? 14 : 0) + (title is null ? 0 : 19);

    private static bool Touch((double X, double Width, string Text) placed, double x, double width) =>
        x - width / 2 < placed.X + placed.Width / 2 + 8;

    private static double Centered(SvgCanvas canvas, double x, string text, out double width)
    {
        width = TextMetrics.Width(text, 12);
        double margin = 3 + width / 2;
        return margin > canvas.Width - margin ? x : Math.Clamp(x, margin, canvas.Width - margin);
    }
}
