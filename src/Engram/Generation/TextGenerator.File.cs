using System.Text.Json;
using System.Text.Json.Nodes;
using Engram.Data;
using Engram.Formats;
using Engram.Formats.Keras;
using Engram.Layers;
using Engram.Models;

namespace Engram.Generation;

public sealed partial class TextGenerator
{
    private const string VocabularyEntry = "vocabulary.json";
    private const string GeneratorEntry = "generator.json";
    private const string TypeName = "engram-text-generator";

    /// <summary>
    /// Writes the generator as a <c>.keras</c> file: the network as Keras reads it, the vocabulary as <c>engram/vocabulary.json</c>, what training came to as
    /// <c>engram/generator.json</c>.
    /// </summary>
    /// <param name="path">The file; its folder must exist. It is replaced as a whole.</param>
    /// <exception cref="EngramException">The extension is another, or the file cannot be written.</exception>
    public void Save(string path) => Model.Save(path, new Dictionary<string, ReadOnlyMemory<byte>>
    {
        [VocabularyEntry] = Tokenizer.ToJson(),
        [GeneratorEntry] = JsonFields.Write(WriteJson),
    });

    /// <summary>Reads a generator that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">What the file may ask for; null for the usual limits.</param>
    /// <exception cref="EngramException">The file is damaged or is no text generator; the message says where and what would be right.</exception>
    public static TextGenerator Load(string path, LoadOptions? limits = null)
    {
        Network network = Network.Load(path, out IReadOnlyDictionary<string, ReadOnlyMemory<byte>> entries, limits);
        ReadOnlyMemory<byte> Entry(string name) => entries.TryGetValue(name, out ReadOnlyMemory<byte> bytes)
            ? bytes
            : throw new EngramException($"{path}: is no text generator: it has no entry engram/{name}. 'engram generate train' writes one.");
        string place = $"{path}: engram/{GeneratorEntry}";
        var fields = new JsonFields(JsonText.ReadObject(Entry(GeneratorEntry).Span, place, ReadLimits.Default), place);
        if (fields.Text("type") is var type && type != TypeName) { throw fields.Wrong("type", $"is '{type}'; expected {TypeName}"); }
        TextTraining training = ReadTraining(fields);
        fields.DemandAllRead();
        Tokenizer tokenizer = Tokenizer.FromJson(Entry(VocabularyEntry).Span, $"{path}: engram/{VocabularyEntry}");
        if (network is not Sequential { Layers: [Embedding embedding, ..] layers } model || layers[^1] is not Dense output || layers.SkipLast(1).Skip(1).Any(layer => layer is not (Lstm { ReturnSequences: true } or Dropout)))
        {
            throw new EngramException($"{path}: is no text generator: its network must be an embedding, LSTM layers that return sequences, with or without dropout, and a dense layer.");
        }

        if (embedding.InputDim != tokenizer.Count || output.Units != tokenizer.Count)
        {
            throw new EngramException($"{path}: the network reads {embedding.InputDim} tokens and puts out {output.Units}; the vocabulary has {tokenizer.Count}.");
        }

        Lstm[] recurrent = [.. layers.OfType<Lstm>()];
        if (recurrent.Length == 0 || recurrent.Any(layer => layer.Units != recurrent[0].Units)) { throw new EngramException($"{path}: the LSTM layers of a text generator are one or more of the same width."); }
        var options = new TextNetworkOptions
        {
            Tokens = tokenizer switch { CharacterTokenizer => TextTokens.Characters, WordTokenizer => TextTokens.Words, _ => TextTokens.BytePairs },
            Layers = recurrent.Length,
            Units = recurrent[0].Units,
            EmbeddingSize = embedding.OutputDim,
            Dropout = layers.OfType<Dropout>().FirstOrDefault()?.Rate ?? 0,
            Seed = model.Seed,
        };
        return new TextGenerator(tokenizer, options, model, training);
    }

    private void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("type", TypeName);
        json.WriteNumber("steps", Training.Steps);
        json.WriteNumber("steps_made", Training.StepsMade);
        json.WriteNumber("streams", Training.Streams);
        json.WriteNumber("time_steps", Training.TimeSteps);
        json.WriteNumber("learning_rate", Training.LearningRate);
        json.WriteNumber("trained_characters", Training.Trained.Characters);
        json.WriteNumber("trained_tokens", Training.Trained.Tokens);
        json.WriteNumber("held_out_characters", Training.HeldOut.Characters);
        json.WriteNumber("held_out_tokens", Training.HeldOut.Tokens);
        json.WriteNumber("unknown_share", Training.UnknownShare);
        WriteFinite(json, "nats_per_token", Training.NatsPerToken);
        json.WriteNumber("seconds", Training.Seconds);
        json.WriteStartArray("curve");
        foreach (TextLoss loss in Training.Curve)
        {
            json.WriteStartArray();
            json.WriteNumberValue(loss.Step);
            json.WriteNumberValue(loss.Training);
            if (double.IsFinite(loss.HeldOut)) { json.WriteNumberValue(loss.HeldOut); }
            else { json.WriteNullValue(); }
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void WriteFinite(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) { json.WriteNumber(name, value); }
        else { json.WriteNull(name); }
    }

    private static TextTraining ReadTraining(JsonFields fields)
    {
        var curve = new List<TextLoss>();
        foreach (JsonNode? item in fields.Array("curve"))
        {
            if (item is not JsonArray { Count: 3 } row || row[0] is not JsonValue first || !first.TryGetValue(out int step) || row[1] is not JsonValue second || !second.TryGetValue(out double loss)
                || (row[2] is JsonValue third && !third.TryGetValue<double>(out _)))
            {
                throw fields.Wrong("curve", $"must be a list of [step, loss, held-out loss or null]; its item {curve.Count} is none");
            }

            curve.Add(new TextLoss(step, loss, row[2]?.GetValue<double>() ?? double.NaN));
        }

        return new TextTraining
        {
            Steps = fields.Int32("steps", 1),
            StepsMade = fields.Int32("steps_made", 1),
            Streams = fields.Int32("streams", 1),
            TimeSteps = fields.Int32("time_steps", 1),
            LearningRate = fields.Double("learning_rate"),
            Trained = new TextSize(fields.Int32("trained_characters", 1), fields.Int32("trained_tokens", 1)),
            HeldOut = new TextSize(fields.Int32("held_out_characters", 0), fields.Int32("held_out_tokens", 0)),
            UnknownShare = fields.Double("unknown_share"),
            Curve = curve,
            NatsPerToken = fields.NullableDouble("nats_per_token") ?? double.NaN,
            Seconds = fields.Double("seconds"),
        };
    }
}
