namespace Engram.Training;

/// <summary>The learning rate as a function of the number of steps done.</summary>
public abstract class LearningRateSchedule
{
    /// <summary>The name as Keras writes it, for example <c>ExponentialDecay</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">The number of steps done before it, from 0.</param>
    public abstract double At(long step);

    private protected static double AtLeastZero(double value, string name) =>
        value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 0 and finite.");

    private protected static double AboveZero(double value, string name) =>
        value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be above 0 and finite.");
}
