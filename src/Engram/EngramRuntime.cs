using Engram.Kernels;

namespace Engram;

/// <summary>
/// Settings of the engine for the whole process. They change how long a computation takes and never what comes out: losses, weights and
/// predictions are the same to the last bit with any number of threads.
/// </summary>
public static class EngramRuntime
{
    internal const int MostThreads = 1024;

    /// <summary>
    /// How many threads a computation is shared among, the calling one included; 1 to 1024. Default: the environment variable
    /// <c>ENGRAM_THREADS</c> or, where that is not set, the number of processors that the process may use (its affinity and its
    /// control group count, not the machine). It may be set at any time and holds from the next product on.
    /// </summary>
    /// <remarks>
    /// More threads than processors bring nothing: those that would only take turns are not woken. When several threads of a program train or
    /// predict at once, one of them has the helpers and each of the others computes by itself, which costs a helper less.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1 or more than 1024.</exception>
    /// <exception cref="EngramException"><c>ENGRAM_THREADS</c> is set to something else than a whole number from 1 to 1024.</exception>
    public static int Threads
    {
        get => Workers.ThreadCount;
        set
        {
            if (value is < 1 or > MostThreads)
            {
                throw new ArgumentOutOfRangeException(nameof(Threads), value, $"The number of threads is from 1 to {MostThreads}.");
            }

            Workers.ThreadCount = value;
        }
    }
}
