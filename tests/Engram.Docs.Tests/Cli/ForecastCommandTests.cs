using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Engram.Data;

namespace Engram.Docs.Tests.Cli;

public sealed class ForecastCommandTests
{
    private static readonly string[] Members = ["series", "split", "season", "seasonCandidates", "head", "seed", "seconds", "backtest", "verdict", "verdictKind", "coverage", "forecast", "files"];

    [Fact]
    public void Json_has_the_promised_members_and_the_numbers_of_the_csv_file()
    {
        using var tool = new ToolRun();
        JsonElement json = tool.Run(["forecast", tool.WriteSeries("sales.csv", 96), "--horizon", "5", "--json", "--seed", "3", "--out", tool.File("out"), .. ToolRun.Small]).Succeeds().Json();

        Assert.Equal(Members, json.EnumerateObject().Select(member => member.Name));
        JsonElement series = json.GetProperty("series");
        Assert.Equal(["name", "rows", "from", "to", "frequency", "gaps", "notes"], series.EnumerateObject().Select(member => member.Name));
        Assert.Equal("revenue", series.GetProperty("name").GetString());
        Assert.Equal(96, series.GetProperty("rows").GetInt32());
        Assert.Equal("2001-01-01", series.GetProperty("from").GetString());
        Assert.Equal("2008-12-01", series.GetProperty("to").GetString());
        Assert.Equal("monthly", series.GetProperty("frequency").GetString());
        Assert.Equal(0, series.GetProperty("gaps").GetInt32());
        Assert.Equal(3, json.GetProperty("seed").GetInt32());
        Assert.Equal(12, json.GetProperty("season").GetInt32());
        Assert.Equal(96, json.GetProperty("split").EnumerateObject().Sum(part => part.Value.GetProperty("rows").GetInt32()));
        Assert.Equal(["engram", "naive", "seasonal naive (12)", "drift"], json.GetProperty("backtest").EnumerateArray().Select(method => method.GetProperty("model").GetString()).Take(4));
        Assert.Equal(["80", "95"], json.GetProperty("coverage").EnumerateObject().Select(interval => interval.Name));

        string[] csv = File.ReadAllLines(tool.File("out/forecast.csv"));
        Assert.Equal("time,value,lower80,upper80,lower95,upper95", csv[0]);
        JsonElement[] forecast = [.. json.GetProperty("forecast").EnumerateArray()];
        Assert.Equal(5, forecast.Length);
        Assert.Equal(6, csv.Length);
        Assert.StartsWith("2009-01-01,", csv[1], StringComparison.Ordinal);
        for (int step = 0; step < 5; step++)
        {
            string[] cells = csv[step + 1].Split(',');
            Assert.Equal(cells[0], forecast[step].GetProperty("time").GetString());
            string[] names = ["value", "lower80", "upper80", "lower95", "upper95"];
            for (int i = 0; i < names.Length; i++) { Assert.Equal(double.Parse(cells[i + 1], CultureInfo.InvariantCulture), forecast[step].GetProperty(names[i]).GetDouble()); }
            double[] bounds = [.. ((string[])["lower95", "lower80", "value", "upper80", "upper95"]).Select(name => forecast[step].GetProperty(name).GetDouble())];
            Assert.Equal(bounds.Order(), bounds);
        }

        foreach (JsonProperty file in json.GetProperty("files").EnumerateObject()) { Assert.True(File.Exists(file.Value.GetString()), file.Name); }
        Assert.Equal(3, Directory.GetFiles(tool.File("out")).Length);

        TimeSeries back = TimeSeries.ReadCsv(tool.File("out/forecast.csv"), new SeriesOptions { Target = "value" });
        Assert.Equal("monthly", back.Frequency.Name);
        Assert.Equal(forecast.Select(step => step.GetProperty("value").GetDouble()), back.Values);
    }

    [Fact]
    public void A_head_is_named_in_text_and_json_and_gives_the_intervals()
    {
        using var tool = new ToolRun();
        string[] command = ["forecast", tool.WriteSeries("sales.csv", 96), "--horizon", "3", "--head", "student-t", "--out", tool.File("out"), .. ToolRun.Small];
        JsonElement json = tool.Run([.. command, "--json"]).Succeeds().Json();
        Assert.Equal("student-t", json.GetProperty("head").GetString());
        Assert.Contains("student-t: the networks predict distributions", tool.Run(command).Succeeds().Output, StringComparison.Ordinal);
        JsonElement again = tool.Run(["forecast", tool.File("sales.csv"), "--model", tool.File("out/forecast.keras"), "--horizon", "3", "--json", "--out", tool.File("again")]).Succeeds().Json();
        Assert.Equal("student-t", again.GetProperty("head").GetString());
        Assert.Equal(json.GetProperty("forecast").GetRawText(), again.GetProperty("forecast").GetRawText());
    }

