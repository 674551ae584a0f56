using System.Xml.Linq;
using Engram.Charts;
using static Engram.Tests.Charts.ChartReader;

namespace Engram.Tests.Charts;

public class LineChartTests
{
    private static readonly double[] X = [0, 1, 2, 3, 4, 5];

    [Fact]
    public void Hostile_text_anywhere_stays_text()
    {
        var chart = new LineChart
        {
            Title = Hostile,
            Description = Hostile,
            XTitle = Hostile,
            YTitle = Hostile,
            Lines = [new LineSeries(Hostile, X, [3, 1, 4, 1, 5, 9])],
            Bands = [new BandSeries(Hostile, X, [2, 0, 3, 0, 4, 8], [4, 2, 5, 2, 6, 10])],
            Markers = [new Marker(2, Hostile)],
            Regions = [new Region(3, 4, Hostile)],
        };
        foreach (int width in (int[])[240, 760, 1400])
        {
            XDocument svg = Parse(chart.ToSvg(width));
            Assert.Empty(svg.Descendants(Svg + "script"));
            Assert.Contains(svg.Descendants(Svg + "desc"), desc => desc.Value.StartsWith("<script>alert(\"x\")</script> ]]> &", StringComparison.Ordinal));
            Assert.Equal("img", svg.Root!.Attribute("role")!.Value);
            Assert.Equal($"0 0 {width} {svg.Root.Attribute("height")!.Value}", svg.Root.Attribute("viewBox")!.Value);
        }
    }

    [Fact]
    public void Everything_drawn_lies_inside_the_plot_and_all_text_inside_the_picture()
    {
        var random = new Random(11);
        for (int trial = 0; trial < 60; trial++)
        {
            int count = random.Next(1, 3000);
            double size = Math.Pow(10, random.NextDouble() * 24 - 12), offset = (random.NextDouble() - 0.5) * size * 10;
            double[] x = [.. Enumerable.Range(0, count).Select(i => i * size)];
            double[] y = [.. x.Select(_ => random.Next(9) == 0 ? double.NaN : offset + random.NextDouble() * size)];
            y[0] = offset;
            var chart = new LineChart
            {
                Title = "A title",
                YTitle = "a value",
                XTitle = "a step",
                Lines = [.. Enumerable.Range(0, random.Next(1, 9)).Select(i => new LineSeries(new string('n', random.Next(1, 60)), x, y))],
                Bands = [new BandSeries("band", x, y, [.. y.Select(value => value + size)])],
                Markers = [new Marker(x[count / 2], "a rather long marker"), new Marker(x[^1], "the last one")],
            };
            XDocument svg = Parse(chart.ToSvg(random.Next(300, 1500), random.Next(200, 600)));
            var (left, top, right, bottom) = Plot(svg);
            foreach (var (px, py) in SeriesPaths(svg).SelectMany(Points))
            {
                Assert.InRange(px, left - 0.1, right + 0.1);
                Assert.InRange(py, top - 0.1, bottom + 0.1);
            }
            AssertTextInside(svg);
            AssertTextsApart(svg);
        }
    }

    [Fact]
    public void A_gap_breaks_the_line_and_a_lone_point_is_a_dot()
    {
        var chart = new LineChart { Title = "t", Lines = [new LineSeries("a", X, [1, 2, double.NaN, 3, double.NaN, 4])] };
        List<string> paths = SeriesPaths(Parse(chart.ToSvg()));
        Assert.Equal(2, paths.Count);
        Assert.Equal(1, paths[0].Count(c => c == 'M'));
        Assert.Equal(2, Points(paths[0]).Count);
        Assert.Equal(2, Points(paths[1]).Count);
        Assert.Equal(2, paths[1].Split("h0").Length - 1);
    }

    [Fact]
    public void A_gap_in_either_edge_breaks_the_band()
    {
        var chart = new LineChart { Bands = [new BandSeries("b", X, [1, 1, double.NaN, 1, 1, 1], [2, 2, 2, 2, 2, double.NaN])] };
        string path = Assert.Single(SeriesPaths(Parse(chart.ToSvg())));
        Assert.Equal(2, path.Count(c => c == 'Z'));
        Assert.Equal(8, Points(path).Count);
    }

