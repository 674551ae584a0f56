namespace Engram.Data;

/// <summary>
/// A series cut in order of time: the past trains, what follows validates, the end tests. A shuffled split would let a model
/// look at the neighbours of the values that it is asked for.
/// </summary>
public sealed class Split
{
    private Split(int count, int validation, int test)
    {
        Train = new RowRange(0, count - validation - test);
        Validation = new RowRange(Train.End, count - test);
        Test = new RowRange(Validation.End, count);
    }

    /// <summary>The rows to learn from.</summary>
    public RowRange Train { get; }

    /// <summary>The rows by which to choose a model or stop; may be empty.</summary>
    public RowRange Validation { get; }

    /// <summary>The rows by which to judge, never looked at before; may be empty.</summary>
    public RowRange Test { get; }

    /// <summary>Cuts off numbers of rows at the end.</summary>
    /// <param name="count">The rows of the series.</param>
    /// <param name="validation">How many rows validate.</param>
    /// <param name="test">How many rows test; the last ones.</param>
    /// <exception cref="EngramException">No row is left to train on.</exception>
    public static Split Chronological(int count, int validation, int test)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(validation);
        ArgumentOutOfRangeException.ThrowIfNegative(test);
        if ((long)validation + test >= count)
        {
            throw new EngramException($"{validation} rows for validation and {test} for the test leave none of {count} to train on.");
        }

        return new Split(count, validation, test);
    }

    /// <summary>Cuts off shares of the rows at the end, each rounded to the nearest number of rows.</summary>
    /// <param name="count">The rows of the series.</param>
    /// <param name="validation">The share that validates, in [0, 1).</param>
    /// <param name="test">The share that tests, in [0, 1).</param>
    /// <exception cref="EngramException">No row is left to train on, or a share above 0 comes to no row.</exception>
    public static Split Chronological(int count, double validation, double test) =>
        Chronological(count, Rows(count, validation, nameof(validation)), Rows(count, test, nameof(test)));

    /// <summary>The three ranges in words.</summary>
    public override string ToString() => $"train {Train}, validation {Validation}, test {Test}";

    private static int Rows(int count, double share, string name)
    {
        if (!(share >= 0 && share < 1)) { throw new ArgumentOutOfRangeException(name, share, "The share must lie in [0, 1); for a number of rows, pass whole numbers."); }
        int rows = (int)Math.Round(share * count, MidpointRounding.AwayFromZero);
        return rows > 0 || share == 0 ? rows : throw new EngramException($"The share {share} for {name} comes to no row of {count}.");
    }
}
