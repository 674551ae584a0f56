using System.Diagnostics;
using System.Text.Json;

namespace Engram.Docs.Tests.Benchmarks;

/// <summary>What the benchmark program takes and prints; how fast anything is, no test asks.</summary>
public sealed class BenchmarkProgramTests
{
    [Fact]
    public void Json_holds_the_limit_and_the_figures_of_each_work()
    {
        (int exitCode, string output, string error) = Run("tiny", "--json");
        Assert.Equal((0, ""), (exitCode, error));
        JsonElement root = JsonDocument.Parse(output).RootElement;
        double limit = root.GetProperty("limitGflops").GetDouble();
        Assert.True(limit > 0);
        JsonElement work = Assert.Single(root.GetProperty("works").EnumerateArray());
        Assert.Equal("tiny", work.GetProperty("work").GetString());
        double seconds = work.GetProperty("seconds").GetDouble(), gflops = work.GetProperty("gflops").GetDouble();
        Assert.InRange(seconds, work.GetProperty("fastestSeconds").GetDouble(), work.GetProperty("slowestSeconds").GetDouble());

        // 8 sequences of 3 steps: three times 2 x 4H(F + H + 1) operations each, H = 3 and F = 2.
        Assert.Equal(8 * 3 * 3 * 2 * 4 * 3 * (2 + 3 + 1) / 1e9, gflops * seconds, 12);
        Assert.InRange(work.GetProperty("share").GetDouble(), double.Epsilon, 1);
        Assert.Equal(JsonValueKind.Null, work.GetProperty("peer").ValueKind);
        Assert.Equal(JsonValueKind.Null, work.GetProperty("peerSeconds").ValueKind);
        Assert.True(work.GetProperty("peakBytes").ValueKind == JsonValueKind.Null || work.GetProperty("peakBytes").GetInt64() > 1_000_000);
        Assert.InRange(work.GetProperty("allocatedBytesPerStep").GetInt64(), 0, 100_000);
    }

    [Fact]
    public void The_limit_alone_can_be_asked_for()
    {
        (int exitCode, string output, _) = Run("limit", "--json");
        Assert.Equal(0, exitCode);
        Assert.Empty(JsonDocument.Parse(output).RootElement.GetProperty("works").EnumerateArray());
    }

    [Fact]
    public void Markdown_is_a_table_whose_rows_are_as_long_as_its_head()
    {
        (int exitCode, string output, _) = Run("tiny", "--markdown");
        Assert.Equal(0, exitCode);
        string[] rows = [.. output.Split('\n').Where(line => line.StartsWith('|'))];
        Assert.Equal(3, rows.Length);
        Assert.StartsWith("| tiny |", rows[2], StringComparison.Ordinal);
        Assert.All(rows, row => Assert.Equal(rows[0].Count(c => c == '|'), row.Count(c => c == '|')));
    }

    [Fact]
    public void Peers_that_are_not_there_are_said_how_to_install()
    {
        (int exitCode, string output, string error) = Run("tiny", "--peers", "--python", "/no/such/python", "--node-modules", "/no/such/folder");
        Assert.Equal(0, exitCode);
        Assert.Contains("apt install python3-torch", error, StringComparison.Ordinal);
        Assert.Contains("npm install --ignore-scripts onnxruntime-node", error, StringComparison.Ordinal);
        Assert.Contains("tiny: train 8 x 3 x 2", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "There is no work 'W9'; there are W1, W2", "W9")]
    [InlineData(1, "'W5' means several works", "repeat", "W5")]
    [InlineData(2, "--runs is a whole number of at least 5", "--runs", "4")]
    [InlineData(2, "exclude each other", "tiny", "--json", "--markdown")]
    [InlineData(2, "--runs is a whole number of at least 5", "tiny", "--runs", "often")]
    public void A_wrong_command_line_is_an_error_that_says_so(int expected, string words, params string[] args)
    {
        (int exitCode, _, string error) = Run(args);
        Assert.Equal(expected, exitCode);
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_list_names_the_works_of_the_table()
    {
        (int exitCode, string output, _) = Run("list");
        Assert.Equal(0, exitCode);
        foreach (string name in (string[])["W1", "W2", "W3", "W4", "W5a", "W5b", "W5c", "W6"])
        {
            Assert.Contains($"{name}: ", output, StringComparison.Ordinal);
        }
    }

    private static (int ExitCode, string Output, string Error) Run(params string[] args)
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        string program = Repository.At("benchmarks", "bin", configuration, "net10.0", "Engram.Benchmarks.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
