using Engram.Forecasting;
using static Engram.Tests.Forecasting.SeriesToForecast;

namespace Engram.Tests.Forecasting;

public class ForecastWindowsTests
{
    [Fact]
    public void WindowsEndRightBeforeTheirOriginAndCorrectTheSeasonalNaiveForecast()
    {
        double[] z = Noise(40, 3);
        double[] covariate = Noise(40, 4);
        const int Season = 4, Length = 10, Horizon = 6, End = 33;
        int[] origins = [12, 31, 40];
        var windows = new ForecastWindows(z, [covariate], origins, End, Season, Length, Horizon, 2);
        Assert.Equal([10, 2], windows.InputAxes);
        var x = new float[3 * 10 * 2];
        var y = new float[3 * Horizon];
        windows.CopyBatch([0, 1, 2], x, y);
        for (int i = 0; i < origins.Length; i++)
        {
            int o = origins[i];
            double mean = (z[o - 1] + z[o - 2] + z[o - 3] + z[o - 4]) / 4;
            for (int k = 0; k < Length; k++)
            {
                Near((z[o - Length + k] - mean) / 2, x[(i * 20) + (2 * k)], 1e-6);
                Near(covariate[o - Length + k], x[(i * 20) + (2 * k) + 1], 1e-6);
            }

            for (int j = 0; j < Horizon; j++)
            {
                if (o + j >= End) { Assert.Equal(MaskedPointLoss.Unknown, y[(i * Horizon) + j]); }
                else { Near((z[o + j] - z[o + j - (Season * (1 + (j / Season)))]) / 2, y[(i * Horizon) + j], 1e-6); }
            }
        }
    }

    [Fact]
    public void LongWindowsStandInAtMost48Steps()
    {
        double[] z = Noise(300, 5);
        var windows = new ForecastWindows(z, [], [300], 300, 7, 100, 1, 1);
        Assert.Equal([34, 3], windows.InputAxes);
        var x = new float[102];
        windows.CopyBatch([0], x, default);
        double mean = z[^7..].Average();
        Assert.Equal(x[0], x[1]); // two values are missing to fill 34 steps of 3: the first is repeated
        Assert.Equal(x[0], x[2]);
        for (int k = 0; k < 100; k++) { Near(z[200 + k] - mean, x[2 + k], 1e-6); }
    }

    [Fact]
    public void TheScaleIsTheDeviationOfAllNumbersOfAllWindows()
    {
        double[] z = Noise(30, 6);
        int[] origins = [5, 9, 30];
        var numbers = new List<double>();
        foreach (int o in origins)
        {
            double mean = z[(o - 2)..o].Average();
            numbers.AddRange(z[(o - 5)..o].Select(value => value - mean));
        }

        double average = numbers.Average();
        Near(Math.Sqrt(numbers.Average(value => (value - average) * (value - average))), ForecastWindows.ScaleOf(z, origins, 2, 5), 1e-12);
        Assert.Equal(1, ForecastWindows.ScaleOf(new double[30], origins, 2, 5));
    }

    [Fact]
    public void UnknownTargetsCountNowhere()
    {
        var loss = new MaskedAbsoluteError();
        TensorBuffer target = Filled([2, 3], 1, 2, MaskedPointLoss.Unknown, 4, MaskedPointLoss.Unknown, MaskedPointLoss.Unknown);
        TensorBuffer prediction = Filled([2, 3], 1.5f, 0, 9, 4, 9, -9);
        var gradient = new TensorBuffer(0);
        double value = new Engram.Training.BatchLoss(loss).Compute(target, prediction, null, default, gradient);
        Near((0.5 + 2 + 0) / 3, value, 1e-7);
        float third = 1f / 3;
        Assert.Equal([third, -third, 0, 0, 0, 0], gradient.Span.ToArray());
    }

    private static TensorBuffer Filled(int[] axes, params float[] values)
    {
        var buffer = new TensorBuffer(axes);
        values.CopyTo(buffer.Span);
        return buffer;
    }
}
