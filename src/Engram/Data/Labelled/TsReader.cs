using System.Globalization;

namespace Engram.Data;

/// <summary>Reads the <c>.ts</c> format of the UEA and UCR archives, one line after the other.</summary>
internal sealed class TsReader(string name, MissingValues missing)
{
    private readonly List<float[,]> sequences = [];
    private readonly List<float> targets = [];
    private string[]? classes;          // null where cases have no class
    private bool hasNumbers;            // @targetLabel true: a number instead of a class
    private bool isEqual;               // @equalLength true
    private int? dimensions;
    private int? length;                // @seriesLength, or with @equalLength that of the first case
    private int line;

    private bool IsLabelled => classes is not null || hasNumbers;

    public LabelledSequences Read(string text, IReadOnlyList<string>? known)
    {
        bool isData = false;
        foreach (ReadOnlySpan<char> read in text.AsSpan().EnumerateLines())
        {
            line++;
            ReadOnlySpan<char> trimmed = read.Trim();
            if (trimmed.IsEmpty || trimmed[0] is '#' or '%') { continue; }
            if (isData) { ReadCase(read, known ?? classes); }
            else if (trimmed[0] != '@') { throw Error(1, $"expected a line that begins with @ or #, or @data before the first case, got '{Shortened(trimmed)}'"); }
            else if (trimmed.Equals("@data", StringComparison.OrdinalIgnoreCase)) { isData = true; }
            else { ReadHeader(trimmed.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)); }
        }

        if (sequences.Count == 0) { throw new EngramException($"{name}: there are no cases{(isData ? " after" : " and there is no")} @data."); }
        return new LabelledSequences(sequences, [.. targets], classes is null ? [] : [.. known ?? classes]);
    }

    private void ReadHeader(string[] words)
    {
        switch (words[0].ToLowerInvariant())
        {
            case "@timestamps" when Flag(words):
                throw Error(1, "the cases have time stamps, which are not read; write the values alone, at equal distances");
            case "@univariate":
                if (Flag(words)) { dimensions = 1; }
                break;
            case "@dimensions" or "@dimension":
                dimensions = Number(words);
                break;
            case "@equallength":
                isEqual = Flag(words);
                break;
            case "@serieslength":
                length = Number(words);
                break;
            case "@classlabel":
                classes = Flag(words) ? words[2..] : null;
                if (classes is { Length: 0 }) { throw Error(1, "@classLabel true is followed by the names of the classes, here by none"); }
                break;
            case "@targetlabel":
                hasNumbers = Flag(words);
                break;
            case "@problemname" or "@timestamps" or "@missing":
                break;
            default:
                throw Error(1, $"'{words[0]}' is not known; there are @problemName, @timeStamps, @missing, @univariate, @dimensions, @equalLength, @seriesLength, @classLabel, @targetLabel and @data");
        }
    }

    private void ReadCase(ReadOnlySpan<char> text, IReadOnlyList<string>? known)
    {
        int end = text.Length;
        if (IsLabelled)
        {
            end = text.LastIndexOf(':');
            if (end < 0) { throw Error(text.Length, $"the case ends without a colon and {(hasNumbers ? "the number to predict" : "its class")}"); }
        }

        int count = text[..end].Count(':') + 1;
        if (count != (dimensions ??= count)) { throw Error(1, $"the case has {count} dimensions, expected {dimensions}"); }
        float[,]? sequence = null;
        int start = 0;
        for (int f = 0; f < count; f++)
        {
            int stop = f == count - 1 ? end : start + text[start..end].IndexOf(':');
            ReadOnlySpan<char> values = text[start..stop];
            int steps = values.Count(',') + 1;
            if (sequence is null && isEqual && steps != (length ??= steps)) { throw Error(start + 1, $"the case has {steps} steps, expected {length}, since the header says that all are equally long"); }
            sequence ??= new float[steps, count];
            if (steps != sequence.GetLength(0)) { throw Error(start + 1, $"dimension {f + 1} has {steps} steps, dimension 1 has {sequence.GetLength(0)}; the dimensions of a case must be equally long"); }
            ReadValues(text, start, stop, sequence, f);
            start = stop + 1;
        }

        sequences.Add(sequence!);
        if (IsLabelled) { targets.Add(Target(text[start..].Trim(), start + 1, known)); }
    }

    private void ReadValues(ReadOnlySpan<char> text, int start, int stop, float[,] sequence, int f)
    {
        int steps = sequence.GetLength(0), last = -1; // the last step with a value
        for (int t = 0; t < steps; t++)
        {
            int comma = text[start..stop].IndexOf(',');
            int next = comma < 0 ? stop : start + comma;
            float value = Value(text[start..next].Trim(), start + 1);
            bool isLate = t == steps - 1 && float.IsNaN(value);
            if (float.IsNaN(value) && missing != MissingValues.Zero && (last < 0 || (isLate && missing == MissingValues.Interpolate)))
            {
                throw Error(start + 1, $"the {(last < 0 ? "first" : "last")} value of dimension {f + 1} is missing and has no neighbour to be filled in from; set it to zero, or leave the case out");
            }

            start = next + 1;
            if (float.IsNaN(value) && missing == MissingValues.Interpolate) { continue; }
            sequence[t, f] = !float.IsNaN(value) ? value : missing == MissingValues.Previous ? sequence[t - 1, f] : 0;
            for (int gap = last + 1; missing == MissingValues.Interpolate && gap < t; gap++)
            {
                sequence[gap, f] = sequence[last, f] + ((sequence[t, f] - sequence[last, f]) * (gap - last) / (t - last));
            }

            last = t;
        }
    }

    // NaN for one that is missing and is to be filled in.
    private float Value(ReadOnlySpan<char> text, int column)
    {
        if (text is "?" || text.Equals("nan", StringComparison.OrdinalIgnoreCase))
        {
            return missing != MissingValues.Refuse ? float.NaN : throw Error(column, "a value is missing; say with MissingValues what becomes of it");
        }

        return float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && float.IsFinite(value)
            ? value
            : throw Error(column, text.IsEmpty ? "there is no value; a missing one is written ?" : $"'{Shortened(text)}' is not a number");
    }

    private float Target(ReadOnlySpan<char> text, int column, IReadOnlyList<string>? known)
    {
        if (hasNumbers)
        {
            return float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && float.IsFinite(value)
                ? value
                : throw Error(column, $"'{Shortened(text)}' is not a number to predict");
        }

        for (int i = 0; i < known!.Count; i++)
        {
            if (text.SequenceEqual(known[i])) { return i; }
        }

        throw Error(column, $"the class '{Shortened(text)}' is none of {string.Join(", ", known)}");
    }

    private bool Flag(string[] words) => words.Length > 1 && bool.TryParse(words[1], out bool flag)
        ? flag
        : throw Error(1, $"{words[0]} is followed by true or false, here by {(words.Length > 1 ? $"'{words[1]}'" : "nothing")}");

    private int Number(string[] words) => words.Length > 1 && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
        ? number
        : throw Error(1, $"{words[0]} is followed by a whole number from 1, here by {(words.Length > 1 ? $"'{words[1]}'" : "nothing")}");

    private static string Shortened(ReadOnlySpan<char> text) => text.Length <= 30 ? text.ToString() : $"{text[..27]}...";

    private EngramException Error(int column, string what) => new($"{name}, line {line}, column {column}: {what}.");
}
