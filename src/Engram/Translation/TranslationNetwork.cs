using Engram.Layers;
using Engram.Models;

namespace Engram.Translation;

/// <summary>
/// The network of a translator: an LSTM reads the source in both directions; another writes the target, attends to what the first put out (Luong, Pham and Manning
/// 2015, "Effective approaches to attention-based neural machine translation", score "general") and guesses the next word. What was attended to goes into
/// a second decoder layer instead of back into the first at the next step, so all steps of teacher forcing are computed together.
/// <code>
/// source (batch, S)   target (batch, T)   E encoder outputs (batch, S, 2 units)
/// h1 = LSTM(embed(target)), from tanh(W [last states of the encoder])   p = softmax(W_a h1 Eᵀ / √(2 units))   c = p E
/// h2 = LSTM([h1, c])   a = tanh(W_c [h2, c])   logits = W_o a + b
/// </code>
/// The same layers make three models: all steps for training, the encoder, and one step of the decoder.
/// </summary>
internal sealed class TranslationNetwork
{
    private const string Source = "source", Target = "target";

    private readonly Dictionary<string, Layer> layers;

    private TranslationNetwork(Dictionary<string, Layer> layers, Model? training, long seed, string owner)
    {
        this.layers = layers;
        EncoderLayers = 1;
        while (layers.ContainsKey($"encoder_{EncoderLayers + 1}")) { EncoderLayers++; }
        HasSecondDecoder = layers.ContainsKey("decoder_2");
        try
        {
            Training = training ?? BuildTraining(seed);
            Training.Build();
            (Encoder, Step) = (BuildEncoder(), BuildStep());
        }
        catch (Exception e) when (e is InvalidCastException or KeyNotFoundException)
        {
            throw new EngramException($"{owner}: the model is not that of a translator ({e.Message}); one that engram translate train wrote is needed.", e);
        }
    }

    /// <summary>From source and target tokens to logits: (batch, S), (batch, T) to (batch, T, vocabulary).</summary>
    public Model Training { get; }

    /// <summary>From source tokens to the encoder's outputs and the decoder's first states.</summary>
    public Model Encoder { get; }

    /// <summary>From tokens (rows, 1), the encoder's outputs and states to logits, attention (rows, 1, S) and states.</summary>
    public Model Step { get; }

    /// <summary>How many states a step takes and gives: h and c of each decoder layer.</summary>
    public int StateCount => HasSecondDecoder ? 4 : 2;

    public int Units => Get<Lstm>("decoder").Units;

    public int SourceVocabulary => Get<Embedding>("source_embedding").InputDim;

    public int TargetVocabulary => Get<Dense>("logits").Units;

    private int EncoderLayers { get; }

    private bool HasSecondDecoder { get; }

    /// <summary>A network with new weights.</summary>
    public static TranslationNetwork Create(TranslationOptions options, int sourceVocabulary, int targetVocabulary)
    {
        // Words begin far apart: with vectors as small as an embedding's usual ones, the first epochs pass before anything is worth attending to.
        Initializer apart = Initializers.RandomNormal(0, 1);
        List<Layer> layers =
        [
            new Embedding(sourceVocabulary, options.Embedding) { Name = "source_embedding", MaskZero = true, EmbeddingsInitializer = apart },
            new Dropout(options.Dropout) { Name = "source_dropout" },
            new Embedding(targetVocabulary, options.Embedding) { Name = "target_embedding", MaskZero = true, EmbeddingsInitializer = apart },
            new Dropout(options.Dropout) { Name = "target_dropout" },
        ];
        for (int i = 1; i <= options.EncoderLayers; i++)
        {
            layers.Add(new Bidirectional(new Lstm(options.Units) { ReturnSequences = true, ReturnState = i == options.EncoderLayers }) { Name = i == 1 ? "encoder" : $"encoder_{i}" });
            layers.Add(new Dropout(options.Dropout) { Name = i == 1 ? "encoder_dropout" : $"encoder_dropout_{i}" });
        }

        layers.AddRange(
        [
            new Concatenate { Name = "encoder_h" },
            new Concatenate { Name = "encoder_c" },
            new Dense(options.Units) { Name = "bridge_h", Activation = Activations.Tanh },
            new Dense(options.Units) { Name = "bridge_c", Activation = Activations.Tanh },
            new Lstm(options.Units) { Name = "decoder", ReturnSequences = true, ReturnState = true },
            new Dense(2 * options.Units) { Name = "query", UseBias = false },
            // Without it the first steps of Adam make the scores so large that the softmax looks at one place for ever.
            new Rescaling(1 / MathF.Sqrt(2 * options.Units)) { Name = "query_scale" },
            new Attention { Name = "attention", ReturnAttentionScores = true },
            new Concatenate { Name = "attended" },
            new Dense(options.Embedding) { Name = "combined", Activation = Activations.Tanh },
            new Dropout(options.Dropout) { Name = "output_dropout" },
            new Dense(targetVocabulary) { Name = "logits" },
        ]);
        if (options.DecoderLayers == 2)
        {
            layers.Add(new Dropout(options.Dropout) { Name = "decoder_dropout" });
            layers.Add(new Lstm(options.Units) { Name = "decoder_2", ReturnSequences = true, ReturnState = true });
            layers.Add(new Concatenate { Name = "attended_2" });
        }

        return new TranslationNetwork(layers.ToDictionary(layer => layer.Name, StringComparer.Ordinal), null, options.Seed, "translator");
    }

