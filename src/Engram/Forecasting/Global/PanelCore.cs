using Engram.Distributions;

namespace Engram.Forecasting;

/// <summary>Forecasts from some origins: the values, and the quantiles of heads below and above them.</summary>
/// <param name="Values">(samples, steps ahead).</param>
/// <param name="Scales">The scale of each sample's window.</param>
/// <param name="Below">(levels; samples, steps ahead), the lower bounds of a head; empty without one.</param>
/// <param name="Above">The upper bounds.</param>
internal sealed record PanelForecasts(double[,] Values, double[] Scales, double[][,] Below, double[][,] Above);

/// <summary>Networks that were trained on the same rows, and what they need to be told.</summary>
/// <param name="Encoding">How covariates are scaled and words numbered.</param>
/// <param name="Networks">The networks; the forecast is their mean.</param>
internal sealed record PanelCore(PanelEncoding Encoding, IReadOnlyList<PanelNetwork> Networks)
{
    private const int PathsAtOnce = 4096;

    public PanelShape Shape => Networks[0].Shape;

    /// <summary>Forecasts from origins; rows from an origin on are not looked at, but for columns known ahead.</summary>
    /// <param name="rows">The series.</param>
    /// <param name="samples">Which series, and the first row to forecast.</param>
    /// <param name="levels">The levels of the intervals of a head.</param>
    /// <param name="paths">How many paths are sampled for a recursive output with a head.</param>
    /// <param name="seed">What the paths follow from.</param>
    public PanelForecasts Forecast(IReadOnlyList<PanelRow> rows, (int Row, int Origin)[] samples, IReadOnlyList<double> levels, int paths, long seed)
    {
        PanelShape shape = Shape;
        var result = new PanelForecasts(new double[samples.Length, shape.Horizon], new double[samples.Length], Bounds(levels, samples.Length), Bounds(levels, samples.Length));
        for (int i = 0; i < samples.Length; i++) { result.Scales[i] = LevelOf(rows, samples[i]).Scale; }
        for (int n = 0; n < Networks.Count; n++)
        {
            if (shape.Output != ForecastOutput.Recursive) { AddDirect(Networks[n], rows, samples, levels, result); }
            else { AddRecursive(Networks[n], rows, samples, levels, paths, new RandomKey(seed).Derive(n), result); }
        }

        return result;
    }

    private double[][,] Bounds(IReadOnlyList<double> levels, int count) => Shape.Head is null ? [] : [.. levels.Select(_ => new double[count, Shape.Horizon])];

    private (double Mean, double Scale) LevelOf(IReadOnlyList<PanelRow> rows, (int Row, int Origin) sample) =>
        PanelWindows.LevelOf(rows[sample.Row], sample.Origin, Shape) ?? throw new EngramException("A window to forecast from has no known value.");

    private void AddDirect(PanelNetwork network, IReadOnlyList<PanelRow> rows, (int Row, int Origin)[] samples, IReadOnlyList<double> levels, PanelForecasts result)
    {
        PanelShape shape = network.Shape;
        float[] output = network.Predict(new PanelWindows(rows, samples, null, shape));
        double share = 1.0 / Networks.Count;
        int n = shape.Head?.ParametersPerTarget ?? 1;
        for (int i = 0; i < samples.Length; i++)
        {
            (double mean, double scale) = LevelOf(rows, samples[i]);
            for (int j = 0; j < shape.Horizon; j++)
            {
                double level = PanelWindows.BaseOf(rows[samples[i].Row], samples[i].Origin, j, mean, shape);
                ReadOnlySpan<float> raw = output.AsSpan(((i * shape.Horizon) + j) * n, n);
                if (shape.Head is not { } head)
                {
                    result.Values[i, j] += share * (level + (scale * raw[0]));
                    continue;
                }

                ForecastDistribution distribution = head.Distribution(raw);
                result.Values[i, j] += share * (level + (scale * distribution.Median));
                for (int k = 0; k < levels.Count; k++)
                {
                    double p = ForecastHeads.Lower(levels[k]);
                    result.Below[k][i, j] += share * (level + (scale * distribution.Quantile(p)));
                    result.Above[k][i, j] += share * (level + (scale * distribution.Quantile(1 - p)));
                }
            }
        }
    }

