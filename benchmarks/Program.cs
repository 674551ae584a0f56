using System.Globalization;
using Engram.Benchmarks;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return BenchmarkTool.Run(args, Console.Out, Console.Error);
