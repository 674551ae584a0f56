using System.Text.Json;

namespace Engram.Data;

/// <summary>The scalers that shift and stretch: <c>(x - center) / scale</c>, one center and one scale for each column.</summary>
public abstract class AffineScaler : Scaler
{
    private const double TinyScale = 10 * 2.220446049250313e-16; // as in scikit-learn: ten times the machine epsilon

    private double[] center = [];
    private double[] scale = [];

    private protected AffineScaler() { }

    /// <summary>What is subtracted from each column; empty before fitting.</summary>
    public ReadOnlySpan<double> Center => center;

    /// <summary>What each column is then divided by; 1 where a column is constant. Empty before fitting.</summary>
    public ReadOnlySpan<double> ScaleFactors => scale;

    /// <summary>The center and scale of a column; a scale of 0 stands for a constant column.</summary>
    private protected abstract (double Center, double Scale) Learn(double[] values);

    private protected override void Allocate(int columns)
    {
        center = new double[columns];
        scale = new double[columns];
    }

    private protected override void FitColumn(int column, double[] values) => (center[column], scale[column]) = Learn(values);

    private protected override double Scale(int column, double value) => (value - center[column]) / scale[column];

    private protected override double Unscale(int column, double value) => (value * scale[column]) + center[column];

    private protected override void WriteState(Utf8JsonWriter json)
    {
        WriteNumbers(json, "center", center);
        WriteNumbers(json, "scale", scale);
    }

    private protected override int ReadState(ScalerState state)
    {
        center = state.Numbers("center");
        scale = state.Numbers("scale");
        if (center.Length != scale.Length) { throw new EngramException($"{Name}: 'center' has {center.Length} columns, 'scale' {scale.Length}."); }
        int zero = Array.FindIndex(scale, value => !(value > 0));
        if (zero >= 0) { throw new EngramException($"{Name}: 'scale' of column {zero} is {scale[zero]}; it must be above 0."); }
        return center.Length;
    }

    internal static void WriteNumbers(Utf8JsonWriter json, string name, double[] values)
    {
        json.WriteStartArray(name);
        foreach (double value in values) { json.WriteNumberValue(value); }
        json.WriteEndArray();
    }

    /// <summary>1 in place of a scale that is zero but for rounding: a constant column is centred and left unscaled.</summary>
    private protected static double OrOne(double scale) => scale < TinyScale ? 1 : scale;

    /// <summary>Mean and standard deviation (over n); the deviation is 1 where the values differ by rounding alone.</summary>
    internal static (double Mean, double Deviation) Moments(ReadOnlySpan<double> values)
    {
        int n = values.Length;
        double sum = 0;
        foreach (double value in values) { sum += value; }
        double mean = sum / n;
        double squares = 0;
        double rest = 0; // the differences sum to zero but for rounding, which this corrects
        foreach (double value in values)
        {
            squares += (value - mean) * (value - mean);
            rest += value - mean;
        }

        double variance = Math.Max(0, (squares - (rest * rest / n)) / n);

        // scikit-learn's bound for a variance that rounding alone can cause.
        double epsilon = TinyScale / 10;
        double bound = (n * epsilon * variance) + (n * mean * epsilon * n * mean * epsilon);
        return (mean, variance <= bound ? 1 : Math.Sqrt(variance));
    }

    /// <summary>The quantile of sorted values, linear between neighbours (NumPy's default).</summary>
    private protected static double Quantile(double[] sorted, double fraction)
    {
        double position = fraction * (sorted.Length - 1);
        int below = (int)position;
        double rest = position - below;
        return rest == 0 ? sorted[below] : sorted[below] + ((sorted[below + 1] - sorted[below]) * rest);
    }
}

/// <summary>Mean 0 and standard deviation 1: <c>(x - mean) / deviation</c>. The usual choice; saved as <c>StandardScaler</c>.</summary>
public sealed class StandardScaler : AffineScaler
{
    /// <inheritdoc/>
    public override string Name => nameof(StandardScaler);

    private protected override (double Center, double Scale) Learn(double[] values) => Moments(values);
}

/// <summary>The smallest training value becomes <see cref="Low"/>, the largest <see cref="High"/>; later values may lie outside.</summary>
public sealed class MinMaxScaler : AffineScaler
{
    /// <summary>Creates the scaler.</summary>
    /// <param name="low">Where the smallest value goes.</param>
    /// <param name="high">Where the largest value goes, above <paramref name="low"/>.</param>
    /// <exception cref="EngramException"><paramref name="high"/> is not above <paramref name="low"/>, or one is not finite.</exception>
    public MinMaxScaler(double low = 0, double high = 1)
    {
        if (!(double.IsFinite(low) && double.IsFinite(high) && high > low)) { throw new EngramException($"MinMaxScaler: the range {low} to {high} must be finite, and its end above its start."); }
        Low = low;
        High = high;
    }

    /// <summary>Where the smallest training value goes.</summary>
    public double Low { get; }

    /// <summary>Where the largest training value goes.</summary>
    public double High { get; }

    /// <inheritdoc/>
    public override string Name => nameof(MinMaxScaler);

    private protected override (double Center, double Scale) Learn(double[] values)
    {
        double scale = OrOne(values.Max() - values.Min()) / (High - Low);
        return (values.Min() - (Low * scale), scale);
    }

    private protected override void WriteState(Utf8JsonWriter json)
    {
        json.WriteNumber("low", Low);
        json.WriteNumber("high", High);
        base.WriteState(json);
    }
}

/// <summary>Median 0 and distance between the quartiles 1: outliers do not move it.</summary>
public sealed class RobustScaler : AffineScaler
{
    /// <inheritdoc/>
    public override string Name => nameof(RobustScaler);

    private protected override (double Center, double Scale) Learn(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return (Quantile(sorted, 0.5), OrOne(Quantile(sorted, 0.75) - Quantile(sorted, 0.25)));
    }
}

/// <summary>The largest magnitude becomes 1; zero stays zero.</summary>
public sealed class MaxAbsScaler : AffineScaler
{
    /// <inheritdoc/>
    public override string Name => nameof(MaxAbsScaler);

    private protected override (double Center, double Scale) Learn(double[] values) => (0, OrOne(values.Max(Math.Abs)));
}

/// <summary>Leaves every value as it is, for data that are scaled already.</summary>
public sealed class NoScaler : AffineScaler
{
    /// <inheritdoc/>
    public override string Name => nameof(NoScaler);

    private protected override (double Center, double Scale) Learn(double[] values) => (0, 1);
}
