using Engram.Layers;
using Engram.Models;

namespace Engram.Inspection;

/// <summary>What stands at each tap for some rows, and which steps of it are data.</summary>
internal sealed record AttributionInput(TensorBuffer[] Values, Mask?[] Masks, int[] Steps)
{
    public bool FitsTo(AttributionInput other) => Values.Zip(other.Values, (mine, theirs) => mine.Axes.SequenceEqual(theirs.Axes)).All(fits => fits);

    /// <summary>The elements of one row at a tap.</summary>
    public ReadOnlySpan<float> Row(int tap, int row) => Values[tap].Span.Slice(row * Width(tap), Width(tap));

    public int Width(int tap) => Values[tap].Length / Values[tap][0];
}

/// <summary>Takes one row of a batch to many points between a baseline and itself, and gradients back from there; see <see cref="Attribution"/>.</summary>
internal sealed class AttributionPass
{
    private const int ChunkRows = 32;
    private const int FirstPoints = 16;

    private readonly Network model;
    private readonly AttributionOptions options;
    private readonly IReadOnlyList<AttributionTap> taps;
    private readonly GraphPass pass;
    private readonly TensorBuffer[] points;
    private readonly TensorBuffer?[] gradients;
    private readonly Mask?[] masks;

    public AttributionPass(Network model, AttributionOptions options)
    {
        if (options.Output >= model.OutputNames.Count) { throw new EngramException($"{model.DisplayName} has {model.OutputNames.Count} outputs; there is no output {options.Output}."); }
        (this.model, this.options) = (model, options);
        var graph = new AttributionGraph(model);
        taps = graph.Taps;
        pass = new GraphPass(graph.Graph) { LeavesOutPenalties = true };
        points = [.. taps.Select(_ => new TensorBuffer(0))];
        gradients = [.. taps.Select(_ => new TensorBuffer(0))];
        masks = new Mask?[taps.Count];
    }

    /// <summary>What stands at the taps for a batch of the model's inputs.</summary>
    public AttributionInput Read(IReadOnlyList<TensorBuffer> inputs, IReadOnlyList<Mask?> inputMasks)
    {
        var values = new TensorBuffer[taps.Count];
        var read = new Mask?[taps.Count];
        for (int i = 0; i < values.Length; i++)
        {
            (TensorBuffer value, Mask? mask) = (inputs[taps[i].Input], inputMasks[taps[i].Input]);
            if (taps[i].Layer is { } layer)
            {
                var call = new LayerCall(layer) { Mask = mask };
                call.Forward(value);
                (value, mask) = (call.Output, layer.OutputMask(call, 0));
            }

            values[i] = new TensorBuffer(value.Axes);
            values[i].CopyFrom(value.Span);
            if (mask is null) { continue; }
            read[i] = new Mask(mask.Rows, mask.TimeSteps);
            mask.Span.CopyTo(read[i]!.Span);
        }

        return new AttributionInput(values, read, [.. inputs.Select(input => input.Rank == 1 ? 1 : input[1])]);
    }

    /// <summary>The attribution of one row.</summary>
    public Attribution Attribute(AttributionInput actual, AttributionInput? baseline, int row, List<(string Path, SequenceLayer Carrier)> carriers, bool integrated)
    {
        var sums = new double[taps.Count][];
        void Run(double from, double step, int count, Action done)
        {
            for (int i = 0; i < sums.Length; i++) { sums[i] = new double[actual.Width(i)]; }
            for (int first = 0; first < count; first += ChunkRows)
            {
                int rows = Math.Min(ChunkRows, count - first);
                SetPoints(actual, baseline, row, from + (first * step), step, rows);
                foreach ((_, SequenceLayer carrier) in carriers) { carrier.CarriedStates = null; }
                pass.Forward(points, masks, training: false, keepForBackward: true, default);
                done();
            }
        }

        AttributionTarget target = default;
        double output = 0, baselineOutput = 0;
        Run(1, 1, 1, () =>
        {
            target = Choose();
            output = Value(target, 0);
            if (!integrated) { AddGradients(target, sums); }
        });
        if (!integrated) { return new Attribution(target, output, null, Shares(actual, null, row, sums, 1), 1, isComplete: false); }

        Run(0, 1, 1, () => baselineOutput = Value(target, 0));
        for (int count = Math.Min(FirstPoints, options.MostPoints); ; count = Math.Min(2 * count, options.MostPoints))
        {
            Run(0.5 / count, 1.0 / count, count, () => AddGradients(target, sums)); // in the middle of each piece
            double[][,] shares = Shares(actual, baseline, row, sums, count);
            double total = shares.Sum(share => share.Cast<double>().Sum()), magnitude = shares.Sum(share => share.Cast<double>().Sum(Math.Abs));
            double difference = output - baselineOutput;
            bool isComplete = Math.Abs(total - difference) <= options.Tolerance * Math.Max(Math.Abs(difference), 0.01 * magnitude);
            if (isComplete || count == options.MostPoints) { return new Attribution(target, output, baselineOutput, shares, count, isComplete); }
        }
    }

