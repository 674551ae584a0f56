namespace Engram.Classification;

/// <summary>How far a classifier's training is. Reported after each epoch of each network, from any thread, one at a time.</summary>
/// <param name="Done">How many networks are trained.</param>
/// <param name="Total">How many there are to train.</param>
/// <param name="Share">How much of all training is done, from 0 to 1.</param>
/// <param name="Loss">The training loss of the epoch that was reported last.</param>
/// <param name="ValidationAccuracy">The share of the validation part that this network answers rightly after that epoch.</param>
public readonly record struct ClassifierProgress(int Done, int Total, double Share, double Loss, double ValidationAccuracy);
