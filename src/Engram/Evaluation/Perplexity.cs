namespace Engram.Evaluation;

/// <summary>
/// What a language model's mean loss says in words: as uncertain as a choice among so many equally likely tokens. Only models with the same tokens compare; others compare by bits for each character.
/// </summary>
public static class Perplexity
{
    /// <summary>exp of the mean of -ln p, p being the probability of each right token.</summary>
    /// <param name="nats">The mean negative log-likelihood of a token in nats, such as the loss of sparse categorical cross-entropy.</param>
    /// <exception cref="ArgumentOutOfRangeException">The loss is negative or not a number.</exception>
    public static double OfLoss(double nats) => nats >= 0 ? Math.Exp(nats) : throw new ArgumentOutOfRangeException(nameof(nats), nats, "A mean negative log-likelihood of tokens is 0 or more.");

    /// <summary>The bits that a model needs for each character of a text.</summary>
    /// <param name="nats">The mean negative log-likelihood of a token in nats.</param>
    /// <param name="tokens">How many tokens the text has.</param>
    /// <param name="characters">How many characters it has.</param>
    /// <exception cref="ArgumentOutOfRangeException">The loss is negative or not a number, or there is no token or no character.</exception>
    public static double BitsPerCharacter(double nats, long tokens, long characters)
    {
        if (!(nats >= 0)) { throw new ArgumentOutOfRangeException(nameof(nats), nats, "A mean negative log-likelihood of tokens is 0 or more."); }
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(characters, 1);
        return nats / Math.Log(2) * tokens / characters;
    }
}
