using System.Globalization;
using Engram.Charts.Axes;
using Engram.Charts.Drawing;

namespace Engram.Charts;

/// <summary>Lines and bands over numbers or dates, with shaded regions and vertical markers.</summary>
/// <example><code>
/// var chart = new LineChart
/// {
///     Title = "Loss by epoch",
///     XTitle = "epoch",
///     YScale = AxisScale.Logarithmic,
///     Lines = [LineSeries.FromValues("training", loss), LineSeries.FromValues("validation", validationLoss)],
///     Markers = [new Marker(best, "best epoch")],
/// };
/// chart.Save("loss.svg");
/// </code></example>
public sealed class LineChart : Chart
{
    /// <summary>The lines, drawn in this order, the last on top. A chart needs at least one line or band.</summary>
    public IReadOnlyList<LineSeries> Lines { get; init => field = NotNull(value); } = [];

    /// <summary>Areas under the lines, drawn in this order: of nested intervals the widest first.</summary>
    public IReadOnlyList<BandSeries> Bands { get; init => field = NotNull(value); } = [];

    /// <summary>Vertical lines with labels.</summary>
    public IReadOnlyList<Marker> Markers { get; init => field = NotNull(value); } = [];

    /// <summary>Shaded stretches of the x axis with labels.</summary>
    public IReadOnlyList<Region> Regions { get; init => field = NotNull(value); } = [];

    /// <summary>What x is, under the axis; null (the default) for nothing.</summary>
    public string? XTitle { get; init; }

    /// <summary>What y is, with its unit, above the axis; null (the default) for nothing.</summary>
    public string? YTitle { get; init; }

    /// <summary>How y is laid out; default linear.</summary>
    public AxisScale YScale { get; init; }

    /// <summary>Where the y axis begins; null (the default) to begin at a tick below all data. Data below is cut off.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    public double? YMin { get; init => field = Limit(value); }

    /// <summary>Where the y axis ends; null (the default) to end at a tick above all data. Data above is cut off.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    public double? YMax { get; init => field = Limit(value); }

    private protected override string DefaultTitle => "Line chart";

    private bool IsLogarithmic => YScale == AxisScale.Logarithmic;

    private protected override string Describe()
    {
        IEnumerable<string> names = Lines.Select(line => line.Name).Concat(Bands.Select(band => band.Name));
        return $"Line chart of {string.Join(", ", names)}{(XTitle is null ? "" : $" over {XTitle}")}{(IsLogarithmic ? ", logarithmic scale" : "")}.";
    }

    private protected override void Draw(SvgCanvas canvas)
    {
        bool dated = CheckKinds();
        (double low, double high) = YRange();
        (double first, double last) = XRange();
        bool wholeNumbers = !dated && Lines.All(line => Array.TrueForAll(line.X, double.IsInteger));
        var colors = LineColors();
        var bandColors = Bands.Select(band => (int?)band.Color ?? (colors.Count > 0 ? colors[^1].Color : 0)).ToArray();

        double top = Header.Draw(canvas, Title, [.. Legend(canvas, colors, bandColors)], YTitle);

        // The left margin depends on the y labels, whose number depends on the height, which depends on the rows of labels above.
        double right = canvas.Width - SvgCanvas.Padding - 4;
        double left = SvgCanvas.Padding, height = 0, below = 0;
        Axis x = null!, y = null!;
        LabelRows labels = null!;
        for (int pass = 0; pass < 2; pass++)
        {
            x = XAxis(first, last, right - left, dated, wholeNumbers);
            below = PlotArea.RoomBelow(x.Ticks.Any(tick => tick.Context is not null), XTitle);
            height = Math.Max(90, canvas.Height - top - below - SvgCanvas.Padding / 2 - (labels?.Height ?? 0));
            y = YAxis(low, high, height);
            left = SvgCanvas.Padding + 8 + y.Ticks.Max(tick => TextMetrics.Width(tick.Label, 12));
            labels = new LabelRows(left, right);
            var sketch = new PlotArea(left, 0, right - left, height, x, y);
            foreach (Region region in Regions)
                labels.Add((sketch.AtX(region.From) + sketch.AtX(region.To)) / 2, region.Label);
            foreach (Marker marker in Markers)
                labels.Add(sketch.AtX(marker.X), marker.Label);
        }
        var area = new PlotArea(left, top + labels.Height, right - left, height, x, y);
        canvas.Height = Math.Max(canvas.Height, Math.Ceiling(area.Bottom + below + SvgCanvas.Padding / 2));
        if (canvas.Embedded)
            canvas.RootAttributes = ReadingAttributes(area, dated);

        labels.Draw(canvas, area.Top);
        foreach (Region region in Regions)
        {
            double from = area.AtX(region.From);
            canvas.Rectangle(from, area.Top, area.AtX(region.To) - from, area.Height,
                $"class=\"region\" opacity=\"{region.Opacity.ToString(CultureInfo.InvariantCulture)}\"");
        }
        area.DrawY(canvas);
        DrawData(canvas, area, colors, bandColors);
        area.DrawX(canvas, XTitle);
    }

