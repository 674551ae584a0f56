namespace Engram.Layers;

/// <summary>Mean and variance of channels over batches that come one after the other (Chan, Golub and LeVeque 1979), in double precision.</summary>
internal sealed class RunningMoments
{
    private double[] mean = [];
    private double[] squares = [];

    /// <summary>The number of rows so far.</summary>
    public long Count { get; private set; }

    /// <summary>The mean of each channel.</summary>
    public float[] Mean => [.. mean.Select(value => (float)value)];

    /// <summary>The variance of each channel: Σ (x - mean)² / count.</summary>
    public float[] Variance => [.. squares.Select(value => (float)(value / Count))];

    /// <summary>Adds the rows of a batch.</summary>
    public void Add(ReadOnlySpan<float> rows, int channels)
    {
        if (rows.Length == 0) { return; }
        if (Count == 0) { (mean, squares) = (new double[channels], new double[channels]); }
        int count = rows.Length / channels;
        for (int c = 0; c < channels; c++)
        {
            double sum = 0, distance = 0;
            for (int i = c; i < rows.Length; i += channels) { sum += rows[i]; }
            double own = sum / count;
            for (int i = c; i < rows.Length; i += channels) { distance += (rows[i] - own) * (rows[i] - own); }
            double shift = own - mean[c];
            mean[c] += shift * count / (Count + count);
            squares[c] += distance + (shift * shift * Count * count / (Count + count));
        }

        Count += count;
    }
}
