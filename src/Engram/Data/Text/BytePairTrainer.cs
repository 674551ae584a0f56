using System.Runtime.InteropServices;

namespace Engram.Data;

/// <summary>
/// Learns merges (byte pair encoding; Gage 1994, Sennrich et al. 2016): the pair of neighbouring tokens that occurs most often becomes a token, again and again. Of pairs equally frequent the one with
/// the lower numbers comes first. Each merge visits only the places where its pair stands: the tokens of all distinct pieces lie in one array, linked to their neighbours, and each pair knows its places.
/// </summary>
internal sealed class BytePairTrainer
{
    private const int Dead = -1; // a place whose token was joined to the one before; also no neighbour

    private readonly int[] tokens, previous, next, pieces; // by place
    private readonly long[] counts; // by piece: how often it occurs
    private readonly Dictionary<(int, int), Pair> pairs = [];
    private readonly PriorityQueue<Pair, (long Fewer, int First, int Second)> queue = new();

    private BytePairTrainer(Dictionary<byte[], long> occurrences)
    {
        long places = occurrences.Keys.Sum(piece => (long)piece.Length);
        if (places > 1 << 30) { throw new EngramException($"The texts have {places} bytes of different pieces; a vocabulary is learnt from at most {1 << 30}. Give a part of the texts."); }
        tokens = new int[places];
        previous = new int[places];
        next = new int[places];
        pieces = new int[places];
        counts = [.. occurrences.Values];
        int place = 0, piece = 0;
        foreach (byte[] bytes in occurrences.Keys)
        {
            for (int i = 0; i < bytes.Length; i++, place++)
            {
                tokens[place] = Tokenizer.Reserved + bytes[i];
                pieces[place] = piece;
                previous[place] = i == 0 ? Dead : place - 1;
                next[place] = i == bytes.Length - 1 ? Dead : place + 1;
                if (i > 0) { Found(tokens[place - 1], tokens[place], place - 1); }
            }

            piece++;
        }

        foreach (Pair pair in pairs.Values) { Enqueue(pair); }
    }

    /// <summary>The merges in their order.</summary>
    /// <param name="occurrences">How often each piece occurs.</param>
    /// <param name="most">How many merges at most; fewer where no pair is left that occurs twice.</param>
    public static List<(int First, int Second)> Run(Dictionary<byte[], long> occurrences, int most) => new BytePairTrainer(occurrences).Run(most);

    private List<(int First, int Second)> Run(int most)
    {
        var merges = new List<(int First, int Second)>();
        var lengths = new List<int>(); // of the merged tokens, in bytes
        int LengthOf(int token) => token < BytePairTokenizer.FirstMerge ? 1 : lengths[token - BytePairTokenizer.FirstMerge];

        while (merges.Count < most && queue.TryDequeue(out Pair? pair, out var priority))
        {
            // A count may have become smaller since the pair was queued; it grows only while the pair is new.
            if (pair.Count != -priority.Fewer)
            {
                Enqueue(pair);
                continue;
            }

            int length = LengthOf(pair.First) + LengthOf(pair.Second);
            if (length > BytePairTokenizer.LongestToken) { continue; }
            merges.Add((pair.First, pair.Second));
            lengths.Add(length);
            Merge(pair, BytePairTokenizer.FirstMerge + merges.Count - 1);
        }

        return merges;
    }

    private void Merge(Pair pair, int merged)
    {
        pairs.Remove((pair.First, pair.Second));
        var made = new HashSet<Pair>(ReferenceEqualityComparer.Instance);
        foreach (int place in pair.Places)
        {
            int second = next[place];
            if (tokens[place] != pair.First || second == Dead || tokens[second] != pair.Second) { continue; } // merged otherwise meanwhile
            int before = previous[place], behind = next[second];
            if (before != Dead)
            {
                Lost(tokens[before], pair.First, place);
                made.Add(Found(tokens[before], merged, before));
            }

            if (behind != Dead)
            {
                Lost(pair.Second, tokens[behind], place);
                made.Add(Found(merged, tokens[behind], place));
                previous[behind] = place;
            }

            (tokens[place], tokens[second], next[place]) = (merged, Dead, behind);
        }

        foreach (Pair found in made) { Enqueue(found); }
    }

    private Pair Found(int first, int second, int place)
    {
        ref Pair? pair = ref CollectionsMarshal.GetValueRefOrAddDefault(pairs, (first, second), out _);
        pair ??= new Pair(first, second);
        pair.Count += counts[pieces[place]];
        pair.Places.Add(place);
        return pair;
    }

    private void Lost(int first, int second, int place)
    {
        if (pairs.TryGetValue((first, second), out Pair? pair)) { pair.Count -= counts[pieces[place]]; }
    }

    private void Enqueue(Pair pair)
    {
        if (pair.Count >= 2) { queue.Enqueue(pair, (-pair.Count, pair.First, pair.Second)); }
    }

    private sealed class Pair(int first, int second)
    {
        public int First => first;

        public int Second => second;

        public long Count { get; set; }

        // Where the first of the two stands, or stood before it was merged; ascending.
        public List<int> Places { get; } = [];
    }
}
