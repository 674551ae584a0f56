using Engram.Layers;

namespace Engram.Benchmarks.Works;

/// <summary>All works.</summary>
internal static class WorkTable
{
    /// <summary>Those that run when no name is given.</summary>
    public static IReadOnlyList<Work> Main { get; } =
    [
        .. MainWorks.All,
        .. QuantizedSteps.All,
        new Sequences(512, 100, 64, 64).Training("bidirectional", () => [new Bidirectional(new Lstm(128))]),
    ];

    /// <summary>Those that run when they are named.</summary>
    public static IReadOnlyList<Work> More { get; } =
    [
        .. Together.All,
        .. Convolutions.All,
        .. Counting.All,
        .. Generation.All,
        .. Variants.All,
        .. Attentions.All,
        new Sequences(8, 3, 2, 4).Training("tiny", () => [new Lstm(3)]), // done in no time: to try the program itself
    ];

    /// <summary>
    /// The works that are meant: a name means the work so called or, where there is none, all works whose names begin with it or have it
    /// among their words (<c>W5</c> means W5a, W5b and W5c). No names mean <see cref="Main"/>.
    /// </summary>
    /// <exception cref="EngramException">There is no such work.</exception>
    public static IReadOnlyList<Work> Choose(IReadOnlyList<string> names)
    {
        if (names.Count == 0) { return Main; }
        Work[] all = [.. Main, .. More];
        return [.. names.SelectMany(name => Named(all, name)).Distinct()];
    }

    private static Work[] Named(Work[] all, string name)
    {
        Work[] same = [.. all.Where(work => work.Name.Equals(name, StringComparison.OrdinalIgnoreCase))];
        if (same.Length == 0) { same = [.. all.Where(work => work.Name.StartsWith(name, StringComparison.OrdinalIgnoreCase) || work.Name.Split(' ').Contains(name, StringComparer.OrdinalIgnoreCase))]; }
        return same.Length > 0
            ? same
            : throw new EngramException($"There is no work '{name}'; there are {string.Join(", ", all.Select(work => work.Name))}.");
    }
}
