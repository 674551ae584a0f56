using System.Text;
using Engram.Data;
using Engram.Inference;

namespace Engram.Generation;

/// <summary>
/// A text under way: what was read and written so far stands in the network's states, and each further call goes on from there. Calls of 100 and 200 tokens write what one of
/// 300 would. Made by <see cref="TextGenerator.OpenSession"/>; for one thread at a time.
/// <code>
/// using TextSession session = generator.OpenSession(new SamplingOptions { Temperature = 0.8, Seed = 1 });
/// session.Read("ROMEO:");
/// foreach (string piece in session.Write()) { Console.Write(piece); }
/// session.Read("\nJULIET:");
/// string answer = session.WriteAll();
/// </code>
/// </summary>
public sealed class TextSession : IDisposable
{
    private readonly Tokenizer tokenizer;
    private readonly LstmSession session;
    private readonly TokenSampler sampler;
    private readonly PieceDecoder decoder;
    private readonly int[] opening;
    private readonly float[] logits;
    private readonly float[] number = new float[1];
    private bool begun;

    internal TextSession(Tokenizer tokenizer, LstmSession session, int[] opening, SamplingOptions options)
    {
        (this.tokenizer, this.session, this.opening, Options) = (tokenizer, session, opening, options);
        sampler = new TokenSampler(options, tokenizer.Count);
        decoder = PieceDecoder.For(tokenizer);
        logits = new float[tokenizer.Count];
    }

    /// <summary>How tokens are chosen.</summary>
    public SamplingOptions Options { get; }

    /// <summary>Whether the last call of <see cref="Write"/> or <see cref="WriteAll"/> ended before a stop string.</summary>
    public bool Stopped { get; private set; }

    /// <summary>The logits of the token that comes next, by number; of what was learnt as the opening where nothing was read yet.</summary>
    public ReadOnlySpan<float> Logits
    {
        get
        {
            Begin();
            return logits;
        }
    }

    /// <summary>Reads a text: a prompt, or what somebody else says in between.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="EngramException">A character is none of the vocabulary (for a vocabulary of characters); nothing was read.</exception>
    /// <exception cref="ObjectDisposedException">The session is disposed.</exception>
    public void Read(string text)
    {
        int[] tokens = tokenizer.Encode(text);
        if (tokenizer is CharacterTokenizer && Array.IndexOf(tokens, Tokenizer.Unknown) is >= 0 and int place) { throw Unknown(text, place); }
        foreach (int token in tokens)
        {
            Step(token);
            _ = decoder.Add(token);
        }
    }

    /// <summary>Writes on, piece by piece: until a stop string or the most tokens of a call. What is drawn is already in the state when its piece comes; who stops early stops there.</summary>
    /// <returns>Pieces of text, none of them empty. Only strings that stand in the vocabulary, for a model of characters: none is made.</returns>
    /// <exception cref="ObjectDisposedException">The session is disposed.</exception>
    public IEnumerable<string> Write()
    {
        Stopped = false;
        if (Options.StopStrings.Count > 0) { return WriteUntilStop(); }
        return WriteFreely();
    }

    /// <summary>Writes on as <see cref="Write"/> does, and returns the whole.</summary>
    /// <exception cref="ObjectDisposedException">The session is disposed.</exception>
    public string WriteAll()
    {
        var text = new StringBuilder();
        foreach (string piece in Write()) { text.Append(piece); }
        return text.ToString();
    }

    /// <summary>Ends the session.</summary>
    public void Dispose() => session.Dispose();

    /// <summary>Draws a token, reads it, and returns the text that it adds; empty for bytes of a character that is not whole yet.</summary>
    internal string Next()
    {
        Begin();
        int token = sampler.Draw(logits);
        Step(token);
        return decoder.Add(token);
    }

    /// <summary>Reads a token.</summary>
    internal void Step(int token)
    {
        number[0] = token;
        session.Step(number, logits);
        sampler.Note(token);
        begun = true;
    }

    private IEnumerable<string> WriteFreely()
    {
        for (int i = 0; i < Options.MaximumTokens; i++)
        {
            string piece = Next();
            if (piece.Length > 0) { yield return piece; }
        }
    }

    private IEnumerable<string> WriteUntilStop()
    {
        var search = new StopSearch(Options.StopStrings);
        for (int i = 0; i < Options.MaximumTokens; i++)
        {
            string safe = search.Add(Next());
            if (safe.Length > 0) { yield return safe; }
            if (!search.Found) { continue; }
            Stopped = true;
            yield break;
        }

        string rest = search.Rest();
        if (rest.Length > 0) { yield return rest; }
    }

    private void Begin()
    {
        if (begun) { return; }
        foreach (int token in opening) { Step(token); }
    }

    private EngramException Unknown(string text, int place)
    {
        Rune rune = text.EnumerateRunes().ElementAt(place);
        string shown = Rune.IsControl(rune) || Rune.IsWhiteSpace(rune) ? "" : $" '{rune}'";
        return new EngramException(
            $"The prompt's character {place + 1}{shown} (U+{rune.Value:X4}) did not occur in the training text, so the model has no number for it. It knows {tokenizer.Count - Tokenizer.Reserved} characters: {Known()}");
    }

    private string Known()
    {
        var shown = new StringBuilder();
        foreach (string token in tokenizer.Vocabulary.Skip(Tokenizer.Reserved).Where(token => !string.IsNullOrWhiteSpace(token)).Take(100)) { shown.Append(token); }
        return shown.ToString();
    }
}
