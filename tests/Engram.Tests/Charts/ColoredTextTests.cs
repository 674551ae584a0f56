using System.Xml.Linq;
using Engram.Charts;
using static Engram.Tests.Charts.ChartReader;

namespace Engram.Tests.Charts;

public class ColoredTextTests
{
    [Fact]
    public void Every_token_stands_on_the_colour_of_its_number()
    {
        string[] tokens = ["low", Hostile, "none", "high", "\n", "zero"];
        var chart = new ColoredText(tokens, [-2.0, 1, double.NaN, 2, 9, 0]) { Title = "t", High = 2 };
        XDocument svg = Parse(chart.ToSvg());
        XElement[] grounds = [.. svg.Descendants(Svg + "rect").Where(rect => rect.Element(Svg + "title") is not null)];
        Assert.Equal(4, grounds.Length);
        Assert.Equal(["low: −2.00", "high: 2.00", "zero: 0.00"], grounds.Select(Hint).Where(hint => !hint.Contains("script", StringComparison.Ordinal)));
        Assert.Equal(4, grounds.Select(rect => rect.Attribute("fill")!.Value).Distinct().Count());
        XElement[] words = [.. svg.Descendants(Svg + "text").Where(text => ClassOf(text) == "token")];
        Assert.Equal(5, words.Length);
        Assert.True(Attribute(words[4], "y") > Attribute(words[3], "y"));
        Assert.Null(words[2].Attribute("style")); // without ground it has the ink of the page
        static string Hint(XElement rect) => rect.Element(Svg + "title")!.Value;
    }

    [Fact]
    public void Words_wrap_and_characters_stand_close()
    {
        string[] words = [.. Enumerable.Range(0, 60).Select(i => $"word{i}")];
        double[] values = [.. words.Select((_, i) => (double)i)];
        XDocument svg = Parse(new ColoredText(words, values) { Colors = ColorScale.Sequential }.ToSvg(300, 120));
        XElement[] grounds = [.. svg.Descendants(Svg + "rect").Where(rect => rect.Element(Svg + "title") is not null)];
        Assert.All(grounds, rect => Assert.True(Attribute(rect, "x") >= 12 && Attribute(rect, "x") + Attribute(rect, "width") <= 288.1));
        Assert.True(Attribute(svg.Root!, "height") > grounds.Max(rect => Attribute(rect, "y")) + 40);

        string[] letters = [.. "to be".Select(c => c.ToString())];
        grounds = [.. Parse(new ColoredText(letters, [1f, 2, 3, 4, 5]).ToSvg()).Descendants(Svg + "rect").Where(rect => rect.Element(Svg + "title") is not null)];
        for (int i = 1; i < 5; i++) { Assert.Equal(Attribute(grounds[i - 1], "x") + Attribute(grounds[i - 1], "width"), Attribute(grounds[i], "x"), 0.2); }
    }

    [Fact]
    public void What_cannot_be_drawn_is_said()
    {
        Assert.Contains("1 tokens and 2 values", Assert.Throws<ArgumentException>(() => new ColoredText(["a"], [1.0, 2])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new ColoredText([], Array.Empty<double>()));
        Assert.Throws<ArgumentException>(() => new ColoredText(["a"], [double.PositiveInfinity]));
        Assert.Contains("nothing to draw", Assert.Throws<InvalidOperationException>(() => new ColoredText(["a"], [double.NaN]).ToSvg()).Message, StringComparison.Ordinal);
    }
}
