using Engram.Data;
using Engram.Forecasting;

namespace Engram.Tests.Forecasting;

public sealed class PanelWindowsTests
{
    private static readonly PanelShape Shape = new()
    {
        Horizon = 3,
        Window = 5,
        Patch = 2,
        Seasons = [2, 4],
        Output = ForecastOutput.Direct,
        ByMean = true,
        Base = ForecastBase.Seasonal,
        Flags = true,
        Covariates = 2,
        Known = 1,
        Statics = 1,
        Categories = [3],
        Cell = RecurrentKind.Lstm,
        Units = 2,
        Layers = 1,
        Dropout = 0,
        Head = null,
    };

    // Values 1, 2, ... with one missing; a past column of tens and one of hundreds that is known two rows ahead.
    private static readonly PanelRow Row = new(
        [1, 2, 3, double.NaN, 5, 6, 7, 8, 9], 9, [[10, 20, 30, 40, 50, 60, 70, 80, 90], [100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100]], [0.5f], [2]);

    [Fact]
    public void A_window_holds_the_last_observation_last_and_nothing_after_it()
    {
        FeedBatch batch = Read(Shape, origin: 6, end: 8);

        // The window is rows 1 to 5: 2, 3, missing, 5, 6 with the mean 4; the step before it is padding.
        Assert.Equal([1, 3, 8], batch.Inputs[0].Axes.ToArray());
        Near(
        [
            0, (2 - 4) / 4.0, 1, 0, 0, 20, 0, 200,
            (3 - 4) / 4.0, 0, 0, 1, 30, 40, 300, 400,
            (5 - 4) / 4.0, (6 - 4) / 4.0, 0, 0, 50, 60, 500, 600,
        ], batch.Inputs[0]);
        Near([700, 800, 900], batch.Inputs[1]);
        Near([0.5], batch.Inputs[2]);
        Near([2], batch.Inputs[3]);

        // Step 0: of two and four rows before, 5 and 3. Step 1: 6, and the missing value's from four rows before, which is none: 6 alone would be
        // wrong, since row 3 - 4 is before the first. Step 2 is past the end.
        Assert.Equal((7 - ((5 + 3) / 2.0)) / 4, batch.Targets[0].Span[0], 1e-6);
        Assert.Equal((8 - 6) / 4.0, batch.Targets[0].Span[1], 1e-6);
        Assert.Equal(MaskedPointLoss.Unknown, batch.Targets[0].Span[2]);
    }

    [Fact]
    public void A_decoder_reads_the_base_and_what_is_known_step_by_step()
    {
        PanelShape shape = Shape with { Output = ForecastOutput.EncoderDecoder, Horizon = 4, Base = ForecastBase.Last };
        FeedBatch batch = Read(shape, origin: 5, end: 9);

        // Rows 0 to 4: the mean of 1, 2, 3 and 5 is 2.75; the last value 5 is the base of all steps.
        double level = (5 - 2.75) / 2.75;
        Assert.Equal([1, 2, 4], batch.Inputs[1].Axes.ToArray());
        Near([level, level, 600, 700, level, level, 800, 900], batch.Inputs[1]);
        Near([.. new[] { 6, 7, 8, 9.0 }.Select(value => (value - 5) / 2.75)], batch.Targets[0]);
    }

    [Fact]
    public void By_spread_a_window_has_mean_0_and_deviation_1()
    {
        PanelShape shape = Shape with { ByMean = false, Window = 4, Flags = false, Covariates = 0, Known = 0, Statics = 0, Categories = [], Base = ForecastBase.Mean };
        FeedBatch batch = Read(shape, origin: 9, end: 9);
        double spread = Math.Sqrt(1.25);
        Near([-1.5 / spread, -0.5 / spread, 0.5 / spread, 1.5 / spread], batch.Inputs[0]);
    }

    [Fact]
    public void A_window_without_any_value_has_no_level() => Assert.Null(PanelWindows.LevelOf(Row with { Values = [double.NaN, double.NaN, 1] }, 2, Shape));

    private static FeedBatch Read(PanelShape shape, int origin, int end)
    {
        var windows = new PanelWindows([Row], [(0, origin)], [end], shape);
        var batch = new FeedBatch(windows.InputShapes.Count, 1);
        windows.Read([0], batch);
        return batch;
    }

    private static void Near(double[] expected, TensorBuffer actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) { Assert.True(Math.Abs(expected[i] - actual.Span[i]) <= 1e-5 * Math.Max(1, Math.Abs(expected[i])), $"{i}: {expected[i]} against {actual.Span[i]}"); }
    }
}
