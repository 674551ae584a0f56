namespace Engram.Classification;

/// <summary>A classifier's answer for one sample.</summary>
/// <param name="Class">The likeliest class.</param>
/// <param name="Confidence">Its calibrated probability.</param>
/// <param name="Probabilities">The calibrated probability of every class, in the order of <see cref="Classifier.Classes"/>.</param>
public record ClassPrediction(string Class, double Confidence, IReadOnlyList<double> Probabilities);

/// <summary>A classifier's answer for one text.</summary>
/// <param name="Class">The likeliest class.</param>
/// <param name="Confidence">Its calibrated probability.</param>
/// <param name="Probabilities">The calibrated probability of every class, in the order of <see cref="Classifier.Classes"/>.</param>
/// <param name="Words">How many words the text has; punctuation counts.</param>
/// <param name="KnownWords">How many of those that were read the model knows. Where it is 0, as for an empty text or one in another language, the answer rests on nothing known.</param>
/// <param name="IsCut">Whether the text is longer than the model reads, so that its end was not read.</param>
public sealed record TextPrediction(string Class, double Confidence, IReadOnlyList<double> Probabilities, int Words, int KnownWords, bool IsCut)
    : ClassPrediction(Class, Confidence, Probabilities);
