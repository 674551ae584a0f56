using System.Diagnostics;
using System.Text.Json;

namespace Engram.Benchmarks;

/// <summary>The time of one unit of a work in another program, the call of an empty graph taken off.</summary>
internal sealed record PeerTime(string Peer, int Threads, double Seconds);

/// <summary>
/// Another program that can do some of the works: a script in <c>peers/</c> that is called with the names of works and prints, for each of
/// them with one thread and with two, a line with a JSON object: <c>work</c>, <c>threads</c>, <c>seconds</c> and, where a call by itself
/// takes long, <c>emptyCallSeconds</c>. With <c>--works</c> it prints the names of the works that it does.
/// </summary>
internal sealed class Peer
{
    private readonly string program;
    private readonly string script;
    private readonly string? modules;
    private readonly string[] works;

    private Peer(string name, string program, string script, string? modules)
    {
        (Name, this.program, this.script, this.modules) = (name, program, Path.Combine(AppContext.BaseDirectory, "peers", script), modules);
        works = Output("--works").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    /// <summary>Its name and version.</summary>
    public string Name { get; }

    /// <summary>PyTorch, or null with the reason.</summary>
    /// <param name="python">The interpreter, or null for the system's.</param>
    /// <param name="missing">How to get it.</param>
    public static Peer? PyTorch(string? python, out string missing)
    {
        const string Debian = "/usr/bin/python3";
        string program = python ?? (File.Exists(Debian) ? Debian : "python3");
        missing = $"PyTorch is not there for {program}. Install it (Debian: apt install python3-torch; elsewhere: pip install torch), or name another interpreter with --python.";
        string? version = Ask(program, null, "-c", "import torch; print(torch.__version__)");
        return version is null ? null : new Peer($"PyTorch {version}", program, "pytorch.py", null);
    }

    /// <summary>ONNX Runtime under Node.js, or null with the reason.</summary>
    /// <param name="modules">The folder node_modules that has it, or null for what NODE_PATH says.</param>
    /// <param name="missing">How to get it.</param>
    public static Peer? OnnxRuntime(string? modules, out string missing)
    {
        missing = "ONNX Runtime is not there for Node.js. Install it in any folder (npm install --ignore-scripts onnxruntime-node) and name that folder's node_modules with --node-modules or NODE_PATH.";
        string? version = Ask("node", modules, "-p", "require('onnxruntime-node/package.json').version");
        return version is null ? null : new Peer($"ONNX Runtime {version}", "node", "ort.js", modules);
    }

    /// <summary>The work's times with one thread and with two, or none if the peer does not do this work.</summary>
    /// <exception cref="EngramException">The script failed.</exception>
    public IReadOnlyList<PeerTime> Time(string work)
    {
        if (!works.Contains(work)) { return []; }
        return [.. Output(work).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)];
    }

    private string Output(string argument)
    {
        (int exitCode, string output, string error) = Execute(program, modules, script, argument);
        return exitCode == 0 ? output : throw new EngramException($"{program} {script} {argument} ended with {exitCode}: {error.Trim()}");
    }

    private PeerTime Parse(string line)
    {
        using JsonDocument json = JsonDocument.Parse(line);
        JsonElement root = json.RootElement;
        double seconds = root.GetProperty("seconds").GetDouble();
        if (root.TryGetProperty("emptyCallSeconds", out JsonElement empty)) { seconds -= empty.GetDouble(); }
        return new PeerTime(Name, root.GetProperty("threads").GetInt32(), seconds);
    }

    private static string? Ask(string program, string? modules, params string[] arguments)
    {
        try
        {
            (int exitCode, string output, _) = Execute(program, modules, arguments);
            return exitCode == 0 ? output.Trim() : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // There is no such program.
        }
    }

    private static (int ExitCode, string Output, string Error) Execute(string program, string? modules, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (modules is not null) { start.Environment["NODE_PATH"] = Path.GetFullPath(modules); }
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
