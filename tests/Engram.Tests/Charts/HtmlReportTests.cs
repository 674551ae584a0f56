using System.Text.RegularExpressions;
using System.Xml.Linq;
using Engram.Charts;
using Engram.Charts.Reports;
using static Engram.Tests.Charts.ChartReader;

namespace Engram.Tests.Charts;

public partial class HtmlReportTests
{
    [Fact]
    public void All_text_is_escaped_and_the_page_is_well_formed()
    {
        XElement page = Page(Full());
        Assert.DoesNotContain(page.Descendants(), element => element.Name.LocalName == "script");
        string[] holders = ["h1", "h2", "p", "strong", "span", "small", "figcaption", "th", "td", "dt", "dd", "summary", "footer", "text"];
        Assert.All(holders, holder => Assert.Contains(page.Descendants(),
            element => element.Name.LocalName == holder && element.Value.Contains("<script>alert(\"x\")</script>", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_page_needs_nothing_from_elsewhere_and_its_ids_are_unique()
    {
        XElement page = Page(Full());
        Assert.All(page.Descendants().Attributes().Where(attribute => attribute.Name.LocalName is "href" or "src"),
            attribute => Assert.True(attribute.Value.StartsWith("data:", StringComparison.Ordinal) || attribute.Value[0] == '#'));
        string[] ids = [.. page.Descendants().Attributes("id").Select(attribute => attribute.Value)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(page.Descendants().Attributes("href").Where(attribute => attribute.Value[0] == '#'), attribute => Assert.Contains(attribute.Value[1..], ids));
    }

    [Fact]
    public void The_best_numbers_of_a_column_are_emphasised_as_they_are_shown()
    {
        var table = new ReportTable("model", ReportColumn.Number("error", 2, BestValue.Lowest), ReportColumn.Number("score", best: BestValue.Highest), ReportColumn.Text("on"));
        table.AddRow("a", 1.004, 0.5, "x");
        table.AddRow("b", 1.001, double.NaN, "y");
        table.AddRow("c", 1234.5, 0.25, "1.00");
        table.AddRow("d", "n/a", -3, "z");
        var report = new HtmlReport("t");
        report.AddTable(table);
        string[] cells = [.. Page(report).Descendants("td").Select(cell => $"{cell.Value}{((string?)cell.Attribute("class"))?.Replace("number", "", StringComparison.Ordinal)}")];
        Assert.Equal(["1.00 best", "0.5000 best", "x", "1.00 best", "–", "y", "1,234.50", "0.2500", "1.00", "n/a", "−3.000", "z"], cells);
    }

    [Fact]
    public void Wrong_content_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new HtmlReport(" "));
        var report = new HtmlReport("t");
        Assert.Throws<ArgumentException>(() => report.AddKeyFigures());
        Assert.Throws<ArgumentException>(() => report.AddSettings());
        Assert.Throws<ArgumentOutOfRangeException>(() => report.AddChart(new HeatMap(new double[,] { { 1 } }), height: 10));
        Assert.Throws<ArgumentException>(() => new ReportTable("a"));
        Assert.Throws<ArgumentOutOfRangeException>(() => ReportColumn.Number("a", -1));
        var table = new ReportTable("a", ReportColumn.Text("b"));
        Assert.Contains("has 2 cells but the table has 1 columns",
            Assert.Throws<ArgumentException>(() => table.AddRow("r", "x", 2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_replaced_as_a_whole_and_nothing_else_is_left()
    {
        string folder = Directory.CreateTempSubdirectory("engram-charts-").FullName;
        try
        {
            string path = Path.Combine(folder, "report.html");
            File.WriteAllText(path, new string('x', 1_000_000));
            var report = new HtmlReport("Ein schöner Titel");
            report.Save(path);
            Assert.Equal(report.ToHtml(), File.ReadAllText(path));
            Assert.Equal((byte)'<', File.ReadAllBytes(path)[0]);

            var chart = new HeatMap(new double[,] { { 1, 2 } });
            chart.Save(Path.Combine(folder, "map.svg"), 400, 200);
            Assert.Equal(chart.ToSvg(400, 200), File.ReadAllText(Path.Combine(folder, "map.svg")));
            Assert.Equal(["map.svg", "report.html"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_file_that_cannot_be_written_leaves_the_old_one_and_no_rest()
    {
        string folder = Directory.CreateTempSubdirectory("engram-charts-").FullName;
        try
        {
            string path = Path.Combine(folder, "chart.svg");
            File.WriteAllText(path, "old");
            Assert.Throws<InvalidOperationException>(() => new LineChart().Save(path));
            Assert.Equal("old", File.ReadAllText(path));
            Directory.CreateDirectory(Path.Combine(folder, "taken"));
            Assert.Throws<ArgumentException>(() => new HtmlReport("t").Save(Path.Combine(folder, "taken")));
            Assert.Throws<DirectoryNotFoundException>(() => new HtmlReport("t").Save(Path.Combine(folder, "missing", "a.html")));
            Assert.Equal([path], Directory.GetFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static HtmlReport Full()
    {
        var report = new HtmlReport(Hostile) { Subtitle = Hostile, Footer = Hostile };
        report.AddKeyFigures(new KeyFigure(Hostile, Hostile, Hostile), new KeyFigure("1", "one"));
        report.AddHeading(Hostile);
        report.AddParagraph(Hostile);
        report.AddNote(Hostile, NoteKind.Warning);
        report.AddSettings((Hostile, Hostile));
        var table = new ReportTable(Hostile, ReportColumn.Text(Hostile), ReportColumn.Number(Hostile)) { Caption = Hostile };
        table.AddRow(Hostile, Hostile, 1);
        report.AddTable(table);
        report.AddChart(new LineChart { Title = Hostile, Lines = [LineSeries.FromValues(Hostile, [1, 2, 3])] }, Hostile);
        var values = new double[40, 50];
        values[1, 1] = 1;
        report.AddChart(new HeatMap(values) { Title = "first" });
        report.AddDetails(Hostile, details => details.AddChart(new HeatMap(values) { Title = "the same again" }));
        return report;
    }

    // The page as XML: its only void elements are the meta elements, its only raw text style and script.
    private static XElement Page(HtmlReport report)
    {
        string html = report.ToHtml();
        Assert.StartsWith("<!DOCTYPE html>\n", html, StringComparison.Ordinal);
        html = MetaElement().Replace(html["<!DOCTYPE html>\n".Length..], "<meta$1/>");
        html = RawText().Replace(html, "");
        return Parse(html).Root!;
    }

    [GeneratedRegex("<meta([^>]*)>")]
    private static partial Regex MetaElement();

    // The page's own script: it begins with an arrow function, and what users write cannot get there.
    [GeneratedRegex(@"<style>.*?</style>|<script>\s*\(\(\) =>.*?</script>", RegexOptions.Singleline)]
    private static partial Regex RawText();
}
