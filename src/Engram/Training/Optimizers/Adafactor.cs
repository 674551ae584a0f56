using Engram.Layers;

namespace Engram.Training;

/// <summary>
/// Adafactor (Shazeer and Stern 2018, "Adaptive learning rates with sublinear memory cost"): the mean squares of a matrix are estimated
/// from those of its rows and columns, and the step is scaled to the weight's size.
/// </summary>
/// <param name="learningRate">At least 0. Default 0.001.</param>
public sealed class Adafactor(double learningRate = 0.001) : Optimizer(learningRate)
{
    private const int Block = 32;

    private TensorBuffer[] r = [], c = [], v = [];

    /// <inheritdoc/>
    public override string Name => "Adafactor";

    /// <summary>
    /// How fast the share of the mean squares that each step keeps nears 1: step t keeps 1 - t^Beta2Decay. Below 0. Default -0.8.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not below 0.</exception>
    public double Beta2Decay { get; init => field = Require(value < 0, value, nameof(Beta2Decay), "below 0"); } = -0.8;

    /// <summary>What is added to squared gradients, above 0. Default 1e-30.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0.</exception>
    public double Epsilon1 { get; init => field = Require(value > 0, value, nameof(Epsilon1), "above 0"); } = 1e-30;

    /// <summary>The least size that a weight is taken to have, above 0. Default 0.001.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0.</exception>
    public double Epsilon2 { get; init => field = Require(value > 0, value, nameof(Epsilon2), "above 0"); } = 1e-3;

    /// <summary>The greatest root mean square of a step before it is scaled, above 0. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0.</exception>
    public double ClipThreshold { get; init => field = Require(value > 0, value, nameof(ClipThreshold), "above 0"); } = 1;

    /// <inheritdoc/>
    protected override void CreateState(IReadOnlyList<Weight> weights)
    {
        (r, c, v) = (new TensorBuffer[weights.Count], new TensorBuffer[weights.Count], new TensorBuffer[weights.Count]);
        for (int i = 0; i < weights.Count; i++)
        {
            // Keras keeps a number in place of r and c where a weight has no two axes, and so files have it.
            ReadOnlySpan<int> axes = weights[i].Value.Axes;
            r[i] = AddState(i, "row", 0, axes.Length < 2 ? [] : axes[..^1]);
            c[i] = AddState(i, "column", 0, axes.Length < 2 ? [] : [.. axes[..^2], axes[^1]]);
            v[i] = AddState(i, "velocity");
        }
    }

    /// <inheritdoc/>
    protected override void Update(int index, Weight weight, double learningRate, double decay)
    {
        Span<float> w = weight.Value.Span;
        ReadOnlySpan<float> g = weight.Gradient.Span, q = Squares(weight) is { } kept ? kept.Span : default;
        double t = Updates + 1;
        double keep = 1 - Math.Pow(t, Beta2Decay);
        if (weight.Value.Rank < 2) { UpdateSquares(g, q, v[index].Span, keep); }
        else { UpdateFactors(weight, q, index, keep); }

        ReadOnlySpan<float> square = v[index].Span;
        double squaredW = 0, squaredU = 0;
        for (int i = 0; i < w.Length; i++)
        {
            w[i] -= (float)(w[i] * decay);
            squaredW += (double)w[i] * w[i];
            squaredU += Square(g, q, i) / square[i];
        }

        // Keras' option relative_step limits α by 1 / √t a second time, so it has no effect and is left out.
        double rate = Math.Max(Epsilon2, Math.Sqrt(squaredW / w.Length)) * Math.Min(learningRate, 1 / Math.Sqrt(t));
        double scale = rate / Math.Max(1, Math.Sqrt(squaredU / w.Length) / ClipThreshold);
        for (int i = 0; i < w.Length; i++) { w[i] -= (float)(scale * g[i] / Math.Sqrt(square[i])); }
    }

    private void UpdateSquares(ReadOnlySpan<float> g, ReadOnlySpan<float> q, Span<float> v, double keep)
    {
        for (int i = 0; i < v.Length; i++) { v[i] = (float)((keep * v[i]) + ((1 - keep) * (Square(g, q, i) + Epsilon1))); }
    }

    private static double Square(ReadOnlySpan<float> g, ReadOnlySpan<float> q, int i) => q.IsEmpty ? (double)g[i] * g[i] : q[i];

    // g: (matrices, rows, columns), r: (matrices, rows), c: (matrices, columns); v = r / mean(r) * c
    private void UpdateFactors(Weight weight, ReadOnlySpan<float> squares, int index, double keep)
    {
        int rows = weight.Value[^2], columns = weight.Value[^1];
        Span<double> block = stackalloc double[Block];
        for (int first = 0, matrix = 0; first < weight.Value.Length; first += rows * columns, matrix++)
        {
            ReadOnlySpan<float> g = weight.Gradient.Span.Slice(first, rows * columns), q = squares.IsEmpty ? default : squares.Slice(first, rows * columns);
            Span<float> square = v[index].Span.Slice(first, rows * columns);
            Span<float> row = r[index].Span.Slice(matrix * rows, rows), column = c[index].Span.Slice(matrix * columns, columns);
            double meanOfRows = 0;
            for (int i = 0; i < rows; i++)
            {
                double sum = 0;
                for (int j = 0; j < columns; j++) { sum += Square(g, q, (i * columns) + j) + Epsilon1; }
                row[i] = (float)((keep * row[i]) + ((1 - keep) * sum / columns));
                meanOfRows += row[i];
            }

            meanOfRows /= rows;
            // A block of neighbouring columns at once, so that rows are read in order.
            for (int from = 0; from < columns; from += Block)
            {
                Span<double> sums = block[..Math.Min(Block, columns - from)];
                sums.Clear();
                for (int i = 0; i < rows; i++)
                {
                    for (int j = 0; j < sums.Length; j++) { sums[j] += Square(g, q, (i * columns) + from + j) + Epsilon1; }
                }

                for (int j = 0; j < sums.Length; j++) { column[from + j] = (float)((keep * column[from + j]) + ((1 - keep) * sums[j] / rows)); }
            }

            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++) { square[(i * columns) + j] = (float)(row[i] / meanOfRows * column[j]); }
            }
        }
    }
}
