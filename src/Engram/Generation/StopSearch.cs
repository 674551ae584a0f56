using System.Text;

namespace Engram.Generation;

/// <summary>
/// Finds the first of some strings in a text that comes piece by piece. What might be the beginning of one is held back until it is known to be none.
/// </summary>
internal sealed class StopSearch(IReadOnlyList<string> stops)
{
    private readonly StringBuilder held = new();

    /// <summary>Whether a string was found; nothing may be added then.</summary>
    public bool Found { get; private set; }

    /// <summary>Adds a piece, and returns what certainly stands before any of the strings.</summary>
    public string Add(string piece)
    {
        held.Append(piece);
        string text = held.ToString();
        int stop = -1;
        foreach (string wanted in stops)
        {
            int at = text.IndexOf(wanted, StringComparison.Ordinal);
            if (at >= 0 && (stop < 0 || at < stop)) { stop = at; }
        }

        if (stop >= 0)
        {
            Found = true;
            held.Clear();
            return text[..stop];
        }

        int safe = text.Length;
        for (int start = 0; start < text.Length && safe == text.Length; start++)
        {
            if (MayBegin(text.AsSpan(start))) { safe = start; }
        }

        held.Remove(0, safe);
        return text[..safe];
    }

    /// <summary>What was held back, when nothing more comes.</summary>
    public string Rest()
    {
        string rest = held.ToString();
        held.Clear();
        return rest;
    }

    private bool MayBegin(ReadOnlySpan<char> text)
    {
        foreach (string wanted in stops)
        {
            if (wanted.Length > text.Length && wanted.AsSpan().StartsWith(text, StringComparison.Ordinal)) { return true; }
        }

        return false;
    }
}
