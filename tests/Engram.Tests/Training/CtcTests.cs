using Engram.Data;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Training;

public sealed class CtcTests
{
    private const int Rows = 3, Time = 6, Classes = 4;

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void The_loss_is_that_of_all_paths_counted_one_by_one(int blank)
    {
        TensorBuffer x = Logits(1);
        Dictionary<string, double>[] all = [.. Enumerable.Range(0, Rows).Select(row => AllReadings(x, row, Time, blank))];
        int[] a = [.. Enumerable.Range(0, Classes).Where(k => k != blank)];
        int[][] labels = [[a[0], a[0], a[1], a[2]], [a[1], a[0], blank, blank], [blank, blank, blank, blank]];
        var y = new TensorBuffer(Rows, 4);
        y.CopyFrom([.. labels.SelectMany(row => row.Select(label => (float)label))]);
        var elements = new double[Rows];
        Loss.Ctc(blank).Forward(y, x, elements);
        Golden.AssertClose([.. labels.Select((row, i) => -Math.Log(all[i][string.Join(' ', row.Where(label => label != blank))]))], elements, 1e-12, "loss");
    }

    [Fact]
    public void A_wide_beam_finds_every_reading_with_its_probability()
    {
        TensorBuffer x = Logits(2);
        int[] lengths = [6, 5, 0];
        CtcPath[][] beams = CtcDecoder.Beam(NumericArray.Create(x.Span.ToArray(), Rows, Time, Classes), 2000, 2000, lengths, blankIndex: 1);
        for (int row = 0; row < Rows; row++)
        {
            Dictionary<string, double> all = AllReadings(x, row, lengths[row], 1);
            Assert.Equal(all.Count, beams[row].Length);
            foreach (CtcPath path in beams[row]) { Golden.AssertClose([Math.Log(all[string.Join(' ', path.Labels)])], [path.LogProbability], 1e-12, "probability"); }
            Assert.Equal(beams[row].Select(path => path.LogProbability).OrderDescending(), beams[row].Select(path => path.LogProbability));
        }
    }

    [Fact]
    public void Greedy_takes_the_best_path_and_merges_what_touches()
    {
        float[,,] logits = { { { 0, 3, 0 }, { 0, 2, 1 }, { 4, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 }, { 0, 0, 2 } } };
        CtcPath path = CtcDecoder.Greedy(logits)[0];
        Assert.Equal([1, 1, 2], path.Labels);
        Assert.Equal(-13, path.Score);
        double[] best = [3, 2, 4, 1, 1, 2];
        double[] sums = [2 + Math.Exp(3), 1 + Math.Exp(2) + Math.E, Math.Exp(4) + 2, Math.E + 2, Math.E + 2, Math.Exp(2) + 2];
        Golden.AssertClose([best.Zip(sums, (x, sum) => x - Math.Log(sum)).Sum()], [path.LogProbability], 1e-12, "probability");
        Assert.Equal([1, 1, 1, 2, 2], CtcDecoder.Greedy(logits, mergeRepeated: false)[0].Labels);
        Assert.Equal([1, 1], CtcDecoder.Greedy(logits, [4])[0].Labels);
        Assert.Equal([0], CtcDecoder.Greedy(logits, [3], blankIndex: 1)[0].Labels);
    }

    [Fact]
    public void Gradients_are_the_differences_of_values_with_weights_and_a_mask_with_holes()
    {
        (TensorBuffer y, TensorBuffer x, Mask mask) = Batch();
        double[] weights = [0.7, 0, -1.3];
        Loss loss = Loss.Ctc();
        var gradient = new TensorBuffer(0);
        loss.Backward(y, x, mask, weights, gradient);
        const float H = 1f / 1024;
        var expected = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            float at = x.Span[i];
            double Value(float shifted)
            {
                x.Span[i] = shifted;
                var elements = new double[Rows];
                loss.Forward(y, x, mask, elements);
                x.Span[i] = at;
                return elements.Zip(weights, (element, weight) => element * weight).Sum();
            }

            expected[i] = ((8 * (Value(at + H) - Value(at - H))) - (Value(at + (2 * H)) - Value(at - (2 * H)))) / (12 * H);
        }

