namespace Engram.Evaluation;

/// <summary>Texts to judge, and the right ones beside them.</summary>
internal static class TextPairs
{
    /// <summary>Refuses lists of different lengths, and empty ones.</summary>
    public static void Demand(IReadOnlyList<string> hypotheses, IReadOnlyList<string> references)
    {
        ArgumentNullException.ThrowIfNull(hypotheses);
        ArgumentNullException.ThrowIfNull(references);
        if (hypotheses.Count != references.Count) { throw new EngramException($"There are {hypotheses.Count} texts to judge and {references.Count} right texts; there must be one for each."); }
        if (references.Count == 0) { throw new EngramException("There are no texts to judge; at least one is needed."); }
    }
}
