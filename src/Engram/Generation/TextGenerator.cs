using Engram.Data;
using Engram.Inference;
using Engram.Layers;
using Engram.Models;

namespace Engram.Generation;

/// <summary>
/// Learns how a text goes on, and writes on: a language model of LSTM layers over characters, byte pairs or words.
/// <code>
/// TextGenerator generator = TextGenerator.Train(File.ReadAllText("plays.txt"));
/// Console.WriteLine($"{generator.Training.NatsPerCharacter:F3} nats a character on the held-out end of the text");
/// Console.WriteLine(generator.Generate("ROMEO:", new SamplingOptions { Temperature = 0.8 }));
/// generator.Save("plays.keras");
/// </code>
/// The network turns tokens into vectors, reads them with LSTM layers and puts out the logits of the token that comes next (Mikolov et al. 2010, "Recurrent neural network
/// based language model"; Graves 2013, "Generating sequences with recurrent neural networks"). Writing is for any number of threads, each with a session of its own, while
/// nobody trains.
/// </summary>
public sealed partial class TextGenerator
{
    private readonly TextNetworkOptions options;

    internal TextGenerator(Tokenizer tokenizer, TextNetworkOptions options, Sequential model, TextTraining? training)
    {
        (Tokenizer, this.options, Model) = (tokenizer, options, model);
        this.training = training;
    }

    private TextTraining? training;

    /// <summary>What cuts texts into tokens.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The network: (batch, time) numbers of tokens in, (batch, time, tokens) logits out.</summary>
    public Sequential Model { get; }

    /// <summary>What the text is cut into.</summary>
    public TextTokens Tokens => options.Tokens;

    /// <summary>The last training, and what it came to on held-out text.</summary>
    public TextTraining Training => training!;

    /// <summary>Creates and trains a generator. The last part of the text is held out; the vocabulary is that of the rest.</summary>
    /// <param name="text">The text.</param>
    /// <param name="network">What the generator is made of; null for the defaults.</param>
    /// <param name="fit">How it is trained; null for the defaults.</param>
    /// <param name="progress">Told of each step, or null.</param>
    /// <param name="cancellation">Ends training between two steps.</param>
    /// <exception cref="EngramException">The text is empty or too short, or training diverges.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static TextGenerator Train(
        string text, TextNetworkOptions? network = null, TextFitOptions? fit = null, IProgress<TextProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        (network, fit) = (network ?? new TextNetworkOptions(), fit ?? new TextFitOptions());
        (string trained, _) = TextParts.Split(text, fit.HeldOut);
        Tokenizer tokenizer = TextParts.Learn(trained, network);
        var generator = new TextGenerator(tokenizer, network, LanguageNetwork.Create(network, tokenizer.Count, stateful: false), null);
        generator.Fit(text, fit, progress, cancellation);
        return generator;
    }

    /// <summary>Opens a session, which reads and writes and stays in state from call to call. It keeps the weights that the generator has now.</summary>
    /// <param name="sampling">How tokens are chosen; null for the defaults.</param>
    /// <param name="weights">
    /// How the session stores the weights of its matrices. A step does little but read them, so <see cref="WeightType.Bfloat16"/> and <see cref="WeightType.Int8"/> write faster;
    /// the text is another, as good as the same to a reader. Default 32-bit floats.
    /// </param>
    public TextSession OpenSession(SamplingOptions? sampling = null, WeightType weights = WeightType.Float32)
    {
        SessionStage[] stages = SessionStage.CreateAll(Model.Layers, 1, layer => layer is Embedding ? WeightType.Float32 : weights);
        return new TextSession(Tokenizer, new LstmSession(stages, 1, 1), TextParts.Opening(Tokenizer), sampling ?? new SamplingOptions());
    }

    /// <summary>Writes on from a prompt; the same seed gives the same text, on any number of threads.</summary>
    /// <param name="prompt">What the text begins with; empty for none. It is not part of what is returned.</param>
    /// <param name="sampling">How tokens are chosen; null for the defaults.</param>
    /// <exception cref="EngramException">A character of the prompt is none of the vocabulary.</exception>
    public string Generate(string prompt, SamplingOptions? sampling = null)
    {
        using TextSession session = OpenSession(sampling);
        session.Read(prompt);
        return session.WriteAll();
    }

    /// <summary>The words of a text that the vocabulary lacks, each once; none for a vocabulary of characters or byte pairs.</summary>
    /// <param name="text">The text.</param>
    public IReadOnlyList<string> UnknownWords(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Tokenizer is not WordTokenizer words) { return []; }
        var unknown = new List<string>();
        var splitter = new WordSplitter(text, words.Options.Punctuation, words.Options.SplitContractions);
        for (ReadOnlySpan<char> word = splitter.Next(); !word.IsEmpty; word = splitter.Next())
        {
            string found = word.ToString();
            if (words.Encode(found).Contains(Engram.Data.Tokenizer.Unknown) && !unknown.Contains(found)) { unknown.Add(found); }
        }

        return unknown;
    }

    /// <summary>How surprising each token of a text is, read from its beginning.</summary>
    /// <param name="text">The text. Its first token is judged behind what the model takes for an opening.</param>
    /// <returns>For each token its text and its surprise: -ln of the probability that the model gave it.</returns>
    public IReadOnlyList<TokenSurprise> Surprise(string text) => Surprise("", text);

    /// <summary>How surprising each token of a text is behind a context.</summary>
    /// <param name="context">What comes before; not judged.</param>
    /// <param name="text">The text.</param>
    public IReadOnlyList<TokenSurprise> Surprise(string context, string text)
    {
        int[] tokens = Tokenizer.Encode(text);
        using TextSession session = OpenSession();
        foreach (int token in Tokenizer.Encode(context)) { session.Step(token); }
        var decoder = PieceDecoder.For(Tokenizer);
        var surprises = new TokenSurprise[tokens.Length];
        for (int i = 0; i < tokens.Length; i++)
        {
            surprises[i] = new TokenSurprise(decoder.Add(tokens[i]), TextParts.CrossEntropy(session.Logits, tokens[i]));
            session.Step(tokens[i]);
        }

        return surprises;
    }
}

/// <summary>A token and how surprising it was.</summary>
/// <param name="Text">Its text, with the space before a word; empty for one that the vocabulary lacks.</param>
/// <param name="Nats">-ln of its probability.</param>
public readonly record struct TokenSurprise(string Text, double Nats);
