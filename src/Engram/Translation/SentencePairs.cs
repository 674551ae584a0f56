namespace Engram.Translation;

/// <summary>Sentences and their translations, one for each.</summary>
public sealed class SentencePairs
{
    /// <summary>Creates the pairs.</summary>
    /// <param name="source">The sentences.</param>
    /// <param name="target">Their translations, in the same order.</param>
    /// <exception cref="EngramException">There are not equally many, or none.</exception>
    public SentencePairs(IReadOnlyList<string> source, IReadOnlyList<string> target)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        if (source.Count != target.Count) { throw new EngramException($"There are {source.Count} sentences and {target.Count} translations; line by line, each sentence needs one."); }
        if (source.Count == 0) { throw new EngramException("There are no sentences; at least one pair is needed."); }
        (Source, Target) = (source, target);
    }

    /// <summary>The sentences.</summary>
    public IReadOnlyList<string> Source { get; }

    /// <summary>Their translations.</summary>
    public IReadOnlyList<string> Target { get; }

    /// <summary>The number of pairs.</summary>
    public int Count => Source.Count;
}
