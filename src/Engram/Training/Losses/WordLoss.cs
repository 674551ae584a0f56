namespace Engram.Training;

/// <summary>A loss of words' numbers that adds up, beside itself, what perplexity is made of.</summary>
internal abstract class WordLoss : Loss
{
    private double sum;
    private long count;

    /// <summary>exp of the mean of -ln p of the right words since <see cref="Reset"/>, over those that counted in training; 1 before there are any.</summary>
    public double Perplexity => Math.Exp(sum / Math.Max(1, count));

    public void Reset() => (sum, count) = (0, 0);

    /// <summary>Adds -ln p of a word.</summary>
    protected void Count(double likelihood)
    {
        sum += likelihood;
        count++;
    }
}
