using Engram.Classification;

namespace Engram.Tests.Classification;

public sealed class EvaluationTests
{
    // Seven samples, three classes; the answers are the largest: a a b | b c | c c.
    private static readonly float[,] Probabilities =
    {
        { 0.8f, 0.1f, 0.1f }, { 0.5f, 0.3f, 0.2f }, { 0.3f, 0.6f, 0.1f },
        { 0.1f, 0.8f, 0.1f }, { 0.2f, 0.2f, 0.6f },
        { 0.05f, 0.05f, 0.9f }, { 0.3f, 0.3f, 0.4f },
    };

    private static readonly ClassifierEvaluation Evaluation = new(["a", "b", "c"], [0, 0, 0, 1, 1, 2, 2], Probabilities, "a", temperature: 2);

    [Fact]
    public void Counts_shares_and_the_baseline_are_those_of_a_hand_count()
    {
        Assert.Equal(new[,] { { 2, 1, 0 }, { 0, 1, 1 }, { 0, 0, 2 } }, Evaluation.Confusion.ToArray());
        Assert.Equal(5.0 / 7, Evaluation.Accuracy, 12);
        Assert.Equal(3.0 / 7, Evaluation.MajorityAccuracy, 12);
        Assert.Equal([1, 0.5, 2.0 / 3], [Evaluation.Confusion.Precision(0), Evaluation.Confusion.Precision(1), Evaluation.Confusion.Precision(2)]);
        Assert.Equal([2.0 / 3, 0.5, 1], [Evaluation.Confusion.Recall(0), Evaluation.Confusion.Recall(1), Evaluation.Confusion.Recall(2)]);
        for (int k = 0; k < 3; k++)
        {
            (double p, double r) = (Evaluation.Confusion.Precision(k), Evaluation.Confusion.Recall(k));
            Assert.Equal(2 * p * r / (p + r), Evaluation.Confusion.F1(k), 12);
        }

        // Wilson's interval for 5 of 7, by the formula with z = 1.96: 0.3589 to 0.9178.
        Assert.Equal(0.3589, Evaluation.AccuracyInterval.Low, 3);
        Assert.Equal(0.9178, Evaluation.AccuracyInterval.High, 3);
        Assert.Equal(ClassifierVerdict.AsGood, Evaluation.Verdict);
    }

    [Fact]
    public void The_expected_calibration_error_is_the_sum_over_bins()
    {
        // By confidence, as floats are: 0.4 and 0.5 (right) in one bin, 0.6 twice (wrong), 0.8 twice and 0.9 (right) in one.
        double expected = ((2 - 0.9) + 1.2 + (3 - 2.5)) / 7;
        Assert.Equal(expected, Evaluation.Calibration.ExpectedError, 6);
        Assert.Equal([0, 0, 0, 0, 2, 0, 2, 0, 3, 0], Evaluation.Calibration.Counts);
        Assert.Equal(0, Evaluation.Calibration.Accuracy[6]);
        Assert.Equal(1, Evaluation.Calibration.Accuracy[8]);
        Assert.True(double.IsNaN(Evaluation.Calibration.Accuracy[0]));
    }

    [Fact]
    public void What_was_before_calibration_is_recovered_from_the_temperature()
    {
        // p = softmax(z / 2), so without it softmax(2 ln p) = p² / Σ p².
        double loss = 0;
        int[] targets = [0, 0, 0, 1, 1, 2, 2];
        for (int i = 0; i < 7; i++)
        {
            double total = 0;
            for (int k = 0; k < 3; k++) { total += Math.Pow(Probabilities[i, k], 2); }
            loss -= Math.Log(Math.Pow(Probabilities[i, targets[i]], 2) / total) / 7;
        }

        Assert.Equal(loss, Evaluation.UncalibratedNegativeLogLikelihood, 6);
        Assert.Equal(-targets.Select((target, i) => Math.Log(Probabilities[i, target])).Average(), Evaluation.NegativeLogLikelihood, 6);
    }

    [Theory]
    [InlineData(90, ClassifierVerdict.Better)]
    [InlineData(52, ClassifierVerdict.AsGood)]
    [InlineData(20, ClassifierVerdict.Worse)]
    public void The_verdict_is_by_the_interval(int right, ClassifierVerdict verdict)
    {
        var probabilities = new float[100, 2];
        int[] targets = [.. Enumerable.Range(0, 100).Select(i => i % 2)];
        for (int i = 0; i < 100; i++) { probabilities[i, i < right ? targets[i] : 1 - targets[i]] = 1; }
        Assert.Equal(verdict, new ClassifierEvaluation(["x", "y"], targets, probabilities, "x", 1).Verdict);
    }

    [Fact]
    public void A_split_takes_the_share_of_each_class_and_leaves_one_of_each_to_learn_from()
    {
        int[] targets = [.. Enumerable.Repeat(0, 50), .. Enumerable.Repeat(1, 30), 2, .. Enumerable.Repeat(3, 2)];
        (int[] training, int[] validation) = SampleSplit.Stratified(targets, 4, 0.2, seed: 7);
        Assert.Equal(Enumerable.Range(0, targets.Length), training.Concat(validation).Order());
        Assert.Equal([10, 6, 0], Enumerable.Range(0, 3).Select(k => validation.Count(i => targets[i] == k)));
        Assert.Contains(training, i => targets[i] == 3);
        Assert.Equal(validation, SampleSplit.Stratified(targets, 4, 0.2, seed: 7).Validation);
        Assert.NotEqual(validation, SampleSplit.Stratified(targets, 4, 0.2, seed: 8).Validation);
    }
}
