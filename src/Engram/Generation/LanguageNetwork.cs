using Engram.Layers;
using Engram.Models;

namespace Engram.Generation;

/// <summary>The network: numbers of tokens in, for each step the logits of the token that comes next.</summary>
internal static class LanguageNetwork
{
    /// <summary>An embedding, LSTM layers with dropout behind each, a dense layer; built.</summary>
    /// <param name="options">Its widths.</param>
    /// <param name="tokens">How many tokens there are.</param>
    /// <param name="stateful">Whether states are carried from batch to batch, for training.</param>
    public static Sequential Create(TextNetworkOptions options, int tokens, bool stateful)
    {
        var model = new Sequential(new Input([Shape.Unknown]), new Embedding(tokens, options.EmbeddingWidth) { EmbeddingsInitializer = Initializers.RandomNormal(standardDeviation: 1) }) { Seed = options.Seed, Name = "language_model" };
        for (int layer = 0; layer < options.Layers; layer++)
        {
            model.Add(new Lstm(options.Units) { ReturnSequences = true, Stateful = stateful });
            if (options.Dropout > 0) { model.Add(new Dropout(options.Dropout)); }
        }

        model.Add(new Dense(tokens));
        model.Build();
        return model;
    }

    /// <summary>Copies all weights from one model to another of the same layers.</summary>
    public static void CopyWeights(Network from, Network to)
    {
        for (int i = 0; i < from.Weights.Count; i++) { to.Weights[i].Value.CopyFrom(from.Weights[i].Value.Span); }
    }
}
