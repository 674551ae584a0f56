using Engram.Classification;

namespace Engram.Tests.Classification;

public sealed class TemperatureScalingTests
{
    [Fact]
    public void The_temperature_that_made_the_labels_is_found_again()
    {
        // Labels are drawn from softmax(z / 2.5), so z itself is too sure by that factor.
        var random = new Random(5);
        const int Samples = 20_000, Classes = 3;
        (double[,] logits, int[] targets) = Draw(random, Samples, Classes, trueTemperature: 2.5);

        double temperature = TemperatureScaling.Fit(logits, targets);

        Assert.InRange(temperature, 2.4, 2.6);
    }

    [Theory]
    [InlineData(1, 0.3)]
    [InlineData(2, 1)]
    [InlineData(3, 4)]
    public void The_loss_on_the_validation_part_never_rises(int seed, double trueTemperature)
    {
        (double[,] logits, int[] targets) = Draw(new Random(seed), 60, 4, trueTemperature);
        double temperature = TemperatureScaling.Fit(logits, targets);

        double before = TemperatureScaling.NegativeLogLikelihood(logits, targets, 1), after = TemperatureScaling.NegativeLogLikelihood(logits, targets, temperature);
        Assert.True(after <= before, $"{after} against {before}");
        foreach (double other in (double[])[temperature * 0.7, temperature * 1.4])
        {
            Assert.True(after <= TemperatureScaling.NegativeLogLikelihood(logits, targets, other) + 0.02, $"T = {other} is better than {temperature}");
        }
    }

    [Fact]
    public void A_handful_of_right_answers_does_not_make_it_certain()
    {
        double[,] logits = { { 2, 0 }, { 0, 1.5 }, { 1, 0 } };
        double temperature = TemperatureScaling.Fit(logits, [0, 1, 0]);
        Assert.InRange(temperature, 0.2, 1);
    }

    [Fact]
    public void The_loss_is_that_of_the_formula()
    {
        double[,] logits = { { 1, 2, -1 }, { 0.5, -3, 4 } };
        double Expected(int i, int target, double t)
        {
            double total = 0;
            for (int k = 0; k < 3; k++) { total += Math.Exp(logits[i, k] / t); }
            return -Math.Log(Math.Exp(logits[i, target] / t) / total);
        }

        Assert.Equal((Expected(0, 1, 1.7) + Expected(1, 0, 1.7)) / 2, TemperatureScaling.NegativeLogLikelihood(logits, [1, 0], 1.7), 12);
    }

    [Fact]
    public void Evidence_that_knows_more_gets_weight_and_noise_gets_hardly_any()
    {
        var random = new Random(9);
        (double[,] truth, int[] targets) = Draw(random, 4000, 2, trueTemperature: 1);
        var noise = new double[4000, 2];
        for (int i = 0; i < 4000; i++) { noise[i, 0] = (2 * random.NextDouble()) - 1; }

        (double temperature, double weight) = TemperatureScaling.Fit(noise, truth, targets);
        Assert.InRange(weight / temperature, 0.9, 1.1); // softmax(truth) drew the labels
        Assert.True(temperature > 5, $"{temperature}");

        (temperature, weight) = TemperatureScaling.Fit(truth, noise, targets);
        Assert.InRange(temperature, 0.9, 1.1);
        Assert.InRange(weight, 0, 0.2);
    }

    private static (double[,] Logits, int[] Targets) Draw(Random random, int samples, int classes, double trueTemperature)
    {
        var logits = new double[samples, classes];
        var targets = new int[samples];
        for (int i = 0; i < samples; i++)
        {
            for (int k = 0; k < classes; k++) { logits[i, k] = 8 * (random.NextDouble() - 0.5); }
            double total = 0;
            for (int k = 0; k < classes; k++) { total += Math.Exp(logits[i, k] / trueTemperature); }
            double draw = random.NextDouble() * total;
            for (int k = 0; k < classes; k++)
            {
                draw -= Math.Exp(logits[i, k] / trueTemperature);
                if (draw <= 0 || k == classes - 1) { targets[i] = k; break; }
            }
        }

        return (logits, targets);
    }
}
