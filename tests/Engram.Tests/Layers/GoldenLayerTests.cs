using Engram.Formats;
using Engram.Layers;
using Xunit.Abstractions;

namespace Engram.Tests.Layers;

/// <summary>Every layer against the real Keras: outputs, masks and all gradients.</summary>
public sealed class GoldenLayerTests(ITestOutputHelper output)
{
    [Fact]
    public void Layers_agree_with_Keras()
    {
        var tally = new SortedDictionary<string, (int Ran, int Right)>(StringComparer.Ordinal);
        Golden.Run(output, "layers", golden =>
        {
            string kind = golden.Entry.GetProperty("layer").GetString()!;
            (int ran, int right) = tally.GetValueOrDefault(kind);
            tally[kind] = (ran + 1, right);
            Check(golden, kind);
            tally[kind] = (ran + 1, right + 1);
        });
        foreach ((string kind, (int ran, int right)) in tally) { output.WriteLine($"{kind}: {right} of {ran} right"); }
    }

    private static void Check(GoldenCase golden, string kind)
    {
        Layer layer = LayerFactory.Create(kind, golden);
        if (layer.Name.Length > 0) { GoldenConfig.CheckRoundTrip(layer, golden.Entry.GetProperty("config")); }
        double tolerance = Tolerance(golden.Name);

        TensorBuffer[] inputs = GoldenLayer.Inputs(golden);
        layer.Build([.. inputs.Select(input => new Shape(input.Axes))], new RandomKey(1));
        GoldenLayer.LoadWeights(golden, layer);

        var call = new LayerCall(layer) { Training = GoldenLayer.Training(golden), KeepForBackward = true };
        Mask?[] masks = GoldenLayer.Masks(golden, inputs.Length);
        for (int k = 0; k < masks.Length; k++) { call.SetMask(k, masks[k]); }
        call.Forward(inputs);
        if (golden.Entry.GetProperty("stateful_second_call").GetBoolean()) { call.Forward(inputs); }

        int outputs = golden.Arrays.Arrays.Count(array => array.Name.StartsWith("output.", StringComparison.Ordinal));
        Assert.Equal(outputs, call.Outputs.Count);
        for (int k = 0; k < outputs; k++)
        {
            Assert.Equal(golden.Axes($"output.{k}"), call.Outputs[k].Axes.ToArray());
            Golden.AssertClose(golden.Doubles($"output.{k}"), call.Outputs[k].Span, tolerance, $"output.{k}");
        }

        CheckMask(golden, layer.OutputMask(call, 0));

        IReadOnlyList<TensorBuffer> outputGradients = call.PrepareOutputGradients();
        for (int k = 0; k < outputs; k++)
        {
            outputGradients[k].Clear();
            if (golden.Arrays.Find($"output_gradient.{k}") is { } cotangent) { outputGradients[k].CopyFrom(cotangent.ToFloats()); }
        }

        TensorBuffer[] inputGradients = [.. inputs.Select(_ => new TensorBuffer(0))];
        call.Backward(inputGradients);
        int sequences = GoldenLayer.Numbered(golden, "input").Count;
        for (int k = 0; k < inputs.Length; k++)
        {
            string array = k < sequences ? $"input_gradient.{k}" : $"initial_state_gradient.{k - sequences}";
            if (golden.Arrays.Find(array) is { } expected)
            {
                Golden.AssertClose(expected.ToDoubles(), inputGradients[k].Span, tolerance, array);
            }
        }

        foreach (Weight weight in layer.Weights)
        {
            if (weight.IsTrainable)
            {
                Golden.AssertClose(golden.Doubles($"weight_gradient.{weight.Name}"), weight.Gradient.Span, tolerance, $"gradient of {weight.Name}");
            }
            else
            {
                Assert.Null(golden.Arrays.Find($"weight_gradient.{weight.Name}"));
                Assert.All(weight.Gradient.Span.ToArray(), gradient => Assert.Equal(0, gradient));
            }

            // Moving averages after a training call.
            if (golden.Arrays.Find($"after.{weight.Name}") is { } after)
            {
                Golden.AssertClose(after.ToDoubles(), weight.Value.Span, tolerance, $"{weight.Name} afterwards");
            }
        }
    }

    // The two named cases amplify: with plain loops, an exact tanh and single precision, moving the bias by one unit in the last
    // place moves them by 2.0e-6 and 1.8e-4.
    private static double Tolerance(string name) => name switch
    {
        "simplernn_wide_state" => 4e-6,
        "simplernn_long" => 2e-4,
        _ when name.EndsWith("_long", StringComparison.Ordinal) || name.EndsWith("_large_values", StringComparison.Ordinal) => 2e-5,
        _ => 2e-6,
    };

    private static void CheckMask(GoldenCase golden, Mask? actual)
    {
        NamedArray? expected = golden.Arrays.Find("output_mask.0");
        Assert.Equal(expected is null, actual is null);
        if (expected is not null) { Assert.Equal(expected.Bytes.ToArray(), actual!.Span.ToArray()); }
    }
}
