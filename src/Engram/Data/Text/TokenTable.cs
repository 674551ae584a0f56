namespace Engram.Data;

/// <summary>Tokens by number and numbers by token, behind the four that all tokenizers keep.</summary>
internal sealed class TokenTable
{
    private readonly Dictionary<string, int> numbers;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> spans;
    private readonly string[] tokens;

    /// <summary>Creates the table.</summary>
    /// <param name="tokens">The tokens in the order of their numbers, without the four.</param>
    /// <exception cref="ArgumentException">A token comes twice, is empty or is one of the four; the message is the end of a sentence about them.</exception>
    public TokenTable(IReadOnlyList<string> tokens)
    {
        if (tokens.Count > Tokenizer.MostTokens - Tokenizer.Reserved) { throw new ArgumentException($"has {tokens.Count} tokens; at most {Tokenizer.MostTokens - Tokenizer.Reserved} are allowed"); }
        if (tokens.Count == 0) { throw new ArgumentException("is empty; at least one token is needed"); }
        this.tokens = [.. Tokenizer.Special, .. tokens];
        numbers = new Dictionary<string, int>(tokens.Count, StringComparer.Ordinal);
        for (int i = 0; i < tokens.Count; i++)
        {
            string token = tokens[i];
            if (token.Length == 0) { throw new ArgumentException($"has an empty token at {i}"); }
            if (Tokenizer.Special.Contains(token)) { throw new ArgumentException($"has '{token}' at {i}, which all vocabularies begin with and none may hold"); }
            if (!numbers.TryAdd(token, Tokenizer.Reserved + i)) { throw new ArgumentException($"has '{token}' twice"); }
        }

        spans = numbers.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public IReadOnlyList<string> All => tokens;

    public IEnumerable<string> Own => tokens.Skip(Tokenizer.Reserved);

    public int Number(ReadOnlySpan<char> token) => spans.TryGetValue(token, out int number) ? number : Tokenizer.Unknown;

    /// <summary>Reads the tokens of a file.</summary>
    public static TokenTable Read(JsonFields fields, string name)
    {
        string[] tokens = fields.Texts(name);
        try { return new TokenTable(tokens); }
        catch (ArgumentException e) { throw fields.Wrong(name, e.Message); }
    }
}