    private void DrawData(SvgCanvas canvas, PlotArea area, List<(int Color, LineDash Dash)> colors, int[] bandColors)
    {
        // Only limits set by hand can put data outside; without them round line ends at the edge stay whole.
        bool clip = YMin is not null || YMax is not null;
        if (clip)
        {
            string box = $"{SvgCanvas.Number(area.Left)} {SvgCanvas.Number(area.Top)} {SvgCanvas.Number(area.Width)} {SvgCanvas.Number(area.Height)}";
            string[] side = box.Split(' ');
            canvas.Body.Append($"<svg x=\"{side[0]}\" y=\"{side[1]}\" width=\"{side[2]}\" height=\"{side[3]}\" viewBox=\"{box}\">\n");
        }
        for (int i = 0; i < Bands.Count; i++)
        {
            string path = SeriesPath.Band(area, Bands[i].X, Bands[i].Low, Bands[i].High);
            canvas.Body.Append($"<path class=\"f{bandColors[i]}\" opacity=\"{Opacity(bandColors, i)}\" d=\"{path}\"{Reading(canvas, Bands[i].Name)}/>\n");
        }
        foreach (Marker marker in Markers)
            canvas.Line(area.AtX(marker.X), area.Top, area.AtX(marker.X), area.Bottom, "marker");
        for (int i = 0; i < Lines.Count; i++)
        {
            List<List<(double X, double Y)>> runs = SeriesPath.Runs(area, Lines[i].X, Lines[i].Y);
            double extent = area.AtX(Lines[i].X[^1]) - area.AtX(Lines[i].X[0]);
            string dense = Lines[i].X.Length > Math.Max(1.5 * extent, 100) ? " dense" : "";
            if (SeriesPath.Line(runs) is { Length: > 0 } line)
                canvas.Body.Append($"<path class=\"series c{colors[i].Color}{dense}\"{DashAttribute(colors[i].Dash)} d=\"{line}\"{Reading(canvas, Lines[i].Name)}/>\n");
            if (SeriesPath.Dots(runs) is { Length: > 0 } dots)
                canvas.Body.Append($"<path class=\"series lone c{colors[i].Color}\" d=\"{dots}\"{Reading(canvas, Lines[i].Name)}/>\n");
            if (!Lines[i].ShowPoints)
                continue;
            foreach (var (x, y) in runs.SelectMany(run => run))
                canvas.Body.Append($"<circle class=\"dot f{colors[i].Color}\" cx=\"{SvgCanvas.Number(x)}\" cy=\"{SvgCanvas.Number(y)}\" r=\"3\"/>\n");
        }
        if (clip)
            canvas.Body.Append("</svg>\n");
    }

