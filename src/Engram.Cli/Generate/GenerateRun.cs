using Engram.Generation;

namespace Engram.Cli.Generate;

/// <summary>A training as the command shows it.</summary>
internal sealed class GenerateRun
{
    /// <summary>The trained generator.</summary>
    public required TextGenerator Generator { get; init; }

    /// <summary>The file that was read.</summary>
    public required string Source { get; init; }

    /// <summary>The whole text.</summary>
    public required string Text { get; init; }

    /// <summary>The share that was held out.</summary>
    public required double HeldOut { get; init; }

    /// <summary>Where the files go.</summary>
    public required string Folder { get; init; }

    /// <summary>The command that does the same again.</summary>
    public required string Command { get; init; }

    /// <summary>The model that was trained further, or null.</summary>
    public required string? From { get; init; }

    /// <summary>The model's file.</summary>
    public string ModelPath => Path.Combine(Folder, "generator.keras");

    /// <summary>The page's file.</summary>
    public string PagePath => Path.Combine(Folder, "report.html");
}