    [Fact]
    public void A_long_series_becomes_a_small_file_that_keeps_every_extreme()
    {
        var random = new Random(4);
        double[] y = [.. Enumerable.Range(0, 100_000).Select(_ => random.NextDouble())];
        y[31_337] = 100;
        y[77_777] = -50;
        for (int i = 50_000; i < 52_000; i++)
            y[i] = double.NaN;
        var chart = new LineChart { Title = "t", Lines = [LineSeries.FromValues("a", y, first: 0)] };
        string text = chart.ToSvg();
        Assert.InRange(text.Length, 10_000, 60_000);
        XDocument svg = Parse(text);
        string path = Assert.Single(SeriesPaths(svg));
        List<(double X, double Y)> points = Points(path);
        var (left, _, right, _) = Plot(svg);
        double AtX(int i) => left + (right - left) * i / 99_999;

        Assert.Equal(2, path.Count(c => c == 'M'));
        Assert.InRange(points.MinBy(point => point.Y).X, AtX(31_337) - 0.1, AtX(31_337) + 0.1);
        Assert.InRange(points.MaxBy(point => point.Y).X, AtX(77_777) - 0.1, AtX(77_777) + 0.1);
        // Each pixel column keeps its own extremes, not only the series.
        double scale = (points.Max(point => point.Y) - points.Min(point => point.Y)) / 150;
        double zero = points.Min(point => point.Y) + 100 * scale;
        for (int column = (int)left + 5; column < (int)AtX(31_000); column += 37)
        {
            int from = (int)Math.Ceiling((column - left) / (right - left) * 99_999), to = (int)((column + 1 - left) / (right - left) * 99_999);
            double highest = y[from..to].Max(), lowest = y[from..to].Min();
            var inColumn = points.Where(point => point.X >= column - 0.06 && point.X < column + 1.06).ToList();
            Assert.InRange(inColumn.Min(point => point.Y), zero - 1.01 * scale - 0.11, zero - highest * scale + 0.11);
            Assert.InRange(inColumn.Max(point => point.Y), zero - lowest * scale - 0.11, zero + 0.11);
        }
    }

    [Fact]
    public void A_logarithmic_axis_gives_equal_ratios_equal_room()
    {
        var chart = new LineChart { Title = "t", YScale = AxisScale.Logarithmic, Lines = [new LineSeries("a", [0, 1, 2], [1, 10, 100])] };
        List<(double X, double Y)> points = Points(Assert.Single(SeriesPaths(Parse(chart.ToSvg()))));
        Assert.Equal(points[0].Y - points[1].Y, points[1].Y - points[2].Y, 0.2);
        Assert.True(points[0].Y - points[1].Y > 20);
    }

    [Fact]
    public void Limits_set_by_hand_cut_the_data_off()
    {
        var chart = new LineChart { Title = "t", YMin = 0, YMax = 2, Lines = [new LineSeries("a", [0, 1, 2], [1, 1e200, -1e200])] };
        XDocument svg = Parse(chart.ToSvg());
        XElement clip = Assert.Single(svg.Root!.Elements(Svg + "svg"));
        Assert.Single(clip.Elements(Svg + "path"));
        Assert.Equal(["0", "0.5", "1.0", "1.5", "2.0"], Texts(svg).Where(text => ClassOf(text) == "tick").Take(5).Select(Shown));
    }

    [Fact]
    public void Series_differ_in_colour_and_then_in_dash()
    {
        var chart = new LineChart { Lines = [.. Enumerable.Range(0, 18).Select(i => new LineSeries($"s{i}", X, [i, i, i, i, i, i]))] };
        XDocument svg = Parse(chart.ToSvg());
        var looks = svg.Descendants(Svg + "path").Where(path => !path.Attribute("d")!.Value.EndsWith("h20", StringComparison.Ordinal))
            .Select(path => $"{ClassOf(path)} {(string?)path.Attribute("stroke-dasharray")}").ToList();
        Assert.Equal(18, looks.Count);
        Assert.Equal(18, looks.Distinct().Count());
        // The legend grows downward and the data begins under it.
        double lowestName = Texts(svg).Where(text => Shown(text).StartsWith('s')).Max(text => Attribute(text, "y"));
        Assert.True(lowestName < Plot(svg).Top);
    }

    [Fact]
    public void A_picture_grows_where_the_legend_leaves_no_room()
    {
        var chart = new LineChart { Lines = [.. Enumerable.Range(0, 60).Select(i => new LineSeries($"a name of some length {i}", X, X))] };
        XDocument svg = Parse(chart.ToSvg(300, 150));
        var (_, top, _, bottom) = Plot(svg);
        Assert.True(bottom - top >= 80);
        Assert.True(Attribute(svg.Root!, "height") > 1000);
        AssertTextInside(svg);
    }

