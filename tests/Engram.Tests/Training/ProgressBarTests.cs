using Engram.Training;

namespace Engram.Tests.Training;

public sealed class ProgressBarTests
{
    private static readonly string End = Environment.NewLine;

    [Fact]
    public void A_terminal_shows_a_line_that_is_drawn_anew()
    {
        var clock = new ManualClock();
        using var text = new StringWriter();
        var bar = new ProgressBar { Output = text, Interactive = true, Clock = clock };
        var fake = new FakeRun(epochs: 3, steps: 4);
        bar.OnEpochBegin(fake.Run, 1);
        for (int batch = 0; batch < 4; batch++)
        {
            clock.Advance(batch == 1 ? 10 : 2000); // batch 1 comes too soon after the last drawing
            bar.OnBatchEnd(fake.Run, 1, batch, 0.5);
        }

        bar.OnEpochEnd(fake.Run, 1, new Dictionary<string, double> { ["loss"] = 0.5, ["val_loss"] = 0.00025 });
        string[] drawings = text.ToString().Split('\r', '\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0).ToArray();
        Assert.Equal(
        [
            "Epoch 2/3",
            "1/4 ━━━━━─────────────── 6s 2s/step - loss: 0.5000",
            "3/4 ━━━━━━━━━━━━━━━───── 1s 1s/step - loss: 0.5000",
            "4/4 ━━━━━━━━━━━━━━━━━━━━ 0s 2s/step - loss: 0.5000",
            "4/4 ━━━━━━━━━━━━━━━━━━━━ 6s 2s/step - loss: 0.5000 - val_loss: 2.5000e-04",
        ], drawings);
    }

    [Fact]
    public void A_file_gets_nothing_or_one_line_for_each_epoch()
    {
        Assert.Equal("", Written(verbose: 1));
        Assert.Equal("", Written(verbose: 0));
        Assert.Equal($"Epoch 1/3 - 0s 15ms/step - loss: 0.5000{End}", Written(verbose: 2));
    }

    [Fact]
    public void What_a_longer_line_left_is_wiped_out()
    {
        var clock = new ManualClock();
        using var text = new StringWriter();
        var bar = new ProgressBar { Output = text, Interactive = true, Clock = clock };
        var fake = new FakeRun(epochs: 1, steps: 2);
        bar.OnEpochBegin(fake.Run, 0);
        clock.Advance(100_000_000);
        bar.OnBatchEnd(fake.Run, 0, 0, 123456789);
        clock.Advance(1000);
        bar.OnBatchEnd(fake.Run, 0, 1, 1);
        string[] lines = text.ToString().Split('\r', '\n')[^2..];
        Assert.Equal(lines[0].Length, lines[1].Length);
    }

    private static string Written(int verbose)
    {
        var clock = new ManualClock();
        using var text = new StringWriter();
        var bar = new ProgressBar { Output = text, Interactive = false, Verbose = verbose, Clock = clock };
        var fake = new FakeRun(epochs: 3, steps: 4);
        bar.OnEpochBegin(fake.Run, 0);
        for (int batch = 0; batch < 4; batch++)
        {
            clock.Advance(15);
            bar.OnBatchEnd(fake.Run, 0, batch, 0.5);
        }

        bar.OnEpochEnd(fake.Run, 0, new Dictionary<string, double> { ["loss"] = 0.5 });
        return text.ToString();
    }

    private sealed class ManualClock : TimeProvider
    {
        private long milliseconds = 1;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => milliseconds;

        public void Advance(long by) => milliseconds += by;
    }
}
