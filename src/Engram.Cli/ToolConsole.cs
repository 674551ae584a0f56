namespace Engram.Cli;

/// <summary>Where a command writes, who watches, and what stops it.</summary>
/// <param name="Output">Results.</param>
/// <param name="Error">Errors and progress.</param>
/// <param name="OutputIsTerminal">Whether someone watches the output.</param>
/// <param name="ErrorIsTerminal">Whether someone watches the errors.</param>
/// <param name="Cancellation">Stops the command.</param>
internal sealed record ToolConsole(TextWriter Output, TextWriter Error, bool OutputIsTerminal, bool ErrorIsTerminal, CancellationToken Cancellation)
{
    /// <summary>The exit code of a command that did what was asked: the answer to a question may be no.</summary>
    public int ExitCode { get; set; } = EngramTool.Success;
}

/// <summary>A command of the tool.</summary>
internal abstract class ToolCommand
{
    /// <summary>Its name, argument and options.</summary>
    public abstract System.CommandLine.Command Syntax { get; }

    /// <summary>The word before its name, for one of several commands about the same thing; null for a command of its own.</summary>
    public virtual string? Group => null;

    /// <summary>What one types.</summary>
    public string Name => Group is null ? Syntax.Name : $"{Group} {Syntax.Name}";

    /// <summary>What it does, in a line.</summary>
    public abstract string Summary { get; }

    /// <summary>Its help.</summary>
    public abstract HelpPage Help { get; }

    /// <summary>Does it.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    /// <exception cref="EngramException">It cannot be done; the message says why.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public abstract void Run(System.CommandLine.ParseResult arguments, ToolConsole console);
}

/// <summary>The command line asks for something that makes no sense.</summary>
internal sealed class UsageException(string message) : Exception(message);
