using System.Diagnostics;
using Engram.Layers;
using Engram.Models;
using Engram.Tests.Kernels;
using Engram.Training;
using Xunit.Abstractions;

namespace Engram.Tests.Training;

/// <summary>Disks that are full and folders that cannot be written: the error names the path, and the checkpoint that was there stays.</summary>
public sealed class CheckpointFailureTests(ITestOutputHelper output)
{
    [Fact]
    public void A_write_that_fails_midway_leaves_the_old_file()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("run.safetensors");
        AtomicFile.WriteText(path, "old");
        var error = Assert.Throws<EngramException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[100_000]);
            throw new IOException("No space left on device");
        }));
        Assert.Equal($"'{path}' cannot be written: No space left on device", error.Message);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_full_disk_is_an_error_and_the_run_goes_on_when_there_is_room()
    {
        using var folder = new TemporaryFolder();
        string disk = folder.File("disk");
        Directory.CreateDirectory(disk);
        if (!OperatingSystem.IsLinux() || Command("mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", disk) != 0)
        {
            output.WriteLine("Skipped: no small disk could be mounted, which takes Linux and a user who may.");
            return;
        }

        try
        {
            // A checkpoint takes about 120 kB, so the second finds no room while the first is there.
            History expected = Model().Fit(X, Y, Options(null));
            var error = Assert.Throws<EngramException>(() => Model().Fit(X, Y, Options(disk)));
            Assert.StartsWith($"'{Path.Combine(disk, "checkpoint-0000000002.safetensors")}' cannot be written: No space left on device", error.Message, StringComparison.Ordinal);
            string left = Assert.Single(Directory.GetFileSystemEntries(disk));
            Assert.EndsWith("checkpoint-0000000001.safetensors", left, StringComparison.Ordinal);
            Assert.NotNull(CheckpointFile.Read(left).File);
            Assert.Equal(0, Command("mount", "-o", "remount,size=2M", disk));
            History history = Model().Fit(X, Y, Options(disk));
            Assert.Equal(expected.Loss, history.Loss);
        }
        finally { Assert.Equal(0, Command("umount", disk)); }
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute, "cannot be written: Access to the path")]
    [InlineData(UnixFileMode.None, "checkpoints cannot be kept there: Access to the path")]
    public void A_folder_that_may_not_be_written_is_named(UnixFileMode mode, string says)
    {
        if (OperatingSystem.IsWindows())
        {
            output.WriteLine("Skipped: folders are protected otherwise on Windows.");
            return;
        }

        // Who may everything runs the program as one who may not.
        bool all = Environment.IsPrivilegedProcess;
        if (all && !File.Exists("/usr/bin/setpriv"))
        {
            output.WriteLine("Skipped: this user may write everywhere, and there is no setpriv to become another.");
            return;
        }

        using var folder = new TemporaryFolder();
        string backup = folder.File("backup");
        Directory.CreateDirectory(backup);
        string before = ProbeRun.FirstCheckpoint(backup);
        byte[] bytes = File.ReadAllBytes(before);
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(backup, mode);
        try
        {
            string[] other = all ? ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
            (int exit, string error) = ProbeRun.Fail(other, ["--resume", backup]);
            if (error.Contains("setpriv:", StringComparison.Ordinal) || (all && !error.Contains(nameof(EngramException), StringComparison.Ordinal)))
            {
                output.WriteLine($"Skipped: the program does not run as another user: {error}");
                return;
            }

            Assert.NotEqual(0, exit);
            Assert.Contains($"'{backup}", error, StringComparison.Ordinal);
            Assert.Contains(says, error, StringComparison.Ordinal);
        }
        finally { File.SetUnixFileMode(backup, (UnixFileMode)0b111_101_101); }
        Assert.Equal([before], Directory.GetFiles(backup));
        Assert.Equal(bytes, File.ReadAllBytes(before));
    }

    [Fact]
    public void A_folder_that_is_a_file_is_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "");
        foreach (string path in (string[])[folder.File("file"), folder.File("file/backup")])
        {
            var error = Assert.Throws<EngramException>(() => Model().Fit(X, Y, Options(path)));
            Assert.StartsWith($"'{path}': checkpoints cannot be kept there", error.Message, StringComparison.Ordinal);
        }

        string missing = folder.File("nowhere/run.safetensors");
        var other = Assert.Throws<EngramException>(() => Model().Fit(X, Y, new FitOptions { Callbacks = [new ModelCheckpoint(missing)] }));
        Assert.Contains(missing, other.Message, StringComparison.Ordinal);
        Assert.Contains("does not exist. Create it first.", other.Message, StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Throws<EngramException>(() => Model().Fit(X, Y, new FitOptions { ResumeFrom = missing })).Message, StringComparison.Ordinal);
    }

    private static readonly float[,,] X = new float[12, 3, 2];
    private static readonly float[] Y = [.. Enumerable.Range(0, 12).Select(i => i / 12f)];

    private static FitOptions Options(string? backup) => new() { Epochs = 4, BatchSize = 12, Callbacks = backup is null ? [] : [new BackupAndRestore(backup)] };

    private static Sequential Model()
    {
        var model = new Sequential(new Lstm(48) { Dropout = 0.1f }, new Dense(1)) { Seed = 3 };
        model.Compile(new Adam(), Loss.MeanSquaredError);
        return model;
    }

    private static int Command(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception) { return -1; }
    }
}
