using System.CommandLine;
using Engram.Data;

namespace Engram.Cli.Options;

/// <summary>What is wrong with a command line, in one sentence.</summary>
internal static class UsageProblem
{
    /// <summary>The first problem, or null.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="chosen">The command, where one is named.</param>
    /// <param name="commands">What may be named where none is.</param>
    public static string? Of(ParseResult parsed, ToolCommand? chosen, string[] commands)
    {
        string? stranger = parsed.UnmatchedTokens.FirstOrDefault(token => token.StartsWith('-'));
        // A mistyped option may have been taken for the file.
        if (chosen is not null && parsed.CommandResult.Command.Arguments.Select(parsed.GetResult).SelectMany(result => result?.Tokens ?? []).FirstOrDefault(token => token.Value.StartsWith("--", StringComparison.Ordinal)) is { } taken)
        {
            stranger = taken.Value;
        }

        if (stranger is not null)
        {
            IEnumerable<string> names = chosen is null ? ["--help", "--version"] : chosen.Syntax.Options.Select(option => option.Name).Append("--help");
            return $"there is no option '{stranger}'. {Closest.Hint(stranger, names)}".TrimEnd();
        }

        if (chosen is null)
        {
            return parsed.UnmatchedTokens.Count == 0
                ? $"say which command: {OptionKinds.OneOf(commands)}."
                : $"there is no command '{parsed.UnmatchedTokens[0]}'. {Closest.Hint(parsed.UnmatchedTokens[0], commands)}The commands are {string.Join(", ", commands[..^1])} and {commands[^1]}.";
        }

        if (parsed.UnmatchedTokens.Count > 0)
        {
            return chosen.Syntax.Arguments.Count > 1
                ? $"{chosen.Syntax.Name} takes {chosen.Syntax.Arguments.Count} files, but there is '{parsed.UnmatchedTokens[0]}' too."
                : $"one file is read, but there is '{parsed.UnmatchedTokens[0]}' too.";
        }

        if (chosen.Syntax.Arguments.FirstOrDefault(argument => argument.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(argument) is null or { Tokens.Count: 0 }) is { } missing)
        {
            return $"{chosen.Syntax.Name} needs {missing.Name}, which is missing.";
        }

        return parsed.Errors.Count > 0 ? parsed.Errors[0].Message : null;
    }
}
