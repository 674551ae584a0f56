using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Engram.Benchmarks.Kernels;
using Engram.Benchmarks.Reports;
using Engram.Benchmarks.Works;

namespace Engram.Benchmarks;

/// <summary>The benchmark program: arguments in, texts and an exit code out.</summary>
internal static class BenchmarkTool
{
    private const int LeastRepetitions = 5;

    /// <summary>Runs the program.</summary>
    /// <returns>0; 1 if something could not be measured; 2 if the command line was wrong.</returns>
    public static int Run(IReadOnlyList<string> args, TextWriter output, TextWriter error)
    {
        var works = new Argument<string[]>("work") { Arity = ArgumentArity.ZeroOrMore, Description = "The works to time, for example W1, W5 (all of them) or \"W2 together\"; W1 to W6 if none is named. limit: nothing but the limit." };
        var peers = new Option<bool>("--peers") { Description = "Time the same works in PyTorch and ONNX Runtime too, where they are installed." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var markdown = new Option<bool>("--markdown") { Description = "Print the rows of a table in Markdown." };
        var runs = new Option<int?>("--runs") { Description = "How often each work is timed; at least 5, which is the default." };
        var python = new Option<string?>("--python") { Description = "The Python that has PyTorch." };
        var modules = new Option<string?>("--node-modules") { Description = "The folder node_modules that has onnxruntime-node." };
        var root = new RootCommand("Times Engram as shares of what this machine can do.") { works, peers, json, markdown, runs, python, modules };
        var compared = new Argument<string[]>("work") { Arity = ArgumentArity.OneOrMore, Description = "The works, for example \"W1 lstm\" \"W1 gru\"." };
        var compare = new Command("compare", "Do works in turn and print how each compares with the first, as rows of a table in Markdown.") { compared, runs };
        compare.SetAction(parsed => Guard(error, () => Comparison.Print(WorkTable.Choose(parsed.GetValue(compared)!), parsed.GetValue(runs) ?? LeastRepetitions, output)));
        runs.Validators.Add(result =>
        {
            if (result.Tokens is not [var token] || !int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count < LeastRepetitions)
            {
                result.AddError($"--runs is a whole number of at least {LeastRepetitions}.");
            }
        });
        root.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(markdown)) { result.AddError("--json and --markdown exclude each other."); }
        });
        root.SetAction(parsed => Guard(error, () =>
        {
            Report report = parsed.GetValue(json) ? new JsonReport(output) : parsed.GetValue(markdown) ? new MarkdownReport(output) : new TextReport(output);
            Peer[] present = parsed.GetValue(peers) ? FindPeers(parsed.GetValue(python), parsed.GetValue(modules), error) : [];
            Measure(parsed.GetValue(works)!, parsed.GetValue(runs) ?? LeastRepetitions, present, report);
        }));

        // What the program runs in processes of its own, and what profile.sh samples.
        var work = new Argument<string>("work");
        var footprint = new Command(Footprint.Command, "Print the peak memory of a work and what a step allocates.") { work };
        footprint.SetAction(parsed => Guard(error, () => Footprint.Print(One(parsed.GetValue(work)!), output)));
        var seconds = new Option<double?>("--seconds");
        var repeat = new Command("repeat", "Do a work again and again for some seconds (5), for a profiler.") { work, seconds };
        repeat.SetAction(parsed => Guard(error, () => Repeat(One(parsed.GetValue(work)!), parsed.GetValue(seconds) ?? 5)));
        var filter = new Argument<string?>("filter") { Arity = ArgumentArity.ZeroOrOne, Description = "A part of their names, for example Gate." };
        var kernels = new Command("kernels", "Time the inner kernels by themselves: tile, products, packing, functions, gates, optimizers.") { filter };
        kernels.SetAction(parsed => KernelBenchmarks.Run(parsed.GetValue(filter)));
        var list = new Command("list", "Print the names of all works.");
        list.SetAction(_ =>
        {
            foreach (Work known in (Work[])[.. WorkTable.Main, .. WorkTable.More]) { output.WriteLine($"{known.Name}: {known.What}"); }
        });
        foreach (Command command in (Command[])[compare, kernels, list, footprint, repeat]) { root.Add(command); }
        ParseResult result = root.Parse(args);
        int code = result.Invoke(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        return result.Errors.Count > 0 ? 2 : code;
    }

    private static void Measure(string[] names, int repetitions, Peer[] peers, Report report)
    {
        IReadOnlyList<Work> chosen = names is ["limit"] ? [] : WorkTable.Choose(names);
        report.Begin(Limit.Measure(), repetitions);
        foreach (Work work in chosen)
        {
            Footprint footprint = Footprint.Take(work);
            report.Add(Measurement.Take(work, repetitions) with
            {
                Peers = [.. peers.SelectMany(peer => peer.Time(work.Name))],
                PeakBytes = footprint.PeakBytes,
                AllocatedBytesPerStep = footprint.AllocatedBytesPerStep,
            });
        }

        report.End();
    }

    private static Peer[] FindPeers(string? python, string? modules, TextWriter error)
    {
        var found = new List<Peer>();
        if (Peer.PyTorch(python, out string noTorch) is { } torch) { found.Add(torch); }
        else { error.WriteLine(noTorch); }
        if (Peer.OnnxRuntime(modules, out string noRuntime) is { } runtime) { found.Add(runtime); }
        else { error.WriteLine(noRuntime); }
        return [.. found];
    }

    private static Work One(string name) => WorkTable.Choose([name]) is [var work]
        ? work
        : throw new EngramException($"'{name}' means several works; name one.");

    private static void Repeat(Work work, double seconds)
    {
        Run run = work.Create();
        long start = Stopwatch.GetTimestamp();
        do { run.Do(null); }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);
    }

    private static int Guard(TextWriter error, Action action)
    {
        try
        {
            action();
            return 0;
        }
        catch (EngramException e)
        {
            error.WriteLine(e.Message);
            return 1;
        }
    }
}