    /// <summary>The network of a model that was read from a file.</summary>
    /// <exception cref="EngramException">It is not that of a translator.</exception>
    public static TranslationNetwork Of(Network model, string owner) => model is Model graph
        ? new TranslationNetwork(graph.Layers.ToDictionary(layer => layer.Name, StringComparer.Ordinal), graph, graph.Seed, owner)
        : throw new EngramException($"{owner}: the model is a {model.Kind}, not that of a translator; one that engram translate train wrote is needed.");

    /// <summary>From source, target and right tokens to -ln p of the right ones: (batch, T, 1), over a sample of the vocabulary in training.</summary>
    public Model Sampled(int samples, long seed)
    {
        (Input source, Input target) = (Tokens(Source), Tokens(Target));
        Input right = Tokens("right");
        SymbolicTensor loss = new SampledSoftmax(Get<Dense>("logits"), samples) { Name = "sampled" }.Apply(Decode(source, target), right);
        return new Model([source, target, right], [loss]) { Seed = seed };
    }

    private static Input Tokens(string name) => new([Shape.Unknown]) { Name = name };

    private Model BuildTraining(long seed)
    {
        (Input source, Input target) = (Tokens(Source), Tokens(Target));
        return new Model([source, target], [Get<Dense>("logits").Apply(Decode(source, target))]) { Seed = seed };
    }

    private SymbolicTensor Decode(SymbolicTensor source, SymbolicTensor target)
    {
        (SymbolicTensor encoded, SymbolicTensor h, SymbolicTensor c) = Encode(source);
        SymbolicTensor words = Get<Dropout>("target_dropout").Apply(Get<Embedding>("target_embedding").Apply(target));
        SymbolicTensor h1 = Get<Lstm>("decoder").ApplyAll(words, h, c)[0];
        SymbolicTensor context = Get<Attention>("attention").ApplyAll(Query(h1), encoded)[0];
        SymbolicTensor attended = Get<Concatenate>("attended").Apply(h1, context);
        if (HasSecondDecoder)
        {
            SymbolicTensor h2 = Get<Lstm>("decoder_2").ApplyAll(Get<Dropout>("decoder_dropout").Apply(attended))[0];
            attended = Get<Concatenate>("attended_2").Apply(h2, context);
        }

        return Get<Dropout>("output_dropout").Apply(Get<Dense>("combined").Apply(attended));
    }

    private SymbolicTensor Query(SymbolicTensor h) => Get<Rescaling>("query_scale").Apply(Get<Dense>("query").Apply(h));

    private (SymbolicTensor Outputs, SymbolicTensor H, SymbolicTensor C) Encode(SymbolicTensor source)
    {
        SymbolicTensor x = Get<Dropout>("source_dropout").Apply(Get<Embedding>("source_embedding").Apply(source));
        for (int i = 1; i < EncoderLayers; i++)
        {
            x = Get<Dropout>(i == 1 ? "encoder_dropout" : $"encoder_dropout_{i}").Apply(Get<Bidirectional>(i == 1 ? "encoder" : $"encoder_{i}").Apply(x));
        }

        string suffix = EncoderLayers == 1 ? "" : $"_{EncoderLayers}";
        var (y, forwardH, forwardC, backwardH, backwardC) = Get<Bidirectional>($"encoder{suffix}").ApplyAll(x);
        return (Get<Dropout>($"encoder_dropout{suffix}").Apply(y),
            Get<Dense>("bridge_h").Apply(Get<Concatenate>("encoder_h").Apply(forwardH, backwardH)),
            Get<Dense>("bridge_c").Apply(Get<Concatenate>("encoder_c").Apply(forwardC, backwardC)));
    }

    private Model BuildEncoder()
    {
        Input source = Tokens(Source);
        (SymbolicTensor encoded, SymbolicTensor h, SymbolicTensor c) = Encode(source);
        return new Model([source], [encoded, h, c]);
    }

    private Model BuildStep()
    {
        var token = new Input([1]) { Name = "token" };
        var encoded = new Input(Shape.Unknown, 2 * Get<Bidirectional>("encoder").ForwardLayer.OutputWidth) { Name = "encoded" };
        Input[] states = [.. Enumerable.Range(0, StateCount).Select(i => new Input([Units]) { Name = $"state_{i}" })];
        var (h1, newH1, newC1) = Get<Lstm>("decoder").ApplyAll(Get<Embedding>("target_embedding").Apply(token), states[0], states[1]);
        var (context, weights) = Get<Attention>("attention").ApplyAll(Query(h1), encoded);
        SymbolicTensor attended = Get<Concatenate>("attended").Apply(h1, context);
        List<SymbolicTensor> newStates = [newH1, newC1];
        if (HasSecondDecoder)
        {
            var (h2, newH2, newC2) = Get<Lstm>("decoder_2").ApplyAll(attended, states[2], states[3]);
            newStates.AddRange([newH2, newC2]);
            attended = Get<Concatenate>("attended_2").Apply(h2, context);
        }

        SymbolicTensor logits = Get<Dense>("logits").Apply(Get<Dense>("combined").Apply(attended));
        return new Model([token, encoded, .. states.Select(state => state.Tensor)], [logits, weights, .. newStates]);
    }

    private T Get<T>(string name) where T : Layer => (T)layers[name];
}
