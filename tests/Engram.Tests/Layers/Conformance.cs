using System.Globalization;
using Engram.Kernels;
using Engram.Layers;

namespace Engram.Tests.Layers;

/// <summary>What every layer promises, checked on a sample of it.</summary>
internal static class Conformance
{
    // Golden cases with inputs that stand exactly where the layer jumps: a mask would change with the input, so there is no derivative to compare with.
    private static readonly string[] WithoutDerivative = ["masking"];

    /// <summary>The shape that is announced is the shape that comes, for a batch of any size and sequences of any length too.</summary>
    public static void ShapesAreInferred(ConformanceSample sample)
    {
        Layer layer = sample.Built();
        LayerCall call = sample.Call(layer);
        call.Forward(sample.Inputs);
        foreach (int unknown in new[] { 0, 1, 2 })
        {
            Shape[] shapes = [.. sample.Shapes.Select(shape => Forget(shape, unknown))];
            IReadOnlyList<Shape> announced;
            try { announced = sample.Create().OutputShapes(shapes); }
            catch (EngramException) when (unknown == 2) { continue; } // the length of the second axis belongs to the layer
            Assert.Equal(call.Outputs.Count, announced.Count);
            for (int k = 0; k < announced.Count; k++)
            {
                Assert.True(announced[k].Accepts(call.Outputs[k].Axes), $"{sample.Name}: announced {announced[k]}, got {Shape.Format(call.Outputs[k].Axes)}");
            }
        }
    }

    /// <summary>Building draws the same weights from the same key, each under a name of its own, and a built layer refuses other inputs or takes them right.</summary>
    public static void Builds(ConformanceSample sample)
    {
        Layer layer = sample.Create();
        Assert.False(layer.IsBuilt);
        layer.Build(sample.Shapes, new RandomKey(5));
        Layer again = sample.Create();
        again.Build(sample.Shapes, new RandomKey(5));
        again.Build(sample.Shapes, new RandomKey(6)); // does nothing
        Assert.Equal(layer.Weights.Count, layer.Weights.Select(weight => weight.Name).Distinct(StringComparer.Ordinal).Count());
        for (int k = 0; k < layer.Weights.Count; k++)
        {
            Assert.Equal(layer.Weights[k].Value.Span.ToArray(), again.Weights[k].Value.Span.ToArray());
        }
    }

    /// <summary>A layer made from its configuration writes the same configuration, and computes the same.</summary>
    public static void ConfigurationComesBack(ConformanceSample sample)
    {
        Layer layer = sample.Create();
        if (layer is Activation { Function: { } function } && !Activations.Names.Contains(function.Name)) { return; } // cannot be had by name
        var config = new Configuration(layer.Name, layer.GetConfig(), LayerTypes.BuiltIn);
        layer.WriteCallArguments(config);
        Layer again = LayerTypes.BuiltIn.Create(layer.Kind, config);
        Assert.Equal(layer.GetConfig().ToJsonString(), again.GetConfig().ToJsonString());
        Assert.Equal(layer.GetType(), again.GetType());
        again.Build(sample.Shapes, new RandomKey(1));
        sample.LoadWeights(again);
        Assert.Equal(Step(sample, sample.Built()), Step(sample, again));
    }

    /// <summary>Backward is the derivative of forward, with the sample's masks. Returns whether it was checked: large samples are not.</summary>
    public static bool DerivativesAreRight(ConformanceSample sample)
    {
        Layer layer = sample.Built();
        bool hasDerivative = !sample.IsStateful && !WithoutDerivative.Contains(sample.Name);
        if (!hasDerivative || sample.Elements + layer.ParameterCount > 400) { return false; }
        GradientReport report = GradientCheck.Run(layer, sample.Shapes, new GradientCheckOptions
        {
            Inputs = sample.Inputs,
            CheckInputs = !sample.TakesWholeNumbers,
            Masks = sample.Masks,
            Training = sample.Training,
            Step = 1f / 64, // shorter than the default: golden inputs and weights lie close to the bends of rectifiers
        });
        Assert.True(report.Passed, $"{sample.Name}: {report}");
        return true;
    }

    /// <summary>A mask on the first input is taken: what goes on is null or has a place for each step of the output.</summary>
    public static void MasksAreTaken(ConformanceSample sample)
    {
        Layer layer = sample.Built();
        LayerCall call = sample.Call(layer);
        if (sample.Masks.Any(given => given is not null))
        {
            call.Forward(sample.Inputs);
            CheckMask(sample, call);
            return;
        }

        call.Forward(sample.Inputs);
        float[] without = call.Output.Span.ToArray();
        Mask? own = layer.OutputMask(call, 0);
        if (own is not null) { CheckMask(sample, call); }
        if (sample.Inputs[0].Rank != 3) { return; }

        call = sample.Call(layer);
        for (int k = 0; k < sample.Inputs.Length; k++)
        {
            if (sample.Inputs[k].Rank == 3) { call.SetMask(k, Ones(sample.Inputs[k][0], sample.Inputs[k][1])); }
        }

        try { call.Forward(sample.Inputs); }
        catch (EngramException problem) when (problem.Message.Contains("mask", StringComparison.Ordinal)) { return; } // says so
        CheckMask(sample, call);

        // A mask without padding changes nothing.
        if (!sample.IsStateful && !sample.Training) { Assert.Equal(without, call.Output.Span.ToArray()); }
        if (!layer.SupportsMasking) { Assert.Null(layer.OutputMask(call, 0)); }
    }

