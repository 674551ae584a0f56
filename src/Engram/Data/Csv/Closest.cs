using Engram.Evaluation;

namespace Engram.Data;

/// <summary>Finds the name that a mistyped one was meant to be.</summary>
internal static class Closest
{
    /// <summary>"Did you mean 'Close'? " for a name within two or three changes; else nothing.</summary>
    public static string Hint(string name, IEnumerable<string> known)
    {
        (string? best, int distance) = known.Select(candidate => ((string?)candidate, EditDistance.Between<char>(name.ToUpperInvariant(), candidate.ToUpperInvariant())))
            .OrderBy(pair => pair.Item2).FirstOrDefault((null, int.MaxValue));
        return best is not null && distance <= Math.Max(2, name.Length / 3) ? $"Did you mean '{best}'? " : "";
    }
}
