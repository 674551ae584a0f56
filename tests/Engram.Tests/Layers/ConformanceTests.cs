using Engram.Layers;
using Xunit.Abstractions;

namespace Engram.Tests.Layers;

/// <summary>
/// Every kind of layer that a configuration may name, on all its golden cases and the samples of <see cref="ConformanceSamples"/>. A new
/// kind is checked as soon as it is named in <see cref="LayerTypes"/>; one without any sample fails.
/// </summary>
public sealed class ConformanceTests(ITestOutputHelper output)
{
    public static TheoryData<string> Kinds() => [.. LayerTypes.BuiltIn.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_layer_keeps_what_layers_promise(string kind)
    {
        ConformanceSample[] samples = [.. Samples(kind)];
        Assert.True(samples.Length > 0, $"{kind} has neither a golden case nor a sample; name one in ConformanceSamples.");
        int derivatives = 0;
        foreach (ConformanceSample sample in samples)
        {
            Conformance.ShapesAreInferred(sample);
            Conformance.Builds(sample);
            Conformance.ConfigurationComesBack(sample);
            Conformance.MasksAreTaken(sample);
            Conformance.OneTrainingStepHelps(sample);
            Conformance.StepsAllocateNothing(sample);
            derivatives += Conformance.DerivativesAreRight(sample) ? 1 : 0;
        }

        Assert.True(derivatives > 0, $"{kind}: every sample is too large for finite differences; name a smaller one in ConformanceSamples.");
        foreach (ConformanceSample sample in samples.Where(sample => !sample.IsStateful).Take(2)) { Conformance.ThreadsDoNotChangeABit(sample); }
        output.WriteLine($"{kind}: {samples.Length} samples, {derivatives} of them against finite differences");
    }

    private static IEnumerable<ConformanceSample> Samples(string kind) => Fixtures.Open("layers").Cases
        .Where(golden => golden.Entry.GetProperty("layer").GetString() == kind)
        .Select(golden => ConformanceSample.Of(golden, kind))
        .Concat(ConformanceSamples.Of(kind));
}
