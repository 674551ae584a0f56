using Engram.Charts.Axes;
using Engram.Charts.Drawing;

namespace Engram.Charts;

/// <summary>A matrix as coloured cells, the first row at the top, with a colour bar. Large matrices become one small embedded picture.</summary>
/// <example><code>
/// var chart = new HeatMap(forgetGate) { Title = "Forget gate", XTitle = "step", YTitle = "unit", Low = 0, High = 1 };   // (units, steps)
/// </code></example>
public sealed class HeatMap : Chart
{
    // Up to here cells are elements, which show their value under the pointer; beyond, elements cost more than they tell.
    private const int MostElements = 900;

    private const double BarWidth = 13;

    private readonly double[,] _values;

    /// <summary>A map of a matrix.</summary>
    /// <param name="values">(rows, columns); NaN leaves a cell empty. The array is kept, not copied.</param>
    /// <exception cref="ArgumentException">The matrix has no cells, or one is infinite.</exception>
    public HeatMap(double[,] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length == 0)
            throw new ArgumentException($"The matrix is {values.GetLength(0)} by {values.GetLength(1)}; it needs at least one cell.", nameof(values));
        for (int row = 0; row < values.GetLength(0); row++)
        {
            for (int column = 0; column < values.GetLength(1); column++)
            {
                if (Math.Abs(values[row, column]) > NumberTicks.Largest)
                    throw new ArgumentException(
                        $"The matrix has {values[row, column]} in row {row}, column {column}; cells must be within ±1e300, or NaN where empty.", nameof(values));
            }
        }
        _values = values;
    }

    /// <summary>Names of the rows, as many as rows; null (the default) for their numbers from 0.</summary>
    /// <exception cref="ArgumentException">The count differs from the matrix.</exception>
    public IReadOnlyList<string>? RowLabels { get; init => field = CheckLabels(value, 0, "rows"); }

    /// <summary>Names of the columns, as many as columns, turned where they are wider than these; null (the default) for their numbers from 0.</summary>
    /// <exception cref="ArgumentException">The count differs from the matrix.</exception>
    public IReadOnlyList<string>? ColumnLabels { get; init => field = CheckLabels(value, 1, "columns"); }

    /// <summary>What the columns are, under the map; null (the default) for nothing.</summary>
    public string? XTitle { get; init; }

    /// <summary>What the rows are, above the map; null (the default) for nothing.</summary>
    public string? YTitle { get; init; }

    /// <summary>The colours; default sequential.</summary>
    public ColorScale Colors { get; init; }

    /// <summary>
    /// The value of the first colour; cells below take it too. Null (the default) for the lowest value, or of a diverging scale for the
    /// value as far below zero as the other end is above.
    /// </summary>
    public double? Low { get; init => field = CheckLimit(value); }

    /// <summary>The value of the last colour; cells above take it too. Null (the default) for the highest value, or of a diverging scale for the largest magnitude.</summary>
    public double? High { get; init => field = CheckLimit(value); }

    private int Rows => _values.GetLength(0);

    private int Columns => _values.GetLength(1);

    private protected override string DefaultTitle => "Heat map";

    private protected override string Describe()
    {
        ColorRange range = Range();
        return $"Heat map of {Rows} {YTitle ?? "rows"} by {Columns} {XTitle ?? "columns"}, from {NumberText.Significant(range.Low)} to {NumberText.Significant(range.High)}.";
    }

    private protected override void Draw(SvgCanvas canvas)
    {
        ColorRange range = Range();
        double top = Header.Draw(canvas, Title, [], YTitle);
        double below = PlotArea.RoomBelow(hasContext: false, XTitle);
        double height = Math.Max(60, canvas.Height - top - below - SvgCanvas.Padding / 2);

        Axis bar = NumberTicks.Within(range.Low, range.High, Math.Clamp((int)(height / 36), 2, 8));
        double barLabels = bar.Ticks.Select(tick => TextMetrics.Width(tick.Label, 12)).DefaultIfEmpty(0).Max();
        List<Tick> rows = RowTicks(height, Math.Min(200, canvas.Width * 0.4));
        double left = SvgCanvas.Padding + 8 + rows.Max(tick => TextMetrics.Width(tick.Label, 12));
        double right = canvas.Width - SvgCanvas.Padding - barLabels - 7 - BarWidth - 16;
        ColumnNames? names = null;
        for (int pass = 0; pass < 2 && ColumnLabels is not null; pass++)
        {
            // What hangs over to the left makes the columns narrower.
            names = new ColumnNames(ColumnLabels, right - left);
            left = Math.Max(left, SvgCanvas.Padding + names.Overhang);
        }
        // Turned names make the picture higher, not the cells lower.
        canvas.Height = Math.Max(canvas.Height, Math.Ceiling(top + height + below + (names?.Height ?? 26) - 26 + SvgCanvas.Padding / 2));
        List<Tick> columns = names is null ? Numbers(Columns, (int)((right - left) / (TextMetrics.Width($"{Columns}", 12) + 20))) : [];
        // Rows count down from the top.
        var area = new PlotArea(left, top, right - left, height,
            new Axis(0, Columns, IsLogarithmic: false, columns), new Axis(0, Rows, IsLogarithmic: false, rows));

        DrawCells(canvas, area, range);
        canvas.Rectangle(area.Left, area.Top, area.Width, area.Height, "class=\"frame\"");
        foreach (Tick tick in rows)
            canvas.Text(area.Left - 8, area.Top + tick.Value / Rows * area.Height + 4, tick.Label, "tick", TextAnchor.End, RowLabels?[(int)tick.Value]);
        area.DrawX(canvas, names is null ? XTitle : null);
        if (names is not null)
        {
            names.Draw(canvas, area);
            if (XTitle is not null)
                canvas.Text(area.Left + area.Width / 2, area.Bottom + names.Height + 11, TextMetrics.Shorten(XTitle, 12, area.Width), "name", TextAnchor.Middle, XTitle);
        }
        DrawBar(canvas, area, bar);
    }

    private void DrawBar(SvgCanvas canvas, PlotArea area, Axis bar)
    {
        double left = area.Right + 16;
        byte[] pixels = [.. Enumerable.Range(1, ColorTable.Size).Reverse().Select(i => (byte)i)];
        canvas.Image(left, area.Top, BarWidth, area.Height, Png.Encode(1, ColorTable.Size, pixels, ColorTable.Of(Colors)), isSharp: false);
        canvas.Rectangle(left, area.Top, BarWidth, area.Height, "class=\"frame\"");
        foreach (Tick tick in bar.Ticks)
            canvas.Text(left + BarWidth + 7, area.Bottom - bar.Fraction(tick.Value) * area.Height + 4, tick.Label, "tick");
    }

    private void DrawCells(SvgCanvas canvas, PlotArea area, ColorRange range)
    {
        var colors = ColorTable.Of(Colors);
        if (_values.Length > MostElements)
        {
            var pixels = new byte[Rows * Columns];
            for (int i = 0; i < pixels.Length; i++)
                pixels[i] = (byte)(1 + range.Index(_values[i / Columns, i % Columns]));
            // Where a pixel holds several cells, browsers shall average them, not pick one.
            bool isSharp = area.Width >= Columns && area.Height >= Rows;
            canvas.Image(area.Left, area.Top, area.Width, area.Height, Png.Encode(Columns, Rows, pixels, colors), isSharp);
            return;
        }
        (double width, double height) = (area.Width / Columns, area.Height / Rows);
        canvas.Body.Append("<g shape-rendering=\"crispEdges\">\n");
        for (int row = 0; row < Rows; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                int index = range.Index(_values[row, column]);
                if (index < 0)
                    continue;
                var (r, g, b) = colors[index];
                (double left, double top) = (Edge(area.Left, width, column), Edge(area.Top, height, row));
                canvas.Rectangle(left, top, Edge(area.Left, width, column + 1) - left, Edge(area.Top, height, row + 1) - top, $"fill=\"#{r:x2}{g:x2}{b:x2}\"",
                    $"{RowLabels?[row] ?? $"{row}"}, {ColumnLabels?[column] ?? $"{column}"}: {NumberText.Significant(_values[row, column])}");
            }
        }
        canvas.Body.Append("</g>\n");

        // As it will be written, so that a cell ends where the next begins and the ground does not shine through.
        static double Edge(double first, double size, int cell) => Math.Round(first + (cell * size), 1);
    }

    private ColorRange Range() => new(_values.Cast<double>(), Colors, Low, High, $"{_values.Length} cells of the heat map");

    private List<Tick> RowTicks(double height, double room)
    {
        if (RowLabels is null)
            return Numbers(Rows, (int)(height / 24));
        int stride = Math.Max(1, (int)Math.Ceiling(13 / (height / Rows)));
        return [.. Enumerable.Range(0, Rows).Where(i => i % stride == 0).Select(i => new Tick(i + 0.5, TextMetrics.Shorten(RowLabels[i], 12, room)))];
    }

    // Ticks stand in the middle of their cells.
    private static List<Tick> Numbers(int count, int maxTicks) => count == 1
        ? [new Tick(0.5, "0")]
        : [.. NumberTicks.Within(0, count - 1, Math.Max(2, maxTicks), smallestStep: 1).Ticks.Select(tick => tick with { Value = tick.Value + 0.5 })];

    private IReadOnlyList<string>? CheckLabels(IReadOnlyList<string>? labels, int dimension, string what) =>
        labels is null || labels.Count == _values.GetLength(dimension)
            ? labels
            : throw new ArgumentException($"There are {labels.Count} labels for {_values.GetLength(dimension)} {what}; give one for each.", nameof(labels));

    private static double? CheckLimit(double? value) => value is null || Math.Abs(value.Value) <= NumberTicks.Largest
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, "A limit of the colours must be finite and within ±1e300.");
}
