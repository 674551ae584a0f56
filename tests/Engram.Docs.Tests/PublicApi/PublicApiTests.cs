using System.Reflection;

namespace Engram.Docs.Tests;

/// <summary>
/// The public members of each package are those that were approved. When a change is meant, run the tests once with
/// <c>ENGRAM_APPROVE_API=1</c> and look at the difference before committing it.
/// </summary>
public sealed class PublicApiTests
{
    [Theory]
    [InlineData("Engram")]
    [InlineData("Engram.Charts")]
    public void The_public_members_are_those_that_were_approved(string assembly)
    {
        string path = Repository.At("tests", "Engram.Docs.Tests", "PublicApi", $"{assembly}.approved.txt");
        string[] actual = [.. PublicApi.Describe(Assembly.Load(assembly))];
        if (Environment.GetEnvironmentVariable("ENGRAM_APPROVE_API") == "1") { File.WriteAllText(path, string.Join('\n', actual) + "\n"); }

        string[] approved = File.Exists(path) ? File.ReadAllLines(path) : [];
        string[] gone = [.. approved.Except(actual).Select(line => "- " + line)];
        string[] added = [.. actual.Except(approved).Select(line => "+ " + line)];
        Assert.True(
            gone.Length + added.Length == 0,
            $"The public members of {assembly} have changed:\n{string.Join('\n', gone.Concat(added))}\nIf that is meant: ENGRAM_APPROVE_API=1 dotnet test -c Release tests/Engram.Docs.Tests --filter PublicApi");
    }
}
