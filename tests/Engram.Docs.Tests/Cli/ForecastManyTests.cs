using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Engram.Docs.Tests.Cli;

public sealed class ForecastManyTests
{
    private static readonly string[] Tiny = ["--horizon", "3", "--units", "4", "--layers", "1", "--networks", "1", "--steps", "4", "--seasons", "7", "--window", "14", "--seed", "2"];

    [Fact]
    public void Many_series_give_text_csv_json_a_page_and_a_model_that_forecasts_again()
    {
        using var tool = new ToolRun();
        string file = Shops(tool, ahead: 3);
        string[] columns = ["forecast", file, "--id", "shop", "--target", "sales"];
        string[] beside = ["--past", "rain", "--future", "price", "--static", "size", "--categorical", "region"];
        JsonElement json = tool.Run([.. columns, .. beside, "--calendar", "month,weekday", .. Tiny, "--json", "--out", tool.File("out")]).Succeeds().Json();
        Assert.Equal(
            ["panel", "seasons", "output", "head", "seed", "seconds", "backtest", "coverage", "errors", "forecasts", "files"], json.EnumerateObject().Select(member => member.Name));
        Assert.Equal(4, json.GetProperty("panel").GetProperty("series").GetInt32());
        Assert.Equal(["engram", "naive", "seasonal naive (7)"], json.GetProperty("backtest").EnumerateArray().Select(method => method.GetProperty("model").GetString()));
        Assert.Equal(["80", "95"], json.GetProperty("coverage").EnumerateObject().Select(interval => interval.Name));
        Assert.Equal(4, json.GetProperty("errors").GetArrayLength());
        JsonElement[] forecasts = [.. json.GetProperty("forecasts").EnumerateArray()];
        Assert.Equal(["shop 0", "shop 1", "shop 2", "shop 3"], forecasts.Select(one => one.GetProperty("id").GetString()));

        string[] csv = File.ReadAllLines(tool.File("out/forecast.csv"));
        Assert.Equal("id,target,time,value,lower80,upper80,lower95,upper95", csv[0]);
        Assert.Equal(1 + (4 * 3), csv.Length);
        JsonElement second = forecasts[1].GetProperty("forecast")[2];
        Assert.StartsWith($"shop 1,sales,{second.GetProperty("time").GetString()},{second.GetProperty("value").GetDouble().ToString("R", CultureInfo.InvariantCulture)},", csv[6], StringComparison.Ordinal);
        foreach (JsonProperty written in json.GetProperty("files").EnumerateObject()) { Assert.True(File.Exists(written.Value.GetString()), written.Name); }

        // The saved model needs no training and gives the same numbers.
        tool.Run([.. columns, "--model", tool.File("out/forecast.keras"), "--quiet", "--out", tool.File("again")]).Succeeds();
        Assert.Equal(csv, File.ReadAllLines(tool.File("again/forecast.csv")));
        tool.Run([.. columns, "--model", tool.File("out/forecast.keras"), "--refit"]).Fails(2, "--refit has no effect with --model");
    }

    [Fact]
    public void The_text_has_the_naive_forecasts_and_the_worst_and_best_series()
    {
        using var tool = new ToolRun();
        string text = tool.Run(["forecast", Shops(tool, ahead: 0), "--id", "shop", "--target", "sales,rain", "--backtest", "2", "--refit", .. Tiny, "--out", tool.File("out")]).Succeeds().Output;
        foreach (string words in (string[])["8 series of 60 rows", "Backtest: forecasts from 2 rows, 3 rows apart, of 8 series", "seasonal naive (7)", "Worst series", "Best series", "80 % interval held"])
        {
            Assert.Contains(words, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_for_one_series_is_refused_for_many()
    {
        using var tool = new ToolRun();
        string file = Shops(tool, ahead: 0);
        tool.Run("forecast", file, "--id", "shop", "--season", "7").Fails(2, "--season is for a single series; take --seasons");
        tool.Run("forecast", file, "--id", "shop", "--test", "0.2").Fails(2, "--test takes a number of rows");
        tool.Run("forecast", file, "--id", "shop", "--covariates", "rain").Fails(2, "name the columns with --past");
        tool.Run("forecast", "--id", "shop").Fails(2, "need a file");
        tool.Run("forecast", file, "--id", "shop", "--calendar", "moon").Fails(2, "--calendar takes month, weekday, hour");
        tool.Run("forecast", file, "--id", "shop").Fails(1, "several columns have numbers: sales, rain, price, size");
        tool.Run("forecast", file, "--id", "shop", "--target", "sales", "--future", "price", "--quiet").Fails(1, "known for 0 rows after the last value");
    }

    // Four shops of sixty days, and rows of what is known ahead.
    private static string Shops(ToolRun tool, int ahead)
    {
        var text = new StringBuilder("shop,day,sales,rain,price,size,region\n");
        for (int i = 0; i < 4; i++)
        {
            for (int t = 0; t < 60 + ahead; t++)
            {
                string seen = t < 60 ? string.Create(CultureInfo.InvariantCulture, $"{((i + 1) * (20 + (5 * Math.Sin(2 * Math.PI * t / 7)) + Math.Cos(1.3 * t * (i + 1)))):F3},{3 + Math.Sin(2.1 * t):F3}") : ",";
                text.Append(CultureInfo.InvariantCulture, $"shop {i},{new DateTime(2024, 1, 1).AddDays(t):yyyy-MM-dd},{seen},{2 + Math.Cos(0.7 * t):F3},{100 * (i + 1)},{(i % 2 == 0 ? "north" : "south")}\n");
            }
        }

        return tool.Write("shops.csv", text.ToString());
    }
}
