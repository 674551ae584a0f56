namespace Engram.Data;

/// <summary>A change of a whole series that can be undone: taken before scaling, undone after a forecast.</summary>
public abstract class SeriesTransform
{
    /// <summary>The name, for messages.</summary>
    public abstract string Name { get; }

    /// <summary>How many values at the start of a series have no transformed counterpart.</summary>
    public abstract int Lost { get; }

    /// <summary>The transformed series, <see cref="Lost"/> values shorter.</summary>
    /// <exception cref="EngramException">The series is too short, or a value cannot be transformed; the message names its index.</exception>
    public abstract double[] Transform(ReadOnlySpan<double> series);

    /// <summary>The original values of transformed ones that follow <paramref name="before"/>.</summary>
    /// <param name="transformed">Transformed values, for example a forecast.</param>
    /// <param name="before">The original values just before them, at least <see cref="Lost"/>; only the last of them count.</param>
    /// <exception cref="EngramException"><paramref name="before"/> is too short.</exception>
    public abstract double[] Inverse(ReadOnlySpan<double> transformed, ReadOnlySpan<double> before);
}

/// <summary>The natural logarithm: growth by a factor becomes growth by a sum. For positive series alone.</summary>
public sealed class LogTransform : SeriesTransform
{
    /// <inheritdoc/>
    public override string Name => nameof(LogTransform);

    /// <inheritdoc/>
    public override int Lost => 0;

    /// <inheritdoc/>
    public override double[] Transform(ReadOnlySpan<double> series)
    {
        var result = new double[series.Length];
        for (int i = 0; i < result.Length; i++)
        {
            if (series[i] <= 0) { throw new EngramException($"LogTransform: row {i} (counted from 0) is {series[i]}; only values above 0 have a logarithm."); }
            result[i] = Math.Log(series[i]);
        }

        return result;
    }

    /// <inheritdoc/>
    public override double[] Inverse(ReadOnlySpan<double> transformed, ReadOnlySpan<double> before)
    {
        var result = new double[transformed.Length];
        for (int i = 0; i < result.Length; i++) { result[i] = Math.Exp(transformed[i]); }
        return result;
    }
}

/// <summary>The change against the value <see cref="Lag"/> rows before: removes a trend (lag 1) or a season (lag = its length).</summary>
public sealed class Differencing : SeriesTransform
{
    /// <summary>Creates the transform.</summary>
    /// <param name="lag">How many rows back, at least 1.</param>
    public Differencing(int lag = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lag, 1);
        Lag = lag;
    }

    /// <summary>How many rows back.</summary>
    public int Lag { get; }

    /// <inheritdoc/>
    public override string Name => $"Differencing(lag {Lag})";

    /// <inheritdoc/>
    public override int Lost => Lag;

    /// <inheritdoc/>
    public override double[] Transform(ReadOnlySpan<double> series)
    {
        if (series.Length <= Lag) { throw new EngramException($"{Name} needs more than {Lag} values; the series has {series.Length}."); }
        var result = new double[series.Length - Lag];
        for (int i = 0; i < result.Length; i++) { result[i] = series[i + Lag] - series[i]; }
        return result;
    }

    /// <inheritdoc/>
    public override double[] Inverse(ReadOnlySpan<double> transformed, ReadOnlySpan<double> before)
    {
        if (before.Length < Lag) { throw new EngramException($"{Name} needs the {Lag} original values before the ones to restore; there are {before.Length}."); }
        before = before[^Lag..];
        var result = new double[transformed.Length];
        for (int i = 0; i < result.Length; i++) { result[i] = transformed[i] + (i < Lag ? before[i] : result[i - Lag]); }
        return result;
    }
}
