using Engram.Evaluation;

namespace Engram.Tests.Evaluation;

public sealed class ConfusionMatrixTests
{
    private static readonly string[] Classes = ["a", "b", "c"];

    // scikit-learn's classification_report of these: precision 1/2, 1/2, 0; recall 2/3, 1/2, 0; f1 4/7, 1/2, 0
    private static readonly int[] Actual = [0, 0, 0, 1, 1, 2];
    private static readonly int[] Predicted = [0, 0, 1, 1, 0, 0];

    [Fact]
    public void Figures_follow_from_the_counts()
    {
        var confusion = new ConfusionMatrix(Classes, Actual, Predicted);
        Assert.Equal(new[,] { { 2, 1, 0 }, { 1, 1, 0 }, { 1, 0, 0 } }, confusion.ToArray());
        Assert.Equal((1, 6), (confusion[0, 1], confusion.Count));
        Assert.Equal(0.5, confusion.Accuracy, 1e-15);
        Assert.Equal(0.5, confusion.MajorityAccuracy, 1e-15);
        Assert.Equal([0.5, 0.5, 0], Enumerable.Range(0, 3).Select(confusion.Precision));
        Assert.Equal([2 / 3.0, 0.5, 0], Enumerable.Range(0, 3).Select(confusion.Recall));
        Assert.Equal([4 / 7.0, 0.5, 0], Enumerable.Range(0, 3).Select(confusion.F1));
        Assert.Equal([3, 2, 1], Enumerable.Range(0, 3).Select(confusion.Support));
        Assert.Equal([4, 2, 0], Enumerable.Range(0, 3).Select(confusion.Said));
        Assert.Equal((0.5 + 0.5) / 3, confusion.MacroPrecision, 1e-15);
        Assert.Equal((2 / 3.0 + 0.5) / 3, confusion.MacroRecall, 1e-15);
        Assert.Equal((4 / 7.0 + 0.5) / 3, confusion.MacroF1, 1e-15);
    }

    [Fact]
    public void The_table_has_a_row_for_each_class() => Assert.Equal(
        """
               precision   recall       F1  samples      #0    #1    #2
        a         50.0 %   66.7 %   57.1 %        3       2     1     0
        b         50.0 %   50.0 %   50.0 %        2       1     1     0
        c          0.0 %    0.0 %    0.0 %        1       1     0     0
        mean      33.3 %   38.9 %   35.7 %        6
        accuracy 50.0 %
        """.ReplaceLineEndings("\n"),
        new ConfusionMatrix(Classes, Actual, Predicted).ToString());

    [Fact]
    public void The_largest_output_is_the_answer()
    {
        float[] actual = [1, 0];
        var confusion = new ConfusionMatrix(["x", "y"], actual, new float[,] { { 0.2f, 0.8f }, { 0.5f, 0.5f } });
        Assert.Equal(1, confusion.Accuracy);
        Assert.Contains("sample 1 for class 'x' is not a number", Assert.Throws<EngramException>(() => new ConfusionMatrix(["x", "y"], actual, new float[,] { { 0, 1 }, { float.NaN, 1 } })).Message, StringComparison.Ordinal);
        Assert.Contains("(2, 2) (samples, classes), got (2, 1)", Assert.Throws<EngramException>(() => new ConfusionMatrix(["x", "y"], actual, new float[,] { { 0 }, { 1 } })).Message, StringComparison.Ordinal);
        Assert.Contains("class 2; the classes have the numbers 0 to 1", Assert.Throws<EngramException>(() => new ConfusionMatrix(["x", "y"], [2f], new float[,] { { 0, 1 } })).Message, StringComparison.Ordinal);
        Assert.Contains("2 samples and 1 answers", Assert.Throws<EngramException>(() => new ConfusionMatrix(Classes, [0, 1], [0])).Message, StringComparison.Ordinal);
        Assert.Contains("was taken for 3", Assert.Throws<EngramException>(() => new ConfusionMatrix(Classes, [0], [3])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Calibration_compares_confidence_and_accuracy_bin_by_bin()
    {
        // Two bins of two: |0.5 - 0.3| and |0.5 - 0.9|, the mean weighted by how many there are.
        var bins = new CalibrationBins([0.2, 0.4, 0.8, 1.0], [true, false, true, false], bins: 2);
        Assert.Equal([2, 2], bins.Counts);
        Assert.Equal(0.3, bins.Confidence[0], 1e-12);
        Assert.Equal(0.5, bins.Accuracy[1], 1e-12);
        Assert.Equal((0.2 + 0.4) / 2, bins.ExpectedError, 1e-12);
        Assert.Equal(0, new CalibrationBins([0, 1.0], [false, true], bins: 15).ExpectedError);
        Assert.True(double.IsNaN(bins.Accuracy[0] + new CalibrationBins([1], [true]).Accuracy[0]));
        Assert.Equal([1, 1], new CalibrationBins([0.5, 0.51], [true, true], bins: 2).Counts); // closed above
        Assert.Contains("answer 1 is NaN", Assert.Throws<EngramException>(() => new CalibrationBins([0.5, double.NaN], [true, true])).Message, StringComparison.Ordinal);
        Assert.Throws<EngramException>(() => new CalibrationBins([], []));
    }
}
