using System.Xml.Linq;
using Engram.Layers;
using Engram.Models;

namespace Engram.Tests.Models;

public class PlotTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void A_plot_has_a_box_for_each_use_and_an_arrow_for_each_input()
    {
        XElement plot = XElement.Parse(Several().Plot());
        string[] texts = [.. plot.Descendants(Svg + "text").Select(text => text.Value)];
        foreach (string expected in new[] { "several (Functional)", "words", "InputLayer → (None, None, 8)", "LSTM → (None, None, 6), (None, 6), (None, 6)", "nested Sequential → (None, 6)" })
        {
            Assert.Contains(expected, texts);
        }

        Assert.Equal(2, texts.Count(text => text == "shared"));
        Assert.Equal(13, plot.Descendants(Svg + "path").Count(path => (string?)path.Attribute("class") == "arrow"));
        Assert.Single(plot.Descendants(Svg + "rect"), rect => (string?)rect.Attribute("class") == "frame");
        Assert.Contains("prefers-color-scheme:dark", plot.Element(Svg + "style")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Boxes_do_not_overlap_and_readers_stand_below()
    {
        XElement plot = XElement.Parse(Several().Plot());
        (double X, double Y, double Right, double Bottom)[] boxes = [.. plot.Descendants(Svg + "rect")
            .Where(rect => ((string)rect.Attribute("class")!).StartsWith("box", StringComparison.Ordinal))
            .Select(rect => ((double)rect.Attribute("x")!, (double)rect.Attribute("y")!, (double)rect.Attribute("x")! + (double)rect.Attribute("width")!, (double)rect.Attribute("y")! + (double)rect.Attribute("height")!))];
        for (int i = 0; i < boxes.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                Assert.True(boxes[i].X >= boxes[j].Right || boxes[j].X >= boxes[i].Right || boxes[i].Y >= boxes[j].Bottom || boxes[j].Y >= boxes[i].Bottom, $"{boxes[i]} and {boxes[j]} overlap");
            }
        }

        double width = (double)plot.Attribute("width")!;
        Assert.All(boxes, box => Assert.True(box.X >= 0 && box.Right <= width));
        foreach (XElement arrow in plot.Descendants(Svg + "path").Where(path => (string?)path.Attribute("class") == "arrow"))
        {
            string[] numbers = ((string)arrow.Attribute("d")!).Split('M', 'C', 'L', ' ').Where(text => text.Length > 0).ToArray();
            Assert.True(double.Parse(numbers[^1]) > double.Parse(numbers[1]));
        }
    }

    [Fact]
    public void Names_are_escaped_and_a_chain_is_drawn_too()
    {
        XElement plot = XElement.Parse(new Sequential(new Input(4, 2), new Lstm(3) { Name = "<b>&\"'\u0001" }, new Dense(1)) { Name = "a<b" }.Plot());
        Assert.Contains("<b>&\"'\uFFFD", plot.Descendants(Svg + "text").Select(text => text.Value));
        Assert.Equal(2, plot.Descendants(Svg + "path").Count(path => (string?)path.Attribute("class") == "arrow"));
        XElement unbuilt = XElement.Parse(new Sequential(new Lstm(3), new Dense(1)).Plot());
        Assert.Contains("LSTM", unbuilt.Descendants(Svg + "text").Select(text => text.Value));
    }

    private static Model Several()
    {
        Input words = new(Shape.Unknown, 8) { Name = "words" }, more = new(Shape.Unknown, 8) { Name = "more" };
        var shared = new Lstm(6) { Name = "shared", ReturnSequences = true, ReturnState = true };
        var (y, h, c) = shared.ApplyAll(words);
        SymbolicTensor again = shared.ApplyAll(more, h, c)[0];
        var nested = new Sequential(new Lstm(5) { ReturnSequences = true }, new Gru(6)) { Name = "nested" };
        SymbolicTensor code = nested.Apply(again);
        SymbolicTensor skip = new Gru(6) { Name = "skip" }.Apply(y, code);
        SymbolicTensor late = new SimpleRnn(6) { Name = "late", Trainable = false }.Apply(words, skip);
        return new Model([words, more], [new Dense(2) { Name = "main" }.Apply(late), new Dense(1) { Name = "extra" }.Apply(code)]) { Name = "several" };
    }
}