    [Fact]
    public void Percentage_errors_are_percentages_over_the_test_rows()
    {
        using var tool = new ToolRun();
        JsonElement json = tool.Run(["forecast", "--test", "24", "--horizon", "6", "--json", "--out", tool.File("out"), .. ToolRun.Small]).Succeeds().Json();
        double[] y = SampleSeries.AirlinePassengers.Values;
        double mae = 0, mape = 0, smape = 0, squares = 0;
        int count = 0;
        for (int origin = y.Length - 24; origin + 6 <= y.Length; origin++)
        {
            for (int step = 0; step < 6; step++, count++)
            {
                double error = Math.Abs(y[origin + step] - y[origin - 1]);
                mae += error;
                squares += error * error;
                mape += 100 * error / y[origin + step];
                smape += 200 * error / (y[origin + step] + y[origin - 1]);
            }
        }

        JsonElement naive = json.GetProperty("backtest").EnumerateArray().First(method => method.GetProperty("model").GetString() == "naive");
        Assert.Equal(mae / count, naive.GetProperty("mae").GetDouble(), 9);
        Assert.Equal(Math.Sqrt(squares / count), naive.GetProperty("rmse").GetDouble(), 9);
        Assert.Equal(mape / count, naive.GetProperty("mape").GetDouble(), 9);
        Assert.Equal(smape / count, naive.GetProperty("smape").GetDouble(), 9);
        Assert.Equal(24, json.GetProperty("split").GetProperty("test").GetProperty("rows").GetInt32());
        Assert.Equal("1959-01-01", json.GetProperty("split").GetProperty("test").GetProperty("from").GetString());
    }

    [Fact]
    public void A_saved_model_gives_the_same_forecast_without_training()
    {
        using var tool = new ToolRun();
        string sales = tool.WriteSeries("sales.csv", 72);
        tool.Run(["forecast", sales, "--horizon", "4", "--quiet", "--out", tool.File("first"), .. ToolRun.Small]).Succeeds();
        Assert.Equal("", tool.Output);
        JsonElement json = tool.Run("forecast", sales, "--model", tool.File("first/forecast.keras"), "--json", "--out", tool.File("second")).Succeeds().Json();

        Assert.Equal(File.ReadAllText(tool.File("first/forecast.csv")), File.ReadAllText(tool.File("second/forecast.csv")));
        Assert.Equal(Members, json.EnumerateObject().Select(member => member.Name));
        Assert.Equal(JsonValueKind.Null, json.GetProperty("backtest").ValueKind);
        Assert.Equal(2, Directory.GetFiles(tool.File("second")).Length);

        tool.Run("forecast", sales, "--model", tool.File("first/forecast.keras"), "--epochs", "5").Fails(2, "--epochs", "--model");
        tool.Run("forecast", sales, "--model", tool.File("first/forecast.keras"), "--horizon", "9", "--out", tool.File("third")).Fails(1, "1 to 4 steps");
        tool.Run("forecast", sales, "--model", sales).Fails(1, "sales.csv");
        tool.Run("forecast", sales, "--model", tool.File("none.safetensors")).Fails(1, "there is no such file");
    }

