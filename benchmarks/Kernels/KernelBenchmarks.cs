using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Engram.Benchmarks.Kernels;

/// <summary>A parameter of a benchmark that knows how many operations one call of a method is.</summary>
public interface ICountedOperations
{
    double Operations(string method);
}

/// <summary>The inner kernels, each by itself, timed by BenchmarkDotNet.</summary>
internal static class KernelBenchmarks
{
    private static readonly Type[] Types = [typeof(TileBenchmarks), typeof(ProductBenchmarks), typeof(FunctionBenchmarks), typeof(GateBenchmarks), typeof(OptimizerBenchmarks)];

    /// <summary>Runs those whose full names match a filter such as <c>*Gate*</c>; all without one.</summary>
    public static void Run(string? filter)
    {
        // In this process: the kernels are compiled as a program of the user's would have them, and nothing has to be built.
        ManualConfig config = ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .AddLogger(ConsoleLogger.Default)
            .AddExporter(MarkdownExporter.Console)
            .AddColumn(TargetMethodColumn.Method, StatisticColumn.Mean, StatisticColumn.Error, new RateColumn())
            .AddColumnProvider(DefaultColumnProviders.Params)
            .WithOptions(ConfigOptions.DisableLogFile);
        string pattern = filter is null ? "*" : filter.Contains('*', StringComparison.Ordinal) ? filter : $"*{filter}*";
        BenchmarkSwitcher.FromTypes(Types).Run(["--filter", pattern], config);
    }

    /// <summary>Operations a second: additions and multiplications of products, otherwise numbers.</summary>
    private sealed class RateColumn : IColumn
    {
        public string Id => "Rate";

        public string ColumnName => "Gop/s";

        public bool AlwaysShow => true;

        public ColumnCategory Category => ColumnCategory.Custom;

        public int PriorityInCategory => 0;

        public bool IsNumeric => true;

        public UnitType UnitType => UnitType.Dimensionless;

        public string Legend => "10^9 operations a second: additions and multiplications of products; otherwise numbers, units of a row, or weights";

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, summary.Style);

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
        {
            double? nanoseconds = summary[benchmarkCase]?.ResultStatistics?.Mean;
            object? counted = benchmarkCase.Parameters.Items.Select(item => item.Value).FirstOrDefault(value => value is ICountedOperations);
            return nanoseconds is { } time && counted is ICountedOperations count
                ? $"{count.Operations(benchmarkCase.Descriptor.WorkloadMethod.Name) / time:0.00}"
                : "";
        }

        public bool IsAvailable(Summary summary) => true;

        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;
    }
}
