using System.Text.Json;
using Engram.Data;
using Xunit.Abstractions;

namespace Engram.Tests.Data;

public sealed class WindowTests(ITestOutputHelper output)
{
    [Fact]
    public void Windows_and_padding_agree_with_Keras()
    {
        Golden.Run(output, "data", golden => CheckWindows(golden), golden => Function(golden) == "timeseries_dataset_from_array");
        Golden.Run(output, "data", golden => CheckPadding(golden), golden => Function(golden) == "pad_sequences");

        static string? Function(GoldenCase golden) => golden.Entry.GetProperty("function").GetString();
    }

    [Fact]
    public void A_forecasting_window_sees_its_input_rows_and_is_asked_for_the_rows_that_follow()
    {
        float[,] series = Counting(20, 3);
        SequenceWindows windows = SequenceWindows.ForForecast(series, inputLength: 4, horizon: 2, targetColumns: [2, 0]);
        Assert.Equal(15, windows.Count);
        Assert.Equal((4, 3, 2, 2), (windows.SequenceLength, windows.Features, windows.TargetRows, windows.TargetFeatures));

        float[] x = new float[2 * 4 * 3];
        float[] y = new float[2 * 2 * 2];
        windows.CopyBatch([14, 0], x, y);
        Assert.Equal([140, 141, 142, 150, 151, 152, 160, 161, 162, 170, 171, 172, 0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32], x);
        Assert.Equal([182, 180, 192, 190, 42, 40, 52, 50], y);
        Assert.Equal(new RowRange(14, 18), windows.InputRange(14));
        Assert.Equal(new RowRange(18, 20), windows.TargetRange(14));
    }

    [Theory]
    [InlineData(4, 1, 1)]
    [InlineData(4, 3, 1)]
    [InlineData(1, 1, 5)]
    [InlineData(12, 2, 3)]
    public void Targets_stay_in_their_part_of_the_split_and_all_of_it_is_asked_for(int length, int horizon, int stride)
    {
        float[] series = [.. Enumerable.Range(0, 100).Select(i => (float)i)];
        var split = Split.Chronological(100, 0.2, 0.1);
        foreach (RowRange part in (RowRange[])[split.Train, split.Validation, split.Test])
        {
            SequenceWindows windows = SequenceWindows.ForForecast(series, length, horizon, targetRows: part, stride: stride);
            var seen = new HashSet<int>();
            for (int window = 0; window < windows.Count; window++)
            {
                RowRange target = windows.TargetRange(window);
                Assert.True(target.Start >= part.Start && target.End <= part.End);
                Assert.Equal(target.Start, windows.InputRange(window).End);
                seen.UnionWith(Enumerable.Range(target.Start, target.Count));
            }

            int first = Math.Max(part.Start, length);
            Assert.Equal(first, windows.TargetRange(0).Start);
            Assert.True(part.End - seen.Max() <= stride, "rows are left over at the end");
            if (stride == 1) { Assert.Equal(part.End - first, seen.Count); }
        }
    }

    [Fact]
    public void Windows_are_views()
    {
        float[] series = new float[10];
        SequenceWindows windows = SequenceWindows.ForForecast(series, 3, 1);
        series[4] = 7;
        float[] x = new float[3];
        float[] y = new float[1];
        windows.CopyBatch([2], x, y);
        Assert.Equal([0, 0, 7], x);
        windows.CopyBatch([1], x, y);
        Assert.Equal([7], y);
    }

