namespace Engram.Translation;

/// <summary>How far training is; reported after each batch.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Share">How much of the training is done, from 0 to 1.</param>
/// <param name="Loss">The mean loss of the epoch so far.</param>
/// <param name="Perplexity">The perplexity of the training words of the epoch so far, with dropout.</param>
/// <param name="Last">The figures of the last whole epoch; null in the first.</param>
public sealed record TranslationProgress(int Epoch, double Share, double Loss, double Perplexity, TranslationEpoch? Last);

/// <summary>The figures of an epoch.</summary>
/// <param name="Epoch">Its number, from 1.</param>
/// <param name="Loss">The mean loss of the training words, with label smoothing and dropout.</param>
/// <param name="Perplexity">The perplexity of the training words, with dropout: exp of the mean of -ln p.</param>
/// <param name="ValidationPerplexity">That of the validation words, without dropout; NaN where there are none.</param>
/// <param name="LearningRate">The learning rate at its end.</param>
/// <param name="Seconds">The time since training began.</param>
/// <param name="IsBest">Whether no epoch before had a better perplexity on the validation words.</param>
public sealed record TranslationEpoch(int Epoch, double Loss, double Perplexity, double ValidationPerplexity, double LearningRate, double Seconds, bool IsBest);
