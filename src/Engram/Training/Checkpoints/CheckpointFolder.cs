using System.Globalization;

namespace Engram.Training;

/// <summary>A folder of numbered checkpoints: the number is that of the steps done.</summary>
internal sealed class CheckpointFolder(string folder)
{
    private const string Begin = "checkpoint-";
    private const string End = ".safetensors";

    /// <summary>Creates the folder where it is missing, and removes what writers that were killed left.</summary>
    public void Prepare()
    {
        try
        {
            Directory.CreateDirectory(folder);
            foreach (string left in Directory.GetFiles(folder, $".{Begin}*{AtomicFile.TemporaryEnd}")) { File.Delete(left); }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"'{folder}': checkpoints cannot be kept there: {e.Message}", e);
        }
    }

    /// <summary>The name of a checkpoint.</summary>
    public string PathOf(long steps) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Begin}{steps:0000000000}{End}"));

    /// <summary>The checkpoints, the last first.</summary>
    public IReadOnlyList<string> Newest()
    {
        try
        {
            return [.. Directory.GetFiles(folder, $"{Begin}*{End}").Where(IsNumbered).OrderByDescending(Path.GetFileName, StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"'{folder}': the folder of checkpoints cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Deletes all but the newest.</summary>
    public void Keep(int count)
    {
        foreach (string old in Newest().Skip(count)) { Delete(old); }
    }

    /// <summary>Deletes all, and the folder where that can be done.</summary>
    public void DeleteAll()
    {
        Keep(0);
        try { Directory.Delete(folder); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { } // something else is in it, or a disk is mounted there: it stays
    }

    /// <summary>Deletes a file that may be gone already.</summary>
    public static void Delete(string path)
    {
        try { File.Delete(path); }
        catch (DirectoryNotFoundException) { }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"'{path}': the checkpoint is no longer needed, but cannot be deleted: {e.Message}", e);
        }
    }

    private static bool IsNumbered(string path)
    {
        string name = Path.GetFileName(path);
        return name.Length == Begin.Length + 10 + End.Length && name.AsSpan(Begin.Length, 10).IndexOfAnyExceptInRange('0', '9') < 0;
    }
}
