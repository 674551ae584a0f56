using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace Engram.Tests.Charts;

/// <summary>Reads pictures back, as a strict XML parser sees them.</summary>
internal static partial class ChartReader
{
    public static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    /// <summary>A name with all that could break out of markup.</summary>
    public const string Hostile = "<script>alert(\"x\")</script> ]]> & ' \u0000 \u0008 \uD800 \uFFFF <!-- --> </svg> </title> 😀";

    public static XDocument Parse(string svg)
    {
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, CheckCharacters = true };
        using var reader = XmlReader.Create(new StringReader(svg), settings);
        XDocument document = XDocument.Load(reader);
        // The style sheet and descriptions aside, nothing may hold a number that is none.
        string attributes = string.Join('\n', document.Descendants().Attributes().Where(attribute => attribute.Name != "aria-label").Select(attribute => attribute.Value));
        Assert.DoesNotContain("NaN", attributes, StringComparison.Ordinal);
        Assert.DoesNotContain("Infinity", attributes, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", attributes, StringComparison.Ordinal);
        return document;
    }

    public static string ClassOf(XElement element) => (string?)element.Attribute("class") ?? "";

    public static double Attribute(XElement element, string name) =>
        double.Parse(element.Attribute(name)!.Value, NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>The lines of series, without the legend's swatches.</summary>
    public static List<string> SeriesPaths(XDocument svg) =>
        [.. svg.Descendants(Svg + "path").Select(path => path.Attribute("d")!.Value).Where(d => !d.EndsWith("h20", StringComparison.Ordinal))];

    public static List<(double X, double Y)> Points(string path) =>
        [.. Coordinates().Matches(path).Select(match => (Number(match.Groups[1]), Number(match.Groups[2])))];

    /// <summary>The box of the gridlines, which is the plot.</summary>
    public static (double Left, double Top, double Right, double Bottom) Plot(XDocument svg)
    {
        XElement[] grid = [.. svg.Descendants(Svg + "line").Where(line => ClassOf(line) == "grid")];
        return (grid.Min(line => Attribute(line, "x1")), grid.Min(line => Attribute(line, "y1")) - 1,
            grid.Max(line => Attribute(line, "x2")), grid.Max(line => Attribute(line, "y1")) + 1);
    }

    public static List<XElement> Texts(XDocument svg) => [.. svg.Descendants(Svg + "text")];

    /// <summary>What a text shows, without the title that gives its full form.</summary>
    public static string Shown(XElement text) => string.Concat(text.Nodes().OfType<XText>().Select(node => node.Value));

    private static double Number(Group group) => double.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(-?[\d.]+),(-?[\d.]+)")]
    private static partial Regex Coordinates();
}
