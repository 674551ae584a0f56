using Engram.Training;

namespace Engram.Tests.Training;

public sealed class LossTests
{
    [Theory]
    [InlineData(new[] { 4 }, new[] { 4, 1 }, new[] { 4 })]
    [InlineData(new[] { 4, 1 }, new[] { 4, 1 }, new[] { 4 })]
    [InlineData(new[] { 4, 5 }, new[] { 4, 5, 1 }, new[] { 4, 5 })]
    [InlineData(new[] { 4, 5, 3 }, new[] { 4, 5, 3 }, new[] { 4, 5 })]
    [InlineData(new[] { 4 }, new[] { 4 }, new[] { 4 })]
    public void A_last_axis_of_one_may_be_missing_in_the_target(int[] target, int[] prediction, int[] elements) =>
        Assert.Equal(elements, Loss.MeanSquaredError.ElementAxes(target, prediction));

    [Theory]
    [InlineData(new[] { 4, 1 }, new[] { 4, 3 })] // Keras would broadcast it
    [InlineData(new[] { 3 }, new[] { 4, 1 })]
    [InlineData(new[] { 4, 3 }, new[] { 4, 5, 3 })]
    [InlineData(new[] { 4, 3 }, new[] { 3, 4 })]
    public void Shapes_that_do_not_fit_are_an_error_that_names_both(int[] target, int[] prediction)
    {
        var error = Assert.Throws<EngramException>(() => Loss.MeanSquaredError.ElementAxes(target, prediction));
        Assert.Contains(Shape.Format(target), error.Message, StringComparison.Ordinal);
        Assert.Contains(Shape.Format(prediction), error.Message, StringComparison.Ordinal);
        Assert.Throws<EngramException>(() => Loss.MeanSquaredError.Forward(new TensorBuffer(target), new TensorBuffer(prediction), new double[4]));
        Assert.Throws<EngramException>(() => Loss.Dice.ElementAxes(target, prediction));
    }

    [Fact]
    public void Class_numbers_have_no_class_axis()
    {
        Loss loss = Loss.SparseCategoricalCrossentropy();
        Assert.Equal([4, 5], loss.ElementAxes([4, 5], [4, 5, 7]));
        Assert.Equal([4, 5], loss.ElementAxes([4, 5, 1], [4, 5, 7]));
        Assert.Throws<EngramException>(() => loss.ElementAxes([4, 5, 7], [4, 5, 7]));
    }

