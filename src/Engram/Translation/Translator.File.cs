using Engram.Models;

namespace Engram.Translation;

public sealed partial class Translator
{
    private const string SourceEntry = "translation/source.json", TargetEntry = "translation/target.json";

    internal TranslationNetwork Network => network;

    /// <summary>
    /// Writes the translator as a <c>.keras</c> file: the network as Keras reads it, the two vocabularies beside it in the entries <c>engram/translation/source.json</c> and <c>target.json</c>.
    /// </summary>
    /// <param name="path">The file; its folder must exist. It is replaced as a whole.</param>
    /// <exception cref="EngramException">The name ends otherwise, or the file cannot be written.</exception>
    public void Save(string path)
    {
        // A model of its own, so that neither optimizer nor loss are in the file.
        var model = new Model([.. Model.Inputs], [.. Model.Outputs]) { Seed = Model.Seed };
        model.Build();
        model.Save(path, new Dictionary<string, ReadOnlyMemory<byte>> { [SourceEntry] = SourceTokenizer.ToJson(), [TargetEntry] = TargetTokenizer.ToJson() });
    }

    /// <summary>Reads a translator that <see cref="Save"/> wrote. Nothing in the file is executed.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="EngramException">The file is missing, damaged or none of a translator; the message says what is wrong.</exception>
    public static Translator Load(string path)
    {
        Network model = Models.Network.Load(path, out IReadOnlyDictionary<string, ReadOnlyMemory<byte>> entries);
        SentenceTokenizer source = Vocabulary(SourceEntry), target = Vocabulary(TargetEntry);
        TranslationNetwork network = TranslationNetwork.Of(model, path);
        Require(SourceEntry, source, network.SourceVocabulary);
        Require(TargetEntry, target, network.TargetVocabulary);
        return new Translator(network, source, target, []);

        SentenceTokenizer Vocabulary(string entry)
        {
            if (!entries.TryGetValue(entry, out ReadOnlyMemory<byte> json)) { throw new EngramException($"{path}: is no translator; it has no entry engram/{entry}. One that engram translate train wrote is needed."); }
            return SentenceTokenizer.Read(json.Span, $"{path}: engram/{entry}");
        }

        void Require(string entry, SentenceTokenizer vocabulary, int expected)
        {
            if (vocabulary.Tokenizer.Count != expected) { throw new EngramException($"{path}: engram/{entry} has {vocabulary.Tokenizer.Count} {vocabulary.Unit}, but the network is made for {expected}."); }
        }
    }
}
