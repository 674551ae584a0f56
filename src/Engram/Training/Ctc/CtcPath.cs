namespace Engram.Training;

/// <summary>What a decoder read out of a sequence.</summary>
/// <param name="Labels">The labels, without blanks.</param>
/// <param name="LogProbability">
/// The natural logarithm of a probability: of the single best path by <see cref="CtcDecoder.Greedy"/>, of all paths found that read as these
/// labels by <see cref="CtcDecoder.Beam"/>.
/// </param>
/// <param name="Score">
/// The score that <c>keras.ops.ctc_decode</c> gives: by greedy decoding minus the sum of the largest logits (lower is better), by beam search
/// the log probability.
/// </param>
public sealed record CtcPath(IReadOnlyList<int> Labels, double LogProbability, double Score);
