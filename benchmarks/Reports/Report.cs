using System.Globalization;
using Engram.Kernels;

namespace Engram.Benchmarks.Reports;

/// <summary>A form in which measurements are printed, one after the other as they are taken.</summary>
internal abstract class Report(TextWriter output)
{
    protected TextWriter Output { get; } = output;

    /// <summary>What the machine can do.</summary>
    public abstract void Begin(double limitGflops, int repetitions);

    /// <summary>One work.</summary>
    public abstract void Add(Measurement measurement);

    /// <summary>The end.</summary>
    public virtual void End() { }

    /// <summary>The machine and the engine's settings, in words.</summary>
    protected static string Machine => $"{Processor()}, {Isa.Bits}-bit vectors, {EngramRuntime.Threads} threads, {DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}";

    /// <summary>A time with a unit in which it is easily read.</summary>
    public static string Time(double seconds) => seconds switch
    {
        >= 1 => $"{seconds:0.00} s",
        >= 1e-3 => $"{seconds * 1e3:0.0} ms",
        _ => $"{seconds * 1e6:0.0} µs",
    };

    /// <summary>A number of bytes in MB.</summary>
    protected static string Megabytes(long? bytes) => bytes is { } count ? $"{count / 1e6:0} MB" : "";

    private static string Processor()
    {
        const string Information = "/proc/cpuinfo";
        string? line = File.Exists(Information) ? File.ReadLines(Information).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unnamed processor";
    }
}
