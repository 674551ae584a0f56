namespace Engram.Cli;

/// <summary>The folder that results go to.</summary>
internal static class OutputFolder
{
    /// <summary>Creates it where it does not exist.</summary>
    /// <exception cref="EngramException">It cannot be created.</exception>
    public static void Create(string folder)
    {
        try { Directory.CreateDirectory(folder); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw new EngramException($"--out: the folder '{folder}' cannot be created: {e.Message}", e); }
    }
}
