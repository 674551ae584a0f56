using Engram.Training;

namespace Engram.Tests.Training;

public sealed class CallbackTests
{
    [Fact]
    public void A_figure_that_is_not_there_is_an_error_that_lists_those_there_are()
    {
        foreach (Callback callback in (Callback[])[new EarlyStopping { Monitor = "val_acc" }, new ReduceLearningRateOnPlateau { Monitor = "val_acc" }])
        {
            var error = Assert.Throws<EngramException>(() => new FakeRun().Train(callback, "accuracy", [1]));
            Assert.Contains("'val_acc'", error.Message, StringComparison.Ordinal);
            Assert.Contains("'loss', 'accuracy'", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_metric_says_which_way_it_gets_better()
    {
        double[] values = [0.1, 0.2, 0.3, 0.4];
        Assert.Equal(3, new FakeRun(metrics: Metrics.Accuracy()).Train(new EarlyStopping { Monitor = "val_accuracy" }, "val_accuracy", values));
        Assert.Equal(1, new FakeRun(metrics: Metrics.MeanAbsoluteError()).Train(new EarlyStopping { Monitor = "val_mean_absolute_error" }, "val_mean_absolute_error", values));
        Assert.Equal(1, new FakeRun(metrics: Metrics.Accuracy()).Train(new EarlyStopping { Monitor = "val_accuracy", Mode = MonitorMode.Min }, "val_accuracy", values));
        Assert.Throws<EngramException>(() => new FakeRun().Train(new EarlyStopping { Monitor = "odd" }, "odd", values));
        Assert.Equal(3, new FakeRun().Train(new EarlyStopping { Monitor = "odd", Mode = MonitorMode.Max }, "odd", values));
    }

    [Fact]
    public void A_loss_that_is_not_a_number_is_never_the_best()
    {
        var fake = new FakeRun();
        var early = new EarlyStopping { Patience = 2, RestoreBestWeights = true };
        Assert.Equal(4, fake.Train(early, "val_loss", [double.NaN, 1, 0.5, double.NaN, double.NaN, double.NaN]));
        Assert.Equal(2, early.BestEpoch);
        Assert.Equal(2, fake.Weight.Value.Span[0]);
    }

    [Fact]
    public void An_instance_can_be_used_again()
    {
        var early = new EarlyStopping { Patience = 1 };
        Assert.Equal(1, new FakeRun().Train(early, "val_loss", [1, 2, 3]));
        Assert.Equal(2, new FakeRun().Train(early, "val_loss", [9, 8, 8.5]));
    }

    [Fact]
    public void The_best_weights_are_put_back_also_when_all_epochs_ran()
    {
        var fake = new FakeRun();
        Assert.Equal(2, fake.Train(new EarlyStopping { Patience = 9, RestoreBestWeights = true }, "val_loss", [2, 1, 3]));
        Assert.False(fake.Run.StopTraining);
        Assert.Equal(1, fake.Weight.Value.Span[2]);
    }

    [Fact]
    public void A_function_sets_the_learning_rate_before_each_epoch()
    {
        var fake = new FakeRun(learningRate: 1);
        var rates = new List<double>();
        fake.Train(new LearningRateScheduler((epoch, rate) => epoch < 2 ? rate : rate / 2), "x", [0, 0, 0, 0], _ => rates.Add(fake.Run.Optimizer.LearningRate));
        Assert.Equal([1, 1, 0.5, 0.25], rates);
    }

    [Theory]
    [InlineData(double.NaN, true)]
    [InlineData(double.PositiveInfinity, true)]
    [InlineData(1e30, false)]
    public void A_loss_that_is_not_finite_stops_training(double loss, bool stops)
    {
        var fake = new FakeRun();
        new TerminateOnNaN().OnBatchEnd(fake.Run, 0, 2, loss);
        Assert.Equal(stops, fake.Run.StopTraining);
        Assert.Equal(stops ? 1 : 0, fake.Messages.Count);
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new EarlyStopping { Patience = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EarlyStopping { MinDelta = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReduceLearningRateOnPlateau { Factor = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ProgressBar { Verbose = 3 });
        Assert.Throws<ArgumentException>(() => new CsvLogger("x.csv") { Separator = 'x' });
    }

    [Fact]
    public void The_figures_of_the_epochs_are_written_as_a_table()
    {
        string folder = Directory.CreateTempSubdirectory("engram").FullName;
        try
        {
            string path = Path.Combine(folder, "log.csv");
            var fake = new FakeRun();
            fake.Train(new CsvLogger(path), "val_loss", [0.1, 1e-20]);
            Assert.Equal("epoch,loss,val_loss\n0,1,0.1\n1,1,1E-20\n", File.ReadAllText(path));

            // Another figure later is another column; what was not measured says so.
            fake.Train(new CsvLogger(path) { Append = true }, "mae", [double.NaN]);
            Assert.Equal("epoch,loss,mae,val_loss\n0,1,NA,0.1\n1,1,NA,1E-20\n0,1,NaN,NA\n", File.ReadAllText(path));
            Assert.Single(Directory.GetFiles(folder));

            fake.Train(new CsvLogger(path) { Separator = ';' }, "mae", [0.25]);
            Assert.Equal("epoch;loss;mae\n0;1;0.25\n", File.ReadAllText(path));
            Assert.Throws<EngramException>(() => fake.Train(new CsvLogger(path) { Append = true }, "mae", [0.25]));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
