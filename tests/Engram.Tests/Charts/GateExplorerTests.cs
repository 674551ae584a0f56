using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Engram.Charts;
using Engram.Charts.Gates;
using Engram.Charts.Reports;

namespace Engram.Tests.Charts;

public sealed partial class GateExplorerTests
{
    private static readonly string[] Words = ["a", "</script><b>", "&"];

    [Fact]
    public void The_page_has_every_number_within_half_a_step_of_colour_and_nothing_can_end_its_data()
    {
        float[,] gate = Numbers(3, 5, 0, 1), cell = Numbers(3, 5, -4, 3);
        var layer = new GateLayer("lstm", new GateMap("forget gate", gate), new GateMap("cell state", cell) { Colors = ColorScale.Diverging }) { Order = [4, 2, 0, 1, 3] };
        var page = new HtmlReport("t");
        page.AddGates(new GateExplorer(Words, layer) { Guesses = [[new("x", 0.25)], [], [new("<y>", 1)]], Weights = [0.5, -1, 2], Notes = ["one", "two", "three"], Start = 1, Unit = 3 });
        string html = page.ToHtml();
        Assert.Equal(2, Regex.Count(html, "</script>")); // of the data and of the code
        JsonElement data = JsonDocument.Parse(Data().Match(html).Groups[1].Value).RootElement;
        Assert.Equal(Words, data.GetProperty("steps").EnumerateArray().Select(step => step.GetString()));
        Assert.Equal([4, 2, 0, 1, 3], data.GetProperty("layers")[0].GetProperty("order").EnumerateArray().Select(unit => unit.GetInt32()));
        Assert.Equal(("cell state", 1, 3), (data.GetProperty("layers")[0].GetProperty("state").GetString(), data.GetProperty("start").GetInt32(), data.GetProperty("unit").GetInt32()));
        foreach ((int index, float[,] values) in new[] { (0, gate), (1, cell) })
        {
            JsonElement map = data.GetProperty("layers")[0].GetProperty("maps")[index];
            (double low, double high) = (map.GetProperty("low").GetDouble(), map.GetProperty("high").GetDouble());
            byte[] places = map.GetProperty("data").GetBytesFromBase64();
            for (int i = 0; i < places.Length; i++) { Assert.Equal(values[i / 5, i % 5], low + (places[i] / 254.0 * (high - low)), 0.5001 * (high - low) / 254); }
        }
    }

    [Fact]
    public void Gates_reach_from_0_to_1_and_states_as_far_below_zero_as_above()
    {
        var layer = new GateLayer("g", new GateMap("gate", new float[,] { { 0.25f, 0.5f } }), new GateMap("state", new float[,] { { -3, 1 } }) { Colors = ColorScale.Diverging },
            new GateMap("relu", new float[,] { { 0, 7 } }), new GateMap("padded", new float[,] { { float.NaN, 0.5f } }), new GateMap("zero", new float[,] { { 0, 0 } }) { Colors = ColorScale.Diverging });
        Assert.Equal([(0, 1), (-3, 3), (0, 7), (0, 1), (-1, 1)], layer.Maps.Select(map => map.Range()));
        Assert.Equal([64, 127], layer.Maps[0].Quantized().Select(place => (int)place));
        Assert.Equal([255, 127], layer.Maps[3].Quantized().Select(place => (int)place));
    }

    [Fact]
    public void The_picture_names_its_maps_and_words_and_keeps_the_order_of_units()
    {
        var layer = new GateLayer("lstm", new GateMap("forget gate", Numbers(3, 4, 0, 1)), new GateMap("cell state", Numbers(3, 4, -1, 1)) { Colors = ColorScale.Diverging }) { Order = [3, 1, 2, 0] };
        XElement svg = XElement.Parse(new GateChart(["first", "a<b", "last"], layer) { Title = "T", Weights = [0, 1, -2], Caption = "C" }.ToSvg(900, 500));
        string[] texts = [.. svg.Descendants().Where(element => element.Name.LocalName == "text").Select(text => text.Value)];
        foreach (string text in (string[])["T", "C", "forget gate", "cell state", "first", "a<b", "last"]) { Assert.Contains(text, texts); }
        Assert.Equal(4, svg.Descendants().Count(element => element.Name.LocalName == "image")); // two maps, two bars of colour
        XElement[] grounds = [.. svg.Descendants().Where(element => (string?)element.Attribute("class") == "f1")];
        Assert.Equal(["0", "0.75", "0"], grounds.Select(ground => (string)ground.Attribute("opacity")!));
    }

    [Fact]
    public void Four_hundred_steps_of_512_units_are_a_page_of_two_megabytes()
    {
        var layer = new GateLayer("lstm", [.. Enumerable.Range(0, 6).Select(i => new GateMap($"map {i}", Numbers(400, 512, -1, 1)) { Colors = ColorScale.Diverging })]);
        var page = new HtmlReport("t");
        page.AddGates(new GateExplorer([.. Enumerable.Range(0, 400).Select(step => $"word{step}")], layer));
        Assert.InRange(page.ToHtml().Length, 400 * 512 * 6, 2_000_000);
    }

    [Fact]
    public void What_does_not_fit_together_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new GateMap("m", new float[0, 3]));
        Assert.Contains("step 1, unit 0", Assert.Throws<ArgumentException>(() => new GateMap("m", new float[,] { { 1 }, { float.PositiveInfinity } })).Message, StringComparison.Ordinal);
        GateMap map = new("m", Numbers(3, 4, 0, 1));
        Assert.Contains("2 steps of 4", Assert.Throws<ArgumentException>(() => new GateLayer("l", map, new GateMap("n", Numbers(2, 4, 0, 1)))).Message, StringComparison.Ordinal);
        Assert.Contains("no map 'x'", Assert.Throws<ArgumentException>(() => new GateLayer("l", map) { State = "x" }).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new GateLayer("l", map) { Order = [0, 1, 2, 2] });
        var layer = new GateLayer("l", map);
        Assert.Contains("2 are named", Assert.Throws<ArgumentException>(() => new GateExplorer(["a", "b"], layer)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new GateExplorer(Words, layer) { Weights = [1] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new GateExplorer(Words, layer) { Start = 3 });
        Assert.Throws<ArgumentException>(() => new GateChart(["a"], layer));
    }

    [GeneratedRegex("<script type=\"application/json\">(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Data();

    private static float[,] Numbers(int steps, int units, double low, double high)
    {
        var random = new Random(steps + units);
        var values = new float[steps, units];
        for (int i = 0; i < values.Length; i++) { values[i / units, i % units] = (float)(low + ((high - low) * random.NextDouble())); }
        return values;
    }
}
