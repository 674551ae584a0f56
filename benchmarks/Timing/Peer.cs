using System.Diagnostics;
using System.Text.Json;

namespace Engram.Benchmarks;

/// <summary>The time of one unit of a work in another program, the call of an empty graph taken off.</summary>
internal sealed record PeerTime(string Peer, int Threads, double Seconds);

/// <summary>
/// Another program that can do some of the works: a script in <c>peers/</c> that is called with a number of threads and names of works, and
/// prints one JSON object a line: <c>work</c>, <c>threads</c>, <c>seconds</c> and, where a call by itself takes long, <c>emptyCallSeconds</c>.
/// </summary>
internal sealed class Peer
{
    private readonly string program;
    private readonly string script;
    private readonly string? modules;

    private Peer(string program, string script, string? modules, string name)
    {
        (this.program, this.script, this.modules) = (program, script, modules);
        Name = name;
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
        return version is null ? null : new Peer(program, "torch.py", null, $"PyTorch {version}");
    }

    /// <summary>ONNX Runtime under Node.js, or null with the reason.</summary>
    /// <param name="modules">The folder node_modules that has it, or null for what NODE_PATH says.</param>
    /// <param name="missing">How to get it.</param>
    public static Peer? OnnxRuntime(string? modules, out string missing)
    {
        missing = "ONNX Runtime is not there for Node.js. Install it in any folder (npm install --ignore-scripts onnxruntime-node) and name that folder's node_modules with --node-modules or NODE_PATH.";
        string? version = Ask("node", modules, "-p", "require('onnxruntime-node/package.json').version");
        return version is null ? null : new Peer("node", "ort.js", modules, $"ONNX Runtime {version}");
    }

    /// <summary>The work's times with one thread and with two, or none if the peer does not do this work.</summary>
    /// <exception cref="EngramException">The script failed.</exception>
    public IReadOnlyList<PeerTime> Time(string work)
    {
        var times = new List<PeerTime>();
        foreach (int threads in (int[])[1, 2])
        {
            string path = Path.Combine(AppContext.BaseDirectory, "peers", script);
            (int exitCode, string output, string error) = Execute(program, modules, path, $"{threads}", work);
            if (exitCode != 0) { throw new EngramException($"{program} {path} {threads} '{work}' ended with {exitCode}: {error.Trim()}"); }
            foreach (string line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                using JsonDocument json = JsonDocument.Parse(line);
                JsonElement root = json.RootElement;
                if (root.GetProperty("work").GetString() != work) { continue; }
                double seconds = root.GetProperty("seconds").GetDouble();
                if (root.TryGetProperty("emptyCallSeconds", out JsonElement empty) && empty.ValueKind == JsonValueKind.Number) { seconds -= empty.GetDouble(); }
                times.Add(new PeerTime(Name, root.GetProperty("threads").GetInt32(), seconds));
            }
        }

        return times;
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
