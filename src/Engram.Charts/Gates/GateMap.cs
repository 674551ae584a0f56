namespace Engram.Charts.Gates;

/// <summary>What a gate or a state of a recurrent layer did: a number for each step and unit.</summary>
public sealed class GateMap
{
    private readonly float[,] _values;

    /// <summary>A map of one gate or state.</summary>
    /// <param name="name">Its name: <c>forget gate</c>.</param>
    /// <param name="values">(steps, units); NaN, as for a padded step, leaves a place empty. The array is kept, not copied.</param>
    /// <exception cref="ArgumentException">The name is empty, the array has no numbers, or one is infinite.</exception>
    public GateMap(string name, float[,] values)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length == 0)
            throw new ArgumentException($"'{name}' has {values.GetLength(0)} steps of {values.GetLength(1)} units; there is nothing to show.", nameof(values));
        (Name, _values) = (name, values);
        for (int step = 0; step < Steps; step++)
        {
            for (int unit = 0; unit < Units; unit++)
            {
                if (float.IsInfinity(values[step, unit]))
                    throw new ArgumentException($"'{name}' is {values[step, unit]} at step {step}, unit {unit}; a map shows finite numbers, and NaN as an empty place.", nameof(values));
            }
        }
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>
    /// The colours. Sequential (the default) for what is open or closed, from 0 to 1 where all numbers lie there; diverging for what has a sign, with
    /// the same reach on both sides of zero.
    /// </summary>
    public ColorScale Colors { get; init; }

    /// <summary>The number of steps.</summary>
    public int Steps => _values.GetLength(0);

    /// <summary>The number of units.</summary>
    public int Units => _values.GetLength(1);

    /// <summary>One number.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="unit">The unit, from 0.</param>
    public float this[int step, int unit] => _values[step, unit];

    /// <summary>The values of the first and the last colour.</summary>
    internal (double Low, double High) Range()
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (float value in _values)
        {
            if (!float.IsNaN(value)) { (low, high) = (Math.Min(low, value), Math.Max(high, value)); }
        }

        if (low > high) { (low, high) = (0, 0); }
        if (Colors == ColorScale.Diverging)
        {
            double reach = Math.Max(Math.Abs(low), Math.Abs(high));
            reach = reach > 0 ? reach : 1;
            return (-reach, reach);
        }

        return low >= 0 && high <= 1 ? (0, 1) : low < high ? (low, high) : (low - 1, high + 1);
    }

    /// <summary>All numbers as places 0 to 254 in the table of colours, step by step; 255 for an empty place.</summary>
    internal byte[] Quantized()
    {
        (double low, double high) = Range();
        var places = new byte[_values.Length];
        for (int i = 0; i < places.Length; i++)
        {
            double value = _values[i / Units, i % Units];
            places[i] = double.IsNaN(value) ? (byte)255 : (byte)Math.Round((value - low) / (high - low) * 254);
        }

        return places;
    }
}
