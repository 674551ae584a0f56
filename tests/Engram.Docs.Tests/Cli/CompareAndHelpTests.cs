using System.Text.Json;

namespace Engram.Docs.Tests.Cli;

public sealed class CompareAndHelpTests
{
    [Fact]
    public void Compare_measures_three_networks_of_equal_size()
    {
        using var tool = new ToolRun();
        JsonElement json = tool.Run("compare", tool.WriteSeries("sales.csv", 90), "--window", "15", "--units", "10", "--epochs", "3", "--json", "--out", tool.File("out")).Succeeds().Json();

        Assert.Equal(["series", "split", "window", "epochs", "seed", "seconds", "networks", "naive", "verdict", "files"], json.EnumerateObject().Select(member => member.Name));
        JsonElement[] networks = [.. json.GetProperty("networks").EnumerateArray()];
        Assert.Equal(["simple RNN", "GRU", "LSTM"], networks.Select(network => network.GetProperty("model").GetString()));
        int lstm = networks[2].GetProperty("parameters").GetInt32();
        Assert.Equal((4 * ((10 * 11) + 10)) + 11, lstm);
        foreach (JsonElement network in networks)
        {
            Assert.InRange(network.GetProperty("parameters").GetInt32(), 0.9 * lstm, 1.1 * lstm);
            Assert.Equal(3, network.GetProperty("loss").GetArrayLength());
            Assert.Equal(3, network.GetProperty("validationLoss").GetArrayLength());
            Assert.Equal(3, network.GetProperty("gradientNorm").GetArrayLength());
            Assert.All(network.GetProperty("gradientNorm").EnumerateArray(), norm => Assert.True(norm.GetDouble() > 0));
            double naive = json.GetProperty("naive").GetProperty("rmse").GetDouble();
            Assert.Equal(network.GetProperty("rmse").GetDouble() / naive, network.GetProperty("rmseOverNaive").GetDouble(), 9);
            foreach (string gradient in (string[])["untrainedGradient", "trainedGradient"])
            {
                double[] norms = [.. network.GetProperty(gradient).GetProperty("hidden").EnumerateArray().Select(norm => norm.GetDouble())];
                Assert.Equal(15, norms.Length);
                Assert.All(norms, norm => Assert.True(norm > 0));
            }
        }

        Assert.Equal(15, networks[2].GetProperty("trainedGradient").GetProperty("cell").GetArrayLength());
        ForecastCommandTests.SelfContained(File.ReadAllText(tool.File("out/report.html")));
    }

    [Fact]
    public void Compare_explains_in_text_and_on_the_page_with_its_own_figures()
    {
        using var tool = new ToolRun();
        tool.Run("compare", "--window", "12", "--units", "4", "--epochs", "2", "--out", tool.File("out")).Succeeds();
        Assert.DoesNotContain(tool.Output, c => char.IsControl(c) && c is not ('\r' or '\n'));
        foreach (string words in (string[])["simple RNN", "GRU", "LSTM", "naive", "gradient 11 steps back", "report.html"]) { Assert.Contains(words, tool.Output, StringComparison.Ordinal); }
        string page = File.ReadAllText(tool.File("out/report.html"));
        foreach (string words in (string[])["Hochreiter 1991", "Here, 11 steps back", "steps back in time", "LSTM, cell state"]) { Assert.Contains(words, page, StringComparison.Ordinal); }
    }

    [Fact]
    public void Compare_refuses_what_cannot_be_compared()
    {
        using var tool = new ToolRun();
        string sales = tool.WriteSeries("sales.csv", 60);
        tool.Run("compare", sales, "--window", "50").Fails(1, "window of 50", "or less");
        tool.Run("compare", sales, "--test", "55").Fails(1, "none of 60 to train on");
        tool.Run("compare", sales, "--window", "1").Fails(2, "at least 2");
        tool.Run(new CancellationToken(canceled: true), "compare", sales, "--out", tool.File("out")).Fails(130, "interrupted");
        Assert.False(Directory.Exists(tool.File("out")));
    }

    [Theory]
    [InlineData("forecast")]
    [InlineData("compare")]
    public void Help_names_every_option_with_a_default_or_a_reason(string command)
    {
        using var tool = new ToolRun();
        tool.Run(command, "--help").Succeeds();
        Assert.Contains("Examples:", tool.Output, StringComparison.Ordinal);
        Assert.All(tool.Output.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, 100));
        string[] options = command == "forecast"
            ? ["--target", "--time", "--covariates", "--horizon", "--test", "--season", "--log", "--cell", "--units", "--layers", "--window", "--epochs", "--networks", "--intervals",
                "--seed", "--out", "--model", "--missing", "--date-format", "--decimal", "--json", "--quiet"]
            : ["--target", "--time", "--window", "--units", "--epochs", "--seed", "--test", "--out", "--missing", "--date-format", "--decimal", "--json", "--quiet"];
        Assert.All(options, option => Assert.Contains($"  {option}", tool.Output, StringComparison.Ordinal));

        // What the parser takes is what the help names: any other name is refused.
        Assert.All(options, option =>
        {
            tool.Run(command, "no-such-file.csv", option);
            Assert.DoesNotContain("there is no option", tool.Error, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void The_tool_names_its_commands_and_its_version()
    {
        using var tool = new ToolRun();
        tool.Run("--help").Succeeds();
        string help = tool.Output;
        Assert.Contains("  forecast ", help, StringComparison.Ordinal);
        Assert.Contains("  compare ", help, StringComparison.Ordinal);
        tool.Run().Succeeds();
        Assert.Equal(help, tool.Output);
        tool.Run("--version").Succeeds();
        Assert.Matches(@"^\d+\.\d+\.\d+\S*\s*$", tool.Output);
    }
}
