using System.CommandLine;

namespace Engram.Cli.Options;

/// <summary>Where a command that trains, or looks into a model, leaves its files, and what it prints.</summary>
/// <param name="files">The files, with a verb: report.html and model.keras are.</param>
/// <param name="defaultFolder">Where they go unless the command line says otherwise.</param>
internal sealed class ResultOptions(string files, string defaultFolder)
{
    public Option<string?> Folder { get; } = OptionKinds.Text("--out", "DIR", $"Where {files} written. Default: {defaultFolder}.");

    public Option<bool> Json { get; } = OptionKinds.Flag("--json", "Print one JSON object instead of text. For programs.");

    public Option<bool> Quiet { get; } = OptionKinds.Flag("--quiet", "Print nothing but errors (and the JSON that was asked for). For scripts.");

    public Option[] All => [Folder, Json, Quiet];

    /// <summary>The folder, which is created before hours of training are in vain.</summary>
    /// <exception cref="EngramException">It cannot be created.</exception>
    public string Prepare(ParseResult arguments)
    {
        string folder = arguments.GetValue(Folder) ?? defaultFolder;
        OutputFolder.Create(folder);
        return folder;
    }

    /// <summary>Prints the results as they are asked for.</summary>
    public void Write(ParseResult arguments, Action json, Action text)
    {
        if (arguments.GetValue(Json)) { json(); }
        else if (!arguments.GetValue(Quiet)) { text(); }
    }
}
