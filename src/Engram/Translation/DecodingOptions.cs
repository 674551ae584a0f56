namespace Engram.Translation;

/// <summary>How a translation is looked for.</summary>
public sealed class DecodingOptions
{
    /// <summary>How many beginnings are kept at each step; 1 takes the most likely word each time (greedy). Default 5.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Beam { get; init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Beam), value, "Beam must be at least 1."); } = 5;

    /// <summary>
    /// α of the length normalisation (Wu et al. 2016, "Google's neural machine translation system"): the logarithm of the probability is divided by ((5 + length) / 6)^α, the end counting as a
    /// word. 0 favours short translations. Default 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double LengthPenalty { get; init => field = AtLeastZero(value, nameof(LengthPenalty)); } = 1;

    /// <summary>
    /// β of the coverage penalty (Wu et al. 2016): β Σ ln min(attention that a source word got in all, 1) is added, so that no part of the source is forgotten. Default 0: none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double CoveragePenalty { get; init => field = AtLeastZero(value, nameof(CoveragePenalty)); }

    /// <summary>The most words of a translation. Null, the default: twice those of the source and ten more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? MaxLength { get; init => field = value is null or >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(MaxLength), value, "MaxLength must be at least 1."); }

    /// <summary>
    /// Whether a word that the vocabulary lacks is replaced by the source word that got most attention (Luong et al. 2015, "Addressing the rare word problem in neural machine
    /// translation"): right for names and numbers. Default true; otherwise it is left out.
    /// </summary>
    public bool ReplaceUnknown { get; init; } = true;

    /// <summary>How many sentences are translated together; changes no result. Default 64.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int BatchSize { get; init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(BatchSize), value, "BatchSize must be at least 1."); } = 64;

    /// <summary>The length normalisation of so many words.</summary>
    internal double Norm(int length) => Math.Pow((5.0 + length) / 6, LengthPenalty);

    private static double AtLeastZero(double value, string name) =>
        value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 0 and finite.");
}
