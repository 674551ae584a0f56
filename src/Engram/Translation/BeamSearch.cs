using Engram.Data;
using Engram.Training;

namespace Engram.Translation;

/// <summary>
/// Beam search over several sentences at once. At each step the most likely words of all beginnings of a sentence are looked at; those that end a translation are
/// put aside with their score, the others go on. It is over when as many translations have ended as the beam is wide, or when no beginning can become better than the best.
/// <code>
/// score(Y, X) = ln P(Y | X) / lp(Y) + cp(X; Y)   lp = ((5 + |Y|) / 6)^α   cp = β Σ_i ln min(Σ_j p_ij, 1)
/// </code>
/// </summary>
internal sealed class BeamSearch(IDecoderSteps steps, DecodingOptions options)
{
    private readonly List<int> tokens = [], parents = [];
    private readonly List<Candidate> candidates = [];
    private readonly (int Token, float Logit)[] best = new (int, float)[options.Beam + 1];

    /// <summary>Whether a translation may have unknown words.</summary>
    public bool MayBeUnknown { get; init; } = true;

    /// <summary>The best translation of each sentence.</summary>
    /// <param name="sourceLengths">How many tokens each source has.</param>
    /// <exception cref="EngramException">The model says what is not finite.</exception>
    public Hypothesis[] Run(ReadOnlySpan<int> sourceLengths)
    {
        var sentences = new Sentence[sourceLengths.Length];
        for (int i = 0; i < sentences.Length; i++)
        {
            sentences[i] = new Sentence(options.MaxLength ?? ((2 * sourceLengths[i]) + 10), sourceLengths[i]);
            sentences[i].Live.Add(Hypothesis.Begin(i));
        }

        while (true)
        {
            tokens.Clear();
            parents.Clear();
            foreach (Sentence sentence in sentences)
            {
                foreach (Hypothesis live in sentence.Live)
                {
                    tokens.Add(live.Token);
                    parents.Add(live.Row);
                }
            }

            if (tokens.Count == 0) { break; }
            steps.Step(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(tokens), System.Runtime.InteropServices.CollectionsMarshal.AsSpan(parents));
            int row = 0;
            foreach (Sentence sentence in sentences) { row = Extend(sentence, row); }
        }

        return [.. sentences.Select(sentence => sentence.Best!)];
    }

    /// <summary>The score by which ended translations are compared.</summary>
    internal double Score(Hypothesis hypothesis, int sourceLength)
    {
        double score = hypothesis.LogProbability / options.Norm(hypothesis.Length);
        return options.CoveragePenalty == 0 ? score : score + (options.CoveragePenalty * Coverage(hypothesis, sourceLength));
    }

    // Σ over source words of ln min(attention, 1)
    private static double Coverage(Hypothesis hypothesis, int sourceLength)
    {
        var sums = new double[sourceLength];
        for (Hypothesis? at = hypothesis; at is not null; at = at.Parent)
        {
            for (int i = 0; i < Math.Min(sourceLength, at.Attention.Length); i++) { sums[i] += at.Attention[i]; }
        }

        double sum = 0;
        foreach (double attention in sums) { sum += Math.Log(Math.Clamp(attention, 1e-10, 1)); }
        return sum;
    }

    // Looks at what follows the beginnings of a sentence, whose rows begin at a number; returns the next sentence's first row.
    private int Extend(Sentence sentence, int firstRow)
    {
        int count = sentence.Live.Count;
        if (count == 0) { return firstRow; }
        candidates.Clear();
        for (int i = 0; i < count; i++) { AddCandidates(sentence.Live[i], firstRow + i); }
        candidates.Sort(static (a, b) => b.LogProbability != a.LogProbability ? b.LogProbability.CompareTo(a.LogProbability) : a.Order.CompareTo(b.Order));
        Hypothesis[] before = [.. sentence.Live];
        sentence.Live.Clear();
        for (int i = 0; i < candidates.Count && sentence.Live.Count < options.Beam; i++)
        {
            Candidate candidate = candidates[i];
            bool ends = candidate.Token == Tokenizer.End;
            if (ends && i >= options.Beam) { continue; }
            Hypothesis hypothesis = before[candidate.Row - firstRow].With(candidate.Token, candidate.Row, candidate.LogProbability, steps.Attention(candidate.Row)[..Math.Min(sentence.SourceLength, steps.Attention(candidate.Row).Length)]);
            if (ends) { sentence.End(hypothesis, Score(hypothesis, sentence.SourceLength)); }
            else { sentence.Live.Add(hypothesis); }
        }

        if (IsOver(sentence))
        {
            // Only where nothing has ended is something taken that has not.
            if (sentence.Best is null)
            {
                foreach (Hypothesis live in sentence.Live) { sentence.End(live, Score(live, sentence.SourceLength)); }
            }

            sentence.Live.Clear();
        }

        return firstRow + count;
    }