    [Fact]
    public void What_cannot_be_drawn_is_named()
    {
        void Refused<T>(string part, Func<object> make) where T : Exception =>
            Assert.Contains(part, Assert.Throws<T>(make).Message, StringComparison.Ordinal);

        Refused<ArgumentException>("6 x but 2 y", () => new LineSeries("a", X, [1, 2]));
        Refused<ArgumentException>("'a' has no points", () => new LineSeries("a", Array.Empty<double>(), []));
        Refused<ArgumentException>("from x = 2 to 1 at point 1", () => new LineSeries("a", [2, 1], [1, 2]));
        Refused<ArgumentException>("x = NaN at point 1", () => new LineSeries("a", [2, double.NaN], [1, 2]));
        Refused<ArgumentException>("at point 0; values must be within ±1e300", () => new LineSeries("a", [1, 2], [double.PositiveInfinity, 2]));
        Refused<ArgumentException>("low 3 above high 2 at point 1", () => new BandSeries("b", [1, 2], [1, 3], [1, 2]));
        Refused<ArgumentException>("needs a name", () => new LineSeries(" ", [1], [1]));
        Refused<ArgumentException>("from 3 to 3", () => new Region(3, 3, "r"));
        Refused<ArgumentOutOfRangeException>("opacity", () => new Region(3, 4, "r") { Opacity = double.NaN });
        Refused<ArgumentOutOfRangeException>("finite", () => new LineChart { YMin = double.NaN });
        Refused<InvalidOperationException>("no data", () => new LineChart().ToSvg());
        Refused<InvalidOperationException>("'a' are NaN", () => new LineChart { Lines = [new LineSeries("a", [1], [double.NaN])] }.ToSvg());
        Refused<InvalidOperationException>("no place for 0, the value of 'a' at point 1",
            () => new LineChart { YScale = AxisScale.Logarithmic, Lines = [new LineSeries("a", [1, 2], [1, 0])] }.ToSvg());
        Refused<InvalidOperationException>("'marker m' has dates",
            () => new LineChart { Lines = [new LineSeries("a", [1], [1])], Markers = [new Marker(DateTime.UnixEpoch, "m")] }.ToSvg());
        Refused<InvalidOperationException>("not below YMax", () => new LineChart { YMin = 2, YMax = 1, Lines = [new LineSeries("a", [1], [1])] }.ToSvg());
        Refused<ArgumentOutOfRangeException>("width", () => new LineChart { Lines = [new LineSeries("a", [1], [1])] }.ToSvg(width: 100));
    }

    [Fact]
    public void Dates_and_a_forecast_past_the_end_fit_in_one_picture()
    {
        DateTime[] past = [.. Enumerable.Range(0, 200).Select(i => new DateTime(2024, 11, 20).AddHours(6 * i))];
        DateTime[] future = [.. Enumerable.Range(1, 40).Select(i => past[^1].AddHours(6 * i))];
        double[] level = [.. future.Select((_, i) => 10.0 + i)];
        var chart = new LineChart
        {
            Lines = [new LineSeries("measured", past, [.. past.Select((_, i) => 10 + Math.Sin(i))]), new LineSeries("forecast", future, level)],
            Bands = [new BandSeries("95 %", future, [.. level.Select(v => v - 2)], [.. level.Select(v => v + 2)])],
            Regions = [new Region(past[0], past[120], "training"), new Region(past[120], past[^1], "test")],
            Markers = [new Marker(past[^1], "forecast starts")],
        };
        XDocument svg = Parse(chart.ToSvg());
        Assert.Contains(Texts(svg), text => Shown(text) == "2025");
        AssertTextInside(svg);
        AssertTextsApart(svg);
    }

    private static void AssertTextInside(XDocument svg)
    {
        double width = Attribute(svg.Root!, "width"), height = Attribute(svg.Root!, "height");
        foreach (XElement text in Texts(svg))
        {
            var (from, to, y) = Extent(text);
            Assert.True(from >= 0 && to <= width, $"'{Shown(text)}' reaches from {from} to {to} in a picture of width {width}");
            Assert.InRange(y, 9, height - 3);
        }
    }

    private static void AssertTextsApart(XDocument svg)
    {
        var extents = Texts(svg).Select(text => (Text: Shown(text), Extent(text).From, Extent(text).To, Extent(text).Y)).ToList();
        foreach (var (text, from, to, y) in extents)
        {
            foreach (var other in extents.Where(other => other.Text != text && Math.Abs(other.Y - y) < 9))
                Assert.True(to <= other.From || from >= other.To, $"'{text}' and '{other.Text}' overlap");
        }
    }

    private static (double From, double To, double Y) Extent(XElement text)
    {
        double size = ClassOf(text) switch { "title" => 15, "small" => 11, _ => 12 };
        // A font of ordinary width, measured apart from the library: half an em a letter.
        double width = Shown(text).Length * size * 0.5, x = Attribute(text, "x");
        return (string?)text.Attribute("text-anchor") switch
        {
            "middle" => (x - width / 2, x + width / 2, Attribute(text, "y")),
            "end" => (x - width, x, Attribute(text, "y")),
            _ => (x, x + width, Attribute(text, "y")),
        };
    }
}
