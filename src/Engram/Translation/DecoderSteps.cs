using Engram.Training;

namespace Engram.Translation;

/// <summary>The decoder of a translation network step by step, for sentences that were encoded once. Buffers are used again for the next sentences.</summary>
internal sealed class DecoderSteps : IDecoderSteps
{
    private readonly TranslationNetwork network;
    private readonly NetworkPass encoder;
    private readonly NetworkPass step;
    private readonly TensorBuffer source = new(0), token = new(0), encoded = new(0);
    private readonly Mask mask = new(0, 0);
    private readonly TensorBuffer[] states;
    private readonly TensorBuffer[] inputs;
    private readonly Mask?[] masks;
    private int[] sentences = [], next = []; // the sentence of each row
    private bool begun;

    public DecoderSteps(TranslationNetwork network)
    {
        this.network = network;
        (encoder, step) = (((INetwork)network.Encoder).CreatePass(), ((INetwork)network.Step).CreatePass());
        states = [.. Enumerable.Range(0, network.StateCount).Select(_ => new TensorBuffer(0))];
        inputs = [token, encoded, .. states];
        masks = new Mask?[inputs.Length];
        masks[1] = mask;
    }

    /// <summary>Encodes sentences of tokens.</summary>
    public void Encode(IReadOnlyList<int[]> sources)
    {
        int steps = sources.Max(tokens => tokens.Length);
        source.Resize(sources.Count, steps);
        source.Clear();
        for (int i = 0; i < sources.Count; i++)
        {
            for (int t = 0; t < sources[i].Length; t++) { source.Span[(i * steps) + t] = sources[i][t]; }
        }

        encoder.Forward([source], [null], training: false, keepForBackward: false, default);
        sentences = [];
        begun = false;
    }

    public void Step(ReadOnlySpan<int> tokens, ReadOnlySpan<int> parents)
    {
        int rows = tokens.Length;
        token.Resize(rows, 1);
        for (int row = 0; row < rows; row++) { token.Span[row] = tokens[row]; }
        if (next.Length != rows) { next = new int[rows]; }
        for (int row = 0; row < rows; row++) { next[row] = begun ? sentences[parents[row]] : parents[row]; }
        for (int i = 0; i < states.Length; i++)
        {
            if (begun) { Gather(step.Output(2 + i), parents, states[i]); }
            else if (i < 2) { Gather(encoder.Output(1 + i), parents, states[i]); }
            else
            {
                states[i].Resize(rows, network.Units);
                states[i].Clear();
            }
        }

        if (!begun || !next.AsSpan().SequenceEqual(sentences)) { GatherEncoded(); }
        (sentences, next) = (next, sentences);
        begun = true;
        step.Forward(inputs, masks, training: false, keepForBackward: false, default);
    }

    public ReadOnlySpan<float> Logits(int row) => Row(step.Output(0), row);

    public ReadOnlySpan<float> Attention(int row) => Row(step.Output(1), row);

    private static ReadOnlySpan<float> Row(TensorBuffer rows, int row)
    {
        int length = rows.Length / rows[0];
        return rows.Span.Slice(row * length, length);
    }

    private static void Gather(TensorBuffer from, ReadOnlySpan<int> rows, TensorBuffer to)
    {
        int width = from[^1];
        to.Resize(rows.Length, width);
        for (int row = 0; row < rows.Length; row++) { from.Span.Slice(rows[row] * width, width).CopyTo(to.Span[(row * width)..]); }
    }

    private void GatherEncoded()
    {
        TensorBuffer outputs = encoder.Output(0);
        Mask valid = encoder.OutputMask(0)!;
        (int steps, int length) = (outputs[1], outputs[1] * outputs[2]);
        encoded.Resize(next.Length, steps, outputs[2]);
        mask.Resize(next.Length, steps);
        for (int row = 0; row < next.Length; row++)
        {
            outputs.Span.Slice(next[row] * length, length).CopyTo(encoded.Span[(row * length)..]);
            valid.Span.Slice(next[row] * steps, steps).CopyTo(mask.Span[(row * steps)..]);
        }
    }
}
