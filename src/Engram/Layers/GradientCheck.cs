namespace Engram.Layers;

/// <summary>
/// Tells whether a layer's backward pass is the derivative of its forward pass. For random inputs x, random weights w and a random
/// cotangent v, the loss is L = Σ v y(x, w); its derivative by each number is compared with the central difference of fourth order
/// <code>
/// dL/dx ≈ (8 (L(x + s) - L(x - s)) - (L(x + 2s) - L(x - 2s))) / 12 s
/// </code>
/// of the layer's own forward pass, summed in double precision. It also checks the rules of <see cref="Layer"/>: that forward leaves
/// its inputs alone, and that backward overwrites input gradients and adds to weight gradients. The weights are put back afterwards.
/// A layer without trainable weights whose inputs are not checked has no derivative; of it the rules alone are checked.
/// A stateful layer answers the same question differently each time; check it with the states not carried.
/// </summary>
public static class GradientCheck
{
    /// <summary>Checks a layer, which is built if it is not yet.</summary>
    /// <param name="layer">The layer, of any kind, one of your own included.</param>
    /// <param name="inputShapes">The shape of each input, every axis known; small ones, for the layer runs seven times for each number.</param>
    /// <param name="options">What is drawn and what is accepted; null for the defaults.</param>
    /// <exception cref="EngramException">The shapes do not fit the layer, or an axis is unknown.</exception>
    public static GradientReport Run(Layer layer, IReadOnlyList<Shape> inputShapes, GradientCheckOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(inputShapes);
        options ??= new GradientCheckOptions();
        foreach (Shape shape in inputShapes)
        {
            if (!shape.IsKnown) { throw new EngramException($"{layer.DisplayName}: a gradient check needs every axis of {shape}."); }
        }

        layer.Build(inputShapes, options.Key.Derive("weights"));
        float[][] values = [.. layer.Weights.Select(weight => weight.Value.Span.ToArray())];
        float[][] gradients = [.. layer.Weights.Select(weight => weight.Gradient.Span.ToArray())];
        try
        {
            return new Check(layer, inputShapes, options).Run();
        }
        finally
        {
            for (int i = 0; i < values.Length; i++)
            {
                layer.Weights[i].Value.CopyFrom(values[i]);
                layer.Weights[i].Gradient.CopyFrom(gradients[i]);
            }
        }
    }

    private sealed class Check
    {
        // What weight gradients start with, to see that backward adds to them.
        private const float Before = 0.5f;

        // Where the loss is asked for, in steps.
        private const int Middle = 3;
        private static readonly float[] Offsets = [-2, -1, -0.5f, 0, 0.5f, 1, 2];

        private readonly Layer layer;
        private readonly GradientCheckOptions options;
        private readonly LayerCall call;
        private readonly TensorBuffer[] inputs;
        private readonly List<(string Name, TensorBuffer Value, double[] Gradient)> arrays = [];
        private float[][] cotangents = [];

        public Check(Layer layer, IReadOnlyList<Shape> shapes, GradientCheckOptions options)
        {
            this.layer = layer;
            this.options = options;
            call = new LayerCall(layer)
            {
                Training = options.Training,
                KeepForBackward = true,
                Random = options.Key.Derive("layer"),
                Mask = options.Mask,
            };
            for (int i = 0; i < options.Masks?.Count; i++) { call.SetMask(i, options.Masks[i]); }
            inputs = options.Inputs is null
                ? [.. shapes.Select((shape, i) => Draw(new TensorBuffer(shape.Axes), $"input {i}", 1))]
                : [.. options.Inputs];
        }

        public GradientReport Run()
        {
            var report = new GradientReport(layer.DisplayName, options.Tolerance);

            // Weights that start as zeros or alike would hide much.
            foreach (Weight weight in layer.Weights.Where(weight => weight.IsTrainable)) { Draw(weight.Value, weight.Name, 0.5f); }
            float[][] untouched = [.. inputs.Select(input => input.Span.ToArray())];
            call.Forward(inputs);
            for (int i = 0; i < inputs.Length; i++)
            {
                if (!inputs[i].Span.SequenceEqual(untouched[i])) { report.BrokenRule = $"forward changed input {i}"; }
            }

            RunBackward();
            report.Elements = arrays.Sum(array => array.Gradient.Length);
            double largest = arrays.Select(array => Largest(array.Gradient)).DefaultIfEmpty(0).Max();
            foreach ((string name, TensorBuffer value, double[] gradient) in arrays)
            {
                double scale = Math.Max(Math.Max(Largest(gradient), 0.01 * largest), 1e-6);
                for (int i = 0; i < gradient.Length; i++) { Compare(report, name, value, i, gradient[i], scale); }
            }

            return report;
        }