    // Each path is a copy of the series that grows by what the network puts out; with a head, by a draw.
    private void AddRecursive(
        PanelNetwork network, IReadOnlyList<PanelRow> rows, (int Row, int Origin)[] samples, IReadOnlyList<double> levels, int paths, RandomKey key, PanelForecasts result)
    {
        int each = network.Shape.Head is null ? 1 : paths, together = Math.Max(1, PathsAtOnce / each), horizon = network.Shape.Horizon;
        var drawn = new double[each];
        for (int start = 0; start < samples.Length; start += together)
        {
            ReadOnlySpan<(int, int)> part = samples.AsSpan(start, Math.Min(together, samples.Length - start));
            double[][] grown = Grow(network, rows, part.ToArray(), each, key.Derive(start));
            for (int i = 0; i < part.Length; i++)
            {
                for (int j = 0; j < horizon; j++)
                {
                    for (int path = 0; path < each; path++) { drawn[path] = grown[(i * each) + path][j]; }
                    Array.Sort(drawn);
                    result.Values[start + i, j] += QuantileOf(drawn, 0.5) / Networks.Count;
                    for (int k = 0; k < result.Below.Length; k++)
                    {
                        double p = ForecastHeads.Lower(levels[k]);
                        result.Below[k][start + i, j] += QuantileOf(drawn, p) / Networks.Count;
                        result.Above[k][start + i, j] += QuantileOf(drawn, 1 - p) / Networks.Count;
                    }
                }
            }
        }
    }

    private static double[][] Grow(PanelNetwork network, IReadOnlyList<PanelRow> rows, (int Row, int Origin)[] samples, int each, RandomKey key)
    {
        PanelShape shape = network.Shape;
        int count = samples.Length * each, back = Math.Max(shape.Window, 8 * shape.Seasons.DefaultIfEmpty(1).Max());
        var copies = new PanelRow[count];
        var at = new (int Row, int Origin)[count];
        for (int i = 0; i < count; i++)
        {
            (int row, int origin) = samples[i / each];
            int first = Math.Max(0, origin - back);
            var values = new double[origin - first + shape.Horizon];
            rows[row].Values.AsSpan(first..origin).CopyTo(values);
            copies[i] = rows[row] with { Values = values, Columns = [.. rows[row].Columns.Select((column, c) => Ahead(column, c < shape.Covariates - shape.Known, first, origin, shape.Horizon))] };
            at[i] = (i, origin - first);
        }

        var grown = new double[count][];
        for (int i = 0; i < count; i++) { grown[i] = new double[shape.Horizon]; }
        int n = shape.Head?.ParametersPerTarget ?? 1;
        for (int j = 0; j < shape.Horizon; j++)
        {
            float[] output = network.Predict(new PanelWindows(copies, at, null, shape));
            for (int i = 0; i < count; i++)
            {
                (double mean, double scale) = PanelWindows.LevelOf(copies[i], at[i].Origin, shape)!.Value;
                ReadOnlySpan<float> raw = output.AsSpan(i * n, n);
                double correction = shape.Head is { } head ? head.Distribution(raw).Sample(key.Derive(j), i) : raw[0];
                double value = PanelWindows.BaseOf(copies[i], at[i].Origin, 0, mean, shape) + (scale * correction);
                grown[i][j] = value;
                copies[i].Values[at[i].Origin] = value;
                at[i].Origin++;
            }
        }

        return grown;
    }

    // A column of which only the past is known keeps its last value.
    private static float[] Ahead(float[] column, bool past, int first, int origin, int horizon)
    {
        if (!past) { return column[first..Math.Min(column.Length, origin + horizon)]; }
        var held = new float[origin - first + horizon];
        column.AsSpan(first..origin).CopyTo(held);
        held.AsSpan(origin - first).Fill(column[origin - 1]);
        return held;
    }

    // Between the two nearest of the sorted draws (Hyndman and Fan 1996, definition 7).
    private static double QuantileOf(double[] sorted, double p)
    {
        double place = p * (sorted.Length - 1);
        int below = (int)place, above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
