namespace Engram.Benchmarks.Works;

/// <summary>Two models that are trained at the same time by two threads of one process: neither may stand in the other's way.</summary>
internal static class Together
{
    public static IReadOnlyList<Work> All { get; } = [.. MainWorks.All.Where(work => work.Name is "W1" or "W2" or "W4").Select(Twice)];

    private static Work Twice(Work work) => work with
    {
        Name = $"{work.Name} together",
        What = $"two models at once, each: {work.What}",
        Operations = 2 * work.Operations,
        Create = () =>
        {
            (Run first, Run second) = (work.Create(), work.Create());
            return new Run(_ =>
            {
                var other = new Thread(() => second.Do(null));
                other.Start();
                first.Do(null);
                other.Join();
            });
        },
    };
}
