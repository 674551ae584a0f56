using System.Text.Json;
using Engram.Formats;
using Engram.Formats.Keras;

namespace Engram.Data;

public sealed partial class TextVectorization
{
    private static readonly (string? Name, Func<string, string>? Value)[] StandardizeNames =
    [
        ("lower_and_strip_punctuation", TextSteps.LowerAndStripPunctuation), ("lower", TextSteps.Lower), ("strip_punctuation", TextSteps.StripPunctuation), (null, null),
    ];

    private static readonly (string? Name, Func<string, IReadOnlyList<string>>? Value)[] SplitNames =
    [
        ("whitespace", TextSteps.SplitWhitespace), ("character", TextSteps.SplitCharacters), (null, null),
    ];

    private static readonly (string, TextOutput)[] OutputNames =
        [("int", TextOutput.Sequence), ("multi_hot", TextOutput.MultiHot), ("count", TextOutput.Count), ("tf_idf", TextOutput.TfIdf)];

    /// <summary>Options and vocabulary as JSON in UTF-8 with Keras' names, for an entry of a model's file.</summary>
    /// <exception cref="EngramException">
    /// <see cref="Standardize"/> or <see cref="Split"/> is a function of one's own, which no file can hold, or a word has half a character.
    /// </exception>
    /// <exception cref="InvalidOperationException">There is no vocabulary yet.</exception>
    public byte[] ToJson()
    {
        if (words.Length == 0) { throw new InvalidOperationException("There is no vocabulary yet; call Adapt or SetVocabulary first."); }
        string? standardize = NameOf(StandardizeNames, Standardize, nameof(Standardize)), split = NameOf(SplitNames, Split, nameof(Split));
        foreach (string word in words) { Tokenizer.DemandWhole(word); }
        return JsonFields.Write(json =>
        {
            json.WriteString("type", "TextVectorization");
            WriteLimit(json, "max_tokens", MaxTokens);
            json.WriteString("standardize", standardize);
            json.WriteString("split", split);
            json.WriteString("output_mode", Array.Find(OutputNames, name => name.Item2 == Output).Item1);
            WriteLimit(json, "output_sequence_length", SequenceLength);
            json.WriteBoolean("pad_to_max_tokens", PadToMaxTokens);
            json.WriteStartArray("vocabulary");
            foreach (string word in words) { json.WriteStringValue(word); }
            json.WriteEndArray();
            if (Output != TextOutput.TfIdf) { return; }
            json.WriteStartArray("idf_weights"); // that of unknown words first
            foreach (float weight in weights) { json.WriteNumberValue(weight); }
            json.WriteEndArray();
        });
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">The JSON.</param>
    /// <param name="name">What errors call it, such as the file and the entry.</param>
    /// <param name="limits">How long it may be; null for the usual limits.</param>
    /// <exception cref="EngramException">It is damaged or something else; the message says where and what would be right.</exception>
    public static TextVectorization FromJson(ReadOnlySpan<byte> json, string name, ReadLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        var fields = new JsonFields(JsonText.ReadObject(json, name, limits ?? ReadLimits.Default), name);
        fields.Choice("type", ("TextVectorization", true));
        var read = new TextVectorization
        {
            MaxTokens = fields.NullableInt32("max_tokens", 2),
            Standardize = Find(fields, "standardize", StandardizeNames),
            Split = Find(fields, "split", SplitNames),
            Output = fields.Choice("output_mode", OutputNames),
            SequenceLength = fields.NullableInt32("output_sequence_length", 1),
            PadToMaxTokens = fields.Boolean("pad_to_max_tokens"),
        };
        string[] vocabulary = [.. read.Special, .. fields.Texts("vocabulary")];
        if (vocabulary.Length == read.Special.Length) { throw fields.Wrong("vocabulary", "is empty; at least one word is needed"); }
        float[] rarity = read.Output == TextOutput.TfIdf ? fields.Singles("idf_weights") : [];
        fields.DemandAllRead();
        try { read.SetVocabulary(vocabulary, rarity); }
        catch (EngramException e) { throw fields.Wrong("vocabulary", $"cannot be taken: {e.Message.TrimEnd('.')}"); }
        return read;
    }

    private static void WriteLimit(Utf8JsonWriter json, string name, int? limit)
    {
        if (limit is { } number) { json.WriteNumber(name, number); }
        else { json.WriteNull(name); }
    }

    private static string? NameOf<T>((string? Name, T? Value)[] names, T? function, string option)
        where T : Delegate
    {
        foreach ((string? name, T? value) in names)
        {
            if (value == function) { return name; }
        }

        throw new EngramException($"{option} is a function of one's own, which no file can hold; take one of {nameof(TextSteps)}, or set it to null and hand over texts that are prepared already.");
    }

    private static T? Find<T>(JsonFields fields, string option, (string? Name, T? Value)[] names)
        where T : Delegate
    {
        string? text = fields.NullableText(option);
        foreach ((string? name, T? value) in names)
        {
            if (name == text) { return value; }
        }

        throw fields.Wrong(option, $"is '{text}'; known are {string.Join(", ", names.Select(known => known.Name ?? "null"))}");
    }
}
