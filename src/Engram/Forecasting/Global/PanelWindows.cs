using Engram.Data;

namespace Engram.Forecasting;

/// <summary>
/// What a network sees of many series and learns, as a view on them. For the origin o (the first row to forecast), the window L, and over the known
/// values of the window their mean m and their scale c, which is the mean of the absolute values or the standard deviation:
/// <code>
/// past       (z[o-L .. o) - m) / c     as steps of p values, then p flags of missing values, then p of each covariate
/// base j     mean over the seasons s of z[o-s + j mod s], or the last value, or m
/// target j   (z[o+j] - base j) / c     unknown from the end of training on, and where z is missing
/// future     the known covariates of o .. o+H, and for a decoder (base j - m) / c
/// </code>
/// A missing value, and one before the first, is 0 in the window, which is its mean.
/// </summary>
internal sealed class PanelWindows : IDataset, ISampleReader
{
    private readonly IReadOnlyList<PanelRow> rows;
    private readonly (int Row, int Origin)[] samples;
    private readonly int[]? ends; // of each series, the row from which on targets are unknown
    private readonly PanelShape shape;
    private readonly int[][] axes;

    /// <summary>Lays windows on series.</summary>
    /// <param name="rows">The series.</param>
    /// <param name="samples">The series and the first row to forecast of each window.</param>
    /// <param name="ends">Of each series, the row from which on targets are unknown; null where there are no targets.</param>
    /// <param name="shape">What the network sees.</param>
    public PanelWindows(IReadOnlyList<PanelRow> rows, (int Row, int Origin)[] samples, int[]? ends, PanelShape shape)
    {
        this.rows = rows;
        this.samples = samples;
        this.ends = ends;
        this.shape = shape;
        var inputs = new List<int[]> { new[] { 0, shape.TimeSteps, shape.Patch * shape.Channels } };
        if (HasFuture(shape)) { inputs.Add([0, shape.Output == ForecastOutput.EncoderDecoder ? shape.Horizon / shape.DecoderPatch : 1, FutureFeatures(shape)]); }
        if (shape.Statics > 0) { inputs.Add([0, shape.Statics]); }
        foreach (int _ in shape.Categories) { inputs.Add([0, 1]); }
        axes = [.. inputs];
        InputShapes = [.. axes.Select(input => new Shape([samples.Length, .. input.AsSpan(1)]))];
    }

    public int Count => samples.Length;

    public IReadOnlyList<Shape> InputShapes { get; }

    IReadOnlyList<int>? ISampleReader.Lengths => null;

    int? IDataset.SampleCount => samples.Length;

    Feed IDataset.CreateFeed(FeedRequest request) => new SampleFeed(this, request);

    /// <summary>Whether the network reads something of the steps ahead.</summary>
    public static bool HasFuture(PanelShape shape) => shape.Known > 0 || shape.Output == ForecastOutput.EncoderDecoder;

    /// <summary>The numbers of one step of a decoder, or all of the steps ahead without one.</summary>
    public static int FutureFeatures(PanelShape shape) => shape.Output == ForecastOutput.EncoderDecoder ? shape.DecoderPatch * (1 + shape.Known) : shape.Ahead * shape.Known;

    /// <summary>The level m and the scale c of a window; null where it has no known value.</summary>
    public static (double Mean, double Scale)? LevelOf(PanelRow row, int origin, PanelShape shape)
    {
        ReadOnlySpan<double> window = row.Values.AsSpan(Math.Max(0, origin - shape.Window)..origin);
        double sum = 0, absolute = 0, squares = 0;
        int count = 0;
        foreach (double value in window)
        {
            if (double.IsNaN(value)) { continue; }
            sum += value;
            absolute += Math.Abs(value);
            count++;
        }

        if (count == 0) { return null; }
        double mean = sum / count;
        foreach (double value in window)
        {
            if (!double.IsNaN(value)) { squares += (value - mean) * (value - mean); }
        }

        // A window that hardly moves has the hundredth part of its level as its spread, and one of zeros 1.
        double level = absolute / count, scale = shape.ByMean ? level : Math.Max(Math.Sqrt(squares / count), level / 100);
        return (mean, scale > 0 ? scale : 1);
    }

