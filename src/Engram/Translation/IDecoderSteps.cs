namespace Engram.Translation;

/// <summary>A model that guesses the next token of several beginnings at a time.</summary>
internal interface IDecoderSteps
{
    /// <summary>
    /// Takes a token for each row. A row goes on where the row <c>parents[row]</c> of the step before stopped; at the first step that is the sentence's number.
    /// </summary>
    void Step(ReadOnlySpan<int> tokens, ReadOnlySpan<int> parents);

    /// <summary>What the last step says of a row's next token: (vocabulary).</summary>
    ReadOnlySpan<float> Logits(int row);

    /// <summary>Where the last step of a row looked: (sourceSteps), padding included; empty where there is no attention.</summary>
    ReadOnlySpan<float> Attention(int row);
}
