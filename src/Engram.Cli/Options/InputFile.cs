namespace Engram.Cli.Options;

/// <summary>A file that the command line names.</summary>
internal static class InputFile
{
    /// <summary>Refuses a name of no file, before anything is done.</summary>
    /// <param name="path">The name.</param>
    /// <param name="advice">What to give instead, or where such a file comes from: a sentence.</param>
    /// <returns>The name.</returns>
    /// <exception cref="EngramException">There is no such file, or it is a folder.</exception>
    public static string Demand(string path, string advice) =>
        Directory.Exists(path) ? throw new EngramException($"{path}: is a folder. {advice}")
        : !File.Exists(path) ? throw new EngramException($"{path}: there is no such file. {advice}")
        : path;
}