    [Theory]
    [InlineData(7f)]
    [InlineData(-1f)]
    [InlineData(1.5f)]
    [InlineData(float.NaN)]
    public void A_target_that_is_no_class_is_an_error_that_names_the_range(float target)
    {
        var error = Assert.Throws<EngramException>(() => Loss.SparseCategoricalCrossentropy().Forward(Filled(target, 1), new TensorBuffer(1, 7), new double[1]));
        Assert.Contains("0 to 6", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ignored_target_need_not_be_a_class()
    {
        Loss loss = Loss.SparseCategoricalCrossentropy(fromLogits: true, ignoreClass: -100);
        TensorBuffer y = Filled(-100, 2), p = new(2, 3), dp = new(0);
        y.Span[1] = 2;
        double[] elements = new double[2];
        byte[] counts = [1, 1];
        loss.Forward(y, p, elements);
        loss.MarkIgnored(y, counts);
        loss.Backward(y, p, [1, 1], dp);
        Assert.Equal([0, Math.Log(3)], elements);
        Assert.Equal([0, 1], counts);
        Assert.Equal([0, 0, 0], dp.Span[..3].ToArray());
    }

    [Fact]
    public void What_is_not_a_number_stays_so()
    {
        foreach (Loss loss in (Loss[])
        [
            Loss.MeanSquaredError, Loss.MeanAbsoluteError, Loss.MeanAbsolutePercentageError, Loss.MeanSquaredLogarithmicError, Loss.LogCosh, Loss.CosineSimilarity,
            Loss.Huber(), Loss.Hinge, Loss.SquaredHinge, Loss.CategoricalHinge, Loss.Poisson, Loss.KLDivergence, Loss.Dice, Loss.Tversky(), Loss.Quantile(0.5),
            Loss.CategoricalCrossentropy(), Loss.CategoricalCrossentropy(true), Loss.BinaryCrossentropy(), Loss.BinaryCrossentropy(true),
            Loss.BinaryFocalCrossentropy(), Loss.CategoricalFocalCrossentropy(), Loss.CategoricalFocalCrossentropy(fromLogits: true),
        ])
        {
            TensorBuffer y = Filled(0.5f, 1, 3), p = Filled(0.5f, 1, 3), dp = new(0);
            p.Span[1] = float.NaN;
            double[] elements = new double[1];
            loss.Forward(y, p, elements);
            loss.Backward(y, p, [1], dp);
            Assert.True(double.IsNaN(elements[0]), $"{loss.Name}: the loss is {elements[0]}");
            Assert.True(float.IsNaN(dp.Span[1]), $"{loss.Name}: the gradient is {dp.Span[1]}");
        }

        foreach (Loss loss in (Loss[])[Loss.SparseCategoricalCrossentropy(), Loss.SparseCategoricalCrossentropy(true)])
        {
            double[] elements = new double[1];
            loss.Forward(Filled(0, 1), Filled(float.NaN, 1, 3), elements);
            Assert.True(double.IsNaN(elements[0]));
        }
    }

    [Fact]
    public void Large_logits_overflow_nothing()
    {
        TensorBuffer p = Filled(0, 1, 9), y = Filled(8, 1), dp = new(0);
        p.Span[0] = 3e38f;
        p.Span[8] = -3e38f;
        double[] elements = new double[1];
        Loss.SparseCategoricalCrossentropy(true).Forward(y, p, elements);
        Loss.SparseCategoricalCrossentropy(true).Backward(y, p, [1], dp);
        Assert.Equal(6e38, elements[0], 1e32);
        Assert.Equal([1, 0, 0, 0, 0, 0, 0, 0, -1], dp.Span.ToArray());
    }

    [Fact]
    public void Quantiles_of_a_target_stand_side_by_side()
    {
        Loss loss = Loss.Quantile(0.1, 0.9);
        TensorBuffer y = new(1, 2), p = new(1, 4);
        y.CopyFrom([10, 20]);
        p.CopyFrom([8, 13, 16, 25]); // target 0 at 0.1 and 0.9, then target 1
        double[] elements = new double[1];
        loss.Forward(y, p, elements);
        Assert.Equal(((0.1 * 2) + (0.1 * 3) + (0.1 * 4) + (0.1 * 5)) / 4, elements[0], 12);
        Assert.Equal([6], loss.ElementAxes([6], [6, 2]));
        Assert.Equal([6, 5], loss.ElementAxes([6, 5], [6, 5, 2]));
        Assert.Throws<EngramException>(() => loss.ElementAxes([6], [6, 3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Loss.Quantile(0.5, 1));
        Assert.Throws<ArgumentException>(() => Loss.Quantile());
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        TensorBuffer y = Filled(0.25f, 6, 5), p = Filled(0.5f, 6, 5), classes = Filled(3, 6), dp = new(6, 5);
        double[] elements = new double[6], weights = [1, 1, 1, 1, 1, 1];
        foreach (Loss loss in (Loss[])[Loss.MeanSquaredError, Loss.Huber(), Loss.CategoricalCrossentropy(true), Loss.SparseCategoricalCrossentropy(true), Loss.Quantile(0.5), Loss.Dice])
        {
            TensorBuffer target = loss.Name.StartsWith("sparse", StringComparison.Ordinal) ? classes : y;
            for (int warm = 0; warm < 2; warm++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                loss.Forward(target, p, elements);
                loss.Backward(target, p, weights, dp);
                if (warm == 1) { Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before); }
            }
        }
    }

    private static TensorBuffer Filled(float value, params int[] axes)
    {
        var buffer = new TensorBuffer(axes);
        buffer.Span.Fill(value);
        return buffer;
    }
}
