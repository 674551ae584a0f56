using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Engram.Data;

/// <summary>Takes what a JSON object holds, and refuses what has the wrong form and what nobody takes.</summary>
internal sealed class JsonFields(JsonObject values, string place)
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }; // letters of all scripts as they are

    private readonly HashSet<string> read = new(StringComparer.Ordinal);

    /// <summary>A JSON object in UTF-8.</summary>
    /// <param name="properties">Writes its properties.</param>
    public static byte[] Write(Action<Utf8JsonWriter> properties)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, Plain))
        {
            json.WriteStartObject();
            properties(json);
            json.WriteEndObject();
        }

        return memory.ToArray();
    }

    public EngramException Wrong(string name, string why) => new($"{place}: '{name}' {why}.");

    public bool Has(string name) => values.ContainsKey(name);

    public string Text(string name) => AsText(Value(name)) ?? throw Wrong(name, "must be a text");

    public string? NullableText(string name) => Value(name) is { } value ? AsText(value) ?? throw Wrong(name, "must be a text or null") : null;

    public bool Boolean(string name) => Value(name) is JsonValue value && value.GetValueKind() is JsonValueKind.True or JsonValueKind.False
        ? value.GetValue<bool>()
        : throw Wrong(name, "must be true or false");

    public int Int32(string name, int least, int most = int.MaxValue) => Value(name) is JsonValue value && value.TryGetValue(out int number) && number >= least && number <= most
        ? number
        : throw Wrong(name, $"must be a whole number from {least} to {most}");

    public int? NullableInt32(string name, int least, int most = int.MaxValue) => Value(name) is null ? null : Int32(name, least, most);

    public double Double(string name) => Value(name) is JsonValue value && value.TryGetValue(out double number) ? number : throw Wrong(name, "must be a number");

    public double? NullableDouble(string name) => Value(name) is null ? null : Double(name);

    public T Choice<T>(string name, params ReadOnlySpan<(string Word, T Value)> choices)
    {
        string text = Text(name);
        var words = new List<string>();
        foreach ((string word, T value) in choices)
        {
            if (word == text) { return value; }
            words.Add(word);
        }

        throw Wrong(name, $"is '{text}'; known are {string.Join(", ", words)}");
    }

    public string[] Texts(string name)
    {
        JsonArray list = Array(name);
        var texts = new string[list.Count];
        for (int i = 0; i < texts.Length; i++) { texts[i] = AsText(list[i]) ?? throw Wrong(name, $"must be a list of texts; its item {i} is none"); }
        return texts;
    }

    public float[] Singles(string name)
    {
        JsonArray list = Array(name);
        var numbers = new float[list.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = list[i] is JsonValue value && value.TryGetValue(out float number) && float.IsFinite(number) ? number : throw Wrong(name, $"must be a list of numbers; its item {i} is none");
        }

        return numbers;
    }

    public JsonArray Array(string name) => Value(name) as JsonArray ?? throw Wrong(name, "must be a list");

    public void DemandAllRead()
    {
        foreach ((string name, _) in values)
        {
            if (!read.Contains(name)) { throw Wrong(name, "is not known here"); }
        }
    }

    private static string? AsText(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    private JsonNode? Value(string name)
    {
        read.Add(name);
        return values.TryGetPropertyValue(name, out JsonNode? value) ? value : throw Wrong(name, "is missing");
    }
}
