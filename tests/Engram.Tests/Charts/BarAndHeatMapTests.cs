using System.IO.Compression;
using System.Xml.Linq;
using Engram.Charts;
using Engram.Charts.Drawing;
using static Engram.Tests.Charts.ChartReader;

namespace Engram.Tests.Charts;

public class BarAndHeatMapTests
{
    [Fact]
    public void Bars_stand_on_zero_with_heights_in_proportion()
    {
        var chart = new BarChart("one", Hostile) { Title = "t", Series = [new BarSeries("a", 2, -1), new BarSeries(Hostile, 4, double.NaN)] };
        XDocument svg = Parse(chart.ToSvg());
        XElement[] bars = [.. svg.Descendants(Svg + "rect").Where(rect => rect.Element(Svg + "title") is not null)];
        Assert.Equal(3, bars.Length);
        double[] heights = [.. bars.Select(bar => Attribute(bar, "height"))];
        Assert.Equal(heights[1], 2 * heights[0], 0.3);
        Assert.Equal(heights[0], 2 * heights[2], 0.3);
        Assert.Equal(Attribute(bars[2], "y"), Attribute(bars[0], "y") + heights[0], 0.2);
        Assert.Equal(["2.00", "4.00", "−1.00"], Texts(svg).Where(text => ClassOf(text) == "small").Select(Shown));
    }

    [Fact]
    public void Many_categories_keep_their_names_apart()
    {
        string[] names = [.. Enumerable.Range(0, 80).Select(i => $"category {i}")];
        var chart = new BarChart(names) { Series = [new BarSeries("a", [.. names.Select((_, i) => (double)i)])] };
        XDocument svg = Parse(chart.ToSvg(600));
        double[] places = [.. Texts(svg).Where(text => Shown(text).StartsWith("category", StringComparison.Ordinal)).Select(text => Attribute(text, "x"))];
        Assert.InRange(places.Length, 4, 8);
        Assert.All(places.Zip(places[1..]), pair => Assert.True(pair.Second - pair.First > 60));
    }

    [Fact]
    public void A_small_matrix_is_cells_with_values_to_read()
    {
        double[,] values = { { 0, 0.5, 1 }, { double.NaN, -3, 7 } };
        var chart = new HeatMap(values) { Low = 0, High = 1, RowLabels = ["r", Hostile], ColumnLabels = ["x", "y", "z"] };
        XElement[] cells = [.. Parse(chart.ToSvg()).Descendants(Svg + "rect").Where(rect => rect.Element(Svg + "title") is not null)];
        Assert.Equal(5, cells.Length);
        Assert.Equal("r, y: 0.5000", cells[1].Element(Svg + "title")!.Value);
        // Values beyond the limits take the end colours.
        Assert.Equal(cells[0].Attribute("fill")!.Value, cells[3].Attribute("fill")!.Value);
        Assert.Equal(cells[2].Attribute("fill")!.Value, cells[4].Attribute("fill")!.Value);
    }

    [Theory]
    [InlineData(3, 840, 0)]
    [InlineData(12, 840, 45)]
    [InlineData(40, 840, 90)]
    [InlineData(40, 360, 90)]
    public void Names_of_columns_are_turned_where_they_do_not_fit_and_stay_in_the_picture(int columns, int width, int angle)
    {
        const string Compound = "rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz", Row = "donaudampfschifffahrtsgesellschaftskapitän";
        string[] names = [.. Enumerable.Range(0, columns).Select(i => angle > 0 && i % 5 == 0 ? $"{i}{Compound}" : $"{i}word")];
        XDocument svg = Parse(new HeatMap(new double[2, columns]) { Low = 0, High = 1, ColumnLabels = names, RowLabels = [Row, "b"], XTitle = "sentence" }.ToSvg(width, 240));
        XElement[] texts = [.. Texts(svg).Where(text => char.IsAsciiDigit(Shown(text)[0]) && Shown(text).Length > 3)];
        Assert.True(width < 840 ? texts.Length is > 5 and < 20 : texts.Length == columns, $"{texts.Length} of {columns} names");
        double bottom = Attribute(svg.Root!, "height"), title = Attribute(Texts(svg).Single(text => Shown(text) == "sentence"), "y");
        Assert.True(title < bottom);
        foreach (XElement text in texts)
        {
            (double x, double y, double length) = (Attribute(text, "x"), Attribute(text, "y"), TextMetrics.Width(Shown(text), 12));
            Assert.Equal(angle == 0 ? null : FormattableString.Invariant($"rotate({-angle} {x} {y})"), (string?)text.Attribute("transform"));
            if (angle == 0) { continue; }
            (double sin, double cos) = Math.SinCos(angle * Math.PI / 180);
            Assert.True(x - length * cos >= 0 && y + length * sin < title - 8, $"'{Shown(text)}' leaves the picture");
            Assert.Equal(Shown(text).EndsWith('…'), text.Element(Svg + "title") is not null);
            if (text.Element(Svg + "title") is { } whole) { Assert.Contains(whole.Value, names); }
        }

        Assert.Equal(angle > 0, texts.Any(text => Shown(text).EndsWith('…')));
        XElement row = Texts(svg).Single(text => Shown(text).StartsWith("donau", StringComparison.Ordinal));
        Assert.Equal(Row, row.Element(Svg + "title")?.Value ?? Shown(row));
        Assert.True(Attribute(row, "x") - TextMetrics.Width(Shown(row), 12) >= 0);
    }