        private void RunBackward()
        {
            IReadOnlyList<TensorBuffer> outputGradients = call.PrepareOutputGradients();
            for (int i = 0; i < outputGradients.Count; i++) { Draw(outputGradients[i], $"cotangent {i}", 1); }
            cotangents = [.. outputGradients.Select(gradient => gradient.Span.ToArray())];
            foreach (Weight weight in layer.Weights) { weight.Gradient.Span.Fill(Before); }
            TensorBuffer?[] inputGradients = [.. inputs.Select(input => options.CheckInputs ? new TensorBuffer(input.Axes) : null)];
            foreach (TensorBuffer? gradient in inputGradients) { gradient?.Span.Fill(float.NaN); } // shows where nothing was written
            call.Backward(inputGradients);

            foreach (Weight weight in layer.Weights.Where(weight => weight.IsTrainable))
            {
                arrays.Add((weight.Name, weight.Value, [.. weight.Gradient.Span.ToArray().Select(value => (double)value - Before)]));
            }

            for (int i = 0; i < inputs.Length; i++)
            {
                if (inputGradients[i] is { } gradient)
                {
                    arrays.Add(($"input {i}", inputs[i], [.. gradient.Span.ToArray().Select(value => (double)value)]));
                }
            }
        }

        private void Compare(GradientReport report, string name, TensorBuffer value, int element, double derivative, double scale)
        {
            Span<double> places = stackalloc double[Offsets.Length];
            Span<double> losses = stackalloc double[Offsets.Length];
            float at = value.Span[element];
            for (int k = 0; k < Offsets.Length; k++)
            {
                value.Span[element] = at + (Offsets[k] * options.Step);
                places[k] = value.Span[element]; // a float, so not quite where it was meant to be
                losses[k] = Loss();
            }

            value.Span[element] = at;
            double numerical = Difference(places, losses, 1);
            double coarse = Difference(places, losses, 2);

            // Where the loss is smooth, both agree far better than this, and second differences grow with the square of the step. Where
            // they do not, there is a kink between the points or in their middle.
            double allowed = options.Tolerance * scale;
            double bend = Math.Max(
                Math.Abs(Bend(losses, 2) - (4 * Bend(losses, 1))), Math.Abs(Bend(losses, 3) - (4 * Bend(losses, 2))) / 2) / options.Step;
            if (Math.Abs(numerical - coarse) > allowed || bend > 2 * allowed)
            {
                report.Skipped++;
                return;
            }

            report.Add(Math.Abs(derivative - numerical) / scale, $"{name}{Place(element, value.Axes)}", derivative, numerical);
        }

        // From the points that are `near` and `near` + 1 places from the middle.
        private static double Difference(ReadOnlySpan<double> places, ReadOnlySpan<double> losses, int near)
        {
            double nearSlope = (losses[Middle + near] - losses[Middle - near]) / (places[Middle + near] - places[Middle - near]);
            double farSlope = (losses[Middle + near + 1] - losses[Middle - near - 1]) / (places[Middle + near + 1] - places[Middle - near - 1]);
            return ((4 * nearSlope) - farSlope) / 3;
        }

        private static double Bend(ReadOnlySpan<double> losses, int distance) =>
            losses[Middle + distance] - (2 * losses[Middle]) + losses[Middle - distance];

        private double Loss()
        {
            call.Forward(inputs);
            double loss = 0;
            for (int k = 0; k < cotangents.Length; k++)
            {
                ReadOnlySpan<float> y = call.Outputs[k].Span;
                for (int i = 0; i < y.Length; i++) { loss += (double)y[i] * cotangents[k][i]; }
            }

            return loss;
        }

        private TensorBuffer Draw(TensorBuffer buffer, string name, float scale)
        {
            RandomKey key = options.Key.Derive(name);
            for (int i = 0; i < buffer.Length; i++) { buffer.Span[i] = scale * (float)key.Normal((ulong)i); }
            return buffer;
        }

        private static double Largest(double[] gradient) => gradient.Length == 0 ? 0 : gradient.Max(Math.Abs);

        private static string Place(int element, ReadOnlySpan<int> axes)
        {
            var indices = new int[axes.Length];
            for (int axis = axes.Length - 1; axis >= 0; axis--) { (element, indices[axis]) = Math.DivRem(element, axes[axis]); }
            return $"[{string.Join(", ", indices)}]";
        }
    }
}
