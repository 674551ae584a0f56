using System.Diagnostics;
using Xunit.Abstractions;

namespace Engram.Tests.Kernels;

/// <summary>
/// Products, functions and whole trainings give the same bits on every instruction-set tier and for every number of threads. Both are
/// chosen once per process, so each combination runs in a child process.
/// </summary>
public class SameBitsTests(ITestOutputHelper output)
{
    private static readonly Lazy<string> OneThread = new(() => RunProbe(("ENGRAM_THREADS", "1")));

    [Theory]
    [InlineData("2")]
    [InlineData("3")]
    [InlineData("7")]
    public void Threads_do_not_change_a_bit(string threads) => AssertSame(("ENGRAM_THREADS", threads));

    [Theory]
    [InlineData("128")]
    [InlineData("256")]
    [InlineData("512")]
    public void Tiers_do_not_change_a_bit(string bits) => AssertSame(("ENGRAM_ISA", bits));

    [Theory]
    [InlineData("DOTNET_EnableAVX2")]
    [InlineData("DOTNET_EnableAVX512")]
    public void Processors_without_wide_vectors_give_the_same_bits(string instructionSet) => AssertSame((instructionSet, "0"));

    private void AssertSame(params (string Name, string Value)[] environment)
    {
        string lines = RunProbe(environment);
        output.WriteLine(lines);
        Assert.Equal(OneThread.Value, lines);
    }

    private static string RunProbe(params (string Name, string Value)[] environment)
    {
        string probe = Path.Combine(AppContext.BaseDirectory, "Engram.Probe.dll");
        var start = new ProcessStartInfo("dotnet", [probe]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment) { start.Environment[name] = value; }
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string lines = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        Assert.Contains("w1 ", lines, StringComparison.Ordinal);
        return lines;
    }
}
