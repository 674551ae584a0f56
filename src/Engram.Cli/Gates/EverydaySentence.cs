namespace Engram.Cli.Gates;

/// <summary>A sentence of the <see cref="EverydayGrammar"/>.</summary>
/// <param name="Text">The sentence, without a full stop.</param>
/// <param name="Topic">What its cause is about.</param>
/// <param name="Distractor">What the cause that does not apply is about; null where the sentence names none.</param>
/// <param name="Distance">How many words before the last one the cause begins.</param>
public sealed record EverydaySentence(string Text, EverydayTopic Topic, EverydayTopic? Distractor, int Distance)
{
    /// <summary>The word that the cause decides.</summary>
    public string LastWord => Topic.LastWord;

    /// <summary>The sentence up to its last word, which is left to be guessed.</summary>
    public string Beginning => Text[..^(LastWord.Length + 1)];
}
