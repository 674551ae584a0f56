using System.Numerics.Tensors;
using Engram.Data;
using Engram.Kernels;

namespace Engram.Generation;

/// <summary>Draws tokens from logits by <see cref="SamplingOptions"/>. Allocates nothing; every sum runs in one order, so the draws have the same bits everywhere.</summary>
internal sealed class TokenSampler
{
    private static readonly Comparison<Candidate> ByLogit = (a, b) => a.Logit != b.Logit ? b.Logit.CompareTo(a.Logit) : a.Token.CompareTo(b.Token);

    private readonly SamplingOptions options;
    private readonly RandomKey key;
    private readonly float[] values; // of the tokens from Reserved on
    private readonly Candidate[] candidates;
    private readonly int[] recent; // a ring
    private readonly bool[] penalized;
    private long read;
    private long drawn;

    /// <summary>Creates the sampler.</summary>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="tokens">How many tokens there are.</param>
    public TokenSampler(SamplingOptions options, int tokens)
    {
        this.options = options;
        key = new RandomKey(options.Seed).Derive("sampling");
        values = new float[tokens - Tokenizer.Reserved];
        candidates = options.TopK is null && options.TopP == 1 ? [] : new Candidate[values.Length];
        recent = options.RepetitionPenalty == 1 ? [] : new int[options.RepetitionWindow];
        penalized = new bool[recent.Length == 0 ? 0 : tokens];
    }

    private readonly record struct Candidate(float Logit, int Token);

    /// <summary>Takes note of a token that was read or drawn.</summary>
    public void Note(int token)
    {
        if (recent.Length > 0) { recent[read++ % recent.Length] = token; }
    }

    /// <summary>Draws a token.</summary>
    /// <param name="logits">One for each token.</param>
    public int Draw(ReadOnlySpan<float> logits)
    {
        logits[Tokenizer.Reserved..].CopyTo(values);
        Penalize();
        if (options.Temperature == 0) { return Tokenizer.Reserved + TensorPrimitives.IndexOfMax(values); }
        (uint a, uint b, _, _) = key.Words((ulong)drawn++);
        double u = ((((ulong)a << 32) | b) >> 11) * (1.0 / (1UL << 53)); // [0, 1)
        float divisor = (float)options.Temperature;
        if (candidates.Length > 0) { return DrawAmongCandidates(u, divisor); }
        Exponentials(values, TensorPrimitives.Max<float>(values), divisor);
        return Tokenizer.Reserved + Place(values, u);
    }

    // Each token of the window once, however often it is there.
    private void Penalize()
    {
        if (recent.Length == 0) { return; }
        float penalty = (float)options.RepetitionPenalty;
        ReadOnlySpan<int> window = recent.AsSpan(0, (int)Math.Min(read, recent.Length));
        foreach (int token in window)
        {
            if (token < Tokenizer.Reserved || penalized[token]) { continue; }
            penalized[token] = true;
            ref float value = ref values[token - Tokenizer.Reserved];
            value = value > 0 ? value / penalty : value * penalty;
        }

        foreach (int token in window) { penalized[token] = false; }
    }

    private int DrawAmongCandidates(double u, float divisor)
    {
        for (int i = 0; i < values.Length; i++) { candidates[i] = new Candidate(values[i], Tokenizer.Reserved + i); }
        Span<Candidate> left = candidates;
        if (options.TopK is int k && k < left.Length)
        {
            Select(left, k);
            left = left[..k];
        }

        left.Sort(ByLogit);
        Span<float> exponentials = values.AsSpan(0, left.Length);
        for (int i = 0; i < left.Length; i++) { exponentials[i] = left[i].Logit; }
        Exponentials(exponentials, exponentials[0], divisor);
        if (options.TopP < 1) { exponentials = exponentials[..Nucleus(exponentials)]; }
        return left[Place(exponentials, u)].Token;
    }

    // The fewest of the sorted exponentials that make the share.
    private int Nucleus(ReadOnlySpan<float> exponentials)
    {
        double least = options.TopP * Sum(exponentials), sum = 0;
        for (int i = 0; i < exponentials.Length; i++)
        {
            sum += exponentials[i];
            if (sum >= least) { return i + 1; }
        }

        return exponentials.Length;
    }

    // exp((x - largest) / divisor)
    private static void Exponentials(Span<float> x, float largest, float divisor)
    {
        TensorPrimitives.Subtract(x, largest, x);
        if (divisor != 1) { TensorPrimitives.Divide(x, divisor, x); }
        VectorMath.Apply(VectorFunction.Exp, x, x);
    }

    private static double Sum(ReadOnlySpan<float> weights)
    {
        double sum = 0;
        foreach (float weight in weights) { sum += weight; }
        return sum;
    }

    // The place at which the running sum exceeds the share u of the whole.
    private static int Place(ReadOnlySpan<float> weights, double u)
    {
        double threshold = u * Sum(weights), sum = 0;
        int last = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            sum += weights[i];
            if (sum > threshold) { return i; }
            if (weights[i] > 0) { last = i; }
        }

        return last;
    }

    // Moves the k first to the front, in any order (Hoare 1961, "Find").
    private static void Select(Span<Candidate> all, int k)
    {
        int from = 0, to = all.Length - 1;
        while (from < to)
        {
            Candidate pivot = all[(from + to) / 2];
            int i = from, j = to;
            while (i <= j)
            {
                while (ByLogit(all[i], pivot) < 0) { i++; }
                while (ByLogit(pivot, all[j]) < 0) { j--; }
                if (i > j) { continue; }
                (all[i], all[j]) = (all[j], all[i]);
                i++;
                j--;
            }

            if (k - 1 <= j) { to = j; }
            else if (k - 1 >= i) { from = i; }
            else { return; }
        }
    }
}
