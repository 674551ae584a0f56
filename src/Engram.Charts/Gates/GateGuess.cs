namespace Engram.Charts.Gates;

/// <summary>What a model expects next.</summary>
/// <param name="Word">The word, class or value.</param>
/// <param name="Probability">Its probability, 0 to 1.</param>
public readonly record struct GateGuess(string Word, double Probability);