    /// <summary>What the networks correct, j steps ahead.</summary>
    public static double BaseOf(PanelRow row, int origin, int j, double mean, PanelShape shape)
    {
        if (shape.Base == ForecastBase.Mean) { return mean; }
        double sum = 0;
        int count = 0;
        if (shape.Base == ForecastBase.Seasonal)
        {
            foreach (int season in shape.Seasons)
            {
                if (Known(row, origin - season + (j % season), season) is double value)
                {
                    sum += value;
                    count++;
                }
            }
        }

        return count > 0 ? sum / count : Known(row, origin - 1, 1) ?? mean;
    }

    public void Read(ReadOnlySpan<int> samples, FeedBatch batch)
    {
        for (int i = 0; i < axes.Length; i++)
        {
            axes[i][0] = samples.Length;
            batch.Inputs[i].Resize(axes[i]);
        }

        bool targets = batch.Targets.Length > 0;
        if (targets) { batch.Targets[0].Resize([samples.Length, shape.Ahead]); }
        for (int i = 0; i < samples.Length; i++)
        {
            (int number, int origin) = this.samples[samples[i]];
            PanelRow row = rows[number];
            (double mean, double scale) = LevelOf(row, origin, shape)!.Value;
            FillPast(row, origin, mean, scale, Part(batch.Inputs[0], i));
            int next = 1;
            if (HasFuture(shape)) { FillFuture(row, origin, mean, scale, Part(batch.Inputs[next++], i)); }
            if (shape.Statics > 0) { row.Statics.CopyTo(Part(batch.Inputs[next++], i)); }
            for (int c = 0; c < shape.Categories.Count; c++) { batch.Inputs[next++].Span[i] = row.Categories[c]; }
            if (targets) { FillTargets(row, origin, ends![number], mean, scale, batch.Targets[0].Span.Slice(i * shape.Ahead, shape.Ahead)); }
        }
    }

    private static Span<float> Part(TensorBuffer buffer, int i)
    {
        int length = buffer.Length / buffer[0];
        return buffer.Span.Slice(i * length, length);
    }

    private void FillPast(PanelRow row, int origin, double mean, double scale, Span<float> x)
    {
        int patch = shape.Patch, features = patch * shape.Channels, first = origin - (shape.TimeSteps * patch), start = Math.Max(0, origin - shape.Window);
        int columns = shape.Flags ? 2 : 1;
        for (int k = 0; k < shape.TimeSteps * patch; k++)
        {
            int at = (k / patch * features) + (k % patch), t = first + k;
            double value = t < start ? double.NaN : row.Values[t];
            bool missing = double.IsNaN(value);
            x[at] = missing ? 0 : (float)((value - mean) / scale);
            if (shape.Flags) { x[at + patch] = missing ? 1 : 0; }
            for (int c = 0; c < shape.Covariates; c++) { x[at + ((columns + c) * patch)] = t < start ? 0 : row.Columns[c][t]; }
        }
    }

    private void FillFuture(PanelRow row, int origin, double mean, double scale, Span<float> x)
    {
        int patch = shape.Output == ForecastOutput.EncoderDecoder ? shape.DecoderPatch : shape.Ahead, first = shape.Covariates - shape.Known;
        int bases = shape.Output == ForecastOutput.EncoderDecoder ? 1 : 0, features = patch * (bases + shape.Known);
        for (int j = 0; j < shape.Ahead; j++)
        {
            int at = (j / patch * features) + (j % patch);
            if (bases > 0) { x[at] = (float)((BaseOf(row, origin, j, mean, shape) - mean) / scale); }
            for (int c = 0; c < shape.Known; c++)
            {
                // Near the end of training the future may not be known yet; its targets are not either.
                float[] column = row.Columns[first + c];
                x[at + ((bases + c) * patch)] = origin + j < column.Length ? column[origin + j] : 0;
            }
        }
    }

    private void FillTargets(PanelRow row, int origin, int end, double mean, double scale, Span<float> y)
    {
        for (int j = 0; j < y.Length; j++)
        {
            double value = origin + j < end ? row.Values[origin + j] : double.NaN;
            y[j] = double.IsNaN(value) ? MaskedPointLoss.Unknown : (float)((value - BaseOf(row, origin, j, mean, shape)) / scale);
        }
    }

    // The value of a row, or of so many seasons before it, where it is missing; a few seasons at most.
    private static double? Known(PanelRow row, int t, int season)
    {
        for (int back = 0; back < 8 && t >= 0; back++, t -= season)
        {
            if (!double.IsNaN(row.Values[t])) { return row.Values[t]; }
        }

        return null;
    }
}
