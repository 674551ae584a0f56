namespace Engram.Data;

/// <summary>Merges the bytes of a piece: always the pair that was learnt first, of equal ones the leftmost. Not for several threads at once.</summary>
internal sealed class BytePairMerger(Dictionary<(int, int), int> ranks)
{
    private readonly PriorityQueue<int, long> queue = new(); // places of pairs, by rank and then by place
    private int[] tokens = [], previous = [], next = [];

    /// <summary>The tokens of a piece of at least one byte.</summary>
    public int[] Merge(ReadOnlySpan<byte> piece)
    {
        if (tokens.Length < piece.Length) { (tokens, previous, next) = (new int[piece.Length], new int[piece.Length], new int[piece.Length]); }
        for (int i = 0; i < piece.Length; i++) { (tokens[i], previous[i], next[i]) = (Tokenizer.Reserved + piece[i], i - 1, i + 1); }
        next[piece.Length - 1] = -1;
        for (int i = 0; i + 1 < piece.Length; i++) { Queue(i); }
        int count = piece.Length;
        while (queue.TryDequeue(out int place, out long priority))
        {
            int second = next[place], rank = (int)(priority >> 32);
            if (tokens[place] < 0 || second < 0 || !ranks.TryGetValue((tokens[place], tokens[second]), out int actual) || actual != rank) { continue; } // merged otherwise meanwhile
            tokens[place] = BytePairTokenizer.FirstMerge + rank;
            tokens[second] = -1;
            next[place] = next[second];
            count--;
            if (next[place] >= 0)
            {
                previous[next[place]] = place;
                Queue(place);
            }

            if (previous[place] >= 0) { Queue(previous[place]); }
        }

        var merged = new int[count];
        for (int i = 0, place = 0; i < count; i++, place = next[place]) { merged[i] = tokens[place]; }
        return merged;
    }

    private void Queue(int place)
    {
        if (ranks.TryGetValue((tokens[place], tokens[next[place]]), out int rank)) { queue.Enqueue(place, ((long)rank << 32) | (uint)place); }
    }
}
