namespace Engram.Data;

/// <summary>The end of a sequence at which it is padded or cut.</summary>
public enum SequenceEnd
{
    /// <summary>At the start: Keras' <c>pre</c>, its default.</summary>
    Pre,

    /// <summary>At the end: Keras' <c>post</c>.</summary>
    Post,
}

/// <summary>Makes sequences of different lengths equally long, as Keras' <c>pad_sequences</c> does.</summary>
public static class Sequences
{
    /// <summary>Pads and cuts sequences of single values, such as token numbers.</summary>
    /// <param name="sequences">The sequences.</param>
    /// <param name="maxLength">The length that all get; null for that of the longest.</param>
    /// <param name="padding">Where shorter ones are filled up; at the start by default.</param>
    /// <param name="truncating">Where longer ones are cut; at the start by default.</param>
    /// <param name="value">What they are filled up with; 0 by default.</param>
    /// <returns>(sequences, length).</returns>
    public static T[,] Pad<T>(
        IReadOnlyList<T[]> sequences, int? maxLength = null, SequenceEnd padding = SequenceEnd.Pre, SequenceEnd truncating = SequenceEnd.Pre, T value = default)
        where T : struct
    {
        int length = Length(maxLength, sequences.Select(sequence => sequence.Length));
        var result = new T[sequences.Count, length];
        for (int i = 0; i < sequences.Count; i++)
        {
            (int from, int to, int kept) = Place(sequences[i].Length, length, padding, truncating);
            for (int t = 0; t < length; t++) { result[i, t] = t >= to && t < to + kept ? sequences[i][from + t - to] : value; }
        }

        return result;
    }

    /// <summary>Pads and cuts sequences of feature rows.</summary>
    /// <param name="sequences">The sequences, each (time, features), all with the same features.</param>
    /// <param name="maxLength">The length that all get; null for that of the longest.</param>
    /// <param name="padding">Where shorter ones are filled up; at the start by default.</param>
    /// <param name="truncating">Where longer ones are cut; at the start by default.</param>
    /// <param name="value">What they are filled up with; 0 by default.</param>
    /// <returns>(sequences, length, features).</returns>
    /// <exception cref="EngramException">Two sequences have different features.</exception>
    public static T[,,] Pad<T>(
        IReadOnlyList<T[,]> sequences, int? maxLength = null, SequenceEnd padding = SequenceEnd.Pre, SequenceEnd truncating = SequenceEnd.Pre, T value = default)
        where T : struct
    {
        int length = Length(maxLength, sequences.Select(sequence => sequence.GetLength(0)));
        int features = sequences.Count > 0 ? sequences[0].GetLength(1) : 0;
        var result = new T[sequences.Count, length, features];
        for (int i = 0; i < sequences.Count; i++)
        {
            T[,] sequence = sequences[i];
            if (sequence.GetLength(1) != features) { throw new EngramException($"Sequence {i} has {sequence.GetLength(1)} features, sequence 0 has {features}."); }
            (int from, int to, int kept) = Place(sequence.GetLength(0), length, padding, truncating);
            for (int t = 0; t < length; t++)
            {
                for (int f = 0; f < features; f++) { result[i, t, f] = t >= to && t < to + kept ? sequence[from + t - to, f] : value; }
            }
        }

        return result;
    }

    private static int Length(int? maxLength, IEnumerable<int> lengths)
    {
        if (maxLength is int given) { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(given, nameof(maxLength)); }
        return maxLength ?? lengths.DefaultIfEmpty(0).Max();
    }

    /// <summary>What is kept of a sequence: from which of its steps, to which place, how many steps.</summary>
    private static (int From, int To, int Kept) Place(int own, int length, SequenceEnd padding, SequenceEnd truncating)
    {
        int kept = Math.Min(own, length);
        return (truncating == SequenceEnd.Pre ? own - kept : 0, padding == SequenceEnd.Pre ? length - kept : 0, kept);
    }
}
