namespace Engram.Formats.Keras.Weights;

/// <summary>What came of reading weights.</summary>
/// <param name="Optimizer">Whether the optimizer's state was in the file and was taken over.</param>
/// <param name="Warnings">
/// What the user should know: arrays with numbers that are not finite, and what was in the file and could not be used. Each is a sentence
/// that begins with the file and the place.
/// </param>
internal sealed record WeightsRead(bool Optimizer, IReadOnlyList<string> Warnings);
