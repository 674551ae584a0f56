using System.ComponentModel;
using System.Diagnostics;
using Xunit.Abstractions;

namespace Engram.Tests.Formats.Hdf5;

/// <summary>Other readers of HDF5, where this machine has them.</summary>
internal static class Hdf5Peers
{
    private static readonly Lazy<string?> Python = new(() =>
        new[] { Environment.GetEnvironmentVariable("ENGRAM_PYTHON"), "python3", "/usr/bin/python3" }
            .FirstOrDefault(python => !string.IsNullOrEmpty(python) && Run(python, "-c", "import h5py") is { ExitCode: 0 }));

    /// <summary>What h5py reads in a file, as JSON; null, with the reason printed, where there is no h5py.</summary>
    public static string? H5py(ITestOutputHelper output, string file) => Python.Value is { } python
        ? Checked(Run(python, "-B", Path.Combine(Hdf5Fixtures.Folder, "describe.py"), file)!.Value)
        : Skipped(output, "no Python has h5py; name one in ENGRAM_PYTHON");

    /// <summary>Runs a Python program with h5py; null, with the reason printed, where there is no h5py.</summary>
    public static string? Program(ITestOutputHelper output, string program, params string[] arguments) => Python.Value is { } python
        ? Checked(Run(python, ["-B", "-c", program, .. arguments])!.Value)
        : Skipped(output, "no Python has h5py; name one in ENGRAM_PYTHON");

    /// <summary>What h5dump prints of a file; null, with the reason printed, where there is no h5dump.</summary>
    public static string? H5dump(ITestOutputHelper output, params string[] arguments) => Run("h5dump", arguments) is { } result
        ? Checked(result)
        : Skipped(output, "there is no h5dump");

    /// <summary>What a node program prints that uses h5wasm; null, with the reason printed, where there is none.</summary>
    public static string? H5wasm(ITestOutputHelper output, string program, string file)
    {
        if (Environment.GetEnvironmentVariable("ENGRAM_H5WASM") is not { Length: > 0 } folder)
        {
            return Skipped(output, "name the folder of node_modules/h5wasm in ENGRAM_H5WASM");
        }

        string module = new Uri(Path.Combine(Path.GetFullPath(folder), "dist", "node", "hdf5_hl.js")).AbsoluteUri;
        return Run("node", "--input-type=module", "-e", $"import h5wasm from '{module}'; await h5wasm.ready; {program}", file) is { } result
            ? Checked(result)
            : Skipped(output, "there is no node");
    }

    private static string? Skipped(ITestOutputHelper output, string reason)
    {
        output.WriteLine($"Skipped: {reason}.");
        return null;
    }

    private static string Checked((int ExitCode, string Text, string Errors) result)
    {
        Assert.True(result.ExitCode == 0, result.Text + result.Errors);
        return result.Text;
    }

    private static (int ExitCode, string Text, string Errors)? Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, text, errors.Result);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
