namespace Engram.Formats.TensorBoard;

/// <summary>Counts numbers in buckets of one width.</summary>
internal static class Buckets
{
    public static HistogramValue Count(string tag, ReadOnlySpan<float> values, int buckets)
    {
        double min = double.PositiveInfinity, max = double.NegativeInfinity, sum = 0, squares = 0;
        long count = 0;
        foreach (float value in values)
        {
            if (!float.IsFinite(value)) { continue; }
            min = Math.Min(min, value);
            max = Math.Max(max, value);
            sum += value;
            squares += (double)value * value;
            count++;
        }

        if (count == 0) { return new HistogramValue(tag, 0, 0, 0, [], []); }
        // Equal numbers fill one bucket around them.
        if (min == max) { return new HistogramValue(tag, min, max, count, [min + 0.5], [count]) { Sum = sum, SumOfSquares = squares }; }
        double width = (max - min) / buckets;
        double[] limits = [.. Enumerable.Range(1, buckets).Select(i => i == buckets ? max : min + (i * width))], counts = new double[buckets];
        foreach (float value in values)
        {
            if (float.IsFinite(value)) { counts[Math.Min((int)((value - min) / width), buckets - 1)]++; }
        }

        return new HistogramValue(tag, min, max, count, limits, counts) { Sum = sum, SumOfSquares = squares };
    }
}
