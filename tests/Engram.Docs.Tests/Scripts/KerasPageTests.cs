using System.Reflection;
using System.Text.RegularExpressions;
using Engram.Layers;

namespace Engram.Docs.Tests;

/// <summary>docs/keras.md names what there is, and all layers that there are.</summary>
public sealed partial class KerasPageTests
{
    private static readonly ILookup<string, Type> Types = typeof(Layer).Assembly.GetExportedTypes().ToLookup(type => type.Name.Split('`')[0], StringComparer.Ordinal);

    private static IEnumerable<(string Keras, string Engram)> Rows => File.ReadLines(Repository.At("docs", "keras.md"))
        .Select(line => line.Split('|'))
        .Where(cells => cells.Length == 5 && !cells[1].StartsWith("---", StringComparison.Ordinal))
        .Select(cells => (cells[1], cells[2]));

    [Fact]
    public void Every_name_of_Engram_exists()
    {
        string[] names = [.. Rows.SelectMany(row => Code().Matches(row.Engram)).Select(match => match.Groups[1].Value)];
        Assert.True(names.Length > 150, $"{names.Length} names");
        Assert.Equal([], names.Where(name => !Exists(name)).ToArray());
    }

    [Fact]
    public void Every_kind_of_layer_is_on_the_page()
    {
        HashSet<string> named = [.. Rows.SelectMany(row => Code().Matches(row.Keras + row.Engram)).Select(match => match.Groups[1].Value)];
        Assert.Equal([], LayerTypes.BuiltIn.Kinds.Where(kind => !named.Contains(kind)).ToArray());
    }

    private static bool Exists(string name)
    {
        string[] parts = name.Split('.');
        return Types[parts[0]].Any(type => parts.Length == 1
            || type.GetMember(parts[1], BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.FlattenHierarchy)
                .Any(IsPublic));
    }

    private static bool IsPublic(MemberInfo member) => member switch
    {
        MethodBase method => method.IsPublic || method.IsFamily,
        PropertyInfo property => property.GetMethod is { IsPublic: true } or { IsFamily: true },
        FieldInfo field => field.IsPublic,
        _ => false,
    };

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
