namespace Engram.Cli;

/// <summary>Tells of progress at once; <see cref="Progress{T}"/> would report from the thread pool, later and in any order.</summary>
internal sealed class Reporter<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
