namespace Engram.Data;

/// <summary>Finds the name that a mistyped one was meant to be.</summary>
internal static class Closest
{
    /// <summary>"Did you mean 'Close'? " for a name within two or three changes; else nothing.</summary>
    public static string Hint(string name, IEnumerable<string> known)
    {
        (string? best, int distance) = known.Select(candidate => ((string?)candidate, Distance(name.ToUpperInvariant(), candidate.ToUpperInvariant())))
            .OrderBy(pair => pair.Item2).FirstOrDefault((null, int.MaxValue));
        return best is not null && distance <= Math.Max(2, name.Length / 3) ? $"Did you mean '{best}'? " : "";
    }

    /// <summary>The number of inserted, deleted and replaced characters (Levenshtein 1966).</summary>
    public static int Distance(string a, string b)
    {
        int[] previous = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 0; i < a.Length; i++)
        {
            int[] current = new int[b.Length + 1];
            current[0] = i + 1;
            for (int j = 0; j < b.Length; j++)
            {
                int replaced = previous[j] + (a[i] == b[j] ? 0 : 1);
                current[j + 1] = Math.Min(replaced, Math.Min(previous[j + 1], current[j]) + 1);
            }

            previous = current;
        }

        return previous[b.Length];
    }
}
