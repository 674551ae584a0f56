using System.Text;
using System.Text.Json;

namespace Engram.Data;

/// <summary>
/// Each character is a token. A character is a Unicode scalar value (a code point), not what looks like one letter on a screen: a flag or a letter with an accent of its own is several.
/// So the vocabulary stays small, and a text of known characters comes back from <see cref="Decode"/> exactly as it was.
/// The characters are numbered in the order of their code points.
/// </summary>
public sealed class CharacterTokenizer : Tokenizer
{
    internal const string TypeName = "characters";

    private readonly Dictionary<int, int> numbers = [];
    private readonly TokenTable table;

    private CharacterTokenizer(TokenTable table)
    {
        this.table = table;
        int number = Reserved;
        foreach (string token in table.Own) { numbers.Add(char.ConvertToUtf32(token, 0), number++); }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Vocabulary => table.All;

    /// <summary>Learns the characters of texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="maxTokens">How many tokens there may be, the four that all tokenizers keep included: the most frequent characters stay, of equally frequent ones the lower code points; null for all.</param>
    /// <exception cref="EngramException">There is no character, or a text has half a one.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxTokens"/> is below 5.</exception>
    public static CharacterTokenizer Train(IEnumerable<string> texts, int? maxTokens = null)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (maxTokens is { } limit) { ArgumentOutOfRangeException.ThrowIfLessThan(limit, Reserved + 1, nameof(maxTokens)); }
        var counts = new Dictionary<int, long>();
        foreach (string text in texts)
        {
            DemandWhole(text);
            foreach (Rune rune in text.EnumerateRunes()) { counts[rune.Value] = counts.GetValueOrDefault(rune.Value) + 1; }
        }

        if (counts.Count == 0) { throw new EngramException("There is no character in the texts; a tokenizer needs at least one."); }
        IEnumerable<int> kept = counts.Keys.OrderByDescending(character => counts[character]).ThenBy(character => character).Take((maxTokens ?? MostTokens) - Reserved);
        return new CharacterTokenizer(new TokenTable([.. kept.Order().Select(char.ConvertFromUtf32)]));
    }

    /// <inheritdoc/>
    public override int[] Encode(string text)
    {
        DemandWhole(text);
        var tokens = new int[text.Length];
        int count = 0;
        foreach (Rune rune in text.EnumerateRunes()) { tokens[count++] = numbers.GetValueOrDefault(rune.Value, Unknown); }
        return count == tokens.Length ? tokens : tokens[..count];
    }

    /// <inheritdoc/>
    public override string Decode(ReadOnlySpan<int> tokens)
    {
        DemandKnown(tokens);
        var text = new StringBuilder(tokens.Length);
        foreach (int token in tokens)
        {
            if (token >= Reserved) { text.Append(Vocabulary[token]); }
        }

        return text.ToString();
    }

    internal override void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("type", TypeName);
        json.WriteString("characters", string.Concat(table.Own));
    }

    internal static CharacterTokenizer ReadJson(JsonFields fields)
    {
        string characters = fields.Text("characters");
        try { return new CharacterTokenizer(new TokenTable([.. characters.EnumerateRunes().Select(rune => rune.ToString())])); }
        catch (ArgumentException e) { throw fields.Wrong("characters", e.Message); }
    }
}