    private bool IsOver(Sentence sentence)
    {
        if (sentence.Live.Count == 0 || sentence.Ended >= options.Beam || sentence.Live[0].Length >= sentence.MaxLength) { return true; }
        // ln P falls with each word and its divisor is at most that of the longest translation.
        return sentence.Best is not null && sentence.BestScore >= sentence.Live[0].LogProbability / options.Norm(sentence.MaxLength);
    }

    private void AddCandidates(Hypothesis live, int row)
    {
        ReadOnlySpan<float> logits = steps.Logits(row);
        (double largest, double sum) = Softmax.Normalizer(logits);
        double normalizer = largest + Math.Log(sum);
        if (!double.IsFinite(normalizer)) { throw new EngramException("The model's guess of the next word is not finite; its weights are damaged, or training diverged."); }
        int found = 0;
        for (int token = 0; token < logits.Length; token++)
        {
            if (token is Tokenizer.Padding or Tokenizer.Start || (token == Tokenizer.Unknown && !MayBeUnknown) || (found == best.Length && logits[token] <= best[^1].Logit)) { continue; }
            int place = found < best.Length ? found++ : found - 1;
            for (; place > 0 && best[place - 1].Logit < logits[token]; place--) { best[place] = best[place - 1]; }
            best[place] = (token, logits[token]);
        }

        for (int i = 0; i < found; i++) { candidates.Add(new Candidate(row, best[i].Token, live.LogProbability + best[i].Logit - normalizer, candidates.Count)); }
    }

    private readonly record struct Candidate(int Row, int Token, double LogProbability, int Order);

    private sealed class Sentence(int maxLength, int sourceLength)
    {
        public List<Hypothesis> Live { get; } = [];

        public int MaxLength => maxLength;

        public int SourceLength => sourceLength;

        public Hypothesis? Best { get; private set; }

        public double BestScore { get; private set; } = double.NegativeInfinity;

        public int Ended { get; private set; }

        public void End(Hypothesis hypothesis, double score)
        {
            Ended++;
            if (Best is not null && score <= BestScore) { return; }
            (Best, BestScore) = (hypothesis, score);
            hypothesis.Score = score;
        }
    }
}

/// <summary>A translation as far as it goes: its last token and what stands before.</summary>
internal sealed class Hypothesis
{
    private Hypothesis(Hypothesis? parent, int token, int row, int length, double logProbability, float[] attention) =>
        (Parent, Token, Row, Length, LogProbability, Attention) = (parent, token, row, length, logProbability, attention);

    public Hypothesis? Parent { get; }

    public int Token { get; }

    /// <summary>The row of the step that gave the token; the sentence's number for the start.</summary>
    public int Row { get; }

    /// <summary>How many tokens there are behind the start, the end included.</summary>
    public int Length { get; }

    public double LogProbability { get; }

    /// <summary>Where the model looked when it gave the token: (sourceSteps).</summary>
    public float[] Attention { get; }

    public double Score { get; set; }

    public static Hypothesis Begin(int sentence) => new(null, Tokenizer.Start, sentence, 0, 0, []);

    public Hypothesis With(int token, int row, double logProbability, ReadOnlySpan<float> attention) => new(this, token, row, Length + 1, logProbability, attention.ToArray());

    /// <summary>The tokens behind the start in order, each with where the model looked.</summary>
    public (int Token, float[] Attention)[] Path()
    {
        var path = new (int, float[])[Length];
        Hypothesis at = this;
        for (int i = Length - 1; i >= 0; i--, at = at.Parent!) { path[i] = (at.Token, at.Attention); }
        return path;
    }
}
