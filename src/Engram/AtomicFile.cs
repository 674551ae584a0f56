namespace Engram;

/// <summary>
/// Writes a file so that a reader finds the old contents or the new, never half of them: the bytes go to a temporary name in
/// the same folder, are flushed to the disk, and take the name by a rename.
/// </summary>
internal static class AtomicFile
{
    /// <summary>How the temporary names end; they begin with a point and the file's own name.</summary>
    internal const string TemporaryEnd = ".tmp";

    /// <summary>Replaces or creates a file.</summary>
    /// <param name="path">The file's name; its folder must exist.</param>
    /// <param name="write">Writes the contents; when it throws, the file at <paramref name="path"/> stays as it was.</param>
    /// <exception cref="EngramException">The folder does not exist, or the file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full) ?? throw new EngramException($"'{path}' is a folder, not a file that can be written.");
        if (!Directory.Exists(folder))
        {
            throw new EngramException($"'{path}' cannot be written: the folder '{folder}' does not exist. Create it first.");
        }

        string temporary = Path.Combine(folder, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}{TemporaryEnd}");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
            FolderSync.Flush(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"'{path}' cannot be written: {e.Message}", e);
        }
        finally
        {
            Discard(temporary); // gone already when all went well
        }
    }

    // What went wrong is told by the error that is on its way, not by one about the temporary file.
    private static void Discard(string temporary)
    {
        try { File.Delete(temporary); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
    }

    /// <summary>Replaces or creates a text file, UTF-8 without a byte order mark.</summary>
    /// <param name="path">The file's name; its folder must exist.</param>
    /// <param name="text">The contents.</param>
    /// <exception cref="EngramException">The folder does not exist, or the file cannot be written.</exception>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
}
