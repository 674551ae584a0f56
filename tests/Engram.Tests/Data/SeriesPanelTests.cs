using Engram.Data;

namespace Engram.Tests.Data;

public sealed class SeriesPanelTests
{
    [Fact]
    public void Rows_are_gathered_by_id_put_in_order_and_completed()
    {
        SeriesPanel panel = Read("""
            shop,day,sales,rain,price,size,region
            b,2024-01-03,13,0.3,5,20,north
            a,2024-01-01,1,0.1,7,10,south
            a,2024-01-02,,0.2,7,10,south
            b,2024-01-01,11,0.1,5,20,north
            a,2024-01-03,3,0.3,8,10,south
            a,2024-01-04,,,9,10,south
            b,2024-01-04,14,0.4,6,20,north
            """, new PanelOptions { Id = "shop", Targets = ["sales"], Past = ["rain"], Future = ["price"], Statics = ["size"], Categories = ["region"] });
        Assert.Equal(["b", "a"], panel.Series.Select(one => one.Name));
        Assert.Equal("daily", panel.Frequency.Name);
        PanelSeries b = panel.Series[0], a = panel.Series[1];
        Assert.Equal([11, double.NaN, 13, 14], b.Values);
        Assert.Equal([1, double.NaN, 3], a.Values);
        Assert.Equal([0.1, 0.2, 0.3], a.Past[0].Values);
        Assert.Equal([7, 7, 8, 9], a.Future[0].Values);
        Assert.Equal([5, double.NaN, 5, 6], b.Future[0].Values);
        Assert.Equal(new DateTime(2024, 1, 2), b.Times![1]);
        Assert.Equal([10], a.Statics);
        Assert.Equal(["north"], b.Categories);
        Assert.Contains(panel.Notes, note => note.Contains("2 values are missing", StringComparison.Ordinal));
    }

    [Fact]
    public void Several_targets_are_several_series_with_the_target_as_a_category()
    {
        SeriesPanel panel = Read("t,x,y\n2024-01-01,1,10\n2024-01-02,2,20\n2024-01-03,3,\n", new PanelOptions { Targets = [PanelOptions.All], Past = ["y"] });
        Assert.Equal(["x", "y"], panel.Series.Select(one => one.Name));
        Assert.Equal([1, 2, 3], panel.Series[0].Values);
        Assert.Equal([10, 20], panel.Series[1].Values);
        Assert.Equal([10, 20, double.NaN], panel.Series[0].Past[0].Values);
        Assert.Equal([PanelOptions.TargetCategory], panel.CategoryNames);
        Assert.Equal(["y"], panel.Series[1].Categories);
    }

    [Theory]
    [InlineData("several columns have numbers: x, y", "i,x,y\na,1,2\nb,3,4\n", "i")]
    [InlineData("line 3: 'i' is empty", "i,x\na,1\n,2\n", "i")]
    [InlineData("Did you mean 'item'", "item,x\na,1\nb,2\n", "itemm")]
    [InlineData("stands twice in one series, on lines 2 and 3", "i,t,x\na,2024-01-01,1\na,2024-01-01,2\na,2024-01-02,3\n", "i")]
    [InlineData("the series 'b' has no value in 'x'", "i,x\na,1\nb,\n", "i")]
    public void What_cannot_be_read_is_refused(string words, string csv, string id)
    {
        Assert.Contains(words, Assert.Throws<EngramException>(() => Read(csv, new PanelOptions { Id = id })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_static_column_that_changes_is_refused()
    {
        string message = Assert.Throws<EngramException>(() => Read("i,x,kind\na,1,red\na,2,blue\n", new PanelOptions { Id = "i", Targets = ["x"], Categories = ["kind"] })).Message;
        Assert.Contains("line 3: 'kind' of the series 'a' changes from red to blue", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Series_at_hand_are_checked()
    {
        Assert.Throws<EngramException>(() => new PanelSeries("a", [1, double.NaN]));
        Assert.Throws<EngramException>(() => new PanelSeries("a", [double.PositiveInfinity, 1]));
        Assert.Throws<EngramException>(() => new PanelSeries("a", [1, 2], [new DateTime(2024, 1, 2), new DateTime(2024, 1, 1)]));
        var one = new PanelSeries("a", [1, 2]);
        Assert.Throws<EngramException>(() => new SeriesPanel([]));
        Assert.Throws<EngramException>(() => new SeriesPanel([one, one]));
        Assert.Throws<EngramException>(() => new SeriesPanel([one, new PanelSeries("b", [1, 2]) { Past = [new Covariate("x", [1, 2])] }]));
        Assert.Throws<EngramException>(() => new SeriesPanel([one], ["size"]));
        Assert.Equal(2, SeriesPanel.FromSeries([new TimeSeries("a", [1, 2, 3]), new TimeSeries("b", [1])]).Series.Count);
    }

    private static SeriesPanel Read(string csv, PanelOptions options) => SeriesPanel.FromTable(CsvTable.Parse(csv, "test.csv", header: true), options);
}
