namespace Engram.Evaluation;

/// <summary>How BLEU cuts texts into words.</summary>
public enum BleuTokenization
{
    /// <summary>As the script mteval-v13a of WMT does: punctuation apart, but for points and commas within numbers. What sacrebleu does unless told otherwise.</summary>
    Mteval13a,

    /// <summary>At white space: for texts that are cut into tokens already.</summary>
    None,
}

/// <summary>What BLEU makes of a length of n-grams none of which is right.</summary>
public enum BleuSmoothing
{
    /// <summary>Its precision is 1/2, then 1/4, 1/8, ... of one right n-gram (method 3 of Chen and Cherry 2014). What sacrebleu does unless told otherwise.</summary>
    Exponential,

    /// <summary>Nothing: the score is 0.</summary>
    None,
}

/// <summary>How <see cref="Bleu"/> is computed.</summary>
public sealed class BleuOptions
{
    /// <summary>How texts are cut into words. Default <see cref="BleuTokenization.Mteval13a"/>.</summary>
    public BleuTokenization Tokenization { get; init; }

    /// <summary>What becomes of a length of n-grams none of which is right. Default <see cref="BleuSmoothing.Exponential"/>.</summary>
    public BleuSmoothing Smoothing { get; init; }

    /// <summary>Whether capitals count as small letters. Default false.</summary>
    public bool Lowercase { get; init; }
}
