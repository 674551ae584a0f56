using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Engram.Data;

/// <summary>
/// Words are tokens. Which ones the vocabulary has is learnt from texts: the most frequent first, words equally frequent in the order of their code units. All others are <see cref="Tokenizer.Unknown"/>.
/// A word is a run of letters, marks and digits, with apostrophes between letters (don't) and points and commas between digits (3.14); what becomes of other signs is an option. Scripts that put no
/// spaces between words are better served by <see cref="CharacterTokenizer"/>.
/// </summary>
public sealed class WordTokenizer : Tokenizer
{
    internal const string TypeName = "words";

    private static readonly (string, WordPunctuation)[] PunctuationNames =
        [("separate", WordPunctuation.Separate), ("strip", WordPunctuation.Strip), ("keep", WordPunctuation.Keep)];

    private readonly TokenTable table;

    private WordTokenizer(TokenTable table, WordTokenizerOptions options) => (this.table, Options) = (table, options);

    /// <summary>How texts are cut, and which words were kept.</summary>
    public WordTokenizerOptions Options { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Vocabulary => table.All;

    /// <summary>Learns the vocabulary of texts.</summary>
    /// <param name="texts">The texts; the training part alone, or the model is told what it should not know.</param>
    /// <param name="options">How they are cut and which words are kept; null for the defaults.</param>
    /// <exception cref="EngramException">No word is left, or a text has half a character.</exception>
    public static WordTokenizer Train(IEnumerable<string> texts, WordTokenizerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(texts);
        options ??= new WordTokenizerOptions();
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> spans = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string text in texts)
        {
            DemandWhole(text);
            WordSplitter words = Split(text, options);
            for (ReadOnlySpan<char> word = words.Next(); word.Length > 0; word = words.Next()) { CollectionsMarshal.GetValueRefOrAddDefault(spans, word, out _)++; }
        }

        foreach (string special in Special) { counts.Remove(special); }
        string[] kept =
        [
            .. counts.Where(pair => pair.Value >= options.MinCount).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal)
                .Select(pair => pair.Key).Take((options.MaxTokens ?? MostTokens) - Reserved),
        ];
        if (kept.Length == 0)
        {
            throw new EngramException(counts.Count == 0
                ? "There is no word in the texts; a tokenizer needs at least one."
                : $"None of the {counts.Count} different words occurs {options.MinCount} times (MinCount); the most frequent occurs {counts.Values.Max()} times.");
        }

        return new WordTokenizer(new TokenTable(kept), options);
    }

    /// <inheritdoc/>
    public override int[] Encode(string text)
    {
        DemandWhole(text);
        var tokens = new List<int>();
        WordSplitter words = Split(text, Options);
        for (ReadOnlySpan<char> word = words.Next(); word.Length > 0; word = words.Next()) { tokens.Add(table.Number(word)); }
        return [.. tokens];
    }

    /// <summary>
    /// The words with a space between two. Where signs are tokens of their own, closing ones stand right behind the word before (end.), opening ones right before the word that follows,
    /// quotation marks open and close in turn, and the second part of a contraction joins the first. What was lost in encoding (capitals, spaces, unknown words) does not come back.
    /// Padding, unknown, start and end are skipped.
    /// </summary>
    /// <param name="tokens">The numbers.</param>
    /// <exception cref="EngramException">A number is none of the vocabulary.</exception>
    public override string Decode(ReadOnlySpan<int> tokens)
    {
        DemandKnown(tokens);
        var text = new StringBuilder();
        bool glue = true, quoted = false; // whether the next word follows without a space; whether a quotation mark is open
        foreach (int token in tokens)
        {
            if (token < Reserved) { continue; }
            string word = Vocabulary[token];
            (bool before, bool behind) = Joins(word, quoted);
            if (!glue && !before) { text.Append(' '); }
            text.Append(word);
            glue = behind;
            if (word == "\"") { quoted = !quoted; }
        }

        return text.ToString();
    }

    internal override void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("type", TypeName);
        json.WriteBoolean("lowercase", Options.Lowercase);
        json.WriteString("punctuation", Array.Find(PunctuationNames, name => name.Item2 == Options.Punctuation).Item1);
        json.WriteBoolean("split_contractions", Options.SplitContractions);
        if (Options.MaxTokens is { } limit) { json.WriteNumber("max_tokens", limit); }
        else { json.WriteNull("max_tokens"); }
        json.WriteNumber("min_count", Options.MinCount);
        json.WriteStartArray("tokens");
        foreach (string token in table.Own) { json.WriteStringValue(token); }
        json.WriteEndArray();
    }

    internal static WordTokenizer ReadJson(JsonFields fields) => new(TokenTable.Read(fields, "tokens"), new WordTokenizerOptions
    {
        Lowercase = fields.Boolean("lowercase"),
        Punctuation = fields.Choice("punctuation", PunctuationNames),
        SplitContractions = fields.Boolean("split_contractions"),
        MaxTokens = fields.NullableInt32("max_tokens", Reserved + 1, MostTokens),
        MinCount = fields.Int32("min_count", 1),
    });

    private static WordSplitter Split(string text, WordTokenizerOptions options) =>
        new(options.Lowercase ? text.ToLowerInvariant() : text, options.Punctuation, options.SplitContractions);

    private (bool Before, bool Behind) Joins(string word, bool quoted) => Options.Punctuation != WordPunctuation.Separate
        ? (false, false)
        : word switch
        {
            "." or "," or ";" or ":" or "!" or "?" or ")" or "]" or "}" or "%" or "…" or "”" or "’" or "»" => (true, false),
            "(" or "[" or "{" or "$" or "£" or "€" or "¿" or "¡" or "“" or "‘" or "„" or "«" => (false, true),
            "\"" => (quoted, !quoted),
            "n't" or "n’t" => (Options.SplitContractions, false),
            ['\'' or '’', _, ..] => (Options.SplitContractions, false),
            _ => (false, false),
        };
}
