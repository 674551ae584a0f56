using System.Text;
using Engram.Data;

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

    /// <summary>
    /// Whether the texts of both sides are cut into words already, white space between them and around punctuation: the points at the ends of most of them stand by themselves.
    /// </summary>
    public bool AreTokenized => AreCut(Source) && AreCut(Target);

    /// <summary>Reads two text files: a sentence a line, its translation in the same line of the other file.</summary>
    /// <param name="source">The file of sentences.</param>
    /// <param name="target">The file of translations.</param>
    /// <param name="encoding">The files' encoding; null for UTF-8.</param>
    /// <exception cref="EngramException">A file cannot be read or decoded or is empty, or they have not equally many lines.</exception>
    public static SentencePairs Read(string source, string target, Encoding? encoding = null)
    {
        (string[] sentences, string[] translations) = (Lines(source, encoding), Lines(target, encoding));
        if (sentences.Length != translations.Length)
        {
            throw new EngramException($"{source} has {sentences.Length} lines and {target} has {translations.Length}; line by line, each sentence needs its translation, so both must have equally many.");
        }

        return new SentencePairs(sentences, translations);
    }

    /// <summary>The lines of a text file; what follows the last line break is one only where it is not empty.</summary>
    /// <param name="path">The file.</param>
    /// <param name="encoding">Its encoding; null for UTF-8.</param>
    /// <exception cref="EngramException">The file cannot be read or decoded, or is empty.</exception>
    public static string[] Lines(string path, Encoding? encoding = null)
    {
        string text = TextFile.Read(path, encoding);
        if (text.Length == 0) { throw new EngramException($"{path}: the file is empty; expected a sentence a line."); }
        string[] lines = text.Split('\n');
        if (lines[^1].Length == 0) { lines = lines[..^1]; }
        for (int i = 0; i < lines.Length; i++) { lines[i] = lines[i].TrimEnd('\r'); }
        return lines;
    }

    /// <summary>Cuts the last pairs off, for validation.</summary>
    /// <param name="count">How many, at least one and fewer than there are.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not more pairs than that.</exception>
    public (SentencePairs First, SentencePairs Last) Split(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(count, Count);
        int rest = Count - count;
        return (new SentencePairs([.. Source.Take(rest)], [.. Target.Take(rest)]), new SentencePairs([.. Source.Skip(rest)], [.. Target.Skip(rest)]));
    }

    private static bool AreCut(IReadOnlyList<string> texts)
    {
        int apart = 0, attached = 0;
        foreach (string text in texts)
        {
            ReadOnlySpan<char> line = text.AsSpan().TrimEnd();
            if (line.Length < 2 || line[^1] is not ('.' or '!' or '?' or '。')) { continue; }
            if (char.IsWhiteSpace(line[^2])) { apart++; }
            else { attached++; }
        }

        return apart > attached;
    }
}
