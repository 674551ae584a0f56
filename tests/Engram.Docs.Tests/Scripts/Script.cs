using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;

namespace Engram.Docs.Tests;

/// <summary>
/// Compiles a program of top-level statements as the SDK would (implicit usings, nullable, warnings are errors), runs it in this process
/// in an empty folder and returns what it prints. Console and current folder belong to the process, so tests that run scripts stand in
/// <see cref="ScriptCollection"/>.
/// </summary>
internal static class Script
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions Language = new(LanguageVersion.CSharp14);

    private static readonly Lazy<MetadataReference[]> References = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path))]);

    /// <summary>Runs a file-based program; its <c>#:</c> lines are for <c>dotnet run</c> and left out.</summary>
    public static string RunFile(string path, params string[] args)
    {
        string[] lines = File.ReadAllLines(path);
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("#:", StringComparison.Ordinal)) { lines[i] = ""; }
        }

        return Run(Path.GetFileName(path), string.Join('\n', lines), args);
    }

    /// <summary>Runs a program.</summary>
    /// <param name="name">Its name for messages.</param>
    /// <param name="code">The program.</param>
    /// <param name="args">Its arguments.</param>
    public static string Run(string name, string code, params string[] args)
    {
        var context = new AssemblyLoadContext(name, isCollectible: true);
        TextWriter console = Console.Out;
        string folder = Environment.CurrentDirectory;
        using var output = new StringWriter { NewLine = "\n" };
        DirectoryInfo empty = Directory.CreateTempSubdirectory("engram-script-");
        try
        {
            MethodInfo main = context.LoadFromStream(Compile(name, code)).EntryPoint!;
            Console.SetOut(output);
            Environment.CurrentDirectory = empty.FullName;
            object? result = main.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [args], null);
            Assert.True(result is null or 0, $"{name} ended with {result}.");
        }
        finally
        {
            Console.SetOut(console);
            Environment.CurrentDirectory = folder;
            empty.Delete(recursive: true);
            context.Unload();
        }

        return output.ToString();
    }

    private static MemoryStream Compile(string name, string code)
    {
        CSharpCompilation compilation = CSharpCompilation.Create(
            Path.GetFileNameWithoutExtension(name),
            [CSharpSyntaxTree.ParseText(ImplicitUsings, Language), CSharpSyntaxTree.ParseText(code, Language, name)],
            References.Value,
            new CSharpCompilationOptions(
                OutputKind.ConsoleApplication,
                optimizationLevel: OptimizationLevel.Release,
                nullableContextOptions: NullableContextOptions.Enable,
                generalDiagnosticOption: ReportDiagnostic.Error,
                // Two versions of a framework assembly are none of the reader's business.
                specificDiagnosticOptions: [new("CS1701", ReportDiagnostic.Suppress), new("CS1702", ReportDiagnostic.Suppress)]));
        var image = new MemoryStream();
        EmitResult result = compilation.Emit(image);
        Assert.True(result.Success, $"{name} does not compile:\n{string.Join('\n', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error))}");
        image.Position = 0;
        return image;
    }
}

/// <summary>Tests that run scripts, one after the other and beside no others.</summary>
[CollectionDefinition(nameof(ScriptCollection), DisableParallelization = true)]
public sealed class ScriptCollection;