    /// <summary>One step down the gradient of a linear loss makes the loss smaller; what is not trainable has no gradient.</summary>
    public static void OneTrainingStepHelps(ConformanceSample sample)
    {
        Layer layer = sample.Built();
        if (sample.IsStateful || layer.Weights.All(weight => !weight.IsTrainable)) { return; }
        LayerCall call = sample.Call(layer);
        double before = Loss(sample, call);
        foreach (Weight weight in layer.Weights) { weight.Gradient.Clear(); }
        Backward(sample, call);
        double norm = 0;
        float largest = 0;
        foreach (Weight weight in layer.Weights)
        {
            foreach (float gradient in weight.Gradient.Span)
            {
                norm += (double)gradient * gradient;
                largest = Math.Max(largest, Math.Abs(gradient));
            }

            if (!weight.IsTrainable) { Assert.All(weight.Gradient.Span.ToArray(), gradient => Assert.Equal(0, gradient)); }
        }

        Assert.True(norm > 0, $"{sample.Name}: no gradient");
        float[][] start = [.. layer.Weights.Select(weight => weight.Value.Span.ToArray())];
        double after = double.NaN;
        foreach (float step in new[] { 2e-3f, 2e-4f, 2e-5f }) // the loss of a long sequence bends sharply
        {
            for (int k = 0; k < start.Length; k++)
            {
                Weight weight = layer.Weights[k];
                if (!weight.IsTrainable) { continue; }
                for (int i = 0; i < start[k].Length; i++) { weight.Value.Span[i] = start[k][i] - (step / largest * weight.Gradient.Span[i]); }
            }

            after = Loss(sample, call);
            if (after < before) { return; }
        }

        Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"{sample.Name}: the loss went from {before:G9} to {after:G9}"));
    }

    /// <summary>Once a batch has been seen, a training step allocates nothing.</summary>
    public static void StepsAllocateNothing(ConformanceSample sample)
    {
        Layer layer = sample.Built();
        LayerCall call = sample.Call(layer);
        TensorBuffer?[] gradients = [.. sample.Inputs.Select(_ => new TensorBuffer(0))];
        long least = long.MaxValue;
        for (int step = 0; step < 4; step++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            call.Forward(sample.Inputs);
            layer.OutputMask(call, 0);
            IReadOnlyList<TensorBuffer> cotangents = call.PrepareOutputGradients();
            for (int k = 0; k < cotangents.Count; k++) { cotangents[k].Span.Fill(1); } // an enumerator would be allocated
            call.Backward(gradients);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.True(least == 0, $"{sample.Name}: {least} bytes a step");
    }

    /// <summary>One thread and three give the same bits, on a batch that is worth sharing.</summary>
    public static void ThreadsDoNotChangeABit(ConformanceSample sample)
    {
        ConformanceSample large = sample.Repeated(Math.Max(2, 100_000 / Math.Max(1, sample.Elements)));
        int before = Workers.ThreadCount;
        try
        {
            Workers.ThreadCount = 1;
            List<float[]> alone = Step(large, large.Built());
            Workers.ThreadCount = 3;
            List<float[]> shared = Step(large, large.Built());
            for (int k = 0; k < alone.Count; k++) { Assert.True(alone[k].AsSpan().SequenceEqual(shared[k]), $"{sample.Name}: array {k} differs"); }
        }
        finally { Workers.ThreadCount = before; }
    }

    // Outputs, input gradients, weight gradients and weights of a training step.
    private static List<float[]> Step(ConformanceSample sample, Layer layer)
    {
        LayerCall call = sample.Call(layer);
        call.Forward(sample.Inputs);
        TensorBuffer[] gradients = Backward(sample, call);
        return
        [
            .. call.Outputs.Select(output => output.Span.ToArray()), .. gradients.Select(gradient => gradient.Span.ToArray()),
            .. layer.Weights.Select(weight => weight.Gradient.Span.ToArray()), .. layer.Weights.Select(weight => weight.Value.Span.ToArray()),
        ];
    }

    private static TensorBuffer[] Backward(ConformanceSample sample, LayerCall call)
    {
        foreach (TensorBuffer gradient in call.PrepareOutputGradients())
        {
            for (int i = 0; i < gradient.Length; i++) { gradient.Span[i] = Cotangent(i); }
        }

        TensorBuffer[] gradients = [.. sample.Inputs.Select(_ => new TensorBuffer(0))];
        call.Backward(gradients);
        return gradients;
    }

    private static double Loss(ConformanceSample sample, LayerCall call)
    {
        call.Forward(sample.Inputs);
        double loss = 0;
        foreach (TensorBuffer output in call.Outputs)
        {
            for (int i = 0; i < output.Length; i++) { loss += (double)output.Span[i] * Cotangent(i); }
        }

        return loss;
    }

    private static float Cotangent(int i) => (float)new RandomKey(11).Normal((ulong)(i % 997));

    private static void CheckMask(ConformanceSample sample, LayerCall call)
    {
        if (call.Layer.OutputMask(call, 0) is not { } mask) { return; }
        Assert.Equal(call.Output[0], mask.Rows);
        Assert.True(call.Output.Rank >= 2 && call.Output[1] == mask.TimeSteps, $"{sample.Name}: a mask of {mask.TimeSteps} steps with {Shape.Format(call.Output.Axes)}");
    }

    private static Mask Ones(int rows, int steps)
    {
        var mask = new Mask(rows, steps);
        mask.Span.Fill(1);
        return mask;
    }

    private static Shape Forget(Shape shape, int axes)
    {
        for (int axis = 0; axis < Math.Min(axes, shape.Rank); axis++) { shape = shape.With(axis, Shape.Unknown); }
        return shape;
    }
}