    [Fact]
    public void A_large_matrix_is_one_picture_with_its_numbers_in_order()
    {
        const int rows = 41, columns = 53;
        var values = new double[rows, columns];
        for (int i = 0; i < rows * columns; i++)
            values[i / columns, i % columns] = i;
        values[3, 5] = double.NaN;
        XDocument svg = Parse(new HeatMap(values) { Title = "t" }.ToSvg());
        string data = svg.Descendants(Svg + "image").First().Attribute("href")!.Value;
        var (width, height, pixels) = Decode(Convert.FromBase64String(data["data:image/png;base64,".Length..]));
        Assert.Equal((columns, rows), (width, height));
        Assert.Equal(0, pixels[3 * columns + 5]);
        Assert.Equal((1, 255), (pixels[0], pixels[^1]));
        for (int i = 1; i < pixels.Length; i++)
            Assert.True(pixels[i] >= pixels[i - 1] || i == 3 * columns + 5, $"pixel {i}");
    }

    [Fact]
    public void A_page_of_gates_stays_small()
    {
        var random = new Random(6);
        var gate = new double[512, 400];
        for (int i = 0; i < gate.Length; i++)
            gate[i / 400, i % 400] = random.NextDouble();
        // Noise does not compress: one byte a cell, a third more as text.
        Assert.InRange(new HeatMap(gate).ToSvg().Length, 100_000, 290_000);
    }

    [Fact]
    public void Lightness_alone_orders_the_colours()
    {
        double[] sequential = [.. ColorTable.Of(ColorScale.Sequential).Select(Lightness)];
        double even = (sequential[^1] - sequential[0]) / (sequential.Length - 1);
        Assert.True(even > 0.2);
        for (int i = 0; i + 16 < sequential.Length; i += 16)
            Assert.InRange((sequential[i + 16] - sequential[i]) / 16, 0.6 * even, 1.4 * even);

        double[] diverging = [.. ColorTable.Of(ColorScale.Diverging).Select(Lightness)];
        Assert.True(diverging[127] > 94);
        Assert.InRange(diverging[0] - diverging[^1], -8, 8);
    }

    [Fact]
    public void What_cannot_be_drawn_is_named()
    {
        Assert.Contains("2 values for 3 categories", Assert.Throws<ArgumentException>(
            () => new BarChart("a", "b", "c") { Series = [new BarSeries("s", 1, 2)] }).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new BarChart());
        Assert.Throws<InvalidOperationException>(() => new BarChart("a").ToSvg());
        Assert.Contains("0 by 3", Assert.Throws<ArgumentException>(() => new HeatMap(new double[0, 3])).Message, StringComparison.Ordinal);
        Assert.Contains("row 1, column 0", Assert.Throws<ArgumentException>(
            () => new HeatMap(new double[,] { { 1 }, { double.NegativeInfinity } })).Message, StringComparison.Ordinal);
        Assert.Contains("1 labels for 2 columns", Assert.Throws<ArgumentException>(
            () => new HeatMap(new double[,] { { 1, 2 } }) { ColumnLabels = ["a"] }).Message, StringComparison.Ordinal);
        Assert.Contains("are NaN", Assert.Throws<InvalidOperationException>(
            () => new HeatMap(new double[,] { { double.NaN } }).ToSvg()).Message, StringComparison.Ordinal);
        Assert.Contains("not below High", Assert.Throws<InvalidOperationException>(
            () => new HeatMap(new double[,] { { 1 } }) { Low = 2, High = 1 }.ToSvg()).Message, StringComparison.Ordinal);
    }

    // CIE 1976 L*, a measure of lightness that the tables were not made with.
    private static double Lightness((byte R, byte G, byte B) color)
    {
        static double Linear(byte value) => value / 255.0 <= 0.04045 ? value / 255.0 / 12.92 : Math.Pow((value / 255.0 + 0.055) / 1.055, 2.4);
        double y = 0.2126 * Linear(color.R) + 0.7152 * Linear(color.G) + 0.0722 * Linear(color.B);
        return y > 216.0 / 24389 ? 116 * Math.Cbrt(y) - 16 : y * 24389 / 27;
    }

    // A reader of what the writer writes: no filter, one IDAT; checksums are computed bit by bit.
    private static (int Width, int Height, byte[] Pixels) Decode(byte[] png)
    {
        static int Int(ReadOnlySpan<byte> bytes) => System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes);
        int width = 0, height = 0;
        byte[] pixels = [];
        for (int at = 8; at < png.Length;)
        {
            int length = Int(png.AsSpan(at));
            string type = System.Text.Encoding.ASCII.GetString(png, at + 4, 4);
            Assert.Equal(Int(png.AsSpan(at + 8 + length)), (int)Crc(png.AsSpan(at + 4, length + 4)));
            if (type == "IHDR")
                (width, height) = (Int(png.AsSpan(at + 8)), Int(png.AsSpan(at + 12)));
            if (type == "IDAT")
            {
                using var zlib = new ZLibStream(new MemoryStream(png, at + 8, length), CompressionMode.Decompress);
                var raw = new MemoryStream();
                zlib.CopyTo(raw);
                pixels = [.. raw.ToArray().Chunk(width + 1).SelectMany(row => row[1..])];
            }
            at += length + 12;
        }
        return (width, height, pixels);
    }

    private static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
        {
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (((crc ^ ((uint)b >> bit)) & 1) * 0xEDB88320);
        }
        return ~crc;
    }
}