    // (1 - α) b + α x for α = from, from + step, ...: exactly b at 0 and x at 1.
    private void SetPoints(AttributionInput actual, AttributionInput? baseline, int row, double from, double step, int rows)
    {
        for (int i = 0; i < points.Length; i++)
        {
            int[] axes = actual.Values[i].Axes.ToArray();
            axes[0] = rows;
            points[i].Resize(axes);
            ReadOnlySpan<float> x = actual.Row(i, row), b = baseline is null ? default : baseline.Row(i, row);
            for (int k = 0; k < rows; k++)
            {
                double alpha = from + (k * step);
                Span<float> point = points[i].Span.Slice(k * x.Length, x.Length);
                for (int e = 0; e < x.Length; e++) { point[e] = (float)((alpha * x[e]) + (b.IsEmpty ? 0 : (1 - alpha) * b[e])); }
            }

            if (actual.Masks[i] is not { } mask) { continue; }
            Mask repeated = masks[i] ??= new Mask(rows, mask.TimeSteps);
            repeated.Resize(rows, mask.TimeSteps);
            for (int k = 0; k < rows; k++) { mask.Span.Slice(row * mask.TimeSteps, mask.TimeSteps).CopyTo(repeated.Span[(k * mask.TimeSteps)..]); }
        }
    }

    private void AddGradients(AttributionTarget target, double[][] sums)
    {
        TensorBuffer y = pass.Output(options.Output), dy = pass.PrepareOutputGradient(options.Output);
        dy.Clear();
        for (int row = 0; row < y[0]; row++)
        {
            foreach ((int at, int sign) in Places(target, row)) { dy.Span[at] += sign * (options.Logarithm ? 1 / y.Span[at] : 1); }
        }

        pass.Backward(gradients);
        for (int i = 0; i < sums.Length; i++)
        {
            Span<float> gradient = gradients[i]!.Span;
            for (int k = 0; k < gradient.Length; k++) { sums[i][k % sums[i].Length] += gradient[k]; }
        }
    }

    private double Value(AttributionTarget target, int row)
    {
        double value = 0;
        foreach ((int at, int sign) in Places(target, row))
        {
            double y = pass.Output(options.Output).Span[at];
            if (options.Logarithm && !(y > 0)) { throw new EngramException($"{model.DisplayName}: the output is {y}, which has no logarithm; it must be a probability above 0."); }
            value += sign * (options.Logarithm ? Math.Log(y) : y);
        }

        return value;
    }

    private IEnumerable<(int At, int Sign)> Places(AttributionTarget target, int row)
    {
        TensorBuffer y = pass.Output(options.Output);
        int units = y.Rank == 1 ? 1 : y[^1], first = (row * (y.Length / y[0])) + ((target.Step ?? 0) * units);
        yield return (first + target.Unit, 1);
        if (options.Against is { } against) { yield return (first + against, -1); }
    }

    // Which number of the first row's output.
    private AttributionTarget Choose()
    {
        TensorBuffer y = pass.Output(options.Output);
        if (y.Rank > 3) { throw new EngramException($"{model.DisplayName}: the output has shape {Shape.Format(y.Axes)}; expected (rows, units) or (rows, timeSteps, units)."); }
        int units = y.Rank == 1 ? 1 : y[^1];
        int? step = null;
        if (y.Rank == 3)
        {
            step = options.Step ?? LastStep(y[1]);
            if (step >= y[1]) { throw new EngramException($"{model.DisplayName}: there is no step {step}; the output has {y[1]}, 0 to {y[1] - 1}."); }
        }
        else if (options.Step is not null) { throw new EngramException($"{model.DisplayName}: the output has shape {Shape.Format(y.Axes)}, without steps; none can be chosen."); }

        ReadOnlySpan<float> values = y.Span.Slice((step ?? 0) * units, units);
        int unit = options.Unit ?? System.Numerics.Tensors.TensorPrimitives.IndexOfMax(values);
        foreach (int asked in (ReadOnlySpan<int>)[unit, options.Against ?? 0])
        {
            if (asked >= units) { throw new EngramException($"{model.DisplayName}: there is no unit {asked}; the output has {units}, 0 to {units - 1}."); }
        }

        return new AttributionTarget(step, unit);
    }

    private int LastStep(int steps)
    {
        int last = steps - 1;
        if (pass.OutputMask(options.Output) is { } mask && mask.TimeSteps == steps)
        {
            while (last > 0 && !mask[0, last]) { last--; }
        }

        return last;
    }

    // (x - b) times the mean gradient, element by element; several taps of one input side by side.
    private double[][,] Shares(AttributionInput actual, AttributionInput? baseline, int row, double[][] sums, int count)
    {
        var shares = new double[actual.Steps.Length][,];
        for (int input = 0; input < shares.Length; input++)
        {
            int steps = actual.Steps[input];
            int[] own = [.. Enumerable.Range(0, taps.Count).Where(tap => taps[tap].Input == input)];
            shares[input] = new double[steps, own.Sum(tap => actual.Width(tap) / steps)];
            int first = 0;
            foreach (int tap in own)
            {
                ReadOnlySpan<float> x = actual.Row(tap, row), b = baseline is null ? default : baseline.Row(tap, row);
                int width = x.Length / steps;
                for (int e = 0; e < x.Length; e++)
                {
                    shares[input][e / width, first + (e % width)] = (x[e] - (b.IsEmpty ? 0.0 : b[e])) * sums[tap][e] / count;
                }

                first += width;
            }
        }

        return shares;
    }
}