    private IEnumerable<LegendEntry> Legend(SvgCanvas canvas, List<(int Color, LineDash Dash)> colors, int[] bandColors)
    {
        if (Lines.Count + Bands.Count == 1 && !string.IsNullOrWhiteSpace(Title) && Lines.Count == 1)
            yield break;
        for (int i = 0; i < Lines.Count; i++)
        {
            var (color, dash) = colors[i];
            bool points = Lines[i].ShowPoints;
            yield return new LegendEntry(Lines[i].Name, (x, y) =>
            {
                canvas.Body.Append($"<path class=\"series c{color}\"{DashAttribute(dash)} d=\"M{SvgCanvas.Number(x + 1)},{SvgCanvas.Number(y)}h20\"/>\n");
                if (points)
                    canvas.Body.Append($"<circle class=\"dot f{color}\" cx=\"{SvgCanvas.Number(x + 11)}\" cy=\"{SvgCanvas.Number(y)}\" r=\"3\"/>\n");
            });
        }
        for (int i = 0; i < Bands.Count; i++)
        {
            int band = i;
            yield return new LegendEntry(Bands[i].Name, (x, y) =>
            {
                // What lies under a band of the same colour shines through in the plot, so it does here.
                for (int under = 0; under <= band; under++)
                {
                    if (bandColors[under] == bandColors[band])
                        canvas.Rectangle(x + 1, y - 6, 20, 12, $"class=\"f{bandColors[band]}\" opacity=\"{Opacity(bandColors, under)}\"");
                }
            });
        }
    }

    private static string Opacity(int[] bandColors, int band) => bandColors.Take(band).Contains(bandColors[band]) ? "0.26" : "0.18";

    private static string DashAttribute(LineDash dash) => dash switch
    {
        LineDash.Dashed => " stroke-dasharray=\"6 4\"",
        LineDash.Dotted => " stroke-dasharray=\"0.5 4\"",
        LineDash.DashDot => " stroke-dasharray=\"8 4 0.5 4\"",
        _ => "",
    };

    // Lines without a colour take the palette's in turn, first those that no line has claimed; a second round changes the dash.
    private List<(int Color, LineDash Dash)> LineColors()
    {
        int[] free = [.. Enumerable.Range(0, Palette.AutomaticColors).Where(color => Lines.All(line => (int?)line.Color != color))];
        if (free.Length == 0)
            free = [.. Enumerable.Range(0, Palette.AutomaticColors)];
        var colors = new List<(int, LineDash)>();
        int next = 0;
        foreach (LineSeries line in Lines)
        {
            LineDash dash = line.Dash ?? (line.Color is null ? (LineDash)(next / free.Length % 4) : LineDash.Solid);
            colors.Add(((int?)line.Color ?? free[next++ % free.Length], dash));
        }
        return colors;
    }

    private bool CheckKinds()
    {
        var kinds = Lines.Select(line => (line.Name, line.IsDated))
            .Concat(Bands.Select(band => (band.Name, band.IsDated))).ToList();
        if (kinds.Count == 0)
            throw new InvalidOperationException("The chart has no data: give Lines or Bands at least one series.");
        bool dated = kinds[0].IsDated;
        kinds.AddRange(Markers.Select(marker => ($"marker {marker.Label}", marker.IsDated)));
        kinds.AddRange(Regions.Select(region => ($"region {region.Label}", region.IsDated)));
        foreach (var (name, isDated) in kinds)
        {
            if (isDated != dated)
                throw new InvalidOperationException(
                    $"'{kinds[0].Name}' has {(dated ? "dates" : "numbers")} for x but '{name}' has {(isDated ? "dates" : "numbers")}; use one kind in a chart.");
        }
        return dated;
    }

    private (double First, double Last) XRange()
    {
        double[] ends =
        [
            .. Lines.SelectMany(line => new[] { line.X[0], line.X[^1] }), .. Bands.SelectMany(band => new[] { band.X[0], band.X[^1] }),
            .. Markers.Select(marker => marker.X), .. Regions.SelectMany(region => new[] { region.From, region.To }),
        ];
        return (ends.Min(), ends.Max());
    }

