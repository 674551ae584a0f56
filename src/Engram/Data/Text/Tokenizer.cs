using System.Text.Json;
using Engram.Formats;
using Engram.Formats.Keras;

namespace Engram.Data;

/// <summary>
/// Cuts a text into tokens and gives each a number, and joins the tokens of numbers into a text again. All kinds keep the numbers 0 to 3 for the same purposes, so a
/// model can be built without knowing which kind feeds it:
/// <code>
/// 0 [PAD]    fills up shorter sequences; an Embedding with MaskZero hides it
/// 1 [UNK]    what the vocabulary does not have
/// 2 [START]  before the first token of a sequence
/// 3 [END]    behind its last
/// </code>
/// <see cref="Encode(string)"/> makes <see cref="Unknown"/> alone of these; who needs start and end puts them there.
/// <code>
/// WordTokenizer tokenizer = WordTokenizer.Train(texts, new WordTokenizerOptions { MaxTokens = 10000 });
/// int[] tokens = tokenizer.Encode("What an ending!");
/// byte[] json = tokenizer.ToJson();                    // an entry of a model's file
/// Tokenizer again = Tokenizer.FromJson(json, "vocabulary");
/// </code>
/// A tokenizer does not change once it is made and may be used by several threads.
/// </summary>
public abstract class Tokenizer
{
    /// <summary>The number that fills up shorter sequences.</summary>
    public const int Padding = 0;

    /// <summary>The number of what the vocabulary does not have.</summary>
    public const int Unknown = 1;

    /// <summary>The number that stands before the first token of a sequence.</summary>
    public const int Start = 2;

    /// <summary>The number that stands behind the last token of a sequence.</summary>
    public const int End = 3;

    /// <summary>How many numbers are kept: the first token of the vocabulary proper has this one.</summary>
    internal const int Reserved = 4;

    /// <summary>The most tokens that a vocabulary may have.</summary>
    internal const int MostTokens = 1 << 20;

    private protected Tokenizer() { }

    /// <summary>How the four numbers that all kinds keep are shown.</summary>
    internal static IReadOnlyList<string> Special { get; } = ["[PAD]", "[UNK]", "[START]", "[END]"];

    /// <summary>The tokens by number, as they are shown to people; the first four are [PAD], [UNK], [START] and [END].</summary>
    public abstract IReadOnlyList<string> Vocabulary { get; }

    /// <summary>How many tokens there are, the four that all kinds keep included: the inputDim of an embedding, the columns of a softmax.</summary>
    public int Count => Vocabulary.Count;

    /// <summary>The numbers of a text's tokens, without start and end; none for an empty text.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="EngramException">The text has half a character: a surrogate without its other half.</exception>
    public abstract int[] Encode(string text);

    /// <summary>The text of tokens. Padding, unknown, start and end have none and are skipped.</summary>
    /// <param name="tokens">The numbers.</param>
    /// <exception cref="EngramException">A number is none of the vocabulary.</exception>
    public abstract string Decode(ReadOnlySpan<int> tokens);

    /// <summary>The tokenizer as JSON in UTF-8, for an entry of a model's file.</summary>
    public byte[] ToJson() => JsonFields.Write(WriteJson);

    /// <summary>Reads a tokenizer that <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">The JSON.</param>
    /// <param name="name">What errors call it, such as the file and the entry.</param>
    /// <param name="limits">How long it may be; null for the usual limits.</param>
    /// <exception cref="EngramException">It is damaged or none of a tokenizer; the message says where and what would be right.</exception>
    public static Tokenizer FromJson(ReadOnlySpan<byte> json, string name, ReadLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        var fields = new JsonFields(JsonText.ReadObject(json, name, limits ?? ReadLimits.Default), name);
        Tokenizer read = fields.Text("type") switch
        {
            WordTokenizer.TypeName => WordTokenizer.ReadJson(fields),
            CharacterTokenizer.TypeName => CharacterTokenizer.ReadJson(fields),
            BytePairTokenizer.TypeName => BytePairTokenizer.ReadJson(fields),
            var type => throw fields.Wrong("type", $"is '{type}'; known are {WordTokenizer.TypeName}, {CharacterTokenizer.TypeName} and {BytePairTokenizer.TypeName}"),
        };
        fields.DemandAllRead();
        return read;
    }

    /// <summary>Writes the properties of the JSON object.</summary>
    internal abstract void WriteJson(Utf8JsonWriter json);

    /// <summary>Refuses a text that has half a character, which no file can hold and no encoding can write.</summary>
    internal static void DemandWhole(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int i = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        while (i >= 0 && i < text.Length)
        {
            if (char.IsSurrogate(text[i]))
            {
                if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                {
                    throw new EngramException($"The text has half a character at position {i} (the surrogate U+{(int)text[i]:X4} without its other half); a text is read from a file with the right encoding, or such halves are taken out, before it is encoded.");
                }

                i++;
            }

            int next = text.AsSpan(i + 1).IndexOfAnyInRange('\uD800', '\uDFFF');
            i = next < 0 ? -1 : i + 1 + next;
        }
    }

    /// <summary>Refuses a number that is none of the vocabulary.</summary>
    internal void DemandKnown(ReadOnlySpan<int> tokens)
    {
        for (int i = 0; i < tokens.Length; i++)
        {
            if ((uint)tokens[i] >= (uint)Count) { throw new EngramException($"Token {i} of the sequence is {tokens[i]}; the vocabulary has the numbers 0 to {Count - 1}."); }
        }
    }
}
