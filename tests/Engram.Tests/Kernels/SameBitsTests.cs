using Xunit.Abstractions;

namespace Engram.Tests.Kernels;

/// <summary>
/// Products, functions and whole trainings give the same bits on every instruction-set tier, for every number of threads, and beside
/// another model that is trained at the same time.
/// </summary>
public class SameBitsTests(ITestOutputHelper output)
{
    private static readonly Lazy<string> OneThread = new(() => Lines([], ("ENGRAM_THREADS", "1")));

    [Theory]
    [InlineData("2")]
    [InlineData("3")]
    [InlineData("7")]
    public void Threads_do_not_change_a_bit(string threads) => AssertSame(Lines(["--processors", threads], ("ENGRAM_THREADS", threads)));

    [Theory]
    [InlineData("2", "2")]
    [InlineData("7", "7")]
    public void Two_models_at_once_come_out_as_each_alone(string threads, string processors) =>
        AssertSame(Lines(["--together", "--processors", processors], ("ENGRAM_THREADS", threads)));

    [Fact]
    public void On_one_processor_threads_without_end_change_nothing()
    {
        if (ProbeRun.LinesOnOneProcessor([], ("ENGRAM_THREADS", "1024")) is { } lines) { AssertSame(lines); }
        else { output.WriteLine("Not run: there is no /usr/bin/taskset that could tie a process to one processor."); }
    }

    [Theory]
    [InlineData("128")]
    [InlineData("256")]
    [InlineData("512")]
    public void Tiers_do_not_change_a_bit(string bits) => AssertSame(Lines([], ("ENGRAM_ISA", bits)));

    [Theory]
    [InlineData("DOTNET_EnableAVX2")]
    [InlineData("DOTNET_EnableAVX512")]
    public void Processors_without_wide_vectors_give_the_same_bits(string instructionSet) => AssertSame(Lines([], (instructionSet, "0")));

    private void AssertSame(string lines)
    {
        output.WriteLine(lines);
        Assert.Equal(OneThread.Value, lines);
    }

    private static string Lines(string[] arguments, params (string Name, string Value)[] environment)
    {
        string lines = ProbeRun.Lines(arguments, environment);
        Assert.Contains("w1 ", lines, StringComparison.Ordinal);
        return lines;
    }
}
