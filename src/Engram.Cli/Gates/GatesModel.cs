using Engram.Cli.Files;
using Engram.Data;
using Engram.Formats;
using Engram.Formats.Keras;
using Engram.Inspection;
using Engram.Models;

namespace Engram.Cli.Gates;

/// <summary>A model whose gates are shown, with the vocabulary of its file where it has one.</summary>
/// <param name="Network">The model.</param>
/// <param name="Tokenizer">What makes its tokens; null for a model of numbers.</param>
/// <param name="Name">What it is called.</param>
/// <param name="IsBuiltIn">Whether it came with the tool.</param>
internal sealed record GatesModel(Network Network, Tokenizer? Tokenizer, string Name, bool IsBuiltIn)
{
    /// <summary>What the built-in model is, plainly.</summary>
    public const string BuiltInWords = "The model is a small one that comes with the tool: an embedding, one LSTM layer and a softmax over its vocabulary, trained on sentences that a small grammar of "
        + "everyday causes and consequences makes (money troubles and a loan, fever and a doctor, rain and an umbrella). It knows these and nothing else; the sentences it is tested on were kept out of its training.";

    private const string Entry = "tokenizer.json";

    /// <summary>The model that comes with the tool.</summary>
    public static GatesModel BuiltIn()
    {
        const string Resource = "Engram.Cli.Gates.everyday.keras";
        using Stream stream = typeof(GatesModel).Assembly.GetManifestResourceStream(Resource)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        using FileBytes file = FileBytes.Of(bytes, "everyday.keras");
        (Network network, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> entries) = KerasFile.Load(file, new LoadOptions { Compile = false });
        return new GatesModel(network, Tokenizer.FromJson(entries[Entry].Span, Entry), "the built-in model of everyday sentences", IsBuiltIn: true);
    }

    /// <summary>The words with which the model goes on, each the likeliest, up to the end of the sentence; and the probability of all of them together.</summary>
    public (string Words, double Probability) Continue(string beginning)
    {
        const int Most = 8;
        List<string> words = [];
        double probability = 1;
        while (words.Count < Most)
        {
            RankedGuess next = GateReport.OfText(Network, Tokenizer!, string.Join(' ', words.Prepend(beginning))).Guesses![^1][0];
            if (next.Label == Tokenizer!.Vocabulary[Data.Tokenizer.End]) { break; }
            words.Add(next.Label);
            probability *= next.Probability;
        }

        return (string.Join(' ', words), probability);
    }

    /// <summary>Reads a model with the vocabulary in its file.</summary>
    /// <exception cref="EngramException">The file cannot be read.</exception>
    public static GatesModel Load(string path)
    {
        if (!Path.GetExtension(path).Equals(".keras", StringComparison.OrdinalIgnoreCase)) { return new GatesModel(RunnableModel.Load(path).Network, null, Path.GetFileName(path), false); }
        Network network = Network.Load(path, out IReadOnlyDictionary<string, ReadOnlyMemory<byte>> entries, new LoadOptions { Compile = false });
        // Where other tools keep one, its kind tells it from the rest.
        string? entry = entries.ContainsKey(Entry) ? Entry : entries.Keys.Where(name => name.EndsWith(Entry, StringComparison.Ordinal) || name.EndsWith("vocabulary.json", StringComparison.Ordinal)).Order(StringComparer.Ordinal).FirstOrDefault();
        return new GatesModel(network, entry is null ? null : Tokenizer.FromJson(entries[entry].Span, $"{path}: engram/{entry}"), Path.GetFileName(path), false);
    }
}
