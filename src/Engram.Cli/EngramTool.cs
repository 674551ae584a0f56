using System.CommandLine;
using System.Reflection;
using System.Text;
using Engram.Cli.Options;

namespace Engram.Cli;

/// <summary>The engram tool: arguments in, texts and an exit code out.</summary>
public static class EngramTool
{
    /// <summary>The exit code when all went well.</summary>
    public const int Success = 0;

    /// <summary>The exit code when the command could not do what was asked.</summary>
    public const int Failure = 1;

    /// <summary>The exit code when the command line was wrong.</summary>
    public const int UsageError = 2;

    /// <summary>The exit code after an interruption from the keyboard.</summary>
    public const int Interrupted = 130;

    /// <summary>The version of the tool.</summary>
    public static string Version { get; } =
        typeof(EngramTool).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Runs a command.</summary>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="error">Where errors and progress go.</param>
    /// <param name="outputIsTerminal">Whether someone watches the output; otherwise it is plain text without control characters. Default false.</param>
    /// <param name="errorIsTerminal">Whether someone watches the errors, and so may be shown progress. Default false.</param>
    /// <param name="cancellation">Ends the command at the next safe place.</param>
    /// <returns>The exit code: <see cref="Success"/>, <see cref="Failure"/>, <see cref="UsageError"/> or <see cref="Interrupted"/>.</returns>
    public static int Run(
        IReadOnlyList<string> args, TextWriter output, TextWriter error,
        bool outputIsTerminal = false, bool errorIsTerminal = false, CancellationToken cancellation = default)
    {
        var console = new ToolConsole(output, error, outputIsTerminal, errorIsTerminal, cancellation);
        ToolCommand[] commands =
        [
            new Forecasts.ForecastCommand(), new Comparisons.CompareCommand(),
            new Classify.ClassifyTrainCommand(), new Classify.ClassifyPredictCommand(),
            new Generate.GenerateTrainCommand(), new Generate.GenerateSampleCommand(),
            new Translate.TranslateTrainCommand(), new Translate.TranslateRunCommand(),
            new Files.InspectCommand(), new Files.ConvertCommand(), new Files.RunCommand(), new Files.DiffCommand(),
            new Gates.GatesCommand(),
        ];
        var help = new Option<bool>("--help", "-h", "-?") { Recursive = true };
        var version = new Option<bool>("--version");
        var root = new Command("engram") { help, version };
        foreach (ToolCommand command in commands) { Place(root, command.Group).Add(command.Syntax); }
        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        ToolCommand? chosen = commands.FirstOrDefault(command => command.Syntax == parsed.CommandResult.Command);
        string? group = chosen is null && parsed.CommandResult.Command != root ? parsed.CommandResult.Command.Name : null; // named without one of its commands
        if (parsed.GetValue(help))
        {
            (chosen?.Help ?? (group is null ? HelpPage.Overview(commands) : HelpPage.Overview(group, commands))).WriteTo(output);
            return Success;
        }

        if (chosen is null && parsed.GetValue(version) && parsed.Errors.Count == 1)
        {
            output.WriteLine(Version);
            return Success;
        }

        if (chosen is null && args.Count == 0)
        {
            HelpPage.Overview(commands).WriteTo(output);
            return Success;
        }

        string[] names = [.. commands.Where(command => group is null || command.Group == group).Select(command => group is null ? command.Group ?? command.Syntax.Name : command.Syntax.Name).Distinct()];
        if (UsageProblem.Of(parsed, chosen, names) is { } problem)
        {
            error.WriteLine($"engram: {problem}");
            error.WriteLine($"Try 'engram {(chosen?.Name ?? group) switch { null => "", var name => name + " " }}--help'.");
            return UsageError;
        }

        return Execute(chosen!, parsed, console);
    }

    private static Command Place(Command root, string? group)
    {
        if (group is null) { return root; }
        if (root.Subcommands.FirstOrDefault(command => command.Name == group) is { } there) { return there; }
        var added = new Command(group);
        root.Add(added);
        return added;
    }

    private static int Execute(ToolCommand command, ParseResult parsed, ToolConsole console)
    {
        try
        {
            command.Run(parsed, console);
            return console.ExitCode;
        }
        catch (OperationCanceledException)
        {
            console.Error.WriteLine("engram: interrupted; files that were written are whole.");
            return Interrupted;
        }
        catch (UsageException e)
        {
            console.Error.WriteLine($"engram: {OneLine(e.Message)}");
            return UsageError;
        }
        catch (Exception e) when (e is EngramException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            console.Error.WriteLine($"engram: {OneLine(e is ArgumentException { ParamName: not null } ? e.Message.Split(" (Parameter")[0] : e.Message)}{EncodingHint(command, parsed, e)}");
            return Failure;
        }
    }

    // What a text file that is not UTF-8 most often is, where the command can be told.
    private static string EncodingHint(ToolCommand command, ParseResult parsed, Exception problem) =>
        problem.InnerException is DecoderFallbackException && command.Syntax.Options.FirstOrDefault(option => option.Name == TextEncodings.Name) is { } option && parsed.GetResult(option) is null
            ? $" Or give {TextEncodings.Name} windows-1252."
            : "";

    private static string OneLine(string message) => string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
