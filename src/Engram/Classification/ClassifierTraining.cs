namespace Engram.Classification;

/// <summary>What training a classifier found out.</summary>
public sealed class ClassifierTraining
{
    /// <summary>How many samples the networks learnt from.</summary>
    public required int TrainingSamples { get; init; }

    /// <summary>How many samples validated.</summary>
    public required int ValidationSamples { get; init; }

    /// <summary>How many samples each class has, in the order of the classes.</summary>
    public required IReadOnlyList<int> ClassCounts { get; init; }

    /// <summary>The loss on the training part by epoch, dropout and all, as the mean over the networks as far as all of them came.</summary>
    public required IReadOnlyList<double> Loss { get; init; }

    /// <summary>The loss on the validation part by epoch, as the mean over the networks.</summary>
    public required IReadOnlyList<double> ValidationLoss { get; init; }

    /// <summary>The share of the validation part that is answered rightly, by epoch, as the mean over the networks.</summary>
    public required IReadOnlyList<double> ValidationAccuracy { get; init; }

    /// <summary>For each network the number of the epoch whose weights it kept, from 1.</summary>
    public required IReadOnlyList<int> BestEpochs { get; init; }

    /// <summary>How many weights a network has.</summary>
    public required long Parameters { get; init; }

    /// <summary>
    /// The answers on the validation part. Somewhat flattering: that part also chose the epochs and the temperature. Samples that played no part in training
    /// say it straight; give them to <c>Evaluate</c>.
    /// </summary>
    public required ClassifierEvaluation Validation { get; init; }

    /// <summary>What one should know about the data, each in a sentence: a class with a single sample, texts that were cut.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}
