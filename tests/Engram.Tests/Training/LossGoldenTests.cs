using System.Text.Json;
using Engram.Training;
using Xunit.Abstractions;

namespace Engram.Tests.Training;

/// <summary>Every loss against Keras: values, reductions, gradient.</summary>
public sealed class LossGoldenTests(ITestOutputHelper output)
{
    [Fact]
    public void Values_and_gradients_are_those_of_Keras() => Golden.Run(output, "losses", golden =>
    {
        string kind = golden.Entry.GetProperty("loss").GetString()!;
        if (kind == "CTC")
        {
            CtcGolden.Check(golden);
            return;
        }

        Loss loss = Create(golden, kind);
        TensorBuffer y = Buffer(golden, "y_true"), p = Buffer(golden, "y_pred");
        int[] axes = loss.ElementAxes(y.Axes, p.Axes);
        int count = axes.Aggregate(1, (product, axis) => product * axis);
        if (axes.Length > 0) { Assert.Equal(golden.Axes("none"), axes); }

        var elements = new double[count];
        loss.Forward(y, p, elements);

        // What training does: a mask makes the mean one over what counts; sample weights multiply; the sum is over the number of elements.
        var counts = new byte[count];
        counts.AsSpan().Fill(1);
        if (loss.IgnoresElements) { loss.MarkIgnored(y, counts); }
        double counted = counts.Sum(c => (double)c);
        float[]? sampleWeights = golden.Arrays.Find("sample_weight")?.ToFloats();
        var weights = new double[count];
        for (int i = 0; i < count; i++) { weights[i] = counts[i] / counted * (sampleWeights is null ? 1 : sampleWeights[i]); }

        double mean = 0, sum = 0, weightSum = 0;
        var none = new double[count];
        for (int i = 0; i < count; i++)
        {
            double share = counts[i] * (sampleWeights is null ? 1 : sampleWeights[i]);
            mean += weights[i] * elements[i];
            none[i] = share * elements[i];
            sum += none[i];
            weightSum += share;
        }

        Golden.AssertClose(golden.Doubles("none"), none, 1e-6, "none");
        Golden.AssertClose(golden.Doubles("loss"), [mean], 1e-6, "loss");
        Golden.AssertClose(golden.Doubles("sum"), [sum], 1e-6, "sum");
        if (count > 1) { Golden.AssertClose(golden.Doubles("mean_with_sample_weight"), [sum / weightSum], 1e-6, "mean_with_sample_weight"); }

        var gradient = new TensorBuffer(0);
        loss.Backward(y, p, weights, gradient);
        Assert.True(gradient.Axes.SequenceEqual(p.Axes));
        Golden.AssertClose(golden.Doubles("gradient"), gradient.Span, 1e-6, "gradient");
    });

    internal static TensorBuffer Buffer(GoldenCase golden, string array)
    {
        var buffer = new TensorBuffer(golden.Axes(array));
        buffer.CopyFrom(golden.Floats(array));
        return buffer;
    }

    private static Loss Create(GoldenCase golden, string kind)
    {
        JsonElement config = golden.Entry.GetProperty("config");
        bool logits = config.TryGetProperty("from_logits", out JsonElement flag) && flag.GetBoolean();
        double smoothing = config.TryGetProperty("label_smoothing", out JsonElement smooth) ? smooth.GetDouble() : 0;
        double Number(string name) => config.GetProperty(name).GetDouble();
        return kind switch
        {
            "MeanSquaredError" => Loss.MeanSquaredError,
            "MeanAbsoluteError" => Loss.MeanAbsoluteError,
            "MeanAbsolutePercentageError" => Loss.MeanAbsolutePercentageError,
            "MeanSquaredLogarithmicError" => Loss.MeanSquaredLogarithmicError,
            "LogCosh" => Loss.LogCosh,
            "CosineSimilarity" => Loss.CosineSimilarity,
            "Huber" => Loss.Huber(golden.Name == "Huber_delta" ? 0.3 : 1),
            "Hinge" => Loss.Hinge,
            "SquaredHinge" => Loss.SquaredHinge,
            "CategoricalHinge" => Loss.CategoricalHinge,
            "Poisson" => Loss.Poisson,
            "KLDivergence" => Loss.KLDivergence,
            "Dice" => Loss.Dice,
            "Tversky" => Loss.Tversky(Number("alpha"), Number("beta")),
            "CategoricalCrossentropy" => Loss.CategoricalCrossentropy(logits, smoothing),
            "BinaryCrossentropy" => Loss.BinaryCrossentropy(logits, smoothing),
            "SparseCategoricalCrossentropy" => Loss.SparseCategoricalCrossentropy(
                logits, config.GetProperty("ignore_class").ValueKind == JsonValueKind.Null ? null : config.GetProperty("ignore_class").GetInt32()),
            "BinaryFocalCrossentropy" => Loss.BinaryFocalCrossentropy(
                config.GetProperty("apply_class_balancing").GetBoolean(), Number("alpha"), Number("gamma"), logits, smoothing),
            "CategoricalFocalCrossentropy" => Loss.CategoricalFocalCrossentropy(Number("alpha"), Number("gamma"), logits, smoothing),
            _ => throw new ArgumentException($"An unknown loss: {kind}."),
        };
    }
}
