using System.Text.RegularExpressions;

namespace Engram.Docs.Tests;

/// <summary>What the pages point to within the repository is there.</summary>
public sealed partial class LinkTests
{
    public static TheoryData<string> Pages =>
        new([.. Directory.GetFiles(Repository.Root, "*.md").Concat(Directory.GetFiles(Repository.At("docs"), "*.md", SearchOption.AllDirectories)).Order()
            .Select(path => Path.GetRelativePath(Repository.Root, path))]);

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_leads_somewhere(string page)
    {
        string folder = Path.GetDirectoryName(Repository.At(page))!;
        IEnumerable<string> broken = Link().Matches(File.ReadAllText(Repository.At(page)))
            .Select(match => match.Groups[1].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal) && !Path.Exists(Path.Combine(folder, target)));
        Assert.Empty(broken);
    }

    [GeneratedRegex(@"\]\(([^)#\s]+)[^)]*\)")]
    private static partial Regex Link();
}
