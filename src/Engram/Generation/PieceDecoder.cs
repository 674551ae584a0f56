using Engram.Data;

namespace Engram.Generation;

/// <summary>The text that each further token adds.</summary>
internal abstract class PieceDecoder
{
    /// <summary>The decoder for a tokenizer.</summary>
    public static PieceDecoder For(Tokenizer tokenizer) => tokenizer is CharacterTokenizer ? new Characters(tokenizer) : new Joined(tokenizer);

    /// <summary>The text that a token adds to those before; may be empty.</summary>
    public abstract string Add(int token);

    // A character is a text of its own, made once.
    private sealed class Characters(Tokenizer tokenizer) : PieceDecoder
    {
        private readonly string[] pieces = [.. Enumerable.Range(0, tokenizer.Count).Select(token => tokenizer.Decode([token]))];

        public override string Add(int token) => pieces[token];
    }

    // What a token adds depends on those before: a space between words, the bytes of a character that is not whole yet. So some tokens before are decoded again.
    private sealed class Joined(Tokenizer tokenizer) : PieceDecoder
    {
        private const int Most = 64;

        private readonly int quotation = tokenizer is WordTokenizer && tokenizer.Encode("\"") is [int token] && token != Tokenizer.Unknown ? token : -1;
        private readonly List<int> tokens = [];
        private string before = "";

        public override string Add(int token)
        {
            tokens.Add(token);
            string now = tokenizer.Decode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(tokens));
            if (now.EndsWith('\uFFFD')) { return ""; } // bytes that the next token completes
            string piece = now[before.Length..];
            before = now;
            if (tokens.Count >= Most) { Forget(); }
            return piece;
        }

        // Keeps the later half, and whether a quotation is open.
        private void Forget()
        {
            bool open = false;
            foreach (int token in tokens.Take(Most / 2)) { open ^= token == quotation; }
            tokens.RemoveRange(0, Most / 2);
            if (open) { tokens.Insert(0, quotation); }
            before = tokenizer.Decode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(tokens));
        }
    }
}
