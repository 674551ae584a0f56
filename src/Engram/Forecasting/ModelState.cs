using System.Globalization;
using System.Text.Json;
using Engram.Formats.Safetensors;

namespace Engram.Forecasting;

/// <summary>Reads the configuration in a model's file, refusing what no model writes.</summary>
internal readonly struct ModelState
{
    private readonly JsonElement json;

    public ModelState(string path, JsonElement json)
    {
        Path = path;
        this.json = json.ValueKind == JsonValueKind.Object ? json : throw new EngramException($"{path}: the entry 'model' of the metadata must be a JSON object, not {json.ValueKind}.");
    }

    /// <summary>The file's name, for messages.</summary>
    public string Path { get; }

    public EngramException Wrong(string name, string why) => new($"{Path}: '{name}' of the model's configuration: {why}.");

    public bool Has(string name) => json.TryGetProperty(name, out _);

    public JsonElement Element(string name) => json.TryGetProperty(name, out JsonElement value) ? value : throw Wrong(name, "is missing");

    public string Text(string name) => TextOf(Element(name)) ?? throw Wrong(name, "must be a text");

    public bool Truth(string name) => Element(name).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(name, "must be true or false"),
    };

    public long Long(string name) => Element(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out long number)
        ? number
        : throw Wrong(name, "must be a whole number");

    public int Integer(string name, int least, int most) => Long(name) is var number && number >= least && number <= most
        ? (int)number
        : throw Wrong(name, $"is {Long(name)}; it must be from {least} to {most}");

    public double Number(string name, Predicate<double>? valid = null) => Checked(name, Element(name), valid);

    public double[] Numbers(string name, Predicate<double> valid)
    {
        var values = new List<double>();
        foreach (JsonElement element in Array(name)) { values.Add(Checked(name, element, valid)); }
        return [.. values];
    }

    public string[] Texts(string name)
    {
        var values = new List<string>();
        foreach (JsonElement element in Array(name)) { values.Add(TextOf(element) ?? throw Wrong(name, "must be an array of texts")); }
        return [.. values];
    }

    public T Choice<T>(string name) where T : struct, Enum
    {
        string text = Text(name);
        int known = System.Array.IndexOf(Enum.GetNames<T>(), text);
        return known >= 0 ? Enum.GetValues<T>()[known] : throw Wrong(name, $"is '{text}'; known are {string.Join(", ", Enum.GetNames<T>())}");
    }

    /// <summary>A time, or null where there is none.</summary>
    public DateTime? Time(string name)
    {
        if (!json.TryGetProperty(name, out _)) { return null; }
        return DateTime.TryParseExact(Text(name), "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out DateTime time)
            ? time
            : throw Wrong(name, $"is '{Text(name)}', not a time");
    }

    private JsonElement.ArrayEnumerator Array(string name) => Element(name) is { ValueKind: JsonValueKind.Array } array
        ? array.EnumerateArray()
        : throw Wrong(name, "must be an array");

    private double Checked(string name, JsonElement element, Predicate<double>? valid) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double number) && double.IsFinite(number) && valid?.Invoke(number) != false
            ? number
            : throw Wrong(name, $"has {element.GetRawText()}, which cannot be");

    private string? TextOf(JsonElement element)
    {
        try { return element.ValueKind == JsonValueKind.String ? element.GetString() : null; }
        catch (InvalidOperationException e) { throw new EngramException($"{Path}: a text of the model's configuration is not valid Unicode.", e); }
    }
}

/// <summary>Takes a model's arrays out of its file, each once, with the shape that the configuration demands.</summary>
internal sealed class ArrayReader(string path, SafetensorsFile file)
{
    private readonly Dictionary<string, SafetensorsArray> left = file.Arrays.ToDictionary(array => array.Name, StringComparer.Ordinal);

    public double[] Doubles(string name, ReadOnlySpan<int> shape)
    {
        double[] values = Take(name, SafetensorsType.F64, shape).ToDoubles();
        return System.Array.TrueForAll(values, double.IsFinite) ? values : throw NotFinite(name);
    }

    public float[] Floats(string name, ReadOnlySpan<int> shape)
    {
        float[] values = Take(name, SafetensorsType.F32, shape).ToFloats();
        return System.Array.TrueForAll(values, float.IsFinite) ? values : throw NotFinite(name);
    }

    /// <summary>Refuses a file in which the arrays of a prefix have fewer elements than the configuration implies.</summary>
    public void DemandAtLeast(string prefix, long elements)
    {
        long there = left.Values.Where(array => array.Name.StartsWith(prefix, StringComparison.Ordinal)).Sum(array => (long)array.Length);
        if (there < elements) { throw new EngramException($"{path}: the arrays '{prefix}...' have {there} elements; the model's configuration demands at least {elements}."); }
    }

    public void DemandAllRead()
    {
        if (left.Count > 0) { throw new EngramException($"{path}: the array '{left.Keys.First()}' belongs to no part of the model."); }
    }

    private SafetensorsArray Take(string name, SafetensorsType type, ReadOnlySpan<int> shape)
    {
        if (!left.Remove(name, out SafetensorsArray? array)) { throw new EngramException($"{path}: the array '{name}' is missing."); }
        return array.Type == type && array.Shape.Axes.SequenceEqual(shape)
            ? array
            : throw new EngramException($"{path}: the array '{name}' is {array.Type} {array.Shape}; the model's configuration demands {type} {Shape.Format(shape)}.");
    }

    private EngramException NotFinite(string name) => new($"{path}: the array '{name}' has a number that is not finite.");
}
