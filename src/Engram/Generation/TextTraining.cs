namespace Engram.Generation;

/// <summary>What training on a text was and what came of it; kept in the model's file.</summary>
public sealed class TextTraining
{
    /// <summary>The steps asked for, at which the learning rate would end. The same number with the same text, options and seed gives the same model.</summary>
    public required int Steps { get; init; }

    /// <summary>The steps made: fewer than <see cref="Steps"/> where training stopped early.</summary>
    public required int StepsMade { get; init; }

    /// <summary>The number of streams.</summary>
    public required int Streams { get; init; }

    /// <summary>The tokens of each stream in a step.</summary>
    public required int TimeSteps { get; init; }

    /// <summary>The highest learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>How many characters and tokens training read.</summary>
    public required TextSize Trained { get; init; }

    /// <summary>How many characters and tokens were held out.</summary>
    public required TextSize HeldOut { get; init; }

    /// <summary>The share of held-out tokens that the vocabulary lacks.</summary>
    public required double UnknownShare { get; init; }

    /// <summary>The losses on the way.</summary>
    public required IReadOnlyList<TextLoss> Curve { get; init; }

    /// <summary>The held-out loss in nats for each token, of the weights that stayed; NaN where nothing was held out.</summary>
    public required double NatsPerToken { get; init; }

    /// <summary>How long training took, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>How many times the training part was read.</summary>
    public double Passes => (double)StepsMade * Streams * TimeSteps / Trained.Tokens;

    /// <summary>The held-out loss in nats for each character.</summary>
    public double NatsPerCharacter => NatsPerToken * HeldOut.Tokens / HeldOut.Characters;

    /// <summary>The held-out loss in bits for each character.</summary>
    public double BitsPerCharacter => NatsPerCharacter / Math.Log(2);

    /// <summary>Among how many equally likely tokens the model would be as uncertain: e to the loss in nats for each token.</summary>
    public double Perplexity => Math.Exp(NatsPerToken);
}

/// <summary>The size of a text.</summary>
/// <param name="Characters">Its characters: Unicode scalar values.</param>
/// <param name="Tokens">Its tokens.</param>
public readonly record struct TextSize(int Characters, int Tokens);

/// <summary>The losses at one time of training, in nats for each token.</summary>
/// <param name="Step">How many steps were made.</param>
/// <param name="Training">The mean loss of the steps since the time before, with dropout acting.</param>
/// <param name="HeldOut">The loss on the held-out text; NaN where there is none.</param>
public readonly record struct TextLoss(int Step, double Training, double HeldOut);

/// <summary>How far training is.</summary>
/// <param name="Step">The steps made.</param>
/// <param name="Steps">The steps asked for.</param>
/// <param name="Loss">The mean training loss of late, in nats for each token.</param>
/// <param name="HeldOutLoss">The last held-out loss in nats for each token; null before there is one.</param>
public readonly record struct TextProgress(int Step, int Steps, double Loss, double? HeldOutLoss)
{
    /// <summary>The share of the steps that is made.</summary>
    public double Share => (double)Step / Steps;
}