    [Fact]
    public void Text_for_a_file_is_plain_and_says_what_was_read_and_measured()
    {
        using var tool = new ToolRun();
        tool.Run(["forecast", "--out", tool.File("out"), .. ToolRun.Small]).Succeeds();
        Assert.DoesNotContain(tool.Output, c => char.IsControl(c) && c is not ('\r' or '\n'));
        foreach (string words in (string[])["No file was given", "Passengers: 144 rows, monthly, 1949-01 to 1960-12, no gaps", "train 1949-01 to", "12 rows: the changes correlate",
            "engram", "seasonal naive (12)", "MASE", "80 % interval held", "1961-12", "forecast.csv", "report.html", "forecast.keras", "Seed 0"])
        {
            Assert.Contains(words, tool.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_page_needs_nothing_from_elsewhere()
    {
        using var tool = new ToolRun();
        tool.Run(["forecast", tool.WriteSeries("sales.csv", 60), "--horizon", "3", "--quiet", "--out", tool.File("out"), .. ToolRun.Small]).Succeeds();
        string page = File.ReadAllText(tool.File("out/report.html"));
        SelfContained(page);
        foreach (string words in (string[])["revenue, the next 3 months", "Error by step ahead", "Loss by epoch", "seasonal naive", "What was read", "The same again: engram forecast", "--horizon 3"])
        {
            Assert.Contains(words, page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Gaps_are_counted_and_told()
    {
        using var tool = new ToolRun();
        string path = tool.WriteSeries("sales.csv", 60);
        string[] lines = File.ReadAllLines(path);
        lines[20] = lines[20].Split(',')[0] + ",";
        File.WriteAllLines(path, [.. lines[..30], .. lines[31..]]);
        JsonElement series = tool.Run(["forecast", path, "--horizon", "3", "--json", "--out", tool.File("out"), .. ToolRun.Small]).Succeeds().Json().GetProperty("series");
        Assert.Equal(2, series.GetProperty("gaps").GetInt32());
        Assert.Contains(series.GetProperty("notes").EnumerateArray(), note => note.GetString()!.Contains("line 21", StringComparison.Ordinal));
        tool.Run("forecast", path, "--missing", "refuse").Fails(1, "2003-06-01");
    }

    [Fact]
    public void Wrong_files_and_columns_are_errors_in_one_line()
    {
        using var tool = new ToolRun();
        string sales = tool.WriteSeries("sales.csv", 60);
        tool.Run("forecast", tool.File("missing.csv")).Fails(1, "missing.csv: there is no such file");
        tool.Run("forecast", tool.Folder).Fails(1, "is a folder");
        tool.Run("forecast", sales, "--target", "revenu").Fails(1, "there is no column 'revenu'", "Did you mean 'revenue'?");
        tool.Run("forecast", tool.WriteSeries("short.csv", 20)).Fails(1, "20 values", "at least 30");
        tool.Run("forecast", sales, "--horizon", "40").Fails(1, "horizon 40");
        tool.Run("forecast", sales, "--horizon", "2", "--quiet", "--out", sales).Fails(1, "cannot be created");
    }

    [Theory]
    [InlineData("--horizon", "0", "a whole number of at least 1")]
    [InlineData("--horizon", "a year", "a whole number of at least 1")]
    [InlineData("--test", "1.5", "a share between 0 and 1")]
    [InlineData("--season", "yearly", "auto or a whole number")]
    [InlineData("--cell", "transformer", "lstm, gru or rnn")]
    [InlineData("--intervals", "95,80", "ascending")]
    [InlineData("--intervals", "80,100", "between 0 and 100")]
    [InlineData("--missing", "guess", "interpolate, previous, zero or refuse")]
    [InlineData("--seed", "-1", "at least 0")]
    [InlineData("--covariates", "a,,b", "commas")]
    public void Wrong_values_are_usage_errors_that_say_what_is_right(string option, string value, string right)
    {
        using var tool = new ToolRun();
        tool.Run("forecast", option, value).Fails(2, option, $"'{value}'", right);
    }

    [Fact]
    public void Wrong_command_lines_are_usage_errors()
    {
        using var tool = new ToolRun();
        tool.Run("forcast").Fails(2, "there is no command 'forcast'", "Did you mean 'forecast'?");
        tool.Run("forecast", "--horizn", "3").Fails(2, "there is no option '--horizn'", "Did you mean '--horizon'?");
        tool.Run("forecast", "a.csv", "b.csv").Fails(2, "'b.csv'");
        tool.Run("forecast", "--target", "x").Fails(2, "--target needs a file");
        tool.Run("--versoin").Fails(2, "--version");
    }

    [Fact]
    public void An_interruption_ends_with_130_and_writes_nothing()
    {
        using var tool = new ToolRun();
        tool.Run(new CancellationToken(canceled: true), "forecast", "--out", tool.File("out")).Fails(130, "interrupted");
        Assert.False(Directory.Exists(tool.File("out")));
    }

    internal static void SelfContained(string page)
    {
        Assert.DoesNotMatch(new Regex("(src|href)\\s*=", RegexOptions.IgnoreCase), page);
        Assert.DoesNotMatch(new Regex("url\\s*\\(|@import", RegexOptions.IgnoreCase), page);
        // The name of the SVG namespace is no address that is fetched.
        Assert.DoesNotMatch(new Regex("https?://(?!www\\.w3\\.org/2000/svg)", RegexOptions.IgnoreCase), page);
    }
}
