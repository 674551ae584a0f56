using System.Runtime.Intrinsics;
using Engram.Kernels;

namespace Engram.Training;

/// <summary>
/// The cross-entropy of a class's number and logits, with the share ε of each target spread evenly over all classes (Szegedy et al. 2016, "Rethinking the
/// inception architecture for computer vision"), for vocabularies: rows are shared by the engine's threads.
/// <code>
/// x: (..., classes)   y: (...) whole numbers   ln Z = ln Σ exp(x)
/// loss = ln Z - (1 - ε) x_y - ε mean(x)   dx = w (exp(x) / Z - (1 - ε) [i = y] - ε / classes)
/// </code>
/// The sum of ln Z - x_y over the elements that count, which perplexity is made of, is kept beside it.
/// </summary>
internal sealed unsafe class SmoothedCrossentropyLoss(double smoothing) : WordLoss, IShardWork
{
    private const int RowsOfAShard = 16;

    private double[] likelihoods = [];
    private float* target, prediction, gradient;
    private double* elements;
    private double* weights;
    private int rows, classes;

    public override string Name => "sparse_categorical_crossentropy";

    public override int[] ElementAxes(ReadOnlySpan<int> target, ReadOnlySpan<int> prediction)
    {
        RowShapes.Require(Name, target, prediction, 1);
        return RowShapes.Leading(prediction).ToArray();
    }

    public override void Forward(TensorBuffer target, TensorBuffer prediction, Span<double> elements)
    {
        Take(target, prediction, elements.Length);
        if (likelihoods.Length < rows) { likelihoods = new double[rows]; }
        for (int row = 0; row < rows; row++) { Require(target.Span[row]); }
        gradient = null;
        fixed (double* e = elements)
        {
            this.elements = e;
            Run();
        }
    }

    public override void Backward(TensorBuffer target, TensorBuffer prediction, ReadOnlySpan<double> weights, TensorBuffer gradient)
    {
        Take(target, prediction, weights.Length);
        gradient.Resize(prediction.Axes);
        this.gradient = gradient.Pointer;
        fixed (double* w = weights)
        {
            this.weights = w;
            Run();
        }

        for (int row = 0; row < rows; row++)
        {
            if (weights[row] != 0) { Count(likelihoods[row]); }
        }
    }

    void IShardWork.Run(int shard)
    {
        int end = Math.Min(rows, (shard + 1) * RowsOfAShard);
        for (int row = shard * RowsOfAShard; row < end; row++)
        {
            var x = new ReadOnlySpan<float>(prediction + ((nint)row * classes), classes);
            int y = (int)target[row];
            if (gradient is null) { elements[row] = Element(x, y, out likelihoods[row]); }
            else { Differentiate(x, y, weights[row], new Span<float>(gradient + ((nint)row * classes), classes)); }
        }
    }

    private double Element(ReadOnlySpan<float> x, int y, out double likelihood)
    {
        (double largest, double sum) = Softmax.Normalizer(x);
        double normalizer = largest + Math.Log(sum);
        likelihood = normalizer - x[y];
        return smoothing == 0 ? likelihood : normalizer - ((1 - smoothing) * x[y]) - (smoothing * Sum(x) / x.Length);
    }

    private void Differentiate(ReadOnlySpan<float> x, int y, double weight, Span<float> dx)
    {
        if (weight == 0)
        {
            dx.Clear();
            return;
        }

        Softmax.Scaled(x, weight, dx);
        if (smoothing != 0)
        {
            float share = (float)(weight * smoothing / x.Length);
            for (int i = 0; i < dx.Length; i++) { dx[i] -= share; }
        }

        dx[y] = (float)(dx[y] - (weight * (1 - smoothing)));
    }

    // Eight lanes on any machine, added in one order.
    private static double Sum(ReadOnlySpan<float> x)
    {
        Vector512<double> sum = Vector512<double>.Zero;
        int i = 0;
        for (; i <= x.Length - 8; i += 8)
        {
            Vector256<float> v = Vector256.Create(x[i..]);
            sum += Vector512.Create(Vector256.WidenLower(v), Vector256.WidenUpper(v));
        }

        double total = 0;
        for (int lane = 0; lane < 8; lane++) { total += sum[lane]; }
        for (; i < x.Length; i++) { total += x[i]; }
        return total;
    }

    private void Take(TensorBuffer target, TensorBuffer prediction, int count)
    {
        this.target = target.Pointer;
        this.prediction = prediction.Pointer;
        (rows, classes) = (count, prediction[^1]);
    }

    private void Run() => Workers.Run(this, (rows + RowsOfAShard - 1) / RowsOfAShard, (long)rows * classes * 8);

    private void Require(float y)
    {
        if (y < 0 || y >= classes || y != MathF.Floor(y))
        {
            throw new EngramException($"{Name}: a target is {y}; it must be the number of one of the prediction's {classes} classes, from 0 to {classes - 1}.");
        }
    }
}
