using System.Collections.Concurrent;
using System.Globalization;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Engram.Tests;

/// <summary>Comparison with golden numbers, and the tally of how many cases were compared.</summary>
public static class Golden
{
    private enum Outcome { Passed, Failed } // a case that two tests check counts with the higher one

    private static readonly ConcurrentDictionary<(string Folder, string Case), Outcome> Outcomes = new();

    /// <summary>
    /// Runs every case of a folder that <paramref name="where"/> selects, prints the tally and fails when a case failed, naming all
    /// that did. <paramref name="check"/> throws when a case is wrong or not supported.
    /// </summary>
    public static void Run(ITestOutputHelper output, string folder, Action<GoldenCase> check, Func<GoldenCase, bool>? where = null)
    {
        var failures = new List<string>();
        int ran = 0;
        foreach (GoldenCase golden in Fixtures.Open(folder).Cases)
        {
            if (where is not null && !where(golden)) { continue; }
            ran++;
            Outcome outcome;
            try
            {
                check(golden);
                outcome = Outcome.Passed;
            }
#pragma warning disable CA1031 // every failure is collected, and the test fails with all of them
            catch (Exception e)
#pragma warning restore CA1031
            {
                outcome = Outcome.Failed;
                failures.Add($"{golden}: {e.Message}");
            }

            Outcomes.AddOrUpdate((folder, golden.Name), outcome, (_, before) => before > outcome ? before : outcome);
        }

        Report(folder, output);
        Assert.True(ran > 0, $"no case of {folder} was selected");
        if (failures.Count > 0) { throw new XunitException($"{failures.Count} of {ran} cases failed:\n{string.Join("\n", failures)}"); }
    }

    /// <summary>Prints how the cases of a folder that ran so far came out: <c>layers: 278 cases, 278 passed, 0 failed</c>.</summary>
    public static void Report(string folder, ITestOutputHelper output)
    {
        FixtureFolder opened = Fixtures.Open(folder);
        int Count(Outcome outcome) => Outcomes.Count(entry => entry.Key.Folder == folder && entry.Value == outcome);
        int rest = opened.Cases.Count - Outcomes.Count(entry => entry.Key.Folder == folder);
        output.WriteLine($"{folder}: {opened.Cases.Count} cases, {Count(Outcome.Passed)} passed, {Count(Outcome.Failed)} failed{(rest > 0 ? $", {rest} not run so far" : "")} ({opened.Origin})");
    }

    /// <summary>
    /// Fails unless every actual value differs from the expected one by at most <paramref name="tolerance"/> times the largest
    /// expected magnitude (by <paramref name="tolerance"/> itself where all are below 1e-12). NaN and infinity agree only with themselves.
    /// </summary>
    public static void AssertClose(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance, string what)
    {
        if (expected.Length != actual.Length) { throw new XunitException($"{what}: {actual.Length} values, expected {expected.Length}"); }
        double largest = 0;
        foreach (double value in expected)
        {
            if (double.IsFinite(value)) { largest = Math.Max(largest, Math.Abs(value)); }
        }

        double allowed = tolerance * (largest < 1e-12 ? 1 : largest);
        int wrong = 0;
        int worst = -1;
        double worstDifference = -1;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs(expected[i] - actual[i]);
            if (difference <= allowed || expected[i].Equals(actual[i])) { continue; }
            wrong++;
            double rank = double.IsNaN(difference) ? double.PositiveInfinity : difference;
            if (rank > worstDifference) { (worst, worstDifference) = (i, rank); }
        }

        if (wrong > 0)
        {
            throw new XunitException(string.Create(CultureInfo.InvariantCulture,
                $"{what}: {wrong} of {expected.Length} values differ; worst at {worst}: expected {expected[worst]:G9}, got {actual[worst]:G9}, allowed {allowed:G3}"));
        }
    }

    /// <inheritdoc cref="AssertClose(ReadOnlySpan{double}, ReadOnlySpan{double}, double, string)"/>
    public static void AssertClose(ReadOnlySpan<double> expected, ReadOnlySpan<float> actual, double tolerance, string what)
    {
        var wide = new double[actual.Length];
        for (int i = 0; i < wide.Length; i++) { wide[i] = actual[i]; }
        AssertClose(expected, wide, tolerance, what);
    }
}