    private (double Low, double High) YRange()
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (var (name, values) in Lines.Select(line => (line.Name, line.Y))
            .Concat(Bands.SelectMany(band => new[] { (band.Name, band.Low), (band.Name, band.High) })))
        {
            for (int i = 0; i < values.Length; i++)
            {
                if (double.IsNaN(values[i]))
                    continue;
                if (IsLogarithmic && values[i] <= 0)
                    throw new InvalidOperationException(
                        $"A logarithmic axis has no place for {values[i]}, the value of '{name}' at point {i}; values must be positive, or NaN for a gap.");
                low = Math.Min(low, values[i]);
                high = Math.Max(high, values[i]);
            }
        }
        if (low > high)
            throw new InvalidOperationException($"All values of {string.Join(", ", Lines.Select(line => $"'{line.Name}'"))} are NaN; there is nothing to draw.");
        if (IsLogarithmic && (YMin ?? 1) <= 0)
            throw new InvalidOperationException($"A logarithmic axis cannot begin at YMin = {YMin}; it must be positive.");
        (low, high) = (YMin ?? Math.Min(low, YMax ?? low), YMax ?? Math.Max(high, YMin ?? high));
        if (YMin is not null && YMax is not null && low >= high)
            throw new InvalidOperationException($"YMin = {YMin} is not below YMax = {YMax}.");
        return (low, high);
    }

    private Axis YAxis(double low, double high, double height)
    {
        int maxTicks = Math.Clamp((int)(height / 32), 3, 9);
        Axis axis = IsLogarithmic ? LogTicks.Covering(low, high, maxTicks) : NumberTicks.Covering(low, high, maxTicks);
        if (YMin is null && YMax is null)
            return axis;
        (double min, double max) = (YMin ?? axis.Min, YMax ?? axis.Max);
        return axis with { Min = min, Max = max, Ticks = [.. axis.Ticks.Where(tick => tick.Value >= min && tick.Value <= max)] };
    }

    private static Axis XAxis(double first, double last, double width, bool dated, bool wholeNumbers)
    {
        if (dated)
            return DateTicks.Within(first, last, Math.Max(2, (int)(width / 62)));
        Axis axis;
        int count = Math.Max(2, (int)(width / 50));
        do
        {
            axis = NumberTicks.Within(first, last, count, smallestStep: wholeNumbers ? 1 : 0);
        }
        while (axis.Ticks.Count > 2 && axis.Ticks.Count * (axis.Ticks.Max(tick => TextMetrics.Width(tick.Label, 12)) + 16) > width && --count >= 2);
        return axis;
    }

    // What the script of a report needs to turn pixels back into values.
    private string ReadingAttributes(PlotArea area, bool dated)
    {
        static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);
        string kind = dated ? "date" : "number";
        // Dates in milliseconds since 1970, the script's own count.
        double Moment(double x) => dated ? (x - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond : x;
        return $" data-plot=\"{SvgCanvas.Number(area.Left)} {SvgCanvas.Number(area.Top)} {SvgCanvas.Number(area.Width)} {SvgCanvas.Number(area.Height)}\""
            + $" data-x=\"{kind} {Exact(Moment(area.X.Min))} {Exact(Moment(area.X.Max))}\""
            + $" data-y=\"{(IsLogarithmic ? "log" : "linear")} {Exact(area.Y.Min)} {Exact(area.Y.Max)}\"";
    }

    private static string Reading(SvgCanvas canvas, string name) => canvas.Embedded ? $" data-name=\"{Markup.Escape(name)}\"" : "";

    private static T NotNull<T>(T value) where T : class
    {
        ArgumentNullException.ThrowIfNull(value);
        return value;
    }

    private static double? Limit(double? value) => value is null || Math.Abs(value.Value) <= NumberTicks.Largest
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, "A limit of an axis must be finite and within ±1e300.");
}
