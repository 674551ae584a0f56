namespace Engram.Evaluation;

/// <summary>How many changes make one sequence of another.</summary>
public static class EditDistance
{
    /// <summary>
    /// The least number of items that are inserted, deleted or replaced (Levenshtein 1966):
    /// <code>
    /// d[i, j] = min(d[i-1, j-1] + (a[i] ≠ b[j]), d[i-1, j] + 1, d[i, j-1] + 1)
    /// </code>
    /// Takes time in proportion to the product of the lengths.
    /// </summary>
    /// <param name="a">One sequence.</param>
    /// <param name="b">The other.</param>
    public static int Between<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b)
        where T : IEquatable<T>
    {
        var row = new int[b.Length + 1]; // d[i, ·], overwritten from d[i-1, ·]
        for (int j = 0; j <= b.Length; j++) { row[j] = j; }
        for (int i = 0; i < a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i + 1;
            for (int j = 0; j < b.Length; j++)
            {
                int replaced = diagonal + (a[i].Equals(b[j]) ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(replaced, Math.Min(row[j + 1], row[j]) + 1);
            }
        }

        return row[b.Length];
    }
}
