namespace Engram.Benchmarks.Works;

/// <summary>A piece of work that is timed. The table of them is <see cref="WorkTable"/>; one more is one line there.</summary>
/// <param name="Name">What it is chosen by, for example <c>W1</c> or <c>W2 together</c>.</param>
/// <param name="What">What it does, in words.</param>
/// <param name="Operations">Useful operations of one <paramref name="Unit"/>, additions and multiplications each; 0 where counting them says nothing.</param>
/// <param name="Unit">What a time is of: an epoch, a step, a pass, a training.</param>
/// <param name="Create">Prepares the work; only the run that it returns is timed.</param>
internal sealed record Work(string Name, string What, double Operations, string Unit, Func<Run> Create)
{
    /// <summary>The bytes of weights that a unit has to read; 0 where they are not what bounds it.</summary>
    public long WeightBytes { get; init; }
}

/// <summary>Work that is ready to be done, any number of times.</summary>
/// <param name="Do">
/// Does it. What it is given, if anything, it calls after each training or streaming step: that is how allocations are counted. Work
/// without steps ignores it.
/// </param>
/// <param name="Units">How many of the work's units it does: short ones are timed many at once.</param>
internal sealed record Run(Action<Action?> Do, int Units = 1);
