using System.Numerics.Tensors;

namespace Engram.Inspection;

/// <summary>An order of units in which those that do alike stand side by side, so that a heat map of them shows patterns and not noise.</summary>
public static class UnitOrder
{
    private const int Most = 8192;

    /// <summary>
    /// The numbers of the units, from the first row of a heat map to the last. Units are clustered by average linkage (Sokal and
    /// Michener 1958) of the distances 1 - r, with r Pearson's correlation over all steps that are data; where two clusters meet, each is
    /// turned so that the most similar ends touch. A unit that never changes is at distance 1 from all.
    /// </summary>
    /// <param name="series">A gate or state.</param>
    /// <returns>Each number from 0 to units - 1 once. The same values give the same order.</returns>
    /// <exception cref="EngramException">There are more than 8,192 units, whose distances would need too much memory.</exception>
    public static int[] BySimilarity(GateSeries series)
    {
        ArgumentNullException.ThrowIfNull(series);
        int units = series.Units;
        if (units > Most) { throw new EngramException($"{series.Name} has {units} units; at most {Most} can be ordered by similarity."); }
        float[] between = Distances(Standardized(series), units), linkage = (float[])between.Clone();
        List<int>?[] clusters = [.. Enumerable.Range(0, units).Select(unit => new List<int> { unit })];
        var chain = new List<int>(); // each the nearest neighbour of the one before
        for (int left = units; left > 1;)
        {
            if (chain.Count == 0) { chain.Add(Array.FindIndex(clusters, cluster => cluster is not null)); }
            int last = chain[^1], before = chain.Count > 1 ? chain[^2] : -1, nearest = before;
            for (int other = 0; other < units; other++)
            {
                if (other == last || clusters[other] is null) { continue; }
                if (nearest < 0 || linkage[(last * units) + other] < linkage[(last * units) + nearest]) { nearest = other; }
            }

            // One that is in the chain already is the one before, or by rounding as near as it.
            if (!chain.Contains(nearest))
            {
                chain.Add(nearest);
                continue;
            }

            chain.RemoveAll(cluster => cluster == last || cluster == nearest);
            Merge(clusters, Math.Min(last, nearest), Math.Max(last, nearest), linkage, between, units);
            left--;
        }

        int[] order = [.. clusters.Single(cluster => cluster is not null)!];
        if (order[0] > order[^1]) { Array.Reverse(order); }
        return order;
    }

    // The distance of a cluster to two that become one is the mean over all their units.
    private static void Merge(List<int>?[] clusters, int first, int second, float[] linkage, float[] between, int units)
    {
        List<int> a = clusters[first]!, b = clusters[second]!;
        for (int other = 0; other < units; other++)
        {
            if (clusters[other] is null || other == first || other == second) { continue; }
            float mean = ((a.Count * linkage[(first * units) + other]) + (b.Count * linkage[(second * units) + other])) / (a.Count + b.Count);
            linkage[(first * units) + other] = linkage[(other * units) + first] = mean;
        }

        float Gap(int left, int right) => between[(left * units) + right];
        (bool TurnA, bool TurnB, float Gap)[] ways =
            [(false, false, Gap(a[^1], b[0])), (true, false, Gap(a[0], b[0])), (false, true, Gap(a[^1], b[^1])), (true, true, Gap(a[0], b[^1]))];
        (bool turnA, bool turnB, _) = ways.MinBy(way => way.Gap);
        if (turnA) { a.Reverse(); }
        if (turnB) { b.Reverse(); }
        a.AddRange(b);
        clusters[second] = null;
    }

    // Each unit's values less their mean, of length 1: the product of two is their correlation.
    private static float[][] Standardized(GateSeries series)
    {
        (int Row, int Step)[] places = [.. from row in Enumerable.Range(0, series.Rows)
                                           from step in Enumerable.Range(0, series.TimeSteps)
                                           where series.IsData(row, step)
                                           select (row, step)];
        var values = new float[series.Units][];
        for (int unit = 0; unit < values.Length; unit++) { values[unit] = new float[places.Length]; }
        for (int i = 0; i < places.Length; i++)
        {
            ReadOnlySpan<float> step = series.Step(places[i].Row, places[i].Step);
            for (int unit = 0; unit < step.Length; unit++) { values[unit][i] = step[unit]; }
        }

        foreach (float[] one in values)
        {
            bool constant = one.Length == 0 || !one.AsSpan().ContainsAnyExcept(one[0]);
            TensorPrimitives.Subtract(one, constant ? 0 : (float)one.Average(value => (double)value), one);
            if (constant) { one.AsSpan().Clear(); }
            else { TensorPrimitives.Divide(one, TensorPrimitives.Norm<float>(one), one); }
        }

        return values;
    }

    private static float[] Distances(float[][] values, int units)
    {
        var distances = new float[units * units];
        for (int a = 0; a < units; a++)
        {
            for (int b = a + 1; b < units; b++)
            {
                distances[(a * units) + b] = distances[(b * units) + a] = 1 - TensorPrimitives.Dot<float>(values[a], values[b]);
            }
        }

        return distances;
    }
}
