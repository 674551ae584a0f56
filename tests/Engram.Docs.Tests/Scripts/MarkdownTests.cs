namespace Engram.Docs.Tests;

/// <summary>Every line of C# in README.md and docs/ compiles, runs and prints what the page says.</summary>
[Collection(nameof(ScriptCollection))]
public sealed class MarkdownTests
{
    public static TheoryData<string> Pages => new(PagesWithCode);

    private static string[] PagesWithCode =>
        [.. Directory.GetFiles(Repository.At("docs"), "*.md", SearchOption.AllDirectories).Append(Repository.At("README.md"))
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Where(page => MarkdownPage.Read(Repository.At(page)).Program.Length > 0)
            .Order()];

    [Fact]
    public void The_README_has_a_program() => Assert.Contains("README.md", PagesWithCode);

    [Theory]
    [MemberData(nameof(Pages))]
    public void The_code_of_a_page_runs_and_prints_what_it_says(string page)
    {
        MarkdownPage markdown = MarkdownPage.Read(Repository.At(page));
        string output = Script.Run(page, markdown.Program);
        int at = 0;
        foreach (string expected in markdown.Outputs)
        {
            int found = output.IndexOf(expected.TrimEnd(), at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"{page} says that its code prints\n{expected}\nIt prints\n{output[at..]}");
            at = found + expected.TrimEnd().Length;
        }
    }
}
