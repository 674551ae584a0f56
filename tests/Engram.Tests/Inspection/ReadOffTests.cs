using Engram.Cells;
using Engram.Inspection;
using Engram.Layers;
using Engram.Models;

namespace Engram.Tests.Inspection;

/// <summary>What is read off traces, on numbers small enough to work out by hand and on traces of models.</summary>
public sealed class ReadOffTests
{
    [Fact]
    public void Saturation_counts_the_steps_below_and_above()
    {
        // Two rows of four steps and three units; the last step of the second row is masked.
        float[] f =
        [
            0.05f, 0.5f, 0.95f, 0.1f, 0.5f, 0.95f, 0.02f, 0.5f, 0.9f, 0.01f, 0.95f, 0.95f,
            0.05f, 0.5f, 0.95f, 0.3f, 0.5f, 0.95f, 0.02f, 0.5f, 0.95f, float.NaN, float.NaN, float.NaN,
        ];
        GateSaturation saturation = GateSaturation.Measure(Lstm(2, 4, 3, f, masked: 7).ForgetGate);
        Assert.Equal("forget_gate", saturation.Gate);
        Close([5 / 7.0, 0, 0], saturation.Left);
        Close([0, 1 / 7.0, 6 / 7.0], saturation.Right);
        Assert.Equal(5 / 21.0, saturation.MeanLeft, 1e-12);
        Assert.Equal(7 / 21.0, saturation.MeanRight, 1e-12);
        Assert.Contains("cell_state is no gate", Assert.Throws<EngramException>(() => GateSaturation.Measure(Lstm(2, 4, 3, f).CellState)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => GateSaturation.Measure(Lstm(2, 4, 3, f).ForgetGate, 0.9, 0.1));
    }

    [Fact]
    public void A_memory_span_is_where_the_product_of_forget_gates_falls_below_half()
    {
        // One row, six steps; units: 0.8 always (0.8^4 = 0.41 < 1/2: four steps), 0.5 then 0.4 ..., 1 always.
        float[] f = new float[6 * 3];
        for (int t = 0; t < 6; t++) { (f[3 * t], f[(3 * t) + 1], f[(3 * t) + 2]) = (0.8f, t < 3 ? 0.5f : 0.4f, 1); }
        MemorySpan span = MemorySpan.Measure(Lstm(1, 6, 3, f));
        Assert.Equal([4, 4, null, null, null, null], Enumerable.Range(0, 6).Select(t => span[0, t, 0]));
        Assert.Equal([2, 2, 1, 1, 1, null], Enumerable.Range(0, 6).Select(t => span[0, t, 1])); // 0.5 is not below 1/2, 0.25 is
        Assert.Equal(4, span.Units[0]); // of those that could last so long, all ended at 4
        Assert.Equal(1, span.Units[1]);
        Assert.Equal(double.PositiveInfinity, span.Units[2]);
    }

    [Fact]
    public void Masked_steps_do_not_count_and_a_backward_layer_is_counted_backward()
    {
        float[] f = [0.3f, 0.9f, float.NaN, 0.9f, 0.6f];
        Assert.Equal([3, null, null, null, null], Spans(Lstm(1, 5, 1, f, masked: 2))); // 0.9 (at 1), 0.9 (at 3), 0.6 (at 4)
        // Backward the steps are read 4, 3, 1, 0: 0.9 (at 3), 0.9 (at 1), 0.3 (at 0).
        Assert.Equal([null, 1, null, 2, 3], Spans(Lstm(1, 5, 1, f, masked: 2, ReadingDirection.Backward)));

        static IEnumerable<int?> Spans(LayerTrace layer)
        {
            MemorySpan span = MemorySpan.Measure(layer);
            return Enumerable.Range(0, 5).Select(t => span[0, t, 0]);
        }
    }

    [Fact]
    public void What_a_step_keeps_is_each_cells_own()
    {
        var x = new float[2, 30, 2];
        for (int i = 0; i < x.Length; i++) { x[i / 60, i / 2 % 30, i % 2] = (float)new RandomKey(3).Normal((ulong)i); }
        LayerTrace Trace(Layer layer) => new Sequential(new Input(30, 2), layer) { Seed = 8 }.Trace(x).Layers[0];
        void Check(LayerTrace layer, Func<int, int, int, double> kept)
        {
            MemorySpan span = MemorySpan.Measure(layer);
            for (int s = 0; s < 30; s++)
            {
                double product = 1;
                int? expected = null;
                for (int n = 1; s + n < 30 && expected is null; n++)
                {
                    product *= kept(1, s + n, 2);
                    if (product < 0.5) { expected = n; }
                }

                Assert.Equal(expected, span[1, s, 2]);
            }
        }

        LayerTrace gru = Trace(new Gru(4)), minimal = Trace(new MinimalGatedUnit(4)), slstm = Trace(new SLstm(4));
        Check(gru, (row, t, u) => gru.UpdateGate[row, t, u]);
        Check(minimal, (row, t, u) => 1 - minimal.ForgetGate[row, t, u]);
        GateSeries n = slstm["normalizer_state"];
        Check(slstm, (row, t, u) => (double)slstm.ForgetGate[row, t, u] * n[row, t - 1, u] / n[row, t, u]);
        Assert.Contains("no gate for each unit", Assert.Throws<EngramException>(() => MemorySpan.Measure(Trace(new SimpleRnn(3)))).Message, StringComparison.Ordinal);
        Assert.Contains("no gate for each unit", Assert.Throws<EngramException>(() => MemorySpan.Measure(Trace(new MLstm(4) { Heads = 2 }))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Units_are_ranked_by_the_magnitude_of_their_correlation()
    {
        // Unit 0 counts, 1 is constant, 2 counts down in part, 3 is inside quotes.
        var inside = StepProperties.InsideQuotes(["he", "said", "\"", "not", "now", "\"", "and", "left"]);
        Assert.Equal([0, 0, 0, 1, 1, 0, 0, 0], inside);
        float[] c = new float[8 * 4];
        for (int t = 0; t < 8; t++) { (c[4 * t], c[(4 * t) + 1], c[(4 * t) + 2], c[(4 * t) + 3]) = (t, 0.3f, -t + (t % 2), (float)inside[t]); }
        GateSeries cell = Lstm(1, 8, 4, c, ofCell: true).CellState;
        IReadOnlyList<UnitCorrelation> position = UnitCorrelation.Rank(cell, StepProperties.Position(8));
        Assert.Equal([0, 2, 1, 3], position.Select(one => one.Unit));
        Assert.Equal(1, position[0].Correlation, 1e-9);
        double[] down = [.. Enumerable.Range(0, 8).Select(t => -t + (t % 2.0))];
        Assert.Equal(Pearson(down, StepProperties.Position(8)), position[1].Correlation, 1e-9);
        Assert.Equal(0, position[2].Correlation);
        Assert.Equal(0, position[3].Correlation, 1e-9); // in the middle
        Assert.Equal(new UnitCorrelation(3, 1), UnitCorrelation.Rank(cell, inside)[0] with { Correlation = 1 });
        Assert.Equal(1, UnitCorrelation.Rank(cell, inside)[0].Correlation, 1e-9);

        // Unknown steps do not count.
        double[] known = [0, 1, 2, 3, double.NaN, double.NaN, double.NaN, double.NaN];
        Assert.Equal(Pearson(down[..4], known[..4]), UnitCorrelation.Rank(cell, known).Single(one => one.Unit == 2).Correlation, 1e-9);
        Assert.Contains("(1, 8)", Assert.Throws<EngramException>(() => UnitCorrelation.Rank(cell, new double[3])).Message, StringComparison.Ordinal);
        Assert.Contains("same at every step", Assert.Throws<EngramException>(() => UnitCorrelation.Rank(cell, new double[8])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_negation_reaches_to_the_end_of_its_clause()
    {
        Assert.Equal(
            [0, 0, 0, 1, 1, 0, 0, 0],
            StepProperties.AfterNegation(["It", "is", "not", "very", "good.", "It", "is", "bad"]));
        Assert.Equal([0, 0, 1, 0, 0, 0], StepProperties.AfterNegation(["I", "don\u2019t", "know", ",", "he", "does"]));
        Assert.Equal([0, 0, 1, 0, 0], StepProperties.AfterNegation(["Never", "NO", "luck", "but", "fun"]));
        string text = "no fun. ok";
        Assert.Equal(
            [0, 0, 0, 1, 1, 1, 1, 0, 0, 0],
            StepProperties.AfterNegation([.. text.Select(c => c.ToString())]));
        Assert.Equal([0, 1], StepProperties.AfterNegation(["nicht", "gut"], ["nicht"]));
        Assert.Equal([0, 1, 1, 0, 1, 0], StepProperties.InsideQuotes([" ", "\u201EJa\u201C", "\u00ABn", "\u00BB", "\"x", "y"]).Select((v, i) => i == 5 ? 0 : v));
        Assert.Empty(StepProperties.AfterNegation([]));
    }

    [Fact]
    public void Units_that_do_alike_stand_side_by_side()
    {
        // Three families of waves, shuffled: within a family they differ by noise.
        const int Families = 3, Each = 5, Steps = 60;
        var values = new float[Steps * Families * Each];
        int[] family = [.. Enumerable.Range(0, Families * Each).Select(u => u * 7 % (Families * Each) % Families)];
        for (int t = 0; t < Steps; t++)
        {
            for (int u = 0; u < family.Length; u++)
            {
                values[(t * family.Length) + u] = (float)(Math.Sin((family[u] + 1) * t * 0.3) + (0.2 * new RandomKey(u).Normal((ulong)t)));
            }
        }

        GateSeries series = Lstm(1, Steps, family.Length, values, ofCell: true).CellState;
        int[] order = UnitOrder.BySimilarity(series);
        Assert.Equal(Enumerable.Range(0, family.Length), order.Order());
        Assert.Equal(Families - 1, order.Zip(order.Skip(1)).Count(pair => family[pair.First] != family[pair.Second]));
        Assert.Equal(order, UnitOrder.BySimilarity(series));
    }

    [Fact]
    public void An_order_exists_for_one_unit_for_equal_units_and_for_many()
    {
        Assert.Equal([0], UnitOrder.BySimilarity(Lstm(1, 3, 1, [1, 2, 3], ofCell: true).CellState));
        int[] equal = UnitOrder.BySimilarity(Lstm(1, 2, 6, [.. Enumerable.Repeat(0.5f, 12)], ofCell: true).CellState);
        Assert.Equal(Enumerable.Range(0, 6), equal.Order());
        int[] twins = UnitOrder.BySimilarity(Lstm(1, 3, 4, [1, 2, 1, 2, 2, 1, 2, 1, 3, 5, 3, 5], ofCell: true).CellState);
        Assert.Equal(1, Math.Abs(Array.IndexOf(twins, 0) - Array.IndexOf(twins, 2)));
        Assert.Equal(1, Math.Abs(Array.IndexOf(twins, 1) - Array.IndexOf(twins, 3)));
        float[] drawn = [.. Enumerable.Range(0, 200 * 300).Select(i => (float)new RandomKey(5).Normal((ulong)i))];
        Assert.Equal(Enumerable.Range(0, 300), UnitOrder.BySimilarity(Lstm(1, 200, 300, drawn, ofCell: true).CellState).Order());
    }

    private static LayerTrace Lstm(int rows, int steps, int units, float[] values, int? masked = null, ReadingDirection direction = ReadingDirection.Forward, bool ofCell = false)
    {
        Mask? mask = null;
        if (masked is { } step)
        {
            mask = new Mask(rows, steps);
            mask.Span.Fill(1);
            mask.Span[step] = 0;
        }

        var other = new float[values.Length];
        return new LayerTrace(
            "lstm", "LSTM", direction, rows, steps, units, mask,
            [new TracedArray("forget_gate", units, ofCell ? other : values), new TracedArray("cell_state", units, ofCell ? values : other), new TracedArray("hidden_state", units, other)]);
    }

    private static double Pearson(double[] a, double[] b)
    {
        double ma = a.Average(), mb = b.Average();
        return a.Zip(b, (x, y) => (x - ma) * (y - mb)).Sum() / Math.Sqrt(a.Sum(x => (x - ma) * (x - ma)) * b.Sum(y => (y - mb) * (y - mb)));
    }

    private static void Close(double[] expected, IReadOnlyList<double> actual) => Golden.AssertClose(expected, actual.ToArray(), 1e-12, "values");
}
