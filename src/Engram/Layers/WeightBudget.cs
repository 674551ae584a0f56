namespace Engram.Layers;

/// <summary>
/// While a model is built whose weights come from a file: how many numbers the file has. A layer that asks for more is refused before memory is
/// taken.
/// </summary>
internal sealed class WeightBudget
{
    [ThreadStatic]
    private static WeightBudget? current;

    private readonly long numbers;
    private long left;

    private WeightBudget(long numbers) => this.numbers = left = numbers;

    /// <summary>The budget of what this thread builds, or null where layers make what they like.</summary>
    public static WeightBudget? Current => current;

    /// <summary>Builds within a budget.</summary>
    /// <param name="numbers">How many numbers there are.</param>
    /// <param name="build">Builds the layers, on this thread.</param>
    /// <exception cref="EngramException">The layers have more numbers.</exception>
    public static void Build(long numbers, Action build)
    {
        WeightBudget? outer = current;
        current = new WeightBudget(numbers);
        try { build(); }
        finally { current = outer; }
    }

    /// <summary>Takes the numbers of a weight out of the budget.</summary>
    public void Take(Layer layer, string name, ReadOnlySpan<int> shape)
    {
        double count = 1;
        foreach (int axis in shape) { count *= axis >= 0 ? axis : double.PositiveInfinity; } // below 0 is beyond 31 bits
        if (!(count <= left))
        {
            throw new EngramException(
                $"{layer.DisplayName}: its weight {name} has more numbers than the file, which has {numbers} for all weights; the configuration does not belong to these weights.");
        }

        left -= (long)count;
    }
}
