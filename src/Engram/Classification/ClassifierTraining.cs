namespace Engram.Classification;

/// <summary>What training a classifier found out.</summary>
public sealed class ClassifierTraining
{
    /// <summary>How many samples the networks learnt from.</summary>
    public required int TrainingSamples { get; init; }

    /// <summary>The numbers of the samples that validated, ascending; those of <see cref="Validation"/> are in this order.</summary>
    public required IReadOnlyList<int> ValidationSamples { get; init; }

    /// <summary>How many samples each class has, in the order of the classes.</summary>
    public required IReadOnlyList<int> ClassCounts { get; init; }

    /// <summary>The loss on the training part by epoch, dropout and all, as the mean over the networks as far as all of them came.</summary>
    public required IReadOnlyList<double> Loss { get; init; }

    /// <summary>The loss on the validation part by epoch, as the mean over the networks.</summary>
    public required IReadOnlyList<double> ValidationLoss { get; init; }

    /// <summary>The share of the validation part that is answered rightly, by epoch, as the mean over the networks.</summary>
    public required IReadOnlyList<double> ValidationAccuracy { get; init; }

    /// <summary>
    /// For each network the number of the epoch whose weights it kept, from 1: the one with the lowest loss on the validation part, or the last where that part has fewer than 50 samples,
    /// which cannot tell.
    /// </summary>
    public required IReadOnlyList<int> BestEpochs { get; init; }

    /// <summary>How many weights a network has.</summary>
    public required long Parameters { get; init; }

    /// <summary>
    /// The answers on the validation part. Somewhat flattering: that part also chose the epochs and the temperature. Samples that played no part in training
    /// say it straight; give them to <c>Evaluate</c>.
    /// </summary>
    public required ClassifierEvaluation Validation { get; init; }

    /// <summary>The share of the validation part that the networks alone answer rightly.</summary>
    public required double NetworksAccuracy { get; init; }

    /// <summary>The share of it that single words alone answer rightly; null for a classifier of sequences.</summary>
    public required double? EvidenceAccuracy { get; init; }

    /// <summary>By what the evidence of single words was multiplied before it was added to the networks' outputs; 0 where it did not help, null for a classifier of sequences.</summary>
    public required double? EvidenceWeight { get; init; }

    /// <summary>What one should know about the data, each in a sentence: a class with a single sample, texts that were cut.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}
