namespace Engram.Charts.Axes;

/// <summary>Ticks of a logarithmic axis: powers of ten, and 2 and 5 between them where there is room.</summary>
internal static class LogTicks
{
    /// <summary>An axis that covers the range of positive numbers with at most about <paramref name="maxTicks"/> ticks.</summary>
    public static Axis Covering(double min, double max, int maxTicks)
    {
        int low = (int)Math.Floor(Math.Log10(min) + 1e-9), high = (int)Math.Ceiling(Math.Log10(max) - 1e-9);
        if (Math.Log10(max / min) < 1)
        {
            // Less than a decade: 1-2-5 steps read better, and the axis stays positive as min > max / 10.
            Axis linear = NumberTicks.Covering(min, max, maxTicks);
            if (linear.Min > 0 && min < max)
                return linear with { IsLogarithmic = true };
            if (low == high)
                (low, high) = (low - 1, high + 1);
        }
        int decades = high - low;
        int[] mantissas = decades * 3 + 1 <= maxTicks ? [1, 2, 5] : [1];
        int stride = mantissas.Length > 1 ? 1 : Stride(decades, maxTicks);
        // Labels stand at whole strides; the axis itself ends at the decade next to the data, within what doubles hold.
        (low, high) = (Math.Max(low, -307), Math.Min(high, 307));
        int start = (int)Math.Ceiling(low / (double)stride) * stride;

        var ticks = new List<Tick>();
        bool plain = low >= -3 && high <= 5;
        for (int exponent = start; exponent <= high; exponent += stride)
        {
            foreach (int mantissa in mantissas)
            {
                double value = exponent < 0 ? mantissa / Math.Pow(10, -exponent) : mantissa * Math.Pow(10, exponent);
                if (exponent == high && mantissa > 1)
                    break;
                ticks.Add(new Tick(value, Label(mantissa, exponent, plain)));
            }
        }
        if (mantissas.Length == 1)
            return new Axis(Math.Min(Math.Pow(10, low), min), Math.Max(Math.Pow(10, high), max), IsLogarithmic: true, ticks);
        int first = ticks.FindLastIndex(tick => tick.Value <= min * (1 + 1e-9)), last = ticks.FindIndex(tick => tick.Value >= max * (1 - 1e-9));
        ticks = ticks.GetRange(first, last - first + 1);
        return new Axis(ticks[0].Value, ticks[^1].Value, IsLogarithmic: true, ticks);
    }

    // Powers of ten between two labels: a multiple that is easy to count in.
    private static int Stride(int decades, int maxTicks)
    {
        int[] easy = [1, 2, 3, 5, 10, 20, 50, 100, 200];
        return Array.Find(easy, stride => (decades + stride - 1) / stride + 1 <= Math.Max(maxTicks, 4) || stride == easy[^1]);
    }

    private static string Label(int mantissa, int exponent, bool plain)
    {
        if (plain)
            return NumberText.OnAxis(mantissa * Math.Pow(10, exponent), exponent, Math.Pow(10, Math.Max(exponent, 0)));
        string power = $"10{NumberText.Superscript(exponent)}";
        return mantissa == 1 ? power : $"{mantissa}×{power}";
    }
}
