using System.Runtime.Intrinsics;

namespace Engram.Training;

/// <summary>
/// The paths of one sequence that read as given labels: connectionist temporal classification (Graves, Fernández, Gomez and Schmidhuber 2006).
/// Labels l of length L become states s = blank, l1, blank, l2, ..., blank, S = 2L + 1 of them. With e[t, s] the log probability of the class of
/// state s at step t:
/// <code>
/// α[t, s] = e[t, s] + log(exp α[t-1, s] + exp α[t-1, s-1] + exp α[t-1, s-2])     the last only into a label that differs from l two states before
/// β[t, s] = log(exp(β + e)[t+1, s] + exp(β + e)[t+1, s+1] + exp(β + e)[t+1, s+2])
/// log p   = log(exp α[T-1, S-1] + exp α[T-1, S-2])
/// d(-log p)/dx[t, k] = softmax(x[t])[k] - Σ of exp(α[t, s] + β[t, s] - log p) over the states s of class k
/// </code>
/// All in logarithms and double precision, eight states at once; their number is filled up with states that no path reaches. Buffers grow and
/// are kept.
/// </summary>
internal sealed class CtcLattice
{
    // The logarithm of nothing: finite, so that differences are never NaN.
    private const double Never = -1e250;
    private const int Lanes = 8;

    [ThreadStatic]
    private static CtcLattice? ofThread;

    private int[] classes = [];      // of each state
    private int[] steps = [];        // the steps that are data
    private double[] skips = [];     // 0 where a path may come from two states before, else Never
    private double[] emissions = [];
    private double[] shares = [];    // of each class
    private double[] alphas = [];    // (steps, 2 in front + padded states)
    private double[] betas = [];     // padded states + 2 behind
    private int states;
    private int padded;
    private int count;

    /// <summary>The lattice of this thread.</summary>
    public static CtcLattice OfThread => ofThread ??= new CtcLattice();

    private int Stride => padded + 2;

    /// <summary>Takes a sequence: its labels (checked by the caller) and which of its steps are data.</summary>
    /// <returns>The number of steps that are data.</returns>
    public int Begin(ReadOnlySpan<float> labels, int blank, int time, ReadOnlySpan<byte> mask)
    {
        states = (2 * labels.Length) + 1;
        padded = (states + Lanes - 1) / Lanes * Lanes;
        Grow(ref classes, states);
        Grow(ref skips, Stride + Lanes);
        Grow(ref steps, time);
        Grow(ref emissions, padded);
        Grow(ref betas, Stride);
        Array.Fill(skips, Never, 0, Stride + Lanes);
        for (int s = 0; s < states; s++)
        {
            classes[s] = (s & 1) == 0 ? blank : (int)labels[s / 2];
            if ((s & 1) == 1 && s > 2 && classes[s] != classes[s - 2]) { skips[s] = 0; }
        }

        count = 0;
        for (int t = 0; t < time; t++)
        {
            if (mask.IsEmpty || mask[t] != 0) { steps[count++] = t; }
        }

        Grow(ref alphas, count * Stride);
        return count;
    }

    /// <summary>The log probability of the labels.</summary>
    /// <param name="logits">(time, classes).</param>
    /// <param name="columns">The number of classes.</param>
    public double Forward(ReadOnlySpan<float> logits, int columns)
    {
        if (count == 0) { return 0; }
        for (int i = 0; i < count; i++)
        {
            Span<double> alpha = Alpha(i);
            alpha[..2].Fill(Never);
            Emit(logits.Slice(steps[i] * columns, columns));
            if (i == 0)
            {
                alpha[2..].Fill(Never);
                for (int s = 0; s < Math.Min(states, 2); s++) { alpha[s + 2] = emissions[s]; }
                continue;
            }

            ReadOnlySpan<double> before = Alpha(i - 1);
            for (int s = 0; s < padded; s += Lanes)
            {
                Vector512<double> stay = Vector512.Create(before[(s + 2)..]), step = Vector512.Create(before[(s + 1)..]);
                Vector512<double> skip = Vector512.Create(before[s..]) + Vector512.Create(skips.AsSpan(s));
                (LogSum(stay, step, skip) + Vector512.Create(emissions.AsSpan(s))).CopyTo(alpha[(s + 2)..]);
            }
        }

        return LogProbability;
    }

