using System.Text;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Engram.Docs.Tests;

/// <summary>
/// The C# of a page. All <c>```csharp</c> blocks of a page are one program, read from top to bottom: a block may use what those above it
/// declare. A <c>```text</c> block right behind one is what it prints.
/// </summary>
internal sealed class MarkdownPage
{
    private MarkdownPage(string program, IReadOnlyList<string> outputs)
    {
        Program = program;
        Outputs = outputs;
    }

    /// <summary>The program, empty where the page has none. Types stand at its end, as C# demands.</summary>
    public string Program { get; }

    /// <summary>What parts of it print, in order.</summary>
    public IReadOnlyList<string> Outputs { get; }

    public static MarkdownPage Read(string path)
    {
        StringBuilder usings = new(), statements = new(), types = new();
        var outputs = new List<string>();
        bool afterCode = false;
        foreach ((string language, int line, string text) in Blocks(File.ReadAllLines(path)))
        {
            if (language == "text" && afterCode) { outputs.Add(text); }
            afterCode = language == "csharp";
            if (afterCode) { Add(text, line, path, usings, statements, types); }
        }

        return new MarkdownPage($"{usings}{statements}{types}", outputs);
    }

    private static void Add(string code, int line, string path, params ReadOnlySpan<StringBuilder> parts)
    {
        CompilationUnitSyntax unit = CSharpSyntaxTree.ParseText(code).GetCompilationUnitRoot();
        foreach (UsingDirectiveSyntax directive in unit.Usings) { Append(parts[0], directive); }
        foreach (MemberDeclarationSyntax member in unit.Members) { Append(parts[member is GlobalStatementSyntax ? 1 : 2], member); }

        void Append(StringBuilder part, CSharpSyntaxNode node)
        {
            int first = unit.SyntaxTree.GetLineSpan(node.FullSpan).StartLinePosition.Line;
            part.Append("#line ").Append(line + first).Append(" \"").Append(Path.GetFileName(path)).Append("\"\n").Append(node.ToFullString().TrimEnd()).Append('\n');
        }
    }

    // Each fenced block with the number of its first line; a line of prose is a block too, so that one sees what stands next to what.
    private static IEnumerable<(string Language, int Line, string Text)> Blocks(string[] lines)
    {
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                if (lines[i].Trim().Length > 0) { yield return ("prose", i + 1, ""); }
                continue;
            }

            string language = lines[i][3..].Trim();
            int first = ++i;
            while (i < lines.Length && lines[i].TrimEnd() != "```") { i++; }
            if (i == lines.Length) { throw new InvalidDataException($"The block that begins on line {first} has no end."); }
            yield return (language, first + 1, string.Join('\n', lines[first..i]) + "\n");
        }
    }
}
