namespace Engram.Charts.Axes;

/// <summary>Ticks at 1, 2 or 5 times a power of ten.</summary>
internal static class NumberTicks
{
    /// <summary>Values beyond this leave no room for arithmetic on an axis.</summary>
    public const double Largest = 1e300;

    /// <summary>An axis from tick to tick that covers the range with at most <paramref name="maxTicks"/> ticks (at least 3).</summary>
    public static Axis Covering(double min, double max, int maxTicks, double smallestStep = 0)
    {
        (min, max) = Widen(min, max);
        Step step = Step.NotBelow(Math.Max((max - min) / maxTicks, smallestStep));
        while (step.IndexAbove(max) - step.IndexBelow(min) + 1 > Math.Max(maxTicks, 3))
            step = step.Next();
        List<Tick> ticks = Between(step, step.IndexBelow(min), step.IndexAbove(max));
        return new Axis(ticks[0].Value, ticks[^1].Value, IsLogarithmic: false, ticks);
    }

    /// <summary>An axis of exactly the given range (widened where it is a single value) with at most <paramref name="maxTicks"/> ticks inside.</summary>
    public static Axis Within(double min, double max, int maxTicks, double smallestStep = 0)
    {
        (min, max) = Widen(min, max);
        Step step = Step.NotBelow(Math.Max((max - min) / (maxTicks + 1), smallestStep));
        while (step.IndexBelow(max) - step.IndexAbove(min) + 1 > maxTicks)
            step = step.Next();
        return new Axis(min, max, IsLogarithmic: false, Between(step, step.IndexAbove(min), step.IndexBelow(max)));
    }

    /// <summary>A range with room in it: one that is no wider than rounding errors is opened to both sides.</summary>
    public static (double Min, double Max) Widen(double min, double max)
    {
        double size = Math.Max(Math.Abs(min), Math.Abs(max));
        if (size < 1e-280)
            return (-1, 1);
        if (max - min > 1e-11 * size)
            return (min, max);
        double room = size >= 1 ? Math.Max(0.5, 0.05 * size) : 0.05 * size;
        return (min - room, max + room);
    }

    private static List<Tick> Between(Step step, double first, double last)
    {
        var ticks = new List<Tick>();
        double largest = Math.Max(Math.Abs(step.At(first)), Math.Abs(step.At(last)));
        for (double i = first; i <= last; i++)
            ticks.Add(new Tick(step.At(i), NumberText.OnAxis(step.At(i), step.Exponent, largest)));
        return ticks;
    }

    /// <summary>A distance between ticks: <see cref="Mantissa"/> (1, 2 or 5) times ten to <see cref="Exponent"/>.</summary>
    internal readonly record struct Step(int Mantissa, int Exponent)
    {
        private double Size => At(1);

        /// <summary>The value of the i-th tick from zero; dividing by a whole power of ten keeps 0.3 from becoming 0.30000000000000004.</summary>
        public double At(double i) => Exponent < 0 && Exponent > -300
            ? i * Mantissa / Math.Pow(10, -Exponent)
            : i * Mantissa * Math.Pow(10, Exponent);

        // Ends within a millionth of a step of a tick count as that tick.
        public double IndexBelow(double value) => Math.Floor(value / Size + 1e-6);

        public double IndexAbove(double value) => Math.Ceiling(value / Size - 1e-6);

        public Step Next() => Mantissa switch { 1 => new Step(2, Exponent), 2 => new Step(5, Exponent), _ => new Step(1, Exponent + 1) };

        public static Step NotBelow(double size)
        {
            var step = new Step(1, (int)Math.Floor(Math.Log10(size)));
            while (step.Size < size * (1 - 1e-9))
                step = step.Next();
            return step;
        }
    }
}