        Golden.AssertClose(expected, gradient.Span, 1e-6, "gradient");
    }

    [Fact]
    public void Masked_steps_count_as_if_they_were_not_there()
    {
        (TensorBuffer y, TensorBuffer x, Mask mask) = Batch();
        var elements = new double[Rows];
        Loss.Ctc().Forward(y, x, mask, elements);
        for (int row = 0; row < Rows; row++)
        {
            int[] kept = [.. Enumerable.Range(0, Time).Where(t => mask[row, t])];
            var shorter = new TensorBuffer(1, kept.Length, Classes);
            for (int i = 0; i < kept.Length; i++) { x.Span.Slice(((row * Time) + kept[i]) * Classes, Classes).CopyTo(shorter.Span[(i * Classes)..]); }
            var labels = new TensorBuffer(1, 3);
            labels.CopyFrom(y.Span.Slice(row * 3, 3));
            var one = new double[1];
            Loss.Ctc().Forward(labels, shorter, one);
            Assert.Equal(one[0], elements[row]);
        }
    }

    [Fact]
    public void What_is_nearly_impossible_does_not_vanish()
    {
        // 900 steps that all but exclude the label: a probability of about exp(-1e5 + ln 405450) for 1 in between, none of which a double could hold.
        const int Steps = 900;
        TensorBuffer y = new(1, 1), x = new(1, Steps, 2), dx = new(0);
        y.Span[0] = 1;
        for (int t = 0; t < Steps; t++) { x.Span[2 * t] = 1e5f; }
        var elements = new double[1];
        Loss.Ctc().Forward(y, x, elements);
        Golden.AssertClose([1e5 - Math.Log(Steps)], elements, 1e-12, "loss");
        Loss.Ctc().Backward(y, x, [1], dx);
        for (int t = 0; t < Steps; t++) { Golden.AssertClose([1.0 / Steps, -1.0 / Steps], dx.Span.Slice(2 * t, 2), 1e-4, "gradient"); }

        x.Span[7] = float.NaN;
        Loss.Ctc().Forward(y, x, elements);
        Assert.True(double.IsNaN(elements[0]));
    }

    [Theory]
    [InlineData(new float[] { 1, 1, 1, 2 }, "at least 6")]
    [InlineData(new float[] { 1, 0, 2, 0 }, "behind the blank")]
    [InlineData(new float[] { 1, 4, 0, 0 }, "from 0 to 3")]
    [InlineData(new float[] { 1, 1.5f, 0, 0 }, "from 0 to 3")]
    public void Labels_that_cannot_be_are_named(float[] labels, string word)
    {
        TensorBuffer y = new(1, 4), x = new(1, 5, Classes);
        y.CopyFrom(labels);
        string message = Assert.Throws<EngramException>(() => Loss.Ctc().Forward(y, x, new double[1])).Message;
        Assert.Contains(word, message, StringComparison.Ordinal);
        Assert.Contains("row 0", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shapes_and_lengths_that_do_not_fit_are_named()
    {
        Assert.Throws<EngramException>(() => Loss.Ctc().ElementAxes([3], [3, 5, 4]));
        Assert.Throws<EngramException>(() => Loss.Ctc(4).ElementAxes([3, 2], [3, 5, 4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Loss.Ctc(-1));
        Assert.Throws<EngramException>(() => CtcDecoder.Greedy(new float[2, 3, 4], [3]));
        Assert.Throws<EngramException>(() => CtcDecoder.Greedy(new float[2, 3, 4], [3, 4]));
        Assert.Throws<EngramException>(() => CtcDecoder.Beam(new float[2, 3, 4], blankIndex: 4));
        Assert.Throws<EngramException>(() => CtcDecoder.Greedy(new float[2, 3]));
        Assert.Throws<EngramException>(() => CtcDecoder.Greedy(new float[1, 1, 2] { { { float.NaN, 0 } } }));
        Assert.Throws<ArgumentOutOfRangeException>(() => CtcDecoder.Beam(new float[2, 3, 4], 2, 3));
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        (TensorBuffer y, TensorBuffer x, Mask mask) = Batch();
        var batch = new BatchLoss(Loss.Ctc());
        var gradient = new TensorBuffer(0);
        for (int step = 0; step < 3; step++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            batch.Compute(y, x, mask, default, gradient);
            if (step > 0) { Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before); }
        }
    }

    [Fact]
    public void A_network_learns_to_read_masked_sequences()
    {
        // Each class stands for one to three steps; -9 is padding.
        var random = new Random(4);
        const int Samples = 64, Steps = 12, Labels = 4;
        var x = new float[Samples, Steps, 3];
        var y = new float[Samples, Labels];
        var lengths = new int[Samples];
        for (int i = 0; i < Samples; i++)
        {
            int t = 0, before = -1;
            for (int j = 0; j < Labels; j++)
            {
                int label = random.Next(3);
                if (label == before) { label = (label + 1) % 3; }
                before = label;
                y[i, j] = label + 1;
                for (int repeat = random.Next(1, 4); repeat > 0; repeat--, t++) { x[i, t, label] = 1; }
            }

            lengths[i] = t;
            for (; t < Steps; t++) { for (int k = 0; k < 3; k++) { x[i, t, k] = -9; } }
        }

        var model = new Sequential(new Input(Steps, 3), new Masking(-9), new Lstm(12) { ReturnSequences = true }, new Dense(4)) { Seed = 5 };
        model.Compile(new Adam(0.02), Loss.Ctc());
        IReadOnlyList<double> losses = model.Fit(x, y, new FitOptions { Epochs = 60, BatchSize = 16 })["loss"];
        Assert.True(losses[^1] < 0.2, $"The loss is {losses[^1]}.");
        CtcPath[] read = CtcDecoder.Greedy(model.Predict(x), lengths);
        int right = Enumerable.Range(0, Samples).Count(i => read[i].Labels.SequenceEqual(Enumerable.Range(0, Labels).Select(j => (int)y[i, j])));
        Assert.True(right >= 60, $"{right} of {Samples} sequences were read.");
    }

    private static (TensorBuffer Y, TensorBuffer X, Mask Mask) Batch()
    {
        var y = new TensorBuffer(Rows, 3);
        y.CopyFrom([1, 1, 0, 3, 2, 1, 0, 0, 0]);
        var mask = new Mask(Rows, Time);
        byte[] steps = [0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 0, 1, 0];
        steps.CopyTo(mask.Span);
        return (y, Logits(3), mask);
    }

    private static TensorBuffer Logits(int seed)
    {
        var random = new Random(seed);
        var x = new TensorBuffer(Rows, Time, Classes);
        for (int i = 0; i < x.Length; i++) { x.Span[i] = random.Next(-3000, 3000) / 1024f; }
        return x;
    }

    // Every way to choose a class for each step, read as labels.
    private static Dictionary<string, double> AllReadings(TensorBuffer x, int row, int time, int blank)
    {
        var readings = new Dictionary<string, double>();
        for (int path = 0; path < (int)Math.Pow(Classes, time); path++)
        {
            double p = 1;
            var labels = new List<int>();
            int last = -1;
            for (int t = 0, rest = path; t < time; t++, rest /= Classes)
            {
                int k = rest % Classes;
                float[] logits = x.Span.Slice(((row * Time) + t) * Classes, Classes).ToArray();
                p *= Math.Exp(logits[k]) / logits.Sum(logit => Math.Exp(logit));
                if (k != blank && k != last) { labels.Add(k); }
                last = k;
            }

            string reading = string.Join(' ', labels);
            readings[reading] = readings.GetValueOrDefault(reading) + p;
        }

        return readings;
    }
}