    /// <summary>The gradient of -log p; behind <see cref="Forward"/>.</summary>
    /// <param name="logits">(time, classes).</param>
    /// <param name="columns">The number of classes.</param>
    /// <param name="weight">What the gradient is multiplied by.</param>
    /// <param name="gradient">Overwritten: (time, classes), zeros at steps that are no data.</param>
    public void Backward(ReadOnlySpan<float> logits, int columns, double weight, Span<float> gradient)
    {
        gradient.Clear();
        if (count == 0) { return; }
        Grow(ref shares, columns);
        Span<double> beta = betas.AsSpan(0, Stride), share = shares.AsSpan(0, columns), eight = stackalloc double[Lanes];
        beta.Fill(Never);
        for (int s = Math.Max(states - 2, 0); s < states; s++) { beta[s] = 0; }
        Vector512<double> logP = Vector512.Create(LogProbability);
        for (int i = count - 1; i >= 0; i--)
        {
            ReadOnlySpan<float> x = logits.Slice(steps[i] * columns, columns);
            Span<float> dx = gradient.Slice(steps[i] * columns, columns);
            Softmax.Scaled(x, weight, dx);
            ReadOnlySpan<double> alpha = Alpha(i)[2..];
            share.Clear();
            for (int s = 0; s < padded; s += Lanes)
            {
                Vector512.Exp(Vector512.Create(alpha[s..]) + Vector512.Create((ReadOnlySpan<double>)beta[s..]) - logP).CopyTo(eight);
                for (int lane = 0; lane < Math.Min(Lanes, states - s); lane++) { share[classes[s + lane]] += eight[lane]; }
            }

            for (int k = 0; k < columns; k++) { dx[k] = (float)(dx[k] - (weight * share[k])); }
            if (i > 0) { StepBack(x, beta); }
        }
    }

    private double LogProbability
    {
        get
        {
            ReadOnlySpan<double> alpha = Alpha(count - 1)[2..];
            return states == 1 ? alpha[0] : LogSum(Vector512.Create(alpha[states - 1]), Vector512.Create(alpha[states - 2]), Vector512.Create(Never))[0];
        }
    }

    // β of the step before. A state reads itself and the two behind it, so blocks go upwards.
    private void StepBack(ReadOnlySpan<float> x, Span<double> beta)
    {
        Emit(x);
        for (int s = 0; s < states; s++) { beta[s] += emissions[s]; }
        beta[states..].Fill(Never);
        for (int s = 0; s < padded; s += Lanes)
        {
            ReadOnlySpan<double> from = beta[s..];
            Vector512<double> stay = Vector512.Create(from), step = Vector512.Create(from[1..]);
            Vector512<double> skip = Vector512.Create(from[2..]) + Vector512.Create(skips.AsSpan(s + 2));
            LogSum(stay, step, skip).CopyTo(beta[s..]);
        }
    }

    private static Vector512<double> LogSum(Vector512<double> a, Vector512<double> b, Vector512<double> c)
    {
        Vector512<double> largest = Vector512.Max(Vector512.Max(a, b), c);
        return largest + Vector512.Log(Vector512.Exp(a - largest) + Vector512.Exp(b - largest) + Vector512.Exp(c - largest));
    }

    private void Emit(ReadOnlySpan<float> x)
    {
        (double largest, double sum) = Softmax.Normalizer(x);
        double normalizer = largest + Math.Log(sum);
        for (int s = 0; s < states; s++) { emissions[s] = x[classes[s]] - normalizer; }
        emissions.AsSpan(states, padded - states).Clear();
    }

    private Span<double> Alpha(int i) => alphas.AsSpan(i * Stride, Stride);

    private static void Grow<T>(ref T[] array, int length)
    {
        if (array.Length < length) { array = new T[Math.Max(length, 2 * array.Length)]; }
    }
}
