using System.Text.Json;

namespace Engram.Data;

/// <summary>Reads a scaler's saved state, refusing what no scaler writes.</summary>
internal readonly struct ScalerState
{
    private readonly JsonElement json;

    public ScalerState(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object) { throw new EngramException($"A scaler's state must be a JSON object, not {json.ValueKind}."); }
        this.json = json;
    }

    public string Text(string name) => Property(name) is { ValueKind: JsonValueKind.String } text
        ? text.GetString()!
        : throw new EngramException($"A scaler's state needs the text '{name}'.");

    public double Number(string name) => Finite(Property(name)) ?? throw new EngramException($"A scaler's state needs the finite number '{name}'.");

    /// <summary>One number for each column, at least one.</summary>
    public double[] Numbers(string name)
    {
        JsonElement array = Property(name);
        if (array.ValueKind != JsonValueKind.Array || array.GetArrayLength() == 0)
        {
            throw new EngramException($"A scaler's state needs '{name}', an array with one number for each column.");
        }

        return [.. array.EnumerateArray().Select((element, column) => Finite(element)
            ?? throw new EngramException($"A scaler's state has '{name}' of column {column} that is not a finite number."))];
    }

    private static double? Finite(JsonElement element) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double value) && double.IsFinite(value) ? value : null;

    private JsonElement Property(string name) => json.TryGetProperty(name, out JsonElement value) ? value : default;
}
