using System.Diagnostics;

namespace Engram.Tests.Kernels;

/// <summary>Runs of Engram.Probe in a process of its own, because tiers and threads are settings of a whole process.</summary>
internal static class ProbeRun
{
    /// <summary>What it prints.</summary>
    public static string Lines(string[] arguments, params (string Name, string Value)[] environment) => Lines("dotnet", [Probe, .. arguments], environment);

    /// <summary>What it prints when it may use the first processor only, or null where the system cannot be asked for that.</summary>
    public static string? LinesOnOneProcessor(string[] arguments, params (string Name, string Value)[] environment) =>
        File.Exists("/usr/bin/taskset") ? Lines("/usr/bin/taskset", ["-c", "0", "dotnet", Probe, .. arguments], environment) : null;

    /// <summary>What it prints as an error when it fails.</summary>
    public static string Error(string[] arguments, params (string Name, string Value)[] environment)
    {
        (int exitCode, _, string error) = Run("dotnet", [Probe, .. arguments], environment);
        Assert.NotEqual(0, exitCode);
        return error;
    }

    /// <summary>A run that somebody else looks after; its output is for the caller to read.</summary>
    public static Process Start(string[] arguments) =>
        Process.Start(new ProcessStartInfo("dotnet", [Probe, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    /// <summary>Starts the run that can be resumed, ends it behind its first checkpoints, and gives the last of them, the others deleted.</summary>
    public static string FirstCheckpoint(string folder)
    {
        using Process process = Start(["--resume", folder]);
        for (int line = 0; line < 5; line++) { Assert.NotNull(process.StandardOutput.ReadLine()); }
        process.Kill();
        process.WaitForExit();
        string[] files = [.. Directory.GetFiles(folder, "checkpoint-*").Order(StringComparer.Ordinal)];
        foreach (string other in Directory.GetFiles(folder, ".*").Concat(files[..^1])) { File.Delete(other); }
        return files[^1];
    }

    /// <summary>A run under another program, which is meant to fail: how it ended, and what it prints as an error.</summary>
    public static (int ExitCode, string Error) Fail(string[] under, string[] arguments)
    {
        string[] all = [.. under, "dotnet", Probe, .. arguments];
        (int exitCode, _, string error) = Run(all[0], all[1..], []);
        return (exitCode, error);
    }

    private static string Probe => Path.Combine(AppContext.BaseDirectory, "Engram.Probe.dll");

    private static string Lines(string program, string[] arguments, (string Name, string Value)[] environment)
    {
        (int exitCode, string lines, string error) = Run(program, arguments, environment);
        Assert.True(exitCode == 0, error);
        return lines;
    }

    private static (int ExitCode, string Lines, string Error) Run(string program, string[] arguments, (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment) { start.Environment[name] = value; }
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string lines = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, lines, errors.Result);
    }
}
