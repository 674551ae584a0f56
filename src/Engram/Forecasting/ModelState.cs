using System.Globalization;
using System.Text.Json;

namespace Engram.Forecasting;

/// <summary>Reads the settings in a forecast's file, refusing what no forecast writes.</summary>
internal readonly struct ModelState
{
    private readonly JsonElement json;

    private readonly string place;

    /// <summary>Takes the settings.</summary>
    /// <param name="place">The file and the entry, for messages.</param>
    /// <param name="json">The entry.</param>
    public ModelState(string place, JsonElement json)
    {
        this.place = place;
        this.json = json.ValueKind == JsonValueKind.Object ? json : throw new EngramException($"{place} must be a JSON object, not {json.ValueKind}.");
    }

    public EngramException Wrong(string name, string why) => new($"{place}: '{name}': {why}.");

    /// <summary>The model beside the settings is another than they describe.</summary>
    public EngramException Disagrees(string found, string expected) => new($"{place}: {found}; these settings demand {expected}.");

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

    /// <summary>As many numbers as there must be.</summary>
    public double[] Numbers(string name, long count)
    {
        double[] values = Numbers(name, _ => true);
        return values.Length == count ? values : throw Wrong(name, $"has {values.Length} numbers; there must be {count}");
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
        catch (InvalidOperationException e) { throw new EngramException($"{place}: a text is not valid Unicode.", e); }
    }
}
