using Engram.Data;

namespace Engram.Translation;

/// <summary>What a <see cref="Translator"/> is made of and how it is trained. The defaults suit some ten thousand pairs of short sentences.</summary>
public sealed class TranslationOptions
{
    /// <summary>The units of each direction of the encoder and of each layer of the decoder. Default 256.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Units { get; init => field = AtLeast(value, 1, nameof(Units)); } = 256;

    /// <summary>The length of the vectors of words, on both sides and before the softmax. Default 256.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Embedding { get; init => field = AtLeast(value, 1, nameof(Embedding)); } = 256;

    /// <summary>The layers of the encoder, each reading in both directions. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int EncoderLayers { get; init => field = AtLeast(value, 1, nameof(EncoderLayers)); } = 1;

    /// <summary>The layers of the decoder: 1, or 2 with the attention between them, so that the second sees what was attended to. Default 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is neither 1 nor 2.</exception>
    public int DecoderLayers
    {
        get;
        init => field = value is 1 or 2 ? value : throw new ArgumentOutOfRangeException(nameof(DecoderLayers), value, "A decoder has 1 or 2 layers.");
    } = 2;

    /// <summary>The share of word vectors, encoder outputs and the softmax's inputs that is dropped in training, from 0 to below 1. Default 0.3.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 0 to below 1.</exception>
    public float Dropout { get; init => field = Layers.RecurrentOptions.Rate(value, nameof(Dropout)); } = 0.3f;

    /// <summary>The share of each target that is spread evenly over the vocabulary, from 0 to below 1; without effect with <see cref="SampledSoftmax"/>. Default 0.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 0 to below 1.</exception>
    public double LabelSmoothing
    {
        get;
        init => field = value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(LabelSmoothing), value, "LabelSmoothing is a share from 0 to below 1.");
    } = 0.1;

    /// <summary>
    /// The share of the decoder's inputs that are its own guesses instead of the right words when training ends; it grows evenly from 0 over the epochs (Bengio et al. 2015,
    /// "Scheduled sampling for sequence prediction with recurrent neural networks"). The guesses of a batch are drawn at once, from what the model says of the
    /// right words (Mihaylova and Martins 2019). Default 0: teacher forcing alone, which takes a third less time.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 0 to 1.</exception>
    public double ScheduledSampling
    {
        get;
        init => field = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(ScheduledSampling), value, "ScheduledSampling is a share from 0 to 1.");
    }

    /// <summary>
    /// How many words the softmax is taken over in training besides the right ones (Jean et al. 2015, "On using very large target vocabulary for neural machine translation"); for large
    /// vocabularies. Null, the default: all.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? SampledSoftmax { get; init => field = value is null ? null : AtLeast(value.Value, 1, nameof(SampledSoftmax)); }

    /// <summary>How often the training pairs are seen. The learning rate falls to nothing over them. Default 12.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Epochs { get; init => field = AtLeast(value, 1, nameof(Epochs)); } = 12;

    /// <summary>
    /// After how long training ends, if <see cref="Epochs"/> have not been seen by then; the learning rate falls to nothing over this time or these epochs, whichever is sooner. What
    /// results then depends on the machine. Null, the default: no limit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public TimeSpan? TimeLimit
    {
        get;
        init => field = value is null || value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(TimeLimit), value, "TimeLimit must be above 0.");
    }

    /// <summary>How many pairs make a step. Default 64.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int BatchSize { get; init => field = AtLeast(value, 1, nameof(BatchSize)); } = 64;

    /// <summary>The learning rate (of Adam) at its highest, above 0. Default 0.001.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0 and finite.</exception>
    public double LearningRate
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(LearningRate), value, "LearningRate must be above 0.");
    } = 0.001;

    /// <summary>What sentences are cut into. Default words.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such kind.</exception>
    public TranslationTokens Tokens
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Tokens), value, "There is no such kind of tokens.");
    }

    /// <summary>How often a word must occur to be in a vocabulary of words; rarer ones are unknown. Default 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int MinCount { get; init => field = AtLeast(value, 1, nameof(MinCount)); } = 2;

    /// <summary>
    /// The size of each vocabulary at most, the four tokens that all tokenizers keep included: the most frequent words, or the bytes and the most frequent pairs. Byte pairs need at least 260.
    /// Null, the default: 30,000 words or 8,000 byte pairs.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 8 or above 2^20.</exception>
    public int? MaxTokens
    {
        get;
        init => field = value is null or (>= 8 and <= Tokenizer.MostTokens)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaxTokens), value, $"The size of a vocabulary is from 8 to {Tokenizer.MostTokens}.");
    }

    /// <summary>
    /// Whether the texts are cut into words already, with white space between them and around punctuation. Null, the default: found out from where their last points stand
    /// (<see cref="SentencePairs.AreTokenized"/>). It decides what a word is; byte pairs take the texts as they are.
    /// </summary>
    public bool? Tokenized { get; init; }

    /// <summary>Pairs with more words, or byte pairs, than this on either side are left out of training. Default 100.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int MaxLength { get; init => field = AtLeast(value, 1, nameof(MaxLength)); } = 100;

    /// <summary>The number from which everything random follows. Default 0.</summary>
    public long Seed { get; init; }

    private static int AtLeast(int value, int least, string name) =>
        value >= least ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least {least}.");
}