    [Fact]
    public void A_batch_allocates_nothing()
    {
        SequenceWindows windows = SequenceWindows.ForForecast(Counting(50, 2), 8, 2);
        int[] batch = [3, 1, 40];
        float[] x = new float[3 * 8 * 2];
        float[] y = new float[3 * 2 * 2];
        windows.CopyBatch(batch, x, y);
        long before = GC.GetAllocatedBytesForCurrentThread();
        windows.CopyBatch(batch, x, y);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Windows_beyond_the_targets_are_not_made()
    {
        float[] series = new float[10];
        Assert.Equal(8, SequenceWindows.FromSeries(series, series, 3).Count);
        Assert.Equal(4, SequenceWindows.FromSeries(series, new float[4], 3).Count);
        Assert.Equal(1, SequenceWindows.FromSeries(series, null, 10).Count);
    }

    [Fact]
    public void What_does_not_fit_is_named()
    {
        float[] series = new float[10];
        Contains("spans 11 rows", () => SequenceWindows.FromSeries(series, null, 11));
        Contains("spans 13 rows", () => SequenceWindows.FromSeries(series, null, 4, samplingRate: 4));
        Contains("10 rows", () => SequenceWindows.FromSeries(series, null, 2, endIndex: 11));
        Contains("10 rows", () => SequenceWindows.FromSeries(series, null, 2, startIndex: 10));
        Contains("none for row 5", () => SequenceWindows.FromSeries(series, new float[5], 2, startIndex: 5));
        Contains("sequenceLength is 0", () => SequenceWindows.FromSeries(series, null, 0));
        Contains("9 input rows and 2 to forecast", () => SequenceWindows.ForForecast(series, 9, 2));
        Contains("no target column 1", () => SequenceWindows.ForForecast(series, 2, 2, [1]));
        Contains("not within", () => SequenceWindows.ForForecast(series, 2, 2, targetRows: new RowRange(5, 11)));
        Assert.Throws<ArgumentException>(() => SequenceWindows.FromSeries(new double[5], null, 2));
        SequenceWindows windows = SequenceWindows.ForForecast(series, 4, 1);
        Assert.Throws<ArgumentException>(() => windows.CopyBatch([0], new float[3]));
        Assert.Throws<ArgumentException>(() => windows.CopyBatch([0], new float[4], new float[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => windows.CopyBatch([6], new float[4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => windows.CopyBatch([-1], new float[4]));
        static void Contains(string text, Action wrong) => Assert.Contains(text, Assert.Throws<EngramException>(wrong).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Splits_keep_the_order_of_time()
    {
        var split = Split.Chronological(100, 0.29, 0.1);
        Assert.Equal((new RowRange(0, 61), new RowRange(61, 90), new RowRange(90, 100)), (split.Train, split.Validation, split.Test));
        Assert.Equal("train rows 0 to 60 (61), validation rows 61 to 89 (29), test rows 90 to 99 (10)", split.ToString());
        Assert.Equal("no rows", Split.Chronological(10, 0, 3).Validation.ToString());
        Assert.Throws<EngramException>(() => Split.Chronological(10, 5, 5));
        Assert.Throws<EngramException>(() => Split.Chronological(10, 0.01, 0.2));
        Assert.Throws<EngramException>(() => Split.Chronological(10, int.MaxValue, int.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => Split.Chronological(10, 0.1, 12));
        Assert.Throws<ArgumentOutOfRangeException>(() => Split.Chronological(10, double.NaN, 0.1));
    }

    [Fact]
    public void Feature_rows_are_padded_like_tokens()
    {
        float[][] tokens = [[1, 2, 3], [], [4], [5, 6, 7, 8, 9]];
        float[][,] rows = [.. tokens.Select(sequence =>
        {
            var pairs = new float[sequence.Length, 2];
            for (int t = 0; t < sequence.Length; t++) { (pairs[t, 0], pairs[t, 1]) = (sequence[t], -sequence[t]); }
            return pairs;
        })];
        foreach (SequenceEnd padding in Enum.GetValues<SequenceEnd>())
        {
            foreach (SequenceEnd truncating in Enum.GetValues<SequenceEnd>())
            {
                foreach (int? length in (int?[])[null, 1, 4, 7])
                {
                    float[,] flat = Sequences.Pad(tokens, length, padding, truncating);
                    float[,,] deep = Sequences.Pad(rows, length, padding, truncating);
                    Assert.Equal((4, length ?? 5, 2), (deep.GetLength(0), deep.GetLength(1), deep.GetLength(2)));
                    for (int i = 0; i < 4; i++)
                    {
                        for (int t = 0; t < flat.GetLength(1); t++) { Assert.Equal((flat[i, t], -flat[i, t]), (deep[i, t, 0], deep[i, t, 1])); }
                    }
                }
            }
        }

        Assert.Throws<EngramException>(() => Sequences.Pad([new float[2, 3], new float[2, 4]]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sequences.Pad(tokens, 0));
    }

    private static void CheckWindows(GoldenCase golden)
    {
        JsonElement config = golden.Entry.GetProperty("config");
        int? Option(string name) => config.TryGetProperty(name, out JsonElement value) ? value.GetInt32() : null;
        int[] axes = golden.Axes("series");
        var series = new float[axes[0], axes[1]];
        Buffer.BlockCopy(golden.Floats("series"), 0, series, 0, series.Length * sizeof(float));
        SequenceWindows windows = SequenceWindows.FromSeries(
            series, golden.Floats("targets"), Option("sequence_length")!.Value, Option("sequence_stride") ?? 1, Option("sampling_rate") ?? 1, Option("start_index") ?? 0, Option("end_index"));

        Assert.Equal([windows.Count, windows.SequenceLength, windows.Features], golden.Axes("x").AsEnumerable());
        int[] all = [.. Enumerable.Range(0, windows.Count)];
        float[] x = new float[all.Length * windows.SequenceLength * windows.Features];
        float[] y = new float[all.Length];
        windows.CopyBatch(all, x, y);
        Assert.Equal(golden.Floats("x"), x);
        Assert.Equal(golden.Floats("y"), y);
    }

    private static void CheckPadding(GoldenCase golden)
    {
        JsonElement config = golden.Entry.GetProperty("config");
        SequenceEnd End(string name) => config.GetProperty(name).GetString() == "pre" ? SequenceEnd.Pre : SequenceEnd.Post;
        long[] values = golden.Arrays["values"].ToInt64s();
        var sequences = new List<long[]>();
        int at = 0;
        foreach (long length in golden.Arrays["lengths"].ToInt64s())
        {
            sequences.Add(values[at..(at + (int)length)]);
            at += (int)length;
        }

        long[,] padded = Sequences.Pad(sequences, config.GetProperty("maxlen").GetInt32(), End("padding"), End("truncating"), config.GetProperty("value").GetInt64());
        Assert.Equal([padded.GetLength(0), padded.GetLength(1)], golden.Axes("padded").AsEnumerable());
        Assert.Equal(golden.Arrays["padded"].ToInt64s(), padded.Cast<long>());
    }

    private static float[,] Counting(int rows, int columns)
    {
        var table = new float[rows, columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++) { table[row, column] = (10 * row) + column; }
        }

        return table;
    }
}
