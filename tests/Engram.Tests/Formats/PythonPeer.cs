using System.Diagnostics;
using Xunit.Abstractions;

namespace Engram.Tests.Formats;

/// <summary>Python with NumPy or PyTorch, where this machine has them.</summary>
internal static class PythonPeer
{
    /// <summary>Runs a program; false, with the reason printed, where Python or a module is not there.</summary>
    /// <param name="output">Where the reason goes.</param>
    /// <param name="module">The module that the program needs.</param>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    public static bool Run(ITestOutputHelper output, string module, string program, params string[] arguments)
    {
        string? python = new[] { "/usr/bin/python3", "/usr/local/bin/python3" }.FirstOrDefault(File.Exists);
        if (python is null)
        {
            output.WriteLine("Skipped: there is no /usr/bin/python3.");
            return false;
        }

        if (Start(python, ["-c", $"import {module}"]).ExitCode != 0)
        {
            output.WriteLine($"Skipped: {python} has no {module}.");
            return false;
        }

        (int exitCode, string text) = Start(python, ["-W", "ignore", "-c", program, .. arguments]);
        Assert.True(exitCode == 0, text);
        return true;
    }

    private static (int ExitCode, string Text) Start(string python, string[] arguments)
    {
        var start = new ProcessStartInfo(python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text + error.Result);
    }
}
